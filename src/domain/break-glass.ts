import type { ApprovalToken } from './approval-token.ts';
import type { AuditEvent } from './audit-event.ts';
import { sha256Hex } from './ids.ts';
import type { ChecklistEntry, IncidentState } from './incident-state.ts';
import { joined, person, type Sentence, say, textOf } from './sentence.ts';

type BreakGlassEvent = Extract<AuditEvent, { type: 'BREAK_GLASS_USED' }>;
type ApprovedEvent = Extract<AuditEvent, { type: 'STATUSPAGE_DRAFT_APPROVED' }>;

/** Fewest characters of a reason that somebody reads later; blanks at its ends do not count. */
export const BREAK_GLASS_REASON_MIN = 20;
/** Reviews that may wait in one incident before nobody breaks the glass again. */
export const OPEN_REVIEWS_MAX = 20;
/** Stands wherever a broken glass is reported as text. */
export const BREAK_GLASS_MARK = 'BREAK-GLASS' as const;

/** What a reason says, without blanks and characters that nobody sees, as they cost no thought. */
export function shownReason(reason: string): string {
  return reason
    .toWellFormed()
    .replace(/[\p{Cf}\u2800\u3164\u115f\u1160\uffa0]/gu, '')
    .replace(/[\s\p{Cc}]+/gu, ' ')
    .trim();
}

/** Why a reason is none, in words for the field it was typed into; undefined when it will do. */
export function problemOfReason(reason: string): string | undefined {
  const length = [...shownReason(reason)].length;
  if (length >= BREAK_GLASS_REASON_MIN) return undefined;
  return (
    `Say in at least ${BREAK_GLASS_REASON_MIN} characters why nobody else can approve this now; ` +
    `these are ${length}.`
  );
}

/**
 * Why an approval that one person gave alone does not count: the event that says who broke the glass
 * and why must be there, of the same click, person and text, and the signature must cover its reason.
 *
 * @param glass - every `BREAK_GLASS_USED` that still stands before the approval
 * @returns undefined for an approval that belongs to one of them, and for an ordinary one
 */
export function glassProblem(
  approval: ApprovedEvent,
  token: ApprovalToken,
  glass: readonly BreakGlassEvent[],
): 'nobody broke the glass' | 'another reason' | undefined {
  const { actor, details } = approval;
  if (!details.breakGlass) return undefined;
  const own = glass.find(
    (event) =>
      event.seq < approval.seq &&
      event.actor.id === actor.id &&
      event.details.digest === details.digest &&
      event.details.slackRequestSha256 === details.slackRequestSha256,
  );
  if (!own) return 'nobody broke the glass';
  const isSame = sha256Hex(own.details.reason) === token.breakGlassReasonSha256;
  return isSame ? undefined : 'another reason';
}

/** The checklist with the follow-up that a broken glass forces on somebody else. */
export function withReview(
  checklist: readonly ChecklistEntry[],
  event: BreakGlassEvent,
): ChecklistEntry[] {
  const { draftId, revision } = event.details;
  const review = { by: event.actor.id, draftId, revision };
  const waits = checklist.some(
    (entry) =>
      !entry.done &&
      entry.review?.by === review.by &&
      entry.review.draftId === draftId &&
      entry.review.revision === revision,
  );
  if (waits) return [...checklist];
  const item = textOf(reviewWords(review));
  const entry: ChecklistEntry = { item, done: false, by: null, review };
  const reviews = checklist.filter((known) => known.review);
  const done = checklist.findIndex((known) => known.review && known.done);
  // In place: the numbers on a posted checklist stay those of its items.
  if (reviews.length >= OPEN_REVIEWS_MAX && done >= 0) return checklist.with(done, entry);
  return [...checklist, entry];
}

/** Whether anybody ever broke the glass in this incident. */
export function isGlassBroken(incident: Pick<IncidentState, 'checklist'>): boolean {
  return incident.checklist.some((entry) => entry.review);
}

/** Reviews that still wait for somebody else. */
export function openReviews(incident: Pick<IncidentState, 'checklist'>): ChecklistEntry[] {
  return incident.checklist.filter((entry) => entry.review && !entry.done);
}

/** What somebody else has to review. */
export function reviewWords({ by, revision }: { by: string; revision: number }): Sentence {
  return say`Review the break-glass approval by ${person(by)} (revision ${revision})`;
}

/** Who has to be reminded of what when an incident ends; undefined when nothing waits. */
export function reviewReminder(incident: Pick<IncidentState, 'checklist'>): Sentence | undefined {
  const waiting = openReviews(incident);
  if (waiting.length === 0) return undefined;
  const reviews = joined(
    waiting.map(({ review }) => reviewWords(review!)),
    '; ',
  );
  return say`${BREAK_GLASS_MARK}: still to be done by somebody else: ${reviews}.`;
}
