import type { AuditEvent } from './audit-event.ts';
import { draftAccepts } from './draft-transitions.ts';
import type { DraftStatus } from './incident-state.ts';
import { type Outlived, outlivedBy, outlivedWhenWritten } from './situation.ts';
import { type Standing, standingAfter, standingOf } from './standing.ts';

type Of<T extends AuditEvent['type']> = Extract<AuditEvent, { type: T }>;
export type RevisionEvent = Of<'STATUSPAGE_DRAFT_CREATED'> | Of<'STATUSPAGE_DRAFT_REVISED'>;
export type ApprovedEvent = Of<'STATUSPAGE_DRAFT_APPROVED'>;
export type StartedEvent = Of<'STATUSPAGE_PUBLISH_STARTED'>;

export type BreakGlassEvent = Of<'BREAK_GLASS_USED'>;

/** How one revision stands, read from the trail alone. */
export type GateView = {
  revision: RevisionEvent;
  /** What the trail said of the incident when the revision was written. */
  standingThen: Standing;
  /** Number and hash of the newest event: publishing may only start right after it. */
  head: { seq: number; hash: string };
  status: DraftStatus;
  /** Approvals since the last refusal that voided them, one per person, oldest first. */
  approvals: ApprovedEvent[];
  /** Why somebody approves alone, oldest first; each comes before that approval. Since the same. */
  breakGlass: BreakGlassEvent[];
  /** Number of the newest event about this revision that was not a refusal to publish it. */
  basisSeq: number;
  /** Publishing was refused since then: refusing again would say nothing new. */
  refused: boolean;
  /** The newest attempt. */
  attempt: {
    started: StartedEvent;
    /** Those that stood when it started, whatever became of them later. */
    approvals: ApprovedEvent[];
    /** Why somebody approved it alone, as of the same moment. */
    breakGlass: BreakGlassEvent[];
    looks: number;
    /** How often in a row the page could not be asked. */
    unasked: number;
    /** When the page is asked next without anybody's doing; null: a person decides. */
    nextLookAt: string | null;
    retryAt: string | null;
    /** The incident commander asked for a look after the outcome became unknown. */
    lookRequested: boolean;
    /** A person was asked, or asked for a look: from then on it is never sent again by itself. */
    leftToPerson: boolean;
  } | null;
  /** Attempts that ended because looks did not find them: of these nobody knows for sure. */
  absences: number;
  /** A publication of another revision of this incident that has started and not ended. */
  otherOpen: string | null;
  /** The last publication of this incident, as far as this revision can know. */
  lastPublication: string | null;
  /** What ended the situation that this text was written in; undefined: it still fits. */
  outlived: Outlived | undefined;
  /** What the trail says of the incident, as of the head. */
  standing: Standing;
  /** The incident commander when each event was decided, by its number. */
  icBefore: ReadonlyMap<number, string | null>;
};

/**
 * Reads how a revision stands from its own event up to the head.
 *
 * @param events - contiguous, from a checkpoint or the first event of the incident on; or from the
 *   revision on, if `standingThen` is known
 * @returns undefined when the revision is not among them
 * @throws {TrailError} `TRAIL_CORRUPT` when a checkpoint repeats something else than came before it
 */
export function gateView(
  events: readonly AuditEvent[],
  of: { draftId: string; revision: number },
  standingThen?: Standing,
): GateView | undefined {
  const at = events.findIndex((event) => isRevision(event) && sameRevision(event.details, of));
  const first = events[at];
  const before = standingThen ?? standingOf(events.slice(0, at + 1));
  if (!first || !isRevision(first) || !before) return undefined;
  const icBefore = new Map<number, string | null>();
  const pageStatus = first.details.request.body.incident.status;
  const view: GateView = {
    revision: first,
    standingThen: before,
    head: { seq: first.seq, hash: first.hash },
    status: 'pending_approval',
    approvals: [],
    breakGlass: [],
    basisSeq: first.seq,
    refused: false,
    attempt: null,
    absences: 0,
    otherOpen: before.openPublicationId,
    lastPublication: before.page?.publicationId ?? null,
    outlived: outlivedWhenWritten(before.status, pageStatus),
    standing: before,
    icBefore,
  };
  for (const event of events.slice(at + 1)) {
    view.head = { seq: event.seq, hash: event.hash };
    icBefore.set(event.seq, view.standing.ic);
    const { status } = view.standing;
    view.outlived ??= outlivedBy(event.type, { status, pageStatus });
    view.standing = standingAfter(view.standing, event);
    applyToView(view, event);
  }
  // Read once more as a whole: a checkpoint among them must repeat what came before it.
  if (!standingThen) standingOf(events);
  return view;
}

export function isRevision(event: AuditEvent): event is RevisionEvent {
  return event.type === 'STATUSPAGE_DRAFT_CREATED' || event.type === 'STATUSPAGE_DRAFT_REVISED';
}

function applyToView(view: GateView, event: AuditEvent): void {
  const { details } = view.revision;
  if (isRevision(event)) {
    if (event.details.draftId === details.draftId) {
      view.status = 'superseded';
      view.basisSeq = event.seq;
    }
  } else if ('draftId' in event.details) {
    const about = event.details as { draftId: string; revision: number };
    if (sameRevision(about, details)) applyOwn(view, event);
    else applyOther(view, event);
  }
}

function applyOwn(view: GateView, event: AuditEvent): void {
  if (event.type === 'STATUSPAGE_PUBLISH_REFUSED') view.refused = true;
  if (event.type === 'COMMAND_RECEIVED') {
    const asked = event.details.command === 'statuspage_adopt' && view.status === 'unconfirmed';
    if (asked) view.attempt = { ...view.attempt!, lookRequested: true, leftToPerson: true };
  }
  if (!draftAccepts(view.status, event.type)) return;
  if (event.type !== 'STATUSPAGE_PUBLISH_REFUSED') {
    view.basisSeq = event.seq;
    view.refused = false;
  }
  move(view, event);
}

function move(view: GateView, event: AuditEvent): void {
  switch (event.type) {
    case 'STATUSPAGE_DRAFT_APPROVED': {
      view.approvals = [...view.approvals.filter((a) => a.actor.id !== event.actor.id), event];
      const needed = Math.max(...view.approvals.map((a) => a.details.requiredApprovals));
      const isAlone = view.approvals.some((a) => a.details.breakGlass);
      if (isAlone || view.approvals.length >= needed) view.status = 'approved';
      return;
    }
    case 'BREAK_GLASS_USED':
      view.breakGlass = [...view.breakGlass, event];
      return;
    case 'STATUSPAGE_APPROVAL_REJECTED':
      view.status = 'rejected';
      return;
    case 'STATUSPAGE_DRAFT_WITHDRAWN':
      view.status = 'withdrawn';
      return;
    case 'STATUSPAGE_APPROVAL_EXPIRED':
      // The other kind is a click that came too late; the draft waits on.
      if (event.details.of === 'draft') view.status = 'expired';
      return;
    case 'STATUSPAGE_PUBLISH_REFUSED':
      view.status = event.details.kind === 'integrity' ? 'publication_failed' : 'pending_approval';
      view.approvals = [];
      view.breakGlass = [];
      return;
    default:
      moveAttempt(view, event);
  }
}

function moveAttempt(view: GateView, event: AuditEvent): void {
  switch (event.type) {
    case 'STATUSPAGE_PUBLISH_STARTED':
      view.status = 'publishing';
      view.attempt = {
        started: event,
        approvals: view.approvals,
        breakGlass: view.breakGlass,
        looks: 0,
        unasked: 0,
        nextLookAt: null,
        retryAt: null,
        lookRequested: false,
        leftToPerson: false,
      };
      return;
    case 'STATUSPAGE_PUBLISH_NOT_EXECUTED':
      view.status = 'approved';
      view.attempt = { ...view.attempt!, retryAt: event.details.retryAt };
      if (event.details.absentLooks !== undefined) view.absences += 1;
      return;
    case 'STATUSPAGE_PUBLISH_UNCONFIRMED':
      view.status = 'unconfirmed';
      view.attempt = {
        ...view.attempt!,
        looks: event.details.looks,
        unasked: event.details.unasked ?? 0,
        nextLookAt: event.details.nextLookAt ?? null,
        lookRequested: false,
        leftToPerson: view.attempt!.leftToPerson || !event.details.nextLookAt,
      };
      return;
    case 'STATUSPAGE_PUBLISHED':
      view.status = 'published';
      view.lastPublication = event.details.publicationId;
      return;
    case 'STATUSPAGE_PUBLISH_FAILED':
      view.status = 'publication_failed';
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
  }
}

function sameRevision(
  a: { draftId: string; revision: number },
  b: { draftId: string; revision: number },
): boolean {
  return a.draftId === b.draftId && a.revision === b.revision;
}
