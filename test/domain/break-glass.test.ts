import { describe, expect, it } from 'vitest';
import type { AuditEvent } from '../../src/domain/audit-event.ts';
import {
  isGlassBroken,
  openReviews,
  problemOfReason,
  reviewReminder,
  shownReason,
  withReview,
} from '../../src/domain/break-glass.ts';
import type { ChecklistEntry } from '../../src/domain/incident-state.ts';
import { startProblem } from '../../src/domain/publication-replay.ts';
import { approvalProblem, eventProblem } from '../../src/domain/trail-authority.ts';
import { told } from '../text-of.ts';
import {
  type ApprovedEvent,
  about,
  approvalToken,
  approved,
  chained,
  draft,
  type Fact,
  opened,
  type StartedEvent,
  started,
} from './gate-story.ts';

const REASON = 'Nobody else answers the pager.';
/** SHA-256 of that. */
const REASON_SHA256 = '6292d66ad5c8162a60e556e5d8fcdd0d20be7363000ab158e831fcd3f3659cc5';
const CLICK = 'c'.repeat(64);
const A = draft('drf-a');
const B = draft('drf-b');

describe('problemOfReason()', () => {
  it.each([
    ['x'.repeat(20), undefined],
    [` ${'x'.repeat(19)} `, 19],
    [`a${' '.repeat(30)}b`, 3],
    [`${'\u200b'.repeat(30)}now`, 3],
    ['🔥'.repeat(10), 10],
    ['🔥'.repeat(20), undefined],
    ['', 0],
  ])('%j: %s', (reason, length) => {
    const words = `Say in at least 20 characters why nobody else can approve this now; these are ${length}.`;
    expect(problemOfReason(reason)).toBe(length === undefined ? undefined : words);
  });

  it('shows what a person would read', () => {
    expect(shownReason('  the\npager \u200b  is\u0007 down ')).toBe('the pager is down');
  });
});

describe('the review a broken glass asks for', () => {
  const glassBy = (id: string, revision = 1, draftId = 'd') =>
    ({ actor: { kind: 'slack_user', id }, details: { draftId, revision } }) as Extract<
      AuditEvent,
      { type: 'BREAK_GLASS_USED' }
    >;
  const ordinary: ChecklistEntry = { item: 'Name an IC', done: true, by: 'U0MAYA' };

  it('is one more item of the checklist, once while it waits', () => {
    const once = withReview([ordinary], glassBy('U0MAYA', 2));
    expect(once).toEqual([
      ordinary,
      {
        item: 'Review the break-glass approval by @U0MAYA (revision 2)',
        done: false,
        by: null,
        review: { by: 'U0MAYA', draftId: 'd', revision: 2 },
      },
    ]);
    expect(withReview(once, glassBy('U0MAYA', 2))).toEqual(once);
    expect(withReview(once, glassBy('U0MAYA', 3))).toHaveLength(3);
    expect(withReview(once, glassBy('U0BEN', 2))).toHaveLength(3);
    expect(withReview(once, glassBy('U0MAYA', 2, 'other'))).toHaveLength(3);
    const done = once.map((entry) => ({ ...entry, done: true }));
    expect(withReview(done, glassBy('U0MAYA', 2))).toHaveLength(3);
  });

  it('is added beside items that wait and are no reviews', () => {
    const waiting = { ...ordinary, done: false, by: null };
    expect(withReview([waiting], glassBy('U0MAYA'))).toHaveLength(2);
  });

  it('takes no place of another while reviews are fewer than twenty', () => {
    let checklist: ChecklistEntry[] = [ordinary];
    for (let n = 1; n <= 19; n += 1) checklist = withReview(checklist, glassBy('U0MAYA', n));
    const done = { ...checklist[3]!, done: true, by: 'U0BEN' };
    expect(withReview(checklist.with(3, done), glassBy('U0MAYA', 20))).toHaveLength(21);
  });

  it('takes the place of the very first item when that is a review that was done', () => {
    let checklist: ChecklistEntry[] = [];
    for (let n = 1; n <= 20; n += 1) checklist = withReview(checklist, glassBy('U0MAYA', n));
    const done = { ...checklist[0]!, done: true, by: 'U0BEN' };
    const next = withReview(checklist.with(0, done), glassBy('U0MAYA', 21));
    expect(next).toHaveLength(20);
    expect(next[0]?.review?.revision).toBe(21);
  });

  it('takes the place of one that was done when there are twenty', () => {
    let checklist: ChecklistEntry[] = [ordinary];
    for (let n = 1; n <= 20; n += 1) checklist = withReview(checklist, glassBy('U0MAYA', n));
    expect(withReview(checklist, glassBy('U0MAYA', 21))).toHaveLength(22);
    const third = { ...checklist[3]!, done: true, by: 'U0BEN' };
    const next = withReview(checklist.with(3, third), glassBy('U0MAYA', 21));
    expect(next).toHaveLength(21);
    expect(next[0]).toEqual(ordinary);
    expect(next[3]?.review?.revision).toBe(21);
  });

  it('is reminded of until somebody did it; the mark stays', () => {
    const waiting = withReview([ordinary], glassBy('U0MAYA'));
    expect(told(reviewReminder({ checklist: waiting }))).toBe(
      'BREAK-GLASS: still to be done by somebody else: ' +
        'Review the break-glass approval by @U0MAYA (revision 1).',
    );
    expect(openReviews({ checklist: waiting })).toHaveLength(1);
    const two = withReview(waiting, glassBy('U0BEN', 2));
    expect(told(reviewReminder({ checklist: two }))).toBe(
      'BREAK-GLASS: still to be done by somebody else: ' +
        'Review the break-glass approval by @U0MAYA (revision 1); ' +
        'Review the break-glass approval by @U0BEN (revision 2).',
    );
    const done = waiting.map((entry) => ({ ...entry, done: true }));
    expect(reviewReminder({ checklist: done })).toBeUndefined();
    expect(isGlassBroken({ checklist: done })).toBe(true);
    expect(isGlassBroken({ checklist: [ordinary] })).toBe(false);
    expect(reviewReminder({ checklist: [ordinary] })).toBeUndefined();
  });
});

function glass(of: Fact, given: { by?: string; reason?: string; click?: string } = {}): Fact {
  const { draftId, revision, digest } = of.details as Record<string, unknown>;
  return {
    type: 'BREAK_GLASS_USED',
    actor: { kind: 'slack_user', id: given.by ?? 'U0JONAS' },
    details: {
      draftId,
      revision,
      digest,
      reason: given.reason ?? REASON,
      slackRequestSha256: given.click ?? CLICK,
    },
  };
}

function alone(of: Fact, required = 1): Fact {
  const fact = approved(of, { required });
  return { ...fact, details: { ...(fact.details as object), breakGlass: true } };
}

describe('approvalProblem() of an approval that was given alone', () => {
  const judged = (facts: Fact[], token: object = {}) => {
    const events = chained(facts);
    const event = events.at(-1) as ApprovedEvent;
    const signed = { breakGlass: true, breakGlassReasonSha256: REASON_SHA256, ...token };
    return approvalProblem(
      event,
      { ...approvalToken(event), ...signed } as never,
      events.slice(0, -1),
    );
  };
  const note: Fact = { type: 'NOTE_ADDED', details: { text: 'Anybody there?' } };

  it('accepts one with its reason before it, whatever else came in between', () => {
    expect(judged([opened, A, glass(A), alone(A)])).toBeUndefined();
    expect(judged([opened, A, glass(A), note, alone(A)])).toBeUndefined();
  });

  it.each<[string, Fact[], object, string]>([
    ['no reason', [opened, A, alone(A)], {}, 'nobody broke the glass before it'],
    [
      'the reason of another draft',
      [opened, A, B, glass(B), alone(A)],
      {},
      'nobody broke the glass before it',
    ],
    [
      'the reason of another click',
      [opened, A, glass(A, { click: 'd'.repeat(64) }), alone(A)],
      {},
      'nobody broke the glass before it',
    ],
    [
      'the reason of another person',
      [opened, A, glass(A, { by: 'U0MAYA' }), alone(A)],
      {},
      'another person broke the glass before it',
    ],
    [
      'another reason',
      [opened, A, glass(A, { reason: `${REASON}!` }), alone(A)],
      {},
      'its signature covers another reason',
    ],
    [
      'a signature without the reason',
      [opened, A, glass(A), alone(A)],
      { breakGlassReasonSha256: undefined },
      'its signature covers another reason',
    ],
    [
      'a signature that is no emergency',
      [opened, A, glass(A), alone(A)],
      { breakGlass: undefined },
      'its signature covers another breakGlass',
    ],
    [
      'an approval that hides it',
      [opened, A, glass(A), approved(A)],
      {},
      'its signature covers another breakGlass',
    ],
    [
      'a hidden reason',
      [opened, A, approved(A)],
      { breakGlass: undefined },
      'its signature covers a reason that it does not name',
    ],
    [
      'a refusal since',
      [opened, A, glass(A), about(A, 'STATUSPAGE_PUBLISH_REFUSED', {}), alone(A)],
      {},
      'publishing was refused after the glass was broken',
    ],
  ])('refuses %s', (_what, facts, token, reason) => {
    expect(judged(facts, token)).toBe(reason);
  });
});

describe('eventProblem() of a review', () => {
  const ticked = (item: string, by: string, done = true) =>
    eventProblem(
      chained([
        opened,
        {
          type: 'CHECKLIST_ITEM_UPDATED',
          actor: { kind: 'slack_user', id: by },
          details: { index: 0, item, done },
        },
      ])[1]!,
    );
  const item = 'Review the break-glass approval by @U0JONAS (revision 1)';

  it('names one by whoever broke the glass, and no other', () => {
    expect(ticked(item, 'U0JONAS')).toBe('whoever broke the glass reviewed it themselves');
    expect(ticked(item, 'U0MAYA')).toBeUndefined();
    expect(ticked(item, 'U0JONAS', false)).toBeUndefined();
    expect(ticked('Name an IC', 'U0JONAS')).toBeUndefined();
    expect(withReview([], chained([opened, A, glass(A)])[2] as never)[0]?.item).toBe(item);
  });
});

describe('startProblem() of a publication that one person approved alone', () => {
  const judged = (facts: Fact[], valid: number[]) => {
    const events = chained(facts);
    return startProblem(events.at(-1) as StartedEvent, events.slice(0, -1), new Set(valid));
  };

  it('takes one instead of two, beside an ordinary one or not', () => {
    expect(judged([opened, A, glass(A), alone(A), started(A)], [4])).toBeUndefined();
    const beside = approved(A, { id: 'U0BEN', required: 2 });
    expect(judged([opened, A, beside, glass(A), alone(A), started(A)], [3, 5])).toBeUndefined();
    expect(judged([opened, A, beside, glass(A), alone(A), started(A)], [5])).toBeUndefined();
  });

  it('takes none whose signature or reason did not hold', () => {
    expect(judged([opened, A, glass(A), alone(A), started(A)], [])).toBe(
      'it needed 1 valid approval(s) and had 0',
    );
    const beside = approved(A, { id: 'U0BEN', required: 2 });
    expect(judged([opened, A, beside, glass(A), alone(A), started(A)], [3])).toBe(
      'it needed 2 valid approval(s) and had 1',
    );
  });
});
