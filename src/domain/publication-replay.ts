import type { AuditEvent } from './audit-event.ts';
import {
  type ApprovedEvent,
  isRevision,
  type RevisionEvent,
  type StartedEvent,
} from './gate-view.ts';
import { type Severity, worse } from './severity.ts';

type RevisionReference = { draftId: string; revision: number };

/**
 * Why an attempt must not have started: at that point of the trail the revision did not stand
 * approved by enough distinct people, or something else was on its way.
 *
 * An independent reading of the rules, on purpose: verification MUST NOT share the code whose work
 * it checks.
 *
 * @param before - every event before it, in order, from the first
 * @param validApprovals - numbers of approvals whose signature was verified
 */
export function startProblem(
  event: StartedEvent,
  before: readonly AuditEvent[],
  validApprovals: ReadonlySet<number>,
): string | undefined {
  const revision = revisionOf(event.details, before);
  if (!revision) return 'it publishes a revision that is not on the trail before it';
  const { digest, publicationId, basedOn } = revision.details;
  if (event.details.digest !== digest || event.details.publicationId !== publicationId) {
    return 'it publishes another text than its revision';
  }
  const after = before.filter(({ seq }) => seq > revision.seq);
  const end = endOf(revision, after);
  if (end !== undefined) return `its revision was ${end} before`;
  const open = openPublications(before);
  if (open.has(publicationId)) return 'an earlier attempt had not ended';
  if (open.size > 0) return 'another publication of this incident had not ended';
  const last = lastPublication(before);
  if ((last?.details.publicationId ?? null) !== basedOn) {
    return 'something was published since it was written';
  }
  const place = placeProblem(revision, last, removalsOf(last, before));
  if (place !== undefined) return place;
  return approvalsProblem(event, standingApprovals(revision, after), validApprovals);
}

/** The event that wrote a revision. */
export function revisionOf(
  of: RevisionReference,
  before: readonly AuditEvent[],
): RevisionEvent | undefined {
  return before.find(
    (event): event is RevisionEvent => isRevision(event) && sameRevision(event.details, of),
  );
}

/** The worst severity an incident had had, or undefined when it was not opened yet. */
export function worstSeverityOf(before: readonly AuditEvent[]): Severity | undefined {
  let worst: Severity | undefined;
  for (const event of before) {
    const severity = severitySetBy(event);
    if (severity !== undefined) worst = worst === undefined ? severity : worse(worst, severity);
  }
  return worst;
}

function severitySetBy(event: AuditEvent): Severity | undefined {
  switch (event.type) {
    case 'INCIDENT_OPENED':
    case 'INCIDENT_DECLARED':
      return event.details.severity;
    case 'SEVERITY_CHANGED':
      return event.details.to;
    default:
      return undefined;
  }
}

const ENDS: Partial<Record<AuditEvent['type'], string>> = {
  STATUSPAGE_APPROVAL_REJECTED: 'rejected',
  STATUSPAGE_DRAFT_WITHDRAWN: 'withdrawn',
  STATUSPAGE_PUBLISHED: 'published',
  STATUSPAGE_PUBLISH_FAILED: 'failed',
};

/** How a revision had ended, in a word, or undefined while it could still be published. */
function endOf(revision: RevisionEvent, after: readonly AuditEvent[]): string | undefined {
  for (const event of after) {
    if (isRevision(event) && event.details.draftId === revision.details.draftId)
      return 'superseded';
    if (isAbout(event, revision.details) && ENDS[event.type]) return ENDS[event.type];
  }
  return undefined;
}

/** Publications that had started and of which nobody knew yet how they ended. */
function openPublications(before: readonly AuditEvent[]): Set<string> {
  const open = new Set<string>();
  for (const event of before) {
    switch (event.type) {
      case 'STATUSPAGE_PUBLISH_STARTED':
        open.add(event.details.publicationId);
        break;
      case 'STATUSPAGE_PUBLISH_NOT_EXECUTED':
      case 'STATUSPAGE_PUBLISH_FAILED':
      case 'STATUSPAGE_PUBLISHED':
        open.delete(event.details.publicationId);
        break;
      default:
    }
  }
  return open;
}

type PublishedEvent = Extract<AuditEvent, { type: 'STATUSPAGE_PUBLISHED' }>;

function lastPublication(before: readonly AuditEvent[]): PublishedEvent | undefined {
  return before.findLast((event) => event.type === 'STATUSPAGE_PUBLISHED');
}

/** Numbers of the events by which the incident on the page was gone; none once it was there again. */
function removalsOf(last: PublishedEvent | undefined, before: readonly AuditEvent[]): number[] {
  const found: number[] = [];
  let isGone = false;
  for (const event of last ? before.slice(before.indexOf(last)) : []) {
    if (event.type !== 'STATUSPAGE_DRIFT_FOUND') continue;
    const { kind, whole, statuspageIncidentId } = event.details;
    if (statuspageIncidentId !== last?.details.statuspageIncidentId) continue;
    if (kind === 'returned') isGone = false;
    if (kind !== 'removed' || !whole) continue;
    isGone = true;
    found.push(event.seq);
  }
  return isGone ? found : [];
}

/** Why a revision must not go to the incident on the page that it names, or open a new one. */
function placeProblem(
  { details }: RevisionEvent,
  last: PublishedEvent | undefined,
  removals: readonly number[],
): string | undefined {
  const { request, replaces } = details;
  const onPage = last?.details.statuspageIncidentId;
  if (request.method === 'PATCH') {
    if (!request.path.endsWith(`/incidents/${onPage}`)) return 'it adds to another incident';
    return removals.length === 0 ? undefined : 'it adds to an incident that was removed';
  }
  if (removals.length === 0) {
    if (replaces) return 'it replaces an incident that was not removed';
    return onPage === undefined ? undefined : 'it opens a second incident on the page';
  }
  const isSame =
    replaces?.statuspageIncidentId === onPage && removals.includes(replaces?.removedSeq ?? 0);
  return isSame ? undefined : 'it does not say which removed incident it replaces';
}

/** The newest approval of each person since the last refusal, which voids those before it. */
function standingApprovals(
  revision: RevisionEvent,
  after: readonly AuditEvent[],
): Map<string, ApprovedEvent> {
  const standing = new Map<string, ApprovedEvent>();
  for (const event of after) {
    if (!isAbout(event, revision.details)) continue;
    if (event.type === 'STATUSPAGE_PUBLISH_REFUSED') standing.clear();
    if (event.type === 'STATUSPAGE_DRAFT_APPROVED') standing.set(event.actor.id, event);
  }
  return standing;
}

function approvalsProblem(
  event: StartedEvent,
  standing: ReadonlyMap<string, ApprovedEvent>,
  valid: ReadonlySet<number>,
): string | undefined {
  const counted = [...standing.values()].filter(
    ({ seq, details }) => valid.has(seq) && details.expiresAt > event.at,
  );
  // One person alone is enough when the glass was broken for it; that they said why was checked.
  if (counted.some(({ details }) => details.breakGlass === true)) return undefined;
  const approvals = [...standing.values()].filter(({ details }) => !details.breakGlass);
  const required = Math.max(1, ...approvals.map(({ details }) => details.requiredApprovals));
  const had = approvals.filter((approval) => counted.includes(approval)).length;
  return had >= required ? undefined : `it needed ${required} valid approval(s) and had ${had}`;
}

function isAbout(event: AuditEvent, of: RevisionReference): boolean {
  return 'draftId' in event.details && sameRevision(event.details as RevisionReference, of);
}

/** True for the same revision of the same draft. */
export function sameRevision(a: RevisionReference, b: RevisionReference): boolean {
  return a.draftId === b.draftId && a.revision === b.revision;
}
