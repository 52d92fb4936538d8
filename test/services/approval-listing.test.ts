import { describe, expect, it } from 'vitest';
import { keysOf } from '../../src/domain/event-keys.ts';
import { listApprovals } from '../../src/services/approval-listing.ts';
import {
  about,
  approved,
  chained,
  draft,
  type Fact,
  notExecuted,
  opened,
  published,
  refused,
  started,
} from '../domain/gate-story.ts';
import { StoredTrail } from './stored-trail.ts';

const A = draft('drf-a');

/** What became of the one approval of these facts. */
async function outcomeAfter(...later: Fact[]): Promise<string> {
  const events = chained([opened, A, approved(A), ...later]);
  const audit = events.map((event) => ({ ...event, ...keysOf(event) }));
  const stored = new StoredTrail({ audit, incidents: [] });
  const nothing = async () => [];
  const reader = Object.assign(stored, { ofType: nothing, ofActor: nothing });
  const [listed] = await listApprovals({ reader }, {});
  return listed?.outcome ?? 'not listed';
}

describe('listApprovals() says what became of the text', () => {
  const reference = { publicationId: 'p', attempt: 1, attemptId: 'attempt-1', reason: '' };
  it.each<[string, Fact[]]>([
    ['waiting', []],
    ['publishing', [started(A)]],
    ['published', [started(A), published(A)]],
    ['published', [started(A), published(A), refused(A)]],
    ['refused', [refused(A)]],
    ['not executed yet', [started(A), notExecuted(A)]],
    ['unconfirmed', [about(A, 'STATUSPAGE_PUBLISH_UNCONFIRMED', { ...reference, looks: 0 })]],
    ['failed', [about(A, 'STATUSPAGE_PUBLISH_FAILED', { ...reference, httpStatus: null })]],
    [
      'rejected',
      [about(A, 'STATUSPAGE_APPROVAL_REJECTED', { digest: 'a'.repeat(64), reason: '' })],
    ],
    ['withdrawn', [about(A, 'STATUSPAGE_DRAFT_WITHDRAWN', { reason: '' })]],
    ['superseded', [draft('drf-a', { revision: 2 })]],
  ])('%s', async (outcome, later) => {
    expect(await outcomeAfter(...later)).toBe(outcome);
  });
});
