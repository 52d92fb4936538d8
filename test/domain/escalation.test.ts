import { describe, expect, it } from 'vitest';
import {
  DEFAULT_APPROVAL_TIMES,
  pendingSince,
  problemOfTimes,
  stagesAhead,
} from '../../src/domain/escalation.ts';
import type { DraftState, DraftStatus, IncidentStatus } from '../../src/domain/incident-state.ts';

const WRITTEN = '2026-11-20T09:00:00.000Z';
const EXPIRES = '2026-11-21T09:00:00.000Z';
const draft = (of: Partial<DraftState> = {}): DraftState =>
  ({
    publicationId: 'pub-a',
    status: 'pending_approval',
    pendingSince: WRITTEN,
    expiresAt: EXPIRES,
    ...of,
  }) as DraftState;
const ahead = (of: Partial<DraftState> = {}, status: IncidentStatus = 'active') =>
  stagesAhead(draft(of), { incident: { status }, times: DEFAULT_APPROVAL_TIMES });

describe('stagesAhead()', () => {
  it('names each stage by its publication, 5, 15 and 30 minutes after the draft was written', () => {
    expect(ahead()).toEqual([
      { stage: 'reminded', name: 'pub-a-reminded', dueAt: '2026-11-20T09:05:00.000Z' },
      { stage: 'widened', name: 'pub-a-widened', dueAt: '2026-11-20T09:15:00.000Z' },
      { stage: 'paged', name: 'pub-a-paged', dueAt: '2026-11-20T09:30:00.000Z' },
    ]);
  });

  it.each([
    ['reminded', ['widened', 'paged']],
    ['widened', ['paged']],
    ['paged', []],
  ] as const)('leaves out %s and what comes before it once it was reached', (escalated, left) => {
    expect(ahead({ escalated }).map(({ stage }) => stage)).toEqual(left);
  });

  it('asks nobody about a text that cannot be published when the page says that it is over', () => {
    const request = {
      path: '/pages/p1/incidents/page1',
      body: { incident: { status: 'resolved' } },
    };
    const page = {
      statuspageIncidentId: 'page1',
      lastPublication: { publicationId: 'pub-end', request },
    } as never;
    const of = (basedOn: string, status: IncidentStatus) =>
      stagesAhead(draft({ request: request as never, basedOn }), {
        incident: { status, page },
        times: DEFAULT_APPROVAL_TIMES,
      }).length;
    expect(of('pub-before', 'resolved')).toBe(0);
    expect(of('pub-end', 'resolved')).toBe(3);
    expect(of('pub-before', 'active')).toBe(3);
  });

  it.each<DraftStatus>([
    'approved',
    'publishing',
    'unconfirmed',
    'published',
    'publication_failed',
    'rejected',
    'superseded',
    'withdrawn',
    'expired',
  ])('is empty for a draft that is %s', (status) => {
    expect(ahead({ status })).toEqual([]);
  });

  it.each<[IncidentStatus, number]>([
    ['active', 3],
    ['mitigated', 3],
    ['resolved', 3],
    ['cancelled', 0],
    ['closed', 0],
  ])('in an incident that is %s has %i stages', (status, count) => {
    expect(ahead({}, status)).toHaveLength(count);
    // The page still shows it, so its end is waited for whatever became of the incident.
    expect(ahead({ action: 'resolve' }, status)).toHaveLength(3);
  });

  it('leaves out what would come as the draft expires, or later', () => {
    const at = (pendingSince: string) => ahead({ pendingSince }).map(({ stage }) => stage);
    expect(at('2026-11-21T08:29:59.999Z')).toEqual(['reminded', 'widened', 'paged']);
    expect(at('2026-11-21T08:30:00.000Z')).toEqual(['reminded', 'widened']);
    expect(at('2026-11-21T08:55:00.000Z')).toEqual([]);
  });
});

describe('pendingSince()', () => {
  it('of a row that does not say is a day before the draft expires', () => {
    expect(pendingSince({ expiresAt: EXPIRES })).toBe(WRITTEN);
    expect(pendingSince({ expiresAt: EXPIRES, pendingSince: EXPIRES })).toBe(EXPIRES);
  });
});

describe('problemOfTimes()', () => {
  it.each([
    [60, 61, 86_399, true],
    [300, 300, 1_800, false],
    [300, 900, 900, false],
    [60, 61, 86_400, false],
  ])('%i, %i, %i: in order and in time is %s', (remindAfterS, widenAfterS, pageAfterS, fine) => {
    const problem = problemOfTimes({ remindAfterS, widenAfterS, pageAfterS });
    expect(problem === undefined).toBe(fine);
    if (problem) expect(problem).toContain(`got ${remindAfterS}, ${widenAfterS}, ${pageAfterS}`);
  });
});
