import { beforeEach, describe, expect, it } from 'vitest';
import type { AuditEvent } from '../../src/domain/audit-event.ts';
import { DeliveryError } from '../../src/domain/errors.ts';
import { DEFAULT_APPROVAL_TIMES } from '../../src/domain/escalation.ts';
import type { DraftState, IncidentState } from '../../src/domain/incident-state.ts';
import type { EscalationStage } from '../../src/domain/statuspage-event-details.ts';
import { MemoryIncidentRows } from '../../src/local/memory/memory-incident-rows.ts';
import {
  EscalationEffects,
  type EscalationEffectsDeps,
} from '../../src/services/escalation-effects.ts';
import { told } from '../text-of.ts';
import { chatError, ScheduleKeeper } from './worker-world.ts';

const INCIDENT = 'inc-aaaaaaaaaaaaaaaa';
const ROOM = { channelId: 'C0ROOM', channelName: 'inc-room' };
const CARD_SEQ = 7;
let posts: { channel: string; message: unknown }[];
let inside: Set<string>;
let groups: Record<string, string[]>;
let fails: Partial<Record<'groupIds' | 'permalink', Error>>;
let rows: MemoryIncidentRows;
let schedules: ScheduleKeeper;
let calls: string[];
let effects: EscalationEffects;

beforeEach(() => {
  posts = [];
  calls = [];
  fails = {};
  inside = new Set(['U0ADA']);
  groups = { 'status-approver': ['U0ADA', 'U0BEN', 'U0CAL'], 'incident-commander': ['U0DEE'] };
  rows = new MemoryIncidentRows();
  schedules = new ScheduleKeeper();
  const answer = <T>(what: 'groupIds' | 'permalink', value: T) => {
    if (fails[what]) throw fails[what];
    return value;
  };
  effects = new EscalationEffects({
    posts: {
      once: async (_event: unknown, _name: string, channel: string, message: unknown) =>
        void posts.push({ channel, message }),
    },
    responders: {
      // Ben's account is deactivated: he is asked for and does not come.
      inviteChosen: async (_event: unknown, _of: string, choose: () => Promise<string[]>) => {
        const chosen = await choose();
        for (const id of chosen) if (id !== 'U0BEN') inside.add(id);
        return chosen;
      },
    },
    people: {
      groupsOf: () => ['status-approvers', 'night-shift'],
      holdersOfEach: async (...roles: string[]) => roles.map((role) => groups[role]),
    },
    chat: {
      groupIds: async () => answer('groupIds', new Map([['status-approvers', 'S0APPROVE']])),
      permalink: async (channel: string, ts: string) =>
        answer('permalink', `https://c/${channel}/${ts}`),
      roomMembers: async () => inside,
    },
    rows,
    schedules: {
      set: async (given: Parameters<ScheduleKeeper['set']>[0]) => {
        calls.push(`set ${given.name}`);
        await schedules.set(given);
      },
      remove: async (name: string) => {
        calls.push(`remove ${name}`);
        await schedules.remove(name);
      },
    },
    announcementChannelId: 'C0ALL',
    times: DEFAULT_APPROVAL_TIMES,
  } as unknown as EscalationEffectsDeps);
});

const draft = (of: Partial<DraftState> = {}): DraftState =>
  ({
    draftId: 'drf-a',
    revision: 1,
    revisionSeq: CARD_SEQ,
    publicationId: 'pub-a',
    status: 'pending_approval',
    authors: ['U0ADA'],
    pendingSince: '2026-11-20T09:00:00.000Z',
    expiresAt: '2026-11-21T09:00:00.000Z',
    ...of,
  }) as DraftState;
const incident = (drafts: DraftState[], of: Partial<IncidentState> = {}): IncidentState =>
  ({
    incidentId: INCIDENT,
    status: 'active',
    severity: 'P1',
    title: 'Checkout fails',
    room: ROOM,
    drafts,
    ...of,
  }) as IncidentState;
const reached = (stage: EscalationStage, at = '2026-11-20T09:05:00.000Z') =>
  ({
    incidentId: INCIDENT,
    seq: 9,
    at,
    type: 'STATUSPAGE_APPROVAL_ESCALATED',
    details: { draftId: 'drf-a', revision: 1, stage },
  }) as AuditEvent;

describe('escalate()', () => {
  beforeEach(async () => {
    const row = { done: true, result: { ts: '1.2' } };
    await rows.writeStep(INCIDENT, CARD_SEQ, 'approval_card', row);
  });

  it('reminds the groups that may approve, in the room; one without an id in words', async () => {
    await effects.escalate(reached('reminded'), incident([draft()]));
    expect(told(posts)).toEqual([
      {
        channel: 'C0ROOM',
        message: {
          kind: 'approval_waits',
          to: {
            groups: [
              { handle: 'status-approvers', id: 'S0APPROVE' },
              { handle: 'night-shift', id: null },
            ],
          },
          text:
            'the status page text (revision 1) has waited 5 min for approval. ' +
            'Please decide on the card.',
          room: ROOM,
          link: { title: 'Open the card', url: 'https://c/C0ROOM/1.2' },
        },
      },
    ]);
  });

  it('invites approvers who did not write it and commanders, and says who came', async () => {
    groups['incident-commander'] = ['U0DEE', 'U0CAL'];
    await effects.escalate(reached('widened', '2026-11-20T09:15:00.000Z'), incident([draft()]));
    expect(told(posts)).toMatchObject([
      {
        channel: 'C0ROOM',
        message: {
          to: { groups: [] },
          text:
            'The status page text (revision 1) has waited 15 min for approval. ' +
            'Invited to decide, or to find somebody who can: @U0CAL, @U0DEE.',
        },
      },
    ]);
  });

  it('invites at most thirty', async () => {
    groups['status-approver'] = Array.from({ length: 40 }, (_, i) => `U0X${i}`);
    await effects.escalate(reached('widened'), incident([draft()]));
    expect(inside.size).toBe(31);
  });

  it('says so when everybody is there already', async () => {
    inside = new Set(['U0ADA', 'U0BEN', 'U0CAL', 'U0DEE']);
    await effects.escalate(reached('widened'), incident([draft()]));
    expect(JSON.stringify(posts)).toContain('is here already');
  });

  it('tells everybody in the announcement channel, with room and card', async () => {
    await effects.escalate(reached('paged', '2026-11-20T09:30:00.000Z'), incident([draft()]));
    expect(told(posts)).toMatchObject([
      {
        channel: 'C0ALL',
        message: {
          to: 'channel',
          room: ROOM,
          link: { url: 'https://c/C0ROOM/1.2' },
          text: expect.stringContaining('P1 “Checkout fails” has waited 30 min for approval'),
        },
      },
    ]);
  });

  it.each<[string, Partial<DraftState>, Partial<IncidentState>]>([
    ['it was decided', { status: 'approved' }, {}],
    ['it expired', { status: 'expired' }, {}],
    ['it has a newer revision', { revision: 2 }, {}],
    ['it began to wait anew since', { pendingSince: '2026-11-20T09:05:00.001Z' }, {}],
    ['it is another draft', { draftId: 'drf-b' }, {}],
    ['there is no room', {}, { room: null }],
  ])('tells nobody when %s', async (_name, of, more) => {
    await effects.escalate(reached('paged'), incident([draft(of)], more));
    expect(told(posts)).toEqual([]);
  });

  it('does without ids and link if the workspace refuses to tell them', async () => {
    fails = { groupIds: chatError('CHAT_REFUSED'), permalink: chatError('CHAT_NOT_FOUND') };
    await effects.escalate(reached('reminded'), incident([draft()]));
    expect(told(posts)).toMatchObject([
      { message: { to: { groups: [{ id: null }, { id: null }] }, link: null } },
    ]);
  });

  it.each(['groupIds', 'permalink'] as const)(
    'is tried again when %s is not answered',
    async (what) => {
      fails = { [what]: chatError('CHAT_UNAVAILABLE', true) };
      const escalate = effects.escalate(reached('reminded'), incident([draft()]));
      await expect(escalate).rejects.toThrow('CHAT_UNAVAILABLE');
      expect(told(posts)).toEqual([]);
    },
  );
});

describe('timers()', () => {
  it('sets the next stage of each waiting draft, once', async () => {
    await effects.timers(
      incident([draft(), draft({ publicationId: 'pub-b', status: 'rejected' })]),
    );
    await effects.timers(incident([draft()]));
    expect(calls).toEqual(['set pub-a-reminded']);
    expect(schedules.due.get('pub-a-reminded')).toEqual({
      dueAtMs: Date.parse('2026-11-20T09:05:00.000Z'),
      message: {
        kind: 'schedule',
        name: 'pub-a-reminded',
        purpose: 'approval_due',
        incidentId: INCIDENT,
        draftId: 'drf-a',
        revision: 1,
        stage: 'reminded',
        dueAt: '2026-11-20T09:05:00.000Z',
      },
    });
  });

  it('moves on stage by stage; nothing is set after the last', async () => {
    for (const escalated of [null, 'reminded', 'widened', 'paged'] as const) {
      await effects.timers(incident([draft({ escalated })]));
    }
    expect(calls).toEqual([
      'set pub-a-reminded',
      'set pub-a-widened',
      'set pub-a-paged',
      'remove pub-a-paged',
    ]);
  });

  it('removes it with the decision, with a new revision, and with a cancelled incident', async () => {
    await effects.timers(incident([draft()]));
    await effects.timers(incident([draft({ publicationId: 'pub-a2', revision: 2 })]));
    expect([...schedules.due.keys()]).toEqual(['pub-a2-reminded']);
    const approved = draft({ publicationId: 'pub-a2', revision: 2, status: 'approved' });
    await effects.timers(incident([approved]));
    await effects.timers(incident([approved]));
    expect([...schedules.due.keys()]).toEqual([]);
    await effects.timers(incident([draft()]));
    await effects.timers(incident([draft()], { status: 'cancelled' }));
    expect([...schedules.due.keys()]).toEqual([]);
  });

  it('sets it anew when the draft comes back', async () => {
    await effects.timers(incident([draft()]));
    await effects.timers(incident([draft({ status: 'approved' })]));
    const pendingSince = '2026-11-20T10:00:00.000Z';
    await effects.timers(incident([draft({ pendingSince })]));
    expect(schedules.due.get('pub-a-reminded')?.dueAtMs).toBe(
      Date.parse('2026-11-20T10:05:00.000Z'),
    );
  });

  it('is tried again when Scheduler does not answer', async () => {
    const down = new DeliveryError({ code: 'SCHEDULE_UNAVAILABLE', message: 'm', retryable: true });
    const set = schedules.set.bind(schedules);
    schedules.set = () => Promise.reject(down);
    await expect(effects.timers(incident([draft()]))).rejects.toThrow(down);
    schedules.set = set;
    await effects.timers(incident([draft()]));
    expect([...schedules.due.keys()]).toEqual(['pub-a-reminded']);
  });
});
