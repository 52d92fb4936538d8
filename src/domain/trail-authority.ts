import {
  type ApprovalToken,
  approvalMismatch,
  type PublicationToken,
  publicationMismatch,
} from './approval-token.ts';
import type { Actor, AuditEvent, EventType } from './audit-event.ts';
import { draftDigest } from './draft.ts';
import { type ApprovedEvent, isRevision } from './gate-view.ts';
import {
  type DraftId,
  incidentIdOfAlertGroup,
  isIncidentId,
  publicationIdOf,
  sha256Hex,
} from './ids.ts';
import { revisionOf, sameRevision, worstSeverityOf } from './publication-replay.ts';
import type { PageRequest } from './statuspage-event-details.ts';

export type PublishedEvent = Extract<AuditEvent, { type: 'STATUSPAGE_PUBLISHED' }>;

const person = (actor: Actor) => actor.kind === 'slack_user';
const worker = (actor: Actor) => actor.kind === 'system' && actor.id === 'incident-worker';
const publisher = (actor: Actor) => actor.kind === 'system' && actor.id === 'publisher';

/** Who may be the actor of an event, where only one kind of actor ever is. */
const ACTOR_OF: Partial<Record<EventType, (actor: Actor) => boolean>> = {
  INCIDENT_DECLARED: person,
  STATUSPAGE_DRAFT_APPROVED: person,
  BREAK_GLASS_USED: person,
  STATUSPAGE_APPROVAL_DENIED: person,
  STATUSPAGE_APPROVAL_REJECTED: person,
  // The worker takes back a text that its incident has outlived.
  STATUSPAGE_DRAFT_WITHDRAWN: (actor) => person(actor) || worker(actor),
  INCIDENT_MITIGATED: person,
  INCIDENT_RESOLVED: person,
  INCIDENT_REOPENED: person,
  INCIDENT_CANCELLED: person,
  ROLE_ASSIGNED: person,
  ROLE_HANDED_OVER: person,
  CHAIN_NOTED: worker,
  STATUSPAGE_APPROVAL_ESCALATED: (actor) => actor.kind === 'schedule' || worker(actor),
  STATUSPAGE_PUBLISH_REFUSED: publisher,
  STATUSPAGE_PUBLISH_STARTED: publisher,
  STATUSPAGE_PUBLISH_NOT_EXECUTED: publisher,
  STATUSPAGE_PUBLISH_UNCONFIRMED: publisher,
  STATUSPAGE_PUBLISHED: publisher,
  STATUSPAGE_DRIFT_FOUND: (actor) => worker(actor) || publisher(actor),
  STATUSPAGE_OBLIGATION_OPENED: worker,
  STATUSPAGE_OBLIGATION_ESCALATED: worker,
  STATUSPAGE_OBLIGATION_SETTLED: (actor) => worker(actor) || person(actor),
  // A person may declare an attempt absent.
  STATUSPAGE_PUBLISH_FAILED: (actor) => person(actor) || publisher(actor),
};

/** Why an event cannot be what it says, judged by itself; signatures come later. */
export function eventProblem(event: AuditEvent): string | undefined {
  const mayAct = ACTOR_OF[event.type];
  if (mayAct && !mayAct(event.actor)) return `${event.type} cannot be the act of its actor`;
  if (event.seq === 1 && isIncidentId(event.incidentId)) return openingProblem(event);
  if (event.type === 'STATUSPAGE_DRAFT_WITHDRAWN') {
    // Nobody withdraws a text but people, and the end of the situation that it was written in.
    const isOwn = event.details.because !== undefined;
    return isOwn === worker(event.actor) ? undefined : 'it cannot be the act of its actor';
  }
  if (event.type === 'CHECKLIST_ITEM_UPDATED') {
    const isOwn = event.details.done && event.actor.id === brokenBy(event.details.item);
    return isOwn ? 'whoever broke the glass reviewed it themselves' : undefined;
  }
  if (event.type === 'STATUSPAGE_OBLIGATION_SETTLED') {
    const byPerson = event.details.how === 'kept';
    return byPerson === person(event.actor)
      ? undefined
      : 'only a person leaves the page as it is, and nothing else about it';
  }
  if (!isRevision(event)) return undefined;
  const { request, basedOn, digest, draftId, revision, publicationId } = event.details;
  if (draftDigest(request, basedOn) !== digest) return 'its digest is not that of its text';
  return publicationIdOf(draftId as DraftId, revision) === publicationId
    ? undefined
    : 'its publication id is not that of its revision';
}

/** Whose approval a review on the checklist is about. */
function brokenBy(item: string): string | undefined {
  return /^Review the break-glass approval by @([A-Z0-9]+) \(revision \d+\)$/.exec(item)?.[1];
}

/** The first event is the claim on the incident's id, which names what opened it. */
function openingProblem(event: AuditEvent): string | undefined {
  if (event.type === 'INCIDENT_DECLARED') return undefined;
  if (event.type !== 'INCIDENT_OPENED') return 'an incident cannot begin with this event';
  const { storm, source, group, episode, service } = event.details;
  const isStorm = storm !== undefined;
  // A storm keeps the source of its first alert; its id follows from the storm's own name.
  const id = incidentIdOfAlertGroup({ source: isStorm ? 'storm' : source, group, episode });
  const isOfService = !isStorm || group.startsWith(`storm:${service ?? ''}:`);
  return id === event.incidentId && isOfService
    ? undefined
    : `the incident id is not that of its ${isStorm ? 'storm' : 'alert group'}`;
}

/** Why a verified approval token does not belong to its row, given the events before it. */
export function approvalProblem(
  event: ApprovedEvent,
  token: ApprovalToken,
  before: readonly AuditEvent[],
): string | undefined {
  const field = approvalMismatch(token, event);
  if (field !== undefined) return `its signature covers another ${field}`;
  if (token.iat !== epochS(event.at)) return 'its signature covers another at';
  const revision = revisionOf(event.details, before);
  if (!revision) return 'it approves a revision that is not on the trail before it';
  const { digest, action, publicationId, authors, request } = revision.details;
  const { details } = event;
  if (details.digest !== digest || details.action !== action) return 'it approves another text';
  if (details.publicationId !== publicationId) return 'it approves another publication';
  // The policy sees the worst severity the incident ever had, so lowering it changes nothing.
  if (details.severity !== worstSeverityOf(before)) return 'it was judged by a lower severity';
  if (String(token.excludedAuthors) !== String(authors))
    return 'its signature covers other authors';
  if (pageOf(request) !== token.pageId) return 'its signature covers another page';
  return effectProblem(event, request, before) ?? brokenGlassProblem(event, token, before);
}

/** From worst to best; written anew, as verification shares no code with what it checks. */
const WORST_FIRST = [
  'major_outage',
  'partial_outage',
  'under_maintenance',
  'degraded_performance',
  'operational',
] as const;

/** Approvals of older versions do not say by which effect they were judged. */
function effectProblem(
  { details }: ApprovedEvent,
  request: PageRequest,
  before: readonly AuditEvent[],
): string | undefined {
  const { effect, severity } = details;
  if (!effect) return undefined;
  const { incident } = request.body;
  const states = new Set(Object.values(incident.components));
  const worst = WORST_FIRST.find((state) => states.has(state)) ?? 'operational';
  const isText =
    effect.impact === incident.impact_override &&
    effect.notify === incident.deliver_notifications &&
    effect.worstComponent === worst;
  if (!isText) return 'it was judged by another effect than its text has';
  const [first] = before;
  const declaredBy = first?.type === 'INCIDENT_DECLARED' ? first.actor.id : null;
  if (effect.declaredBy !== declaredBy) return 'it was judged as declared by somebody else';
  return effect.relatedSeverity > severity
    ? 'it was judged by a lower severity than its own'
    : undefined;
}

/**
 * Whoever approved alone must have said why before, by the same click on the same text, and nothing
 * that voids approvals may have come since. Written anew: it shares no code with the gate's own check.
 */
function brokenGlassProblem(
  { actor, details }: ApprovedEvent,
  token: ApprovalToken,
  before: readonly AuditEvent[],
): string | undefined {
  if (details.breakGlass !== true) {
    const given = token.breakGlassReasonSha256 !== undefined;
    return given ? 'its signature covers a reason that it does not name' : undefined;
  }
  const at = before.findLastIndex(
    (event) =>
      event.type === 'BREAK_GLASS_USED' &&
      sameRevision(event.details, details) &&
      event.details.slackRequestSha256 === details.slackRequestSha256,
  );
  const glass = before[at];
  if (glass?.type !== 'BREAK_GLASS_USED') return 'nobody broke the glass before it';
  if (glass.actor.id !== actor.id) return 'another person broke the glass before it';
  if (glass.details.digest !== details.digest) return 'the glass was broken for another text';
  if (sha256Hex(glass.details.reason) !== token.breakGlassReasonSha256) {
    return 'its signature covers another reason';
  }
  const isVoid = before
    .slice(at)
    .some((e) => e.type === 'STATUSPAGE_PUBLISH_REFUSED' && sameRevision(e.details, details));
  return isVoid ? 'publishing was refused after the glass was broken' : undefined;
}

/** As `approvalProblem`, for a publication. */
export function publicationProblem(
  event: PublishedEvent,
  token: PublicationToken,
  before: readonly AuditEvent[],
): string | undefined {
  const field = publicationMismatch(token, event);
  if (field !== undefined) return `its signature covers another ${field}`;
  if (token.iat !== epochS(event.at)) return 'its signature covers another at';
  const revision = revisionOf(event.details, before);
  if (!revision) return 'it publishes a revision that is not on the trail before it';
  if (pageOf(revision.details.request) !== token.pageId) return 'its signature covers another page';
  const { attemptId, publicationId, digest, attempt } = event.details;
  const started = before.some(
    (earlier) =>
      earlier.type === 'STATUSPAGE_PUBLISH_STARTED' &&
      sameRevision(earlier.details, event.details) &&
      earlier.details.attemptId === attemptId &&
      earlier.details.attempt === attempt &&
      earlier.details.publicationId === publicationId &&
      earlier.details.digest === digest,
  );
  if (!started) return 'no attempt of that id and text was started before it';
  const twice = before.some(
    (earlier) =>
      earlier.type === 'STATUSPAGE_PUBLISHED' && earlier.details.publicationId === publicationId,
  );
  return twice ? 'its publication was published before' : undefined;
}

function epochS(at: string): number {
  return Math.floor(Date.parse(at) / 1000);
}

function pageOf(request: { path: string }): string | undefined {
  return request.path.split('/')[2];
}
