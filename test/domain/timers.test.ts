import { describe, expect, it } from 'vitest';
import { DEFAULT_APPROVAL_TIMES } from '../../src/domain/escalation.ts';
import type { DraftState, IncidentState } from '../../src/domain/incident-state.ts';
import { draftTimers, incidentTimers, lostTimers, timersFor } from '../../src/domain/timers.ts';

const OPENED = '2026-11-20T09:00:00.000Z';
const DUE = '2026-11-20T09:30:00.000Z';
const incident = (of: Partial<IncidentState> = {}) =>
  ({
    ...{ incidentId: 'inc-1', status: 'active', openedAt: OPENED, declaredBy: null },
    ...{ room: { channelId: 'C1', channelName: 'r' }, invited: ['U1'], drafts: [] },
    ...{ nudge: { dueAt: DUE, silencedUntil: null }, page: { lastPublication: null } },
    ...of,
  }) as unknown as IncidentState;
const draft = (of: Partial<DraftState>) =>
  ({
    ...{ draftId: 'drf-1', revision: 2, publicationId: 'pub-1', status: 'pending_approval' },
    ...{ pendingSince: OPENED, expiresAt: '2026-11-21T09:00:00.000Z', action: 'create' },
    ...of,
  }) as DraftState;

describe('incidentTimers()', () => {
  const update = { purpose: 'update_due', name: 'inc-1-update-due', dueAt: DUE };
  const reach = {
    purpose: 'reach_due',
    name: 'inc-1-reach-due',
    dueAt: '2026-11-20T09:03:00.000Z',
  };

  it.each<[string, Partial<IncidentState>, object[]]>([
    ['an update', {}, [update]],
    ['nothing once it is over', { status: 'resolved', invited: [] }, []],
    ['no update without a room', { room: null }, []],
    ['no update before the room is assembled', { nudge: null }, []],
    ['somebody who comes', { invited: [] }, [update, reach]],
    ['somebody besides its declarer', { invited: ['U1'], declaredBy: 'U1' }, [update, reach]],
    ['nobody after that was said', { invited: [], nobodyReachedAt: OPENED }, [update]],
  ])('is %s', (_what, of, expected) => {
    expect(incidentTimers(incident(of))).toEqual(expected);
  });
});

describe('draftTimers()', () => {
  const ofDraft = (of: Partial<DraftState>) =>
    draftTimers(incident({ nudge: null, drafts: [draft(of)] }), DEFAULT_APPROVAL_TIMES);

  it('is the next stage and the end of a draft that waits', () => {
    const of = { draftId: 'drf-1', revision: 2, publicationId: 'pub-1' };
    expect(ofDraft({})).toEqual([
      {
        ...{ purpose: 'approval_due', name: 'pub-1-reminded', stage: 'reminded', ...of },
        dueAt: '2026-11-20T09:05:00.000Z',
      },
      {
        ...{ purpose: 'draft_due', name: 'pub-1-wake', publicationId: 'pub-1' },
        dueAt: '2026-11-21T09:00:00.000Z',
      },
    ]);
  });

  it.each<[DraftState['status'], object | null, string | undefined]>([
    ['approved', { retryAt: '2026-11-20T09:01:00.000Z' }, '2026-11-20T09:01:00.000Z'],
    ['approved', null, undefined],
    ['unconfirmed', { nextLookAt: '2026-11-20T09:02:00.000Z' }, '2026-11-20T09:02:00.000Z'],
    ['unconfirmed', { nextLookAt: null }, undefined],
    ['publishing', { deadline: '2026-11-20T09:04:00.000Z' }, '2026-11-20T09:04:00.000Z'],
    ['publishing', null, undefined],
    ['published', { deadline: '2026-11-20T09:04:00.000Z' }, undefined],
  ])('of a draft that is %s with %o is %s', (status, attempt, dueAt) => {
    const found = ofDraft({ status, attempt: attempt as never });
    expect(timersFor(found, 'draft_due').map((timer) => timer.dueAt)).toEqual(dueAt ? [dueAt] : []);
    expect(timersFor(found, 'approval_due')).toEqual([]);
  });
});

it.each([
  [59_999, 0],
  [60_000, 1],
])('lostTimers() counts a timer as lost %i ms after it was due: %i', (lateMs, count) => {
  const timers = incidentTimers(incident());
  expect(lostTimers(timers, Date.parse(DUE) + lateMs)).toHaveLength(count);
});
