import { type ApprovalTimes, stagesAhead } from './escalation.ts';
import type { DraftState, IncidentState } from './incident-state.ts';
import { QUARANTINED_PER_MINUTE } from './limits.ts';
import { isUnreached, reachDueAt } from './reach.ts';
import type { EscalationStage } from './statuspage-event-details.ts';
import { isOver } from './transitions.ts';

/** What time asks of an incident next: the name of the schedule that brings it, and when it is due. */
export type Timer = { name: string; dueAt: string } & (
  | { purpose: 'update_due' }
  /** By then somebody must have been invited. */
  | { purpose: 'reach_due' }
  | {
      purpose: 'approval_due';
      publicationId: string;
      draftId: string;
      revision: number;
      stage: EscalationStage;
    }
  /** Of an intake chain: the surplus of unreadable bodies of this minute, `YYYY-MM-DDTHH:MM`. */
  | { purpose: 'quarantine_count'; minute: string }
  /** A draft expires, or its publication has to be asked for or looked at again. */
  | { purpose: 'draft_due'; publicationId: string }
);

export type CountTimer = Extract<Timer, { purpose: 'quarantine_count' }>;

/** What decides on the timers that do not hang on a draft. */
export type Timed = Pick<
  IncidentState,
  | 'incidentId'
  | 'status'
  | 'openedAt'
  | 'room'
  | 'invited'
  | 'declaredBy'
  | 'nobodyReachedAt'
  | 'nudge'
>;

/** Scheduler delivers within a minute; what is later than that was lost on the way. Unit: ms. */
const TIMER_LOST_AFTER_MS = 60_000;

/**
 * What time asks of the drafts of an incident: at most two of each. They are kept to by the sweeper's
 * wakes, which an incident with a waiting draft gets each minute.
 */
export function draftTimers(incident: IncidentState, times: ApprovalTimes): Timer[] {
  return incident.drafts.flatMap((draft): Timer[] => {
    const { draftId, revision, publicationId } = draft;
    const [next] = stagesAhead(draft, { incident, times });
    const dueAt = draftDueAt(draft);
    return [
      ...(next
        ? [{ purpose: 'approval_due' as const, ...next, publicationId, draftId, revision }]
        : []),
      ...(dueAt
        ? [{ purpose: 'draft_due' as const, name: `${publicationId}-wake`, dueAt, publicationId }]
        : []),
    ];
  });
}

/**
 * What time asks of an incident, whatever its drafts are. The schedules are set by this list, and the
 * sweeper finds by it what a schedule should have brought: one that was lost costs some minutes, and
 * nothing else.
 */
export function incidentTimers(incident: Timed): Timer[] {
  const { incidentId, room, nudge } = incident;
  const timers: Timer[] = [];
  if (room && nudge && !isOver(incident)) {
    const name = updateDueName(incidentId);
    timers.push({ purpose: 'update_due', name, dueAt: nudge.dueAt });
  }
  if (isUnreached(incident)) {
    const name = reachDueName(incidentId);
    timers.push({ purpose: 'reach_due', name, dueAt: reachDueAt(incident) });
  }
  return timers;
}

/** By its name a schedule is removed when there is nothing to wait for any more. */
export function updateDueName(incidentId: string): string {
  return `${incidentId}-update-due`;
}

/** As above. */
export function reachDueName(incidentId: string): string {
  return `${incidentId}-reach-due`;
}

/** How long after its end a minute is counted; deliveries under way then are in. Unit: ms. */
const COUNTED_AFTER_MS = 65_000;
/** How long it is looked for whether that was done. Unit: ms. */
const COUNT_AWAITED_MS = 3_600_000;

/** When the surplus of a minute is counted. */
export function countTimer(chain: string, minute: string): CountTimer {
  const dueAt = new Date(Date.parse(`${minute}:00Z`) + COUNTED_AFTER_MS).toISOString();
  const name = `${chain}-counted-${minute.slice(11).replace(':', '')}`;
  return { purpose: 'quarantine_count', name, dueAt, minute };
}

/** That of the newest minute that kept as many bodies as a minute may, while it may still come. */
export function countAwaited(
  { incidentId, quarantine }: Pick<IncidentState, 'incidentId' | 'quarantine'>,
  nowMs: number,
): CountTimer | undefined {
  if (!quarantine || quarantine.kept < QUARANTINED_PER_MINUTE) return undefined;
  const timer = countTimer(incidentId, quarantine.minute);
  return nowMs < Date.parse(timer.dueAt) + COUNT_AWAITED_MS ? timer : undefined;
}

/** The timers whose schedules should have come, and did not. */
export function lostTimers(timers: readonly Timer[], nowMs: number): Timer[] {
  return timers.filter(({ dueAt }) => Date.parse(dueAt) + TIMER_LOST_AFTER_MS <= nowMs);
}

/** Those of one purpose. */
export function timersFor<P extends Timer['purpose']>(
  timers: readonly Timer[],
  purpose: P,
): Extract<Timer, { purpose: P }>[] {
  return timers.filter((timer) => timer.purpose === purpose) as Extract<Timer, { purpose: P }>[];
}

/** When something has to be done about a draft if nothing happens before. */
function draftDueAt(draft: DraftState): string | null {
  if (draft.status === 'pending_approval') return draft.expiresAt;
  if (draft.status === 'approved') return draft.attempt?.retryAt ?? null;
  if (draft.status === 'unconfirmed') return draft.attempt?.nextLookAt ?? null;
  return draft.status === 'publishing' ? (draft.attempt?.deadline ?? null) : null;
}
