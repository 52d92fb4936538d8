import { beforeEach, describe, expect, it } from 'vitest';
import { ChatError } from '../../src/domain/errors.ts';
import type { DraftState, IncidentState } from '../../src/domain/incident-state.ts';
import { TendIncident, type TendIncidentDeps } from '../../src/services/tend-incident.ts';

const NOW = Date.parse('2026-11-20T10:00:00.000Z');
const DUE = '2026-11-20T10:00:00.000Z';
const INCIDENT = 'inc-aaaaaaaaaaaaaaaa';
let state: IncidentState | undefined;
let outcomes: unknown[];
let sent: { message: unknown; id: string }[];
let looked: string[][];
let failure: Error | undefined;
let tend: TendIncident;

beforeEach(() => {
  state = {
    status: 'active',
    ic: 'U0MAYA',
    drafts: [],
    nudge: { dueAt: DUE, silencedUntil: null },
  } as never;
  outcomes = [];
  sent = [];
  looked = [];
  failure = undefined;
  tend = new TendIncident({
    record: {
      load: async () => state && { state },
      run: async (command: { commandId: string; decide: (s?: IncidentState) => object }) => {
        outcomes.push({ commandId: command.commandId, ...command.decide(state) });
      },
    },
    escalations: { overdue: async () => {} },
    publications: { send: async (message: unknown, id: string) => void sent.push({ message, id }) },
    posts: {
      restoreDraftCards: async (_incident: unknown, drafts: DraftState[]) => {
        looked.push(drafts.map(({ draftId }) => draftId));
        if (failure) throw failure;
      },
    },
    log: { warn() {} },
    clock: { nowMs: () => NOW },
    updateDueS: 1_800,
    pageTimeoutMs: 8_000,
  } as unknown as TendIncidentDeps);
});

const draft = (of: Partial<DraftState>): DraftState =>
  ({
    draftId: 'drf-a',
    revision: 2,
    publicationId: 'pub-a',
    attempts: 1,
    attempt: null,
    expiresAt: '2026-11-20T10:00:00.001Z',
    status: 'pending_approval',
    ...of,
  }) as DraftState;
const attempt = (of: object) =>
  ({ attemptId: 'a', startedSeq: 1, looks: 0, retryAt: null, ...of }) as never;

describe('drafts()', () => {
  const tendTo = async (of: Partial<DraftState>) => {
    state = { ...state!, drafts: [draft(of)] };
    await tend.drafts(INCIDENT);
  };

  it('does nothing for an incident that does not exist', async () => {
    state = undefined;
    await tend.drafts(INCIDENT);
    expect([outcomes, sent]).toEqual([[], []]);
  });

  it.each([
    ['2026-11-20T10:00:00.001Z', 0],
    ['2026-11-20T10:00:00.000Z', 1],
  ])('expires a draft that waits until %s (%i events)', async (expiresAt, count) => {
    await tendTo({ expiresAt });
    expect(outcomes).toHaveLength(count);
    if (count === 1) {
      expect(outcomes[0]).toMatchObject({
        commandId: 'expired#drf-a#2',
        append: 'STATUSPAGE_APPROVAL_EXPIRED',
        details: { of: 'draft' },
      });
    }
  });

  it('expires nothing that was decided between the look and the event', async () => {
    state = { ...state!, drafts: [draft({ expiresAt: DUE })] };
    const before = state;
    const looked = tend.drafts(INCIDENT);
    state = { ...before, drafts: [draft({ expiresAt: DUE, status: 'approved' })] };
    await looked;
    expect(outcomes).toEqual([{ commandId: 'expired#drf-a#2', decline: 'decided meanwhile' }]);
  });

  it.each<[string, Partial<DraftState>, number]>([
    ['an approved one', { status: 'approved' }, 1],
    [
      'an approved one to be tried later',
      { status: 'approved', attempt: attempt({ retryAt: '2026-11-20T10:00:00.001Z' }) },
      0,
    ],
    [
      'an approved one to be tried now',
      { status: 'approved', attempt: attempt({ retryAt: DUE }) },
      1,
    ],
    [
      'one under way',
      { status: 'publishing', attempt: attempt({ deadline: '2026-11-20T09:59:52.000Z' }) },
      0,
    ],
    [
      'one that hangs',
      { status: 'publishing', attempt: attempt({ deadline: '2026-11-20T09:59:51.999Z' }) },
      1,
    ],
    ['one without its attempt', { status: 'publishing' }, 0],
    ['one a person decides', { status: 'unconfirmed' }, 0],
    [
      'one a person decides after looks',
      { status: 'unconfirmed', attempt: attempt({ nextLookAt: null }) },
      0,
    ],
    [
      'one to be looked for',
      { status: 'unconfirmed', attempt: attempt({ nextLookAt: '2026-11-20T10:00:00.000Z' }) },
      1,
    ],
    [
      'one to be looked for later',
      { status: 'unconfirmed', attempt: attempt({ nextLookAt: '2026-11-20T10:00:00.001Z' }) },
      0,
    ],
    ['a published one', { status: 'published' }, 0],
  ])('asks the publisher again for %s only when it is overdue', async (_name, of, count) => {
    await tendTo(of);
    await tend.drafts(INCIDENT);
    expect(outcomes).toEqual([]);
    expect(sent.map(({ message }) => message)).toEqual(
      Array(count * 2).fill({ incidentId: INCIDENT, draftId: 'drf-a', revision: 2 }),
    );
    // The queue drops the second of one minute.
    expect(new Set(sent.map(({ id }) => id)).size).toBe(count);
  });
});

describe('the request to look', () => {
  const idOf = async (of: { attempts?: number; look?: object }) => {
    sent = [];
    const nextLookAt = '2026-11-20T09:59:00.000Z';
    const { attempts = 1, look = {} } = of;
    const looked = attempt({ nextLookAt, ...look });
    state = { ...state!, drafts: [draft({ status: 'unconfirmed', attempts, attempt: looked })] };
    await tend.drafts(INCIDENT);
    return sent[0]!.id;
  };

  it('differs by attempt, look and ask, so that none is dropped for another', async () => {
    const ids = [
      await idOf({}),
      await idOf({ attempts: 2 }),
      await idOf({ look: { looks: 1 } }),
      await idOf({ look: { unasked: 1 } }),
    ];
    expect(new Set(ids).size).toBe(4);
    expect(await idOf({})).toBe(ids[0]);
  });
});

describe('updateDue()', () => {
  const due = (dueAt = DUE) =>
    tend.updateDue({
      kind: 'schedule',
      purpose: 'update_due',
      name: 'n',
      incidentId: INCIDENT,
      dueAt,
    });

  it('reminds the incident commander, and sets the next time', async () => {
    await due();
    expect(outcomes).toEqual([
      {
        commandId: `n#${DUE}`,
        append: 'STATUS_REMINDER_SENT',
        details: { dueAt: DUE, slackUserId: 'U0MAYA', nextUpdateDueAt: '2026-11-20T10:30:00.000Z' },
      },
    ]);
  });

  it.each([
    ['2026-11-20T10:00:00.001Z', 'STATUS_REMINDER_SUPPRESSED'],
    ['2026-11-20T10:00:00.000Z', 'STATUS_REMINDER_SENT'],
  ])('silenced until %s appends %s', async (silencedUntil, append) => {
    state = { ...state!, nudge: { dueAt: DUE, silencedUntil } };
    await due();
    expect(outcomes).toMatchObject([{ append }]);
  });

  it.each([
    [undefined, 'STATUS_REMINDER_SENT', undefined],
    [0, 'STATUS_REMINDER_SENT', undefined],
    [1, 'STATUS_REMINDER_ESCALATED', 'room'],
    [2, 'STATUS_REMINDER_ESCALATED', 'announcement'],
    [3, 'STATUS_REMINDER_SENT', undefined],
    [9, 'STATUS_REMINDER_SENT', undefined],
  ])('after %s reminders without an update appends %s %s', async (unanswered, append, to) => {
    const nudge = { dueAt: DUE, silencedUntil: null, ...(unanswered ? { unanswered } : {}) };
    state = { ...state!, nudge };
    await due();
    expect(outcomes).toMatchObject([{ append, ...(to ? { details: { to, dueAt: DUE } } : {}) }]);
    state = { ...state!, nudge: { ...nudge, silencedUntil: '2026-11-20T10:00:01.000Z' } };
    await due();
    expect(outcomes[1]).toMatchObject({ append: 'STATUS_REMINDER_SUPPRESSED' });
  });

  it.each<[string, () => void]>([
    ['was moved', () => (state = { ...state!, nudge: { dueAt: 'later', silencedUntil: null } })],
    ['is of an incident that is over', () => (state = { ...state!, status: 'resolved' })],
    ['is of no incident', () => (state = undefined)],
    ['was never set', () => (state = { ...state!, nudge: null })],
  ])('does nothing for a reminder that %s', async (_name, change) => {
    change();
    await due();
    expect(outcomes).toEqual([{ commandId: `n#${DUE}`, decline: 'not due any more' }]);
  });
});

describe('drafts() and their cards', () => {
  const tendTo = async (of: Partial<DraftState>, on: Partial<IncidentState> = {}) => {
    const room = { channelId: 'C1', channelName: 'inc' };
    state = { ...state!, room, ...on, drafts: [draft(of)] };
    await tend.drafts(INCIDENT);
    return looked.flat();
  };

  it.each([
    ['a minute ago', '2026-11-20T09:59:00.000Z', ['drf-a']],
    ['59 min ago', '2026-11-20T09:01:00.000Z', ['drf-a']],
    ['61 min ago', '2026-11-20T08:59:00.000Z', []],
    ['64 min 59 s ago', '2026-11-20T08:55:01.000Z', []],
    ['65 min ago', '2026-11-20T08:55:00.000Z', ['drf-a']],
    ['66 min ago', '2026-11-20T08:54:00.000Z', []],
  ])('looks for the card of a draft that waits since %s', async (_when, pendingSince, found) => {
    expect(await tendTo({ pendingSince })).toEqual(found);
  });

  it.each([
    ['approved', ['drf-a']],
    ['publishing', []],
    ['published', []],
    ['rejected', []],
  ] as const)('looks for the card of a draft that is %s: %j', async (status, found) => {
    expect(await tendTo({ status, pendingSince: DUE })).toEqual(found);
  });

  it('looks for none before people are called, or where there is no room', async () => {
    expect(await tendTo({ pendingSince: DUE }, { status: 'assembling' })).toEqual([]);
    expect(await tendTo({ pendingSince: DUE }, { room: null })).toEqual([]);
  });

  it('looks for no card of a draft that expires now', async () => {
    expect(await tendTo({ expiresAt: DUE, pendingSince: DUE })).toEqual([]);
  });

  it('leaves to the next sweep what the chat refuses, and nothing else', async () => {
    failure = new ChatError({ code: 'CHAT_UNAVAILABLE', message: 'out', retryable: true });
    expect(await tendTo({ pendingSince: DUE })).toEqual(['drf-a']);
    failure = new Error('the table is out');
    await expect(tendTo({ pendingSince: DUE })).rejects.toThrow('the table is out');
  });
});
