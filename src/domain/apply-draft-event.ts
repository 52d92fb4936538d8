import type { AuditEvent, DetailsOf, EventType } from './audit-event.ts';
import { draftAccepts } from './draft-transitions.ts';
import type { DraftState, IncidentState } from './incident-state.ts';
import { DRAFTS_IN_STATE_MAX } from './limits.ts';

/** Folds the events of the approval gate into the projection; any other event changes nothing. */
export function applyDraftEvent(state: IncidentState, event: AuditEvent): Partial<IncidentState> {
  switch (event.type) {
    case 'STATUSPAGE_DRAFT_CREATED':
    case 'STATUSPAGE_DRAFT_REVISED':
      return { drafts: withRevision(state.drafts, event.details, event.seq) };
    case 'STATUSPAGE_DRAFT_APPROVED':
      return changeDraft(state, event, (draft) => approved(draft, event));
    case 'STATUSPAGE_APPROVAL_REJECTED':
      return changeDraft(state, event, (draft) =>
        ended(draft, 'rejected', event.details.reason, event.actor.id),
      );
    case 'STATUSPAGE_DRAFT_WITHDRAWN':
      return changeDraft(state, event, (draft) =>
        ended(draft, 'withdrawn', event.details.reason, event.actor.id),
      );
    case 'STATUSPAGE_APPROVAL_EXPIRED':
      return changeDraft(state, event, (draft) =>
        event.details.of === 'draft' ? ended(draft, 'expired', event.details.reason, null) : draft,
      );
    case 'STATUSPAGE_PUBLISH_REFUSED':
      return changeDraft(state, event, (draft) => refused(draft, event.details));
    default:
      return applyAttemptEvent(state, event);
  }
}

function applyAttemptEvent(state: IncidentState, event: AuditEvent): Partial<IncidentState> {
  switch (event.type) {
    case 'STATUSPAGE_PUBLISH_STARTED':
      return changeDraft(state, event, (draft) => started(draft, event));
    case 'STATUSPAGE_PUBLISH_NOT_EXECUTED':
      return changeDraft(state, event, (draft) => ({
        ...draft,
        status: 'approved',
        attempt: { ...draft.attempt!, retryAt: event.details.retryAt },
        reason: event.details.reason,
      }));
    case 'STATUSPAGE_PUBLISH_UNCONFIRMED':
      return changeDraft(state, event, (draft) => ({
        ...draft,
        status: 'unconfirmed',
        attempt: { ...draft.attempt!, looks: event.details.looks },
        reason: event.details.reason,
      }));
    case 'STATUSPAGE_PUBLISH_FAILED':
      return changeDraft(state, event, (draft) => ({
        ...draft,
        status: 'publication_failed',
        attempt: null,
        reason: event.details.reason,
      }));
    case 'STATUSPAGE_PUBLISHED':
      return published(state, event);
    default:
      return {};
  }
}

function withRevision(
  drafts: readonly DraftState[],
  details: DetailsOf<'STATUSPAGE_DRAFT_CREATED'>,
  seq: number,
): DraftState[] {
  const before = drafts.find((draft) => draft.draftId === details.draftId);
  const next: DraftState = {
    draftId: details.draftId,
    revision: details.revision,
    revisionSeq: seq,
    revisionSeqs: [...(before?.revisionSeqs ?? []), seq],
    status: 'pending_approval',
    action: details.action,
    request: details.request,
    digest: details.digest,
    basedOn: details.basedOn,
    publicationId: details.publicationId,
    authors: details.authors,
    componentsBefore: details.componentsBefore ?? null,
    origin: details.origin,
    aiModelId: details.ai?.modelId ?? null,
    expiresAt: details.expiresAt,
    approvals: [],
    attempts: 0,
    attempt: null,
    reason: null,
    decidedBy: null,
    publishedLink: null,
    publishedAt: null,
  };
  const others = drafts.filter((draft) => draft.draftId !== details.draftId);
  return trimmed([...others, next]);
}

/** Drops the oldest drafts that are over; one that still waits for something is never dropped. */
function trimmed(drafts: DraftState[]): DraftState[] {
  let excess = drafts.length - DRAFTS_IN_STATE_MAX;
  return drafts.filter((draft) => {
    const over = !['pending_approval', 'approved', 'publishing', 'unconfirmed'].includes(
      draft.status,
    );
    if (excess <= 0 || !over) return true;
    excess -= 1;
    return false;
  });
}

/** Changes the revision an event is about, if that event moves it from the state it is in. */
function changeDraft(
  state: IncidentState,
  event: { type: EventType; details: { draftId: string; revision: number } },
  change: (draft: DraftState) => DraftState,
): Pick<IncidentState, 'drafts'> {
  const { type, details } = event;
  return {
    drafts: state.drafts.map((draft) =>
      draft.draftId === details.draftId &&
      draft.revision === details.revision &&
      draftAccepts(draft.status, type)
        ? change(draft)
        : draft,
    ),
  };
}

function approved(
  draft: DraftState,
  event: Extract<AuditEvent, { type: 'STATUSPAGE_DRAFT_APPROVED' }>,
): DraftState {
  const { expiresAt, requiredApprovals } = event.details;
  const approvals = [
    ...draft.approvals.filter((approval) => approval.slackUserId !== event.actor.id),
    { seq: event.seq, slackUserId: event.actor.id, expiresAt, requiredApprovals },
  ];
  const needed = Math.max(...approvals.map((approval) => approval.requiredApprovals));
  return {
    ...draft,
    approvals,
    status: approvals.length >= needed ? 'approved' : 'pending_approval',
    decidedBy: event.actor.id,
    reason: null,
  };
}

function ended(
  draft: DraftState,
  status: 'rejected' | 'withdrawn' | 'expired',
  reason: string,
  by: string | null,
): DraftState {
  return { ...draft, status, reason, decidedBy: by, approvals: [] };
}

function refused(draft: DraftState, details: DetailsOf<'STATUSPAGE_PUBLISH_REFUSED'>): DraftState {
  return {
    ...draft,
    status: details.kind === 'integrity' ? 'publication_failed' : 'pending_approval',
    approvals: [],
    reason: details.reason,
    attempt: null,
  };
}

function started(
  draft: DraftState,
  event: Extract<AuditEvent, { type: 'STATUSPAGE_PUBLISH_STARTED' }>,
): DraftState {
  const { attempt, attemptId, deadline } = event.details;
  return {
    ...draft,
    status: 'publishing',
    attempts: attempt,
    attempt: { attemptId, startedSeq: event.seq, deadline, looks: 0, retryAt: null },
    reason: null,
  };
}

function published(
  state: IncidentState,
  event: Extract<AuditEvent, { type: 'STATUSPAGE_PUBLISHED' }>,
): Partial<IncidentState> {
  const { draftId, revision, publicationId, link, statuspageIncidentId } = event.details;
  const { drafts } = changeDraft(state, event, (draft) => ({
    ...draft,
    status: 'published',
    attempt: null,
    reason: null,
    publishedLink: link,
    publishedAt: event.at,
  }));
  const draft = drafts.find((d) => d.draftId === draftId && d.revision === revision);
  const lastPublication = draft
    ? { publicationId, draftId, revision, request: draft.request, link, at: event.at }
    : state.page.lastPublication;
  return { drafts, page: { statuspageIncidentId, lastPublication } };
}
