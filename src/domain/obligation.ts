import type { AuditEvent } from './audit-event.ts';
import { isWaiting, keptReason } from './drafts-kept.ts';
import type { ApprovalTimes } from './escalation.ts';
import type { DraftState, IncidentState, Obligation, PageState } from './incident-state.ts';
import type {
  ObligationCause,
  ObligationEnd,
  ObligationStage,
} from './statuspage-event-details.ts';
import { isOver } from './transitions.ts';

/** After the last stage the announcement channel is asked again this often, for ever. Unit: s. */
export const OBLIGATION_REPEAT_S = 4 * 3_600;

/** Why a draft that would have ended the page incident does not wait any more. */
const ENDED_DRAFT: Partial<Record<DraftState['status'], ObligationCause>> = {
  rejected: 'draft_rejected',
  expired: 'draft_expired',
  withdrawn: 'draft_withdrawn',
  publication_failed: 'draft_failed',
};

/** The last publication, if it left an incident open on the page; a page incident that was removed is not. */
export function openOnPage(page: PageState): NonNullable<PageState['lastPublication']> | undefined {
  const { statuspageIncidentId, lastPublication, removed } = page;
  if (statuspageIncidentId === null || !lastPublication || removed) return undefined;
  return endsIt(lastPublication) ? undefined : lastPublication;
}

/** Whether an incident is among the open ones: it is not over, or customers still read that it is not. */
export function isListed(state: IncidentState): boolean {
  return state.openedAt !== '' && (!isOver(state) || openOnPage(state.page) !== undefined);
}

/**
 * Whether the page contradicts the record: our incident is over, and the page shows it as open.
 * `draft_waits`: a draft that would end it is on its way, and its own reminders ask for a decision.
 */
export function contradictionOf(state: IncidentState): 'none' | 'draft_waits' | 'due' {
  if (!isOver(state) || !openOnPage(state.page)) return 'none';
  const waits = state.drafts.some((draft) => endsIt(draft) && isWaiting(draft));
  return waits ? 'draft_waits' : 'due';
}

/** What has to be put on record so that the obligation says what the page and the incident are. */
export type ObligationStep =
  | { open: ObligationCause }
  | { settle: Exclude<ObligationEnd, 'kept'>; reason: string };

/**
 * The next event that the rule asks for; undefined when the record is right already. One that
 * somebody keeps open for a reason stays settled until the situation changes.
 */
export function obligationStep(state: IncidentState): ObligationStep | undefined {
  const contradiction = contradictionOf(state);
  const { isOpen = false, kept = null } = state.obligation ?? {};
  if (contradiction === 'due')
    return isOpen || kept !== null ? undefined : { open: causeOf(state) };
  if (!isOpen) return undefined;
  if (contradiction === 'draft_waits') {
    return { settle: 'draft_waits', reason: 'a draft that ends the page incident waits' };
  }
  if (!isOver(state)) return { settle: 'reopened', reason: 'the incident is open again' };
  const { lastPublication } = state.page;
  return lastPublication && endsIt(lastPublication)
    ? { settle: 'published', reason: 'the page says that the incident is resolved' }
    : { settle: 'removed', reason: 'the page does not show the incident any more' };
}

/** The next time people are asked about an open obligation. `number` counts from 1. */
export type NextAsk = { stage: ObligationStage; number: number; dueAt: string };

/** When people are asked next if nothing changes: there is always a next time while it is open. */
export function nextAsk(
  obligation: Obligation | undefined,
  times: ApprovalTimes,
): NextAsk | undefined {
  if (!obligation?.isOpen) return undefined;
  const { asked, askedAt, openedAt } = obligation;
  const after = (since: string, s: number) => new Date(Date.parse(since) + s * 1_000).toISOString();
  const stages: Omit<NextAsk, 'number'>[] = [
    { stage: 'commander', dueAt: after(openedAt, times.remindAfterS) },
    { stage: 'approvers', dueAt: after(openedAt, times.widenAfterS) },
    { stage: 'announcement', dueAt: after(openedAt, times.pageAfterS) },
  ];
  const again = { stage: 'announcement', dueAt: after(askedAt, OBLIGATION_REPEAT_S) } as const;
  return { ...(stages[asked] ?? again), number: asked + 1 };
}

/** The obligation after one more event. A reason to keep it open lapses when the situation changes. */
export function obligationAfter(
  state: IncidentState,
  event: AuditEvent,
): Pick<IncidentState, 'obligation'> {
  const known = state.obligation;
  switch (event.type) {
    case 'STATUSPAGE_OBLIGATION_OPENED': {
      const { because } = event.details;
      const number = (known?.number ?? 0) + 1;
      const { at } = event;
      return {
        obligation: {
          number,
          isOpen: true,
          because,
          openedAt: at,
          asked: 0,
          askedAt: at,
          kept: null,
        },
      };
    }
    case 'STATUSPAGE_OBLIGATION_ESCALATED':
      return known ? { obligation: { ...known, asked: known.asked + 1, askedAt: event.at } } : {};
    case 'STATUSPAGE_OBLIGATION_SETTLED': {
      const { how, reason } = event.details;
      const kept = how === 'kept' ? keptReason(reason) : null;
      return known ? { obligation: { ...known, isOpen: false, kept } } : {};
    }
    default:
      return known && known.kept !== null && contradictionOf(state) !== 'due'
        ? { obligation: { ...known, kept: null } }
        : {};
  }
}

/** What made it due: how the newest draft that would have ended it ended, else what ended the incident. */
function causeOf(state: IncidentState): ObligationCause {
  const last = state.drafts.findLast(endsIt);
  return (
    (last && ENDED_DRAFT[last.status]) ?? (state.status === 'cancelled' ? 'cancelled' : 'resolved')
  );
}

function endsIt({ request }: Pick<DraftState, 'request'>): boolean {
  return request.body.incident.status === 'resolved';
}
