import type { AuditEvent } from './audit-event.ts';

type Of<T extends AuditEvent['type']> = Extract<AuditEvent, { type: T }>;
export type RevisionEvent = Of<'STATUSPAGE_DRAFT_CREATED'> | Of<'STATUSPAGE_DRAFT_REVISED'>;
export type ApprovedEvent = Of<'STATUSPAGE_DRAFT_APPROVED'>;
export type StartedEvent = Of<'STATUSPAGE_PUBLISH_STARTED'>;

/** How one revision stands, read from the trail alone. */
export type GateView = {
  revision: RevisionEvent;
  /** Number and hash of the newest event: publishing may only start right after it. */
  head: { seq: number; hash: string };
  /** Approvals since the last refusal that voided them, one per person, oldest first. */
  approvals: ApprovedEvent[];
  /** Why it must not be published any more, whoever approves. */
  ended: 'superseded' | 'rejected' | 'withdrawn' | 'expired' | 'failed' | 'published' | null;
  /** The newest attempt. */
  attempt: {
    started: StartedEvent;
    outcome: 'open' | 'not_executed' | 'unconfirmed';
    looks: number;
    retryAt: string | null;
    /** The incident commander asked for a look after the outcome became unknown. */
    lookRequested: boolean;
  } | null;
  /** A publication of another revision of this incident that has started and not ended. */
  otherOpen: string | null;
  /** The last publication of this incident, as far as this revision can know. */
  lastPublication: string | null;
};

/**
 * Reads how a revision stands from its own event up to the head.
 *
 * @param events - contiguous, the first one being the revision's own
 * @returns undefined when the first event is not that revision
 */
export function gateView(
  events: readonly AuditEvent[],
  of: { draftId: string; revision: number },
): GateView | undefined {
  const first = events[0];
  const head = events.at(-1);
  if (!first || !head || !isRevision(first) || !sameDraft(first.details, of)) return undefined;
  const view: GateView = {
    revision: first,
    head: { seq: head.seq, hash: head.hash },
    approvals: [],
    ended: null,
    attempt: null,
    otherOpen: first.details.openPublicationId,
    lastPublication: first.details.basedOn,
  };
  for (const event of events.slice(1)) applyToView(view, event);
  return view;
}

function applyToView(view: GateView, event: AuditEvent): void {
  const { details } = view.revision;
  if (isRevision(event)) {
    if (event.details.draftId === details.draftId) view.ended ??= 'superseded';
    return;
  }
  if (!('draftId' in event.details)) return;
  if (sameDraft(event.details as { draftId: string; revision: number }, details)) {
    return applyOwn(view, event);
  }
  applyOther(view, event);
}

function applyOwn(view: GateView, event: AuditEvent): void {
  switch (event.type) {
    case 'STATUSPAGE_DRAFT_APPROVED':
      view.approvals = [...view.approvals.filter((a) => a.actor.id !== event.actor.id), event];
      return;
    case 'STATUSPAGE_APPROVAL_REJECTED':
      view.ended ??= 'rejected';
      return;
    case 'STATUSPAGE_DRAFT_WITHDRAWN':
      view.ended ??= 'withdrawn';
      return;
    case 'STATUSPAGE_APPROVAL_EXPIRED':
      if (event.details.of === 'draft') view.ended ??= 'expired';
      return;
    case 'STATUSPAGE_PUBLISH_REFUSED':
      if (event.details.kind === 'integrity') view.ended ??= 'failed';
      else view.approvals = [];
      return;
    default:
      applyAttempt(view, event);
  }
}

function applyAttempt(view: GateView, event: AuditEvent): void {
  switch (event.type) {
    case 'STATUSPAGE_PUBLISH_STARTED':
      view.attempt = {
        started: event,
        outcome: 'open',
        looks: 0,
        retryAt: null,
        lookRequested: false,
      };
      return;
    case 'STATUSPAGE_PUBLISH_NOT_EXECUTED':
      if (view.attempt) {
        view.attempt = {
          ...view.attempt,
          outcome: 'not_executed',
          retryAt: event.details.retryAt,
        };
      }
      return;
    case 'STATUSPAGE_PUBLISH_UNCONFIRMED':
      if (view.attempt) {
        view.attempt = {
          ...view.attempt,
          outcome: 'unconfirmed',
          looks: event.details.looks,
          lookRequested: false,
        };
      }
      return;
    case 'COMMAND_RECEIVED':
      if (view.attempt && event.details.command === 'statuspage_adopt') {
        view.attempt = { ...view.attempt, lookRequested: true };
      }
      return;
    case 'STATUSPAGE_PUBLISHED':
      view.ended ??= 'published';
      view.lastPublication = event.details.publicationId;
      return;
    case 'STATUSPAGE_PUBLISH_FAILED':
      view.ended ??= 'failed';
      return;
    default:
  }
}

function applyOther(view: GateView, event: AuditEvent): void {
  switch (event.type) {
    case 'STATUSPAGE_PUBLISH_STARTED':
      view.otherOpen = event.details.publicationId;
      return;
    case 'STATUSPAGE_PUBLISHED':
      view.lastPublication = event.details.publicationId;
      if (view.otherOpen === event.details.publicationId) view.otherOpen = null;
      return;
    case 'STATUSPAGE_PUBLISH_FAILED':
    case 'STATUSPAGE_PUBLISH_NOT_EXECUTED':
      if (view.otherOpen === event.details.publicationId) view.otherOpen = null;
      return;
    default:
  }
}

export function isRevision(event: AuditEvent): event is RevisionEvent {
  return event.type === 'STATUSPAGE_DRAFT_CREATED' || event.type === 'STATUSPAGE_DRAFT_REVISED';
}

function sameDraft(
  a: { draftId: string; revision: number },
  b: { draftId: string; revision: number },
): boolean {
  return a.draftId === b.draftId && a.revision === b.revision;
}
