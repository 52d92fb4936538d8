import { expect, it } from 'vitest';
import type { DraftState } from '../../src/domain/incident-state.ts';
import { expired, notPermitted, refusal } from '../../src/services/decision-refusals.ts';

it.each([
  ['DRAFT_UNKNOWN', 'this draft does not exist any more'],
  ['DRAFT_STALE', 'this card is not the newest one; decide on the newest card'],
  ['DRAFT_ALREADY_DECIDED', 'this draft has been decided already'],
  ['DRAFT_SUPERSEDED', 'a newer revision replaced this one; decide on the newest card'],
  ['DRAFT_EXPIRED', 'this draft waited too long for a decision; draft it again'],
  ['REASON_TOO_SHORT', 'an approval without a second person needs a reason that others can judge'],
  ['DECISION_TOO_OLD', 'your click took more than ten minutes to reach us; please click again'],
  ['PUBLISHING_ALREADY_STARTED', 'too late: publishing has started'],
  ['APPROVER_NOT_PERMITTED', 'you may not do this'],
  ['BASE_MOVED', 'something else was published since this was written; edit it and ask again'],
] as const)('%s is told as: %s', (code, rule) => {
  expect(refusal(code)).toEqual({ code, rule });
});

it('a refusal because of a state names it in words', () => {
  const state = { status: 'publication_failed' } as DraftState;
  expect(refusal('DRAFT_ALREADY_DECIDED', state).rule).toBe(
    'this draft has been decided already (publication failed)',
  );
});

it('a rule is kept up to 3,000 characters', () => {
  expect(notPermitted('x'.repeat(3_000)).rule).toHaveLength(3_000);
  expect(notPermitted('x'.repeat(3_001)).rule).toHaveLength(3_000);
});

it('a click that came too late is recorded with the reason', () => {
  expect(expired({ draftId: 'drf-a', revision: 2, digest: '' })).toEqual({
    append: 'STATUSPAGE_APPROVAL_EXPIRED',
    details: {
      draftId: 'drf-a',
      revision: 2,
      of: 'decision',
      reason: 'the click was signed more than ten minutes ago',
    },
  });
});
