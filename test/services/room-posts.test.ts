import { beforeEach, describe, expect, it } from 'vitest';
import { ChatError } from '../../src/domain/errors.ts';
import type { DraftState, IncidentState } from '../../src/domain/incident-state.ts';
import { say } from '../../src/domain/sentence.ts';
import { MemoryIncidentRows } from '../../src/local/memory/memory-incident-rows.ts';
import { RoomPosts } from '../../src/services/room-posts.ts';
import { chatError } from './worker-world.ts';

const INCIDENT = 'inc-aaaaaaaaaaaaaaaa';
const REVISION_SEQ = 2;

const REQUEST = { body: { incident: { components: {}, component_ids: [] } } };
const RELATED = { around: async () => ({ declaredBy: null, relatedSeverity: 'P2', related: [] }) };

let updates: string[];
let posts: RoomPosts;
beforeEach(async () => {
  updates = [];
  const rows = new MemoryIncidentRows();
  const result = { ts: '1.2' };
  await rows.writeStep(INCIDENT, REVISION_SEQ, 'approval_card', { done: true, result });
  posts = new RoomPosts({
    rows,
    chat: { update: async (_channel: string, ts: string) => void updates.push(ts) },
    policy: { ruleInWords: () => 'rule', breakGlassInWords: () => undefined },
    related: RELATED,
    components: [],
    cards: { pageNow: async () => ({}) },
    publicUrl: 'https://status.example.com',
  } as unknown as ConstructorParameters<typeof RoomPosts>[0]);
});

/** @returns how often the card was brought in line with this state, shown twice */
async function refreshed(of: Partial<DraftState>, on: Partial<IncidentState> = {}) {
  const draft = {
    revisionSeq: REVISION_SEQ,
    revisionSeqs: [REVISION_SEQ],
    approvals: [],
    request: REQUEST,
    ...of,
  };
  const incident = {
    incidentId: INCIDENT,
    room: { channelId: 'C1', channelName: 'inc' },
    status: 'active',
    worstSeverity: 'P2',
    page: { statuspageIncidentId: null, lastPublication: null },
    drafts: [draft],
    ...on,
  } as unknown as IncidentState;
  const before = updates.length;
  await posts.refreshDraftCards(incident);
  await posts.refreshDraftCards(incident);
  return updates.length - before;
}

const attempt = (of: object) =>
  ({ attemptId: 'a', startedSeq: 3, deadline: '', retryAt: null, ...of }) as DraftState['attempt'];
const unconfirmed = (of: object) => ({
  status: 'unconfirmed' as const,
  reason: 'no answer',
  attempt: attempt(of),
});

describe('once()', () => {
  const LIMITED = chatError('CHAT_RATE_LIMITED', true);
  const LOST = chatError('CHAT_UNAVAILABLE', true);

  /** @returns how often the channel was searched until the last of these fates, a timestamp */
  async function searches(...fates: (Error | string)[]): Promise<number> {
    let looks = 0;
    const chat = {
      findByEffect: async () => {
        looks += 1;
      },
      post: async () => {
        const fate = fates.shift();
        if (typeof fate === 'string') return fate;
        throw fate;
      },
    };
    const rows = new MemoryIncidentRows();
    const given = { rows, chat } as unknown as ConstructorParameters<typeof RoomPosts>[0];
    const post = () =>
      new RoomPosts(given).once({ incidentId: INCIDENT, seq: 1 }, 'notice', 'C0ALL', {
        kind: 'line',
        text: say`Nobody is here`,
      });
    while (fates.length > 1) await expect(post()).rejects.toThrow();
    expect(await post()).toBe('9.9');
    expect(await post()).toBe('9.9');
    return looks;
  }

  it('does not look for what had no turn to be posted', async () => {
    expect(await searches(LIMITED, LIMITED, '9.9')).toBe(0);
  });

  it('looks for what may have been posted, whatever came before and after it', async () => {
    expect(await searches(LOST, '9.9')).toBe(1);
    expect(await searches(LIMITED, LOST, '9.9')).toBe(1);
    expect(await searches(LOST, LIMITED, '9.9')).toBe(2);
  });
});

describe('refreshDraftCards()', () => {
  it('follows each look at an unconfirmed publication, and the hand-over to a person', async () => {
    const nextLookAt = '2026-11-20T09:00:18.000Z';
    const later = '2026-11-20T09:00:48.000Z';
    expect(await refreshed(unconfirmed({ looks: 1, unasked: 0, nextLookAt }))).toBe(1);
    expect(await refreshed(unconfirmed({ looks: 2, unasked: 0, nextLookAt }))).toBe(1);
    expect(await refreshed(unconfirmed({ looks: 2, unasked: 1, nextLookAt }))).toBe(1);
    expect(await refreshed(unconfirmed({ looks: 2, unasked: 1, nextLookAt: later }))).toBe(1);
    expect(await refreshed(unconfirmed({ looks: 2, unasked: 1, nextLookAt: null }))).toBe(1);
    expect(await refreshed(unconfirmed({ looks: 2, unasked: 1, nextLookAt: null }))).toBe(0);
  });

  it('follows the rule and the base of a draft that waits', async () => {
    const incident = { component_ids: [], components: {} };
    const asked = (path: string) =>
      ({ path, body: { incident } }) as unknown as DraftState['request'];
    const request = asked('/pages/page1/incidents');
    const follows = { basedOn: 'pub-1', request: asked('/pages/page1/incidents/p1') };
    const waits = { status: 'pending_approval' as const, reason: null, basedOn: null, request };
    const lastPublication = { publicationId: 'pub-1' };
    const page = { statuspageIncidentId: 'p1', lastPublication } as IncidentState['page'];
    expect(await refreshed(waits)).toBe(1);
    expect(await refreshed(waits, { worstSeverity: 'P1' })).toBe(1);
    expect(await refreshed(waits, { worstSeverity: 'P1', page })).toBe(1);
    expect(await refreshed({ ...waits, ...follows }, { worstSeverity: 'P1', page })).toBe(1);
  });

  it('leaves a receipt as it is, whatever comes after it', async () => {
    const rejected = { status: 'rejected' as const, reason: 'no' };
    expect(await refreshed(rejected)).toBe(1);
    expect(await refreshed({ ...rejected, attempt: attempt({ looks: 3 }) })).toBe(0);
    expect(await refreshed(rejected, { worstSeverity: 'P1' })).toBe(0);
  });
});

describe('cards that somebody deleted', () => {
  const MISSING = chatError('CHAT_NOT_FOUND');
  const room = { channelId: 'C1', channelName: 'inc' };
  let standing: Map<string, string>;
  let failures: Map<string, Error>;
  let rows: MemoryIncidentRows;
  let calls: string[];
  let keeper: RoomPosts;

  const draft = (seq: number, status: DraftState['status']) =>
    ({
      ...{ revisionSeq: seq, revisionSeqs: [seq], approvals: [], reason: null, status },
      request: REQUEST,
    }) as never;
  const incident = (...drafts: DraftState[]) =>
    ({
      incidentId: INCIDENT,
      room,
      worstSeverity: 'P2',
      page: { statuspageIncidentId: null, lastPublication: null },
      drafts,
    }) as unknown as IncidentState;

  beforeEach(() => {
    [standing, failures, rows, calls] = [new Map(), new Map(), new MemoryIncidentRows(), []];
    const chat = {
      hasMessage: async (_channel: string, ts: string) => {
        calls.push('look');
        return standing.has(ts);
      },
      update: async (_channel: string, ts: string) => {
        const failure = failures.get(ts) ?? (standing.has(ts) ? undefined : MISSING);
        if (failure) throw failure;
        calls.push(`update ${ts}`);
      },
      findByEffect: async (_channel: string, effect: string) =>
        [...standing].find(([, of]) => of === effect)?.[0],
      post: async (_channel: string, _message: unknown, effect: string) => {
        const failure = failures.get('post');
        if (failure) throw failure;
        const ts = `${10 + standing.size}.0`;
        calls.push(`post ${effect.replace(`${INCIDENT}#`, '')}`);
        standing.set(ts, effect);
        return ts;
      },
    };
    keeper = new RoomPosts({
      rows,
      chat,
      policy: { ruleInWords: () => 'rule', breakGlassInWords: () => undefined },
      related: RELATED,
      components: [],
      cards: { pageNow: async () => ({}) },
      publicUrl: 'https://status.example.com',
    } as unknown as ConstructorParameters<typeof RoomPosts>[0]);
  });

  /** The journal knows a card at this place. */
  const journal = (seq: number, ts: string) =>
    rows.writeStep(INCIDENT, seq, 'approval_card', { done: true, result: { ts } });

  it.each([
    ['pending_approval', ['post 2#approval_card']],
    ['approved', ['post 2#approval_card']],
    ['unconfirmed', ['post 2#approval_card']],
    ['publishing', []],
    ['published', []],
    ['rejected', []],
    ['withdrawn', []],
    ['expired', []],
    ['publication_failed', []],
  ] as const)('refreshDraftCards() of a draft that is %s posts %j', async (status, posted) => {
    await journal(2, '1.0');
    await keeper.refreshDraftCards(incident(draft(2, status)));
    await keeper.refreshDraftCards(incident(draft(2, status)));
    expect(calls).toEqual(posted);
  });

  it.each([
    ['gone', MISSING],
    ['refused', chatError('CHAT_REFUSED')],
    ['limited', chatError('CHAT_RATE_LIMITED', true)],
  ])('refreshDraftCards() goes on to the other cards when one is %s', async (_how, failure) => {
    standing.set('1.0', 'x').set('3.0', 'y');
    await journal(2, '1.0');
    await journal(3, '3.0');
    failures.set('1.0', failure);
    const both = incident(draft(2, 'rejected'), draft(3, 'published'));
    const end = keeper.refreshDraftCards(both);
    if (failure === MISSING) await end;
    else await expect(end).rejects.toBe(failure);
    expect(calls).toEqual(['update 3.0']);
  });

  it('refreshDraftCards() throws what can be retried before what cannot', async () => {
    await journal(2, '1.0');
    await journal(3, '3.0');
    failures.set('1.0', chatError('CHAT_REFUSED'));
    failures.set('3.0', chatError('CHAT_UNAVAILABLE', true));
    await expect(
      keeper.refreshDraftCards(incident(draft(2, 'rejected'), draft(3, 'published'))),
    ).rejects.toThrowWithCode(ChatError, 'CHAT_UNAVAILABLE');
  });

  it('a card posted anew whose answer was lost is found, not posted twice', async () => {
    await journal(2, '1.0');
    failures.set('post', chatError('CHAT_UNAVAILABLE', true));
    const waiting = incident(draft(2, 'pending_approval'));
    await expect(keeper.refreshDraftCards(waiting)).rejects.toThrow();
    failures.clear();
    standing.set('7.0', `${INCIDENT}#2#approval_card`);
    await keeper.refreshDraftCards(waiting);
    await keeper.restoreDraftCards(waiting, waiting.drafts);
    expect(calls.filter((call) => call.startsWith('post'))).toEqual([]);
    expect((await rows.readStep(INCIDENT, 2, 'approval_card'))?.result.ts).toBe('7.0');
  });

  it('restoreDraftCards() looks once a draft and posts what is gone', async () => {
    await journal(2, '1.0');
    await journal(3, '3.0');
    standing.set('3.0', 'y');
    const drafts = [draft(2, 'pending_approval'), draft(3, 'pending_approval')];
    await keeper.restoreDraftCards(incident(...drafts), drafts);
    expect(calls).toEqual(['look', 'look', 'post 2#approval_card']);
  });

  it('restoreDraftCards() leaves a card alone that was never posted, or was given up', async () => {
    await rows.writeStep(INCIDENT, 3, 'approval_card', { done: true, result: {} });
    const drafts = [draft(2, 'pending_approval'), draft(3, 'pending_approval')];
    await keeper.restoreDraftCards(incident(...drafts), drafts);
    expect(calls).toEqual([]);
  });

  it('approvalCard() costs no edit by the refresh that follows', async () => {
    const waiting = incident(draft(2, 'pending_approval'));
    await keeper.approvalCard(waiting, waiting.drafts[0]!);
    await keeper.refreshDraftCards(waiting);
    expect(calls).toEqual(['post 2#approval_card']);
  });
});
