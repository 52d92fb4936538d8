import { baseProblem, placeOf } from './draft-base.ts';
import type { DraftState, IncidentState } from './incident-state.ts';
import { DRAFT_VALID_FOR_S } from './limits.ts';
import { ESCALATION_STAGES, type EscalationStage } from './statuspage-event-details.ts';
import { isOver } from './transitions.ts';

/** How long a draft waits for a decision before each stage. Unit: s, from when it began to wait. */
export type ApprovalTimes = { remindAfterS: number; widenAfterS: number; pageAfterS: number };

/**
 * Five minutes: whoever was asked has read it by then. Fifteen: they are not there, others may be.
 * Thirty: customers have read nothing for half an hour, and everybody has to know.
 */
export const DEFAULT_APPROVAL_TIMES: ApprovalTimes = {
  remindAfterS: 300,
  widenAfterS: 900,
  pageAfterS: 1_800,
};

/** Scheduler delivers within a minute; a shorter time would only look exact. Unit: s. */
export const APPROVAL_STEP_MIN_S = 60;

/** One stage that a waiting draft has not reached. `name` is its schedule's. */
export type StageAhead = { stage: EscalationStage; name: string; dueAt: string };

const AFTER: Record<EscalationStage, keyof ApprovalTimes> = {
  reminded: 'remindAfterS',
  widened: 'widenAfterS',
  paged: 'pageAfterS',
};

/** When a draft began to wait: as it was written, or came back from an approval that did not hold. */
export function pendingSince(draft: Pick<DraftState, 'pendingSince' | 'expiresAt'>): string {
  // Rows of an older version do not say; a revision expires a fixed time after it was written.
  const writtenAtMs = Date.parse(draft.expiresAt) - DRAFT_VALID_FOR_S * 1_000;
  return draft.pendingSince ?? new Date(writtenAtMs).toISOString();
}

/**
 * The stages a draft has yet to reach if nobody decides, in order. None once it is decided, and none
 * in an incident that was called off, but for the draft that ends it on the page. None either for a
 * text that nobody can publish and nobody misses. A stage that would come after the draft's end is none.
 */
export function stagesAhead(
  draft: DraftState,
  of: {
    incident: Pick<IncidentState, 'status'> & Partial<Pick<IncidentState, 'page'>>;
    times: ApprovalTimes;
  },
): StageAhead[] {
  const calledOff = of.incident.status === 'cancelled' || of.incident.status === 'closed';
  if (calledOff && draft.action !== 'resolve') return [];
  if (draft.status !== 'pending_approval' || isMoot(draft, of.incident)) return [];
  const reached = draft.escalated ? ESCALATION_STAGES.indexOf(draft.escalated) + 1 : 0;
  const sinceMs = Date.parse(pendingSince(draft));
  return ESCALATION_STAGES.slice(reached)
    .map((stage) => ({
      stage,
      name: `${draft.publicationId}-${stage}`,
      dueAt: new Date(sinceMs + of.times[AFTER[stage]] * 1_000).toISOString(),
    }))
    .filter(({ dueAt }) => Date.parse(dueAt) < Date.parse(draft.expiresAt));
}

/** The incident is over, also on the page, and the text no longer follows what was published there. */
function isMoot(
  draft: DraftState,
  { status, page }: Parameters<typeof stagesAhead>[1]['incident'],
) {
  const said = page?.lastPublication?.request.body.incident.status;
  if (!page || !isOver({ status }) || said !== 'resolved') return false;
  return baseProblem(draft, placeOf(page)) !== undefined;
}

/** Whether the times come one after another, before a draft expires. @returns what is wrong */
export function problemOfTimes(times: ApprovalTimes): string | undefined {
  const { remindAfterS, widenAfterS, pageAfterS } = times;
  const rising = remindAfterS < widenAfterS && widenAfterS < pageAfterS;
  const inTime = pageAfterS < DRAFT_VALID_FOR_S;
  return rising && inTime
    ? undefined
    : `expected remindAfterS < widenAfterS < pageAfterS < ${DRAFT_VALID_FOR_S}, got ` +
        `${remindAfterS}, ${widenAfterS}, ${pageAfterS}`;
}
