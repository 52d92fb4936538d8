import { describe, expect, it } from 'vitest';
import type { EventType } from '../../src/domain/audit-event.ts';
import { DraftReplay } from '../../src/domain/draft-replay.ts';
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
} from './gate-story.ts';

function lastProblem(facts: readonly Fact[]): string | undefined {
  const replay = new DraftReplay();
  const found = chained(facts).map((event) => replay.next(event));
  expect(found.slice(0, -1).filter(Boolean)).toEqual([]);
  return found.at(-1);
}

const A = draft('drf-a');
const A2 = draft('drf-a', { revision: 2 });
const of = (type: EventType, details: object = {}) => about(A, type, details);
const attempt = { attempt: 1, attemptId: 'attempt-1' };
const unclear = of('STATUSPAGE_PUBLISH_UNCONFIRMED', attempt);
const failed = of('STATUSPAGE_PUBLISH_FAILED', attempt);
const rejected = of('STATUSPAGE_APPROVAL_REJECTED');
const withdrawn = of('STATUSPAGE_DRAFT_WITHDRAWN');
const expired = of('STATUSPAGE_APPROVAL_EXPIRED', { of: 'draft' });
const glass = of('BREAK_GLASS_USED');
const sent = [opened, A, approved(A), started(A)];

describe('DraftReplay accepts', () => {
  it.each<[string, Fact[]]>([
    ['a publication', [...sent, published(A)]],
    ['one that was found after it was unclear', [...sent, unclear, unclear, published(A)]],
    ['a second attempt', [...sent, notExecuted(A), started(A, 2), published(A)]],
    ['giving up after the last attempt', [...sent, notExecuted(A), failed]],
    ['one that came late, after it was given up', [...sent, unclear, failed, published(A)]],
    ['one of a revision that was replaced meanwhile', [...sent, notExecuted(A), A2, published(A)]],
    ['an approval after a refusal', [opened, A, approved(A), refused(A), approved(A), started(A)]],
    [
      'a click that came too late, whatever became of the draft',
      [opened, A, rejected, of('STATUSPAGE_APPROVAL_EXPIRED', { of: 'decision' })],
    ],
    ['a refusal of what nobody wrote', [opened, refused(A)]],
    ['a refusal of what is over', [opened, A, rejected, refused(A)]],
    ['a rejection of what was approved', [opened, A, approved(A), rejected]],
    ['an edit of what was approved', [opened, A, approved(A), A2]],
    [
      'one of two approvals, then the other',
      [
        opened,
        A,
        approved(A, { required: 2 }),
        approved(A, { id: 'U0LINA', required: 2 }),
        started(A),
      ],
    ],
    ['somebody who breaks the glass', [opened, A, glass, approved(A), started(A)]],
    ['a note beside it', [opened, A, { type: 'NOTE_ADDED', details: { text: '' } }]],
  ])('%s', (_what, facts) => {
    expect(lastProblem(facts)).toBeUndefined();
  });
});

describe('DraftReplay names', () => {
  it.each<[string, Fact[], string]>([
    [
      'a failure after a publication',
      [...sent, published(A), failed],
      'a revision that is published does not take STATUSPAGE_PUBLISH_FAILED',
    ],
    [
      'an unclear end after a publication',
      [...sent, published(A), unclear],
      'a revision that is published does not take STATUSPAGE_PUBLISH_UNCONFIRMED',
    ],
    [
      'nothing done after a publication',
      [...sent, published(A), notExecuted(A)],
      'a revision that is published does not take STATUSPAGE_PUBLISH_NOT_EXECUTED',
    ],
    [
      'a failure of what was never sent',
      [opened, A, failed],
      'a revision that is waiting does not take STATUSPAGE_PUBLISH_FAILED',
    ],
    [
      'the end of another attempt',
      [
        ...sent,
        { ...unclear, details: { ...(unclear.details as object), attemptId: 'attempt-9' } },
      ],
      'it is about another attempt',
    ],
    [
      'an approval of what was withdrawn',
      [opened, A, withdrawn, approved(A)],
      'a revision that is withdrawn does not take STATUSPAGE_DRAFT_APPROVED',
    ],
    [
      'an approval of what was approved enough',
      [opened, A, approved(A), approved(A, { id: 'U0LINA' })],
      'a revision that is agreed does not take STATUSPAGE_DRAFT_APPROVED',
    ],
    [
      'a broken glass on what was rejected',
      [opened, A, rejected, glass],
      'a revision that is rejected does not take BREAK_GLASS_USED',
    ],
    [
      'a rejection of what is on its way',
      [...sent, rejected],
      'a revision that is sent does not take STATUSPAGE_APPROVAL_REJECTED',
    ],
    [
      'a withdrawal of what is unclear',
      [...sent, unclear, withdrawn],
      'a revision that is unclear does not take STATUSPAGE_DRAFT_WITHDRAWN',
    ],
    [
      'an attempt after it expired',
      [opened, A, expired, started(A)],
      'a revision that is expired does not take STATUSPAGE_PUBLISH_STARTED',
    ],
    [
      'expiry of what was approved',
      [opened, A, approved(A), expired],
      'a revision that is agreed does not take STATUSPAGE_APPROVAL_EXPIRED',
    ],
    [
      'an approval after an integrity refusal',
      [opened, A, of('STATUSPAGE_PUBLISH_REFUSED', { kind: 'integrity' }), approved(A)],
      'a revision that is failed does not take STATUSPAGE_DRAFT_APPROVED',
    ],
    [
      'an approval of the older revision',
      [opened, A, A2, approved(A)],
      'a revision that is superseded does not take STATUSPAGE_DRAFT_APPROVED',
    ],
    [
      'an edit of what is on its way',
      [...sent, A2],
      'a revision that is sent is not written again',
    ],
    ['a draft written twice', [opened, A, A], 'it is not the next revision'],
    ['a revision without the one before it', [opened, A2], 'it is not the next revision'],
    [
      'a rejection of what nobody wrote',
      [opened, rejected],
      'it is about a revision that is not on the trail before it',
    ],
  ])('%s', (_what, facts, reason) => {
    expect(lastProblem(facts)).toBe(reason);
  });
});
