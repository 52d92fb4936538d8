import type { AuditEvent, DetailsOf, EventType } from './audit-event.ts';
import { withReview } from './break-glass.ts';
import { claimsAfter } from './claims.ts';
import { draftAccepts } from './draft-transitions.ts';
import { keptDrafts, keptGlassReason, keptReason } from './drafts-kept.ts';
import type { RevisionEvent } from './gate-view.ts';
import { sha256Hex } from './ids.ts';
import type { DraftState, IncidentState, PageState, StandingApproval } from './incident-state.ts';
import { withPublication } from './published-texts.ts';
import { refusalWords } from './refusal-words.ts';
import { outlivedWhenWritten } from './situation.ts';

/** Broken glasses one revision remembers: each is followed by its approval or by nothing. */
const GLASS_KEPT_MAX = 5;
/** Sent revisions one draft remembers: each took an approval and an attempt, and came back. */
const SENT_KEPT_MAX = 10;

/** Folds the events of the approval gate into the projection; any other event changes nothing. */
export function applyDraftEvent(state: IncidentState, event: AuditEvent): Partial<IncidentState> {
  switch (event.type) {
    case 'STATUSPAGE_DRAFT_CREATED':
    case 'STATUSPAGE_DRAFT_REVISED':
      return { drafts: withRevision(state, event) };
    case 'BREAK_GLASS_USED':
      return {
        ...changeDraft(state, event, (draft) => glassBroken(draft, event)),
        checklist: withReview(state.checklist, event),
      };
    case 'STATUSPAGE_DRAFT_APPROVED':
      return changeDraft(state, event, (draft) => approved(draft, event));
    case 'STATUSPAGE_APPROVAL_REJECTED':
      return changeDraft(state, event, (draft) => ({
        ...ended(draft, 'rejected', event.details.reason, event.actor.id),
        ...(draft.approvals.length > 0 ? { revoked: true as const } : {}),
      }));
    case 'STATUSPAGE_DRAFT_WITHDRAWN':
      return changeDraft(state, event, (draft) =>
        ended(
          draft,
          'withdrawn',
          event.details.reason,
          event.actor.kind === 'system' ? null : event.actor.id,
        ),
      );
    case 'STATUSPAGE_APPROVAL_EXPIRED':
      return changeDraft(state, event, (draft) =>
        event.details.of === 'draft' ? ended(draft, 'expired', event.details.reason, null) : draft,
      );
    case 'STATUSPAGE_PUBLISH_REFUSED':
      return changeDraft(state, event, (draft) => refused(draft, event));
    case 'STATUSPAGE_APPROVAL_ESCALATED':
      return { drafts: escalated(state.drafts, event.details) };
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
        reason: keptReason(event.details.reason),
      }));
    case 'STATUSPAGE_PUBLISH_UNCONFIRMED':
      return changeDraft(state, event, (draft) => ({
        ...draft,
        status: 'unconfirmed',
        attempt: {
          ...draft.attempt!,
          looks: event.details.looks,
          unconfirmedAt: draft.attempt?.unconfirmedAt ?? event.at,
          unasked: event.details.unasked ?? 0,
          nextLookAt: event.details.nextLookAt ?? null,
        },
        reason: keptReason(event.details.reason),
      }));
    case 'STATUSPAGE_PUBLISH_FAILED':
      return changeDraft(state, event, (draft) => ({
        ...draft,
        status: 'publication_failed',
        attempt: null,
        reason: keptReason(event.details.reason),
      }));
    case 'STATUSPAGE_PUBLISHED':
      return published(state, event);
    case 'STATUSPAGE_DRIFT_FOUND':
      return { page: pageAfterDrift(state.page, event) };
    default:
      return {};
  }
}

function withRevision(
  { drafts, status: incidentStatus }: IncidentState,
  { details, seq, at }: RevisionEvent,
): DraftState[] {
  const outlived = outlivedWhenWritten(incidentStatus, details.request.body.incident.status);
  const before = drafts.find((draft) => draft.draftId === details.draftId);
  const next: DraftState = {
    draftId: details.draftId,
    revision: details.revision,
    revisionSeq: seq,
    revisionSeqs: [...(before?.revisionSeqs ?? []), seq],
    ...sentBefore(before),
    status: 'pending_approval',
    action: details.action,
    request: details.request,
    digest: details.digest,
    basedOn: details.basedOn,
    ...(details.replaces ? { replaces: details.replaces } : {}),
    publicationId: details.publicationId,
    authors: details.authors,
    componentsBefore: details.componentsBefore ?? null,
    ...(details.overrides ? { overrides: details.overrides } : {}),
    origin: details.origin,
    aiModelId: details.ai?.modelId ?? null,
    ...proposalBehind(details),
    expiresAt: details.expiresAt,
    approvals: [],
    attempts: 0,
    attempt: null,
    reason: null,
    pendingSince: at,
    escalated: null,
    decidedBy: null,
    publishedLink: null,
    publishedAt: null,
    ...(outlived ? { outlived } : {}),
  };
  const others = drafts.filter((draft) => draft.draftId !== details.draftId);
  return keptDrafts([...others, next]);
}

function sentBefore(before: DraftState | undefined): Pick<DraftState, 'sentBefore'> {
  const { sentBefore: older = [], attempts = 0, revision, request } = before ?? {};
  const newest = request && revision && attempts > 0 ? [{ revision, request }] : [];
  const sent = [...older, ...newest].slice(-SENT_KEPT_MAX);
  return sent.length > 0 ? { sentBefore: sent } : {};
}

function proposalBehind(
  details: DetailsOf<'STATUSPAGE_DRAFT_CREATED'>,
): Pick<DraftState, 'aiProposal'> {
  const { ai, aiBefore, revision } = details;
  if (!ai) return aiBefore ? { aiProposal: aiBefore } : {};
  return { aiProposal: { revision, modelId: ai.modelId, promptVersion: ai.promptVersion } };
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

/** Tells people about a revision; it moves none, so the gate need not know of it. */
function escalated(
  drafts: readonly DraftState[],
  { draftId, revision, stage }: DetailsOf<'STATUSPAGE_APPROVAL_ESCALATED'>,
): DraftState[] {
  return drafts.map((draft) =>
    draft.draftId === draftId && draft.revision === revision
      ? { ...draft, escalated: stage }
      : draft,
  );
}

function approved(
  draft: DraftState,
  event: Extract<AuditEvent, { type: 'STATUSPAGE_DRAFT_APPROVED' }>,
): DraftState {
  const { expiresAt, requiredApprovals, breakGlass, slackRequestSha256 } = event.details;
  const lost = event.details.notCounted?.length;
  const glass = draft.brokenGlass?.find((one) => one.requestSha256 === slackRequestSha256);
  const alone = breakGlass ? { breakGlassReason: glass?.reason ?? 'no reason on record' } : {};
  const approvals: StandingApproval[] = [
    ...draft.approvals.filter((approval) => approval.slackUserId !== event.actor.id),
    {
      ...{ seq: event.seq, slackUserId: event.actor.id, expiresAt, requiredApprovals, ...alone },
      ...(lost ? { notCounted: lost } : {}),
    },
  ];
  const isAlone = approvals.some((approval) => approval.breakGlassReason !== undefined);
  const needed = isAlone ? 1 : Math.max(...approvals.map((one) => one.requiredApprovals));
  // The reason stands with the approval from now on.
  const others = draft.brokenGlass?.filter((one) => one !== glass);
  return {
    ...draft,
    ...(others ? { brokenGlass: others } : {}),
    // The receipt says what was read by whoever approved it.
    componentsBefore: event.details.componentsSeen ?? draft.componentsBefore,
    approvals,
    status: approvals.length >= needed ? 'approved' : 'pending_approval',
    decidedBy: event.actor.id,
    reason: null,
  };
}

function glassBroken(
  draft: DraftState,
  { actor, details }: Extract<AuditEvent, { type: 'BREAK_GLASS_USED' }>,
): DraftState {
  const { reason, slackRequestSha256 } = details;
  const one = {
    by: actor.id,
    reason: keptGlassReason(reason),
    reasonSha256: sha256Hex(reason),
    requestSha256: slackRequestSha256,
  };
  return { ...draft, brokenGlass: [...(draft.brokenGlass ?? []), one].slice(-GLASS_KEPT_MAX) };
}

function ended(
  draft: DraftState,
  status: 'rejected' | 'withdrawn' | 'expired',
  reason: string,
  by: string | null,
): DraftState {
  return { ...draft, status, reason: keptReason(reason), decidedBy: by, approvals: [] };
}

function refused(
  draft: DraftState,
  { details, at }: Extract<AuditEvent, { type: 'STATUSPAGE_PUBLISH_REFUSED' }>,
): DraftState {
  return {
    ...draft,
    // Whoever is asked again has the whole time again.
    ...(draft.status === 'approved' ? { pendingSince: at, escalated: null } : {}),
    status: details.kind === 'integrity' ? 'publication_failed' : 'pending_approval',
    approvals: [],
    brokenGlass: [],
    reason: keptReason(refusedFor(details)),
    attempt: null,
  };
}

function refusedFor({ reason, difference }: DetailsOf<'STATUSPAGE_PUBLISH_REFUSED'>): string {
  return difference ? `${refusalWords(reason)}: ${difference}` : reason;
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
  const draft = drafts.find((d) => d.draftId === draftId);
  // An older revision may be found on the page after it was replaced.
  const sent = draft?.sentBefore?.find((older) => older.revision === revision) ?? draft;
  const lastPublication = sent
    ? { publicationId, draftId, revision, request: sent.request, link, at: event.at }
    : state.page.lastPublication;
  const publications = sent ? withPublication(state.page, sent.request, event) : undefined;
  return {
    drafts,
    page: {
      statuspageIncidentId,
      lastPublication,
      ...(publications ? { publications } : {}),
      claims: sent ? claimsAfter(state.page.claims, sent.request) : (state.page.claims ?? {}),
    },
  };
}

/** As `standingAfter`, with the event that found it. */
function pageAfterDrift(
  page: PageState,
  { seq, at, details }: Extract<AuditEvent, { type: 'STATUSPAGE_DRIFT_FOUND' }>,
): PageState {
  if (page.statuspageIncidentId !== details.statuspageIncidentId) return page;
  const { removed, ...rest } = page;
  if (details.kind === 'returned') return { ...rest, returnedSeq: seq };
  const isGone = details.kind === 'removed' && details.whole;
  return isGone && !removed ? { ...page, removed: { seq, at } } : page;
}
