import { z } from 'zod';
import type { AuditEvent, DetailsOf } from './audit-event.ts';
import type { PublishedPlace } from './draft-base.ts';
import { TrailError } from './errors.ts';
import { isIncidentId } from './ids.ts';
import { INCIDENT_STATUSES, type IncidentStatus } from './incident-state.ts';
import { SEVERITIES, type Severity, worse } from './severity.ts';

/**
 * What the approval gate must know of an incident, read from its trail alone. A row of table
 * `incidents` says the same, but whoever can edit that row must not decide who may publish.
 */
export type Standing = {
  /** The worst severity the incident ever had. */
  worstSeverity: Severity;
  /** The incident commander, by Slack id. */
  ic: string | null;
  status: IncidentStatus;
  /** The newest publication on record, and the incident on the page that it stands in. */
  page: PublishedPlace | null;
  /** A publication that has started and not ended. */
  openPublicationId: string | null;
};

/**
 * Every event whose number is a multiple of this is a checkpoint: its details repeat the standing, so
 * that nobody reads a trail from its beginning. Unit: events.
 */
export const CHECKPOINT_EVERY = 64;

export const STANDING_SCHEMA = z.strictObject({
  worstSeverity: z.enum(SEVERITIES),
  ic: z.string().max(300).nullable(),
  status: z.enum(INCIDENT_STATUSES),
  page: z
    .strictObject({
      statuspageIncidentId: z.string().max(300),
      publicationId: z.string().max(300),
      removed: z.literal(true).optional(),
    })
    .nullable(),
  openPublicationId: z.string().max(300).nullable(),
});

/** Whether the event of this number repeats the standing of its incident. Intake chains have none. */
export function isCheckpoint({ incidentId, seq }: Pick<AuditEvent, 'incidentId' | 'seq'>): boolean {
  return isIncidentId(incidentId) && seq % CHECKPOINT_EVERY === 0;
}

/** Where to begin to read for the standing as of event `seq`: a checkpoint, or the first event. */
export function checkpointSeq(seq: number): number {
  return Math.max(1, seq - (seq % CHECKPOINT_EVERY));
}

/** The standing that a checkpoint repeats; trails of older versions have none. */
export function checkpointOf(event: AuditEvent): Standing | undefined {
  return (event.details as { checkpoint?: Standing }).checkpoint;
}

/** What an event said before it was made a checkpoint, which adds nothing that was signed. */
export function withoutCheckpoint<T extends object>(details: T): Omit<T, 'checkpoint'> {
  const { checkpoint: _repeated, ...own } = details as T & { checkpoint?: unknown };
  return own;
}

/**
 * The standing after the last of these events, which begin at a checkpoint or at the first event.
 *
 * @returns undefined when they begin elsewhere, or at a checkpoint of an older version
 * @throws {TrailError} `TRAIL_CORRUPT` when a checkpoint repeats something else than came before it
 */
export function standingOf(events: readonly AuditEvent[]): Standing | undefined {
  const [first, ...rest] = events;
  if (!first) return undefined;
  let standing = first.seq === 1 ? standingAfter(undefined, first) : checkpointOf(first);
  for (const event of standing ? rest : []) {
    standing = standingAfter(standing, event);
    const repeated = checkpointOf(event);
    if (repeated && !sameStanding(repeated, standing)) throw corrupt(event);
  }
  return standing;
}

export function sameStanding(a: Standing, b: Standing): boolean {
  return (
    a.worstSeverity === b.worstSeverity &&
    a.ic === b.ic &&
    a.status === b.status &&
    a.openPublicationId === b.openPublicationId &&
    a.page?.publicationId === b.page?.publicationId &&
    a.page?.statuspageIncidentId === b.page?.statuspageIncidentId &&
    a.page?.removed === b.page?.removed
  );
}

/** As `applyEvent`, for what the gate must know. `before` is undefined before the first event. */
export function standingAfter(before: Standing | undefined, event: AuditEvent): Standing {
  const known = before ?? NOTHING_KNOWN;
  switch (event.type) {
    case 'INCIDENT_OPENED':
      return { ...known, worstSeverity: event.details.severity };
    case 'INCIDENT_DECLARED':
      return { ...known, worstSeverity: event.details.severity, ic: event.actor.id };
    case 'SEVERITY_CHANGED':
      return { ...known, worstSeverity: worse(known.worstSeverity, event.details.to) };
    case 'ROLE_ASSIGNED':
      return { ...known, ic: event.details.slackUserId };
    case 'ROLE_HANDED_OVER':
      return { ...known, ic: event.details.to };
    case 'STATUSPAGE_PUBLISH_STARTED':
      return { ...known, openPublicationId: event.details.publicationId };
    case 'STATUSPAGE_PUBLISH_NOT_EXECUTED':
    case 'STATUSPAGE_PUBLISH_FAILED':
      return { ...known, openPublicationId: stillOpen(known, event.details.publicationId) };
    case 'STATUSPAGE_PUBLISHED': {
      const { statuspageIncidentId, publicationId } = event.details;
      const openPublicationId = stillOpen(known, publicationId);
      return { ...known, page: { statuspageIncidentId, publicationId }, openPublicationId };
    }
    case 'STATUSPAGE_DRIFT_FOUND':
      return { ...known, page: placeAfter(known.page, event.details) };
    default:
      return { ...known, status: statusAfter(known.status, event.type) };
  }
}

/** Another hand removed the whole incident from the page, or it is there again. */
function placeAfter(
  page: Standing['page'],
  { kind, whole, statuspageIncidentId }: DetailsOf<'STATUSPAGE_DRIFT_FOUND'>,
): Standing['page'] {
  if (page?.statuspageIncidentId !== statuspageIncidentId) return page;
  const { publicationId } = page;
  if (kind === 'removed' && whole) return { statuspageIncidentId, publicationId, removed: true };
  return kind === 'returned' ? { statuspageIncidentId, publicationId } : page;
}

const NOTHING_KNOWN: Standing = {
  worstSeverity: 'P1',
  ic: null,
  status: 'triggered',
  page: null,
  openPublicationId: null,
};

function stillOpen({ openPublicationId }: Standing, ended: string): string | null {
  return openPublicationId === ended ? null : openPublicationId;
}

/** The status of an incident after an event of this type, whoever asks: the projection does too. */
export function statusAfter(status: IncidentStatus, type: AuditEvent['type']): IncidentStatus {
  switch (type) {
    case 'WAR_ROOM_CREATED':
      return status === 'triggered' ? 'assembling' : status;
    case 'WAR_ROOM_ASSEMBLED':
      return ['triggered', 'assembling', 'assembly_failed'].includes(status) ? 'active' : status;
    case 'ASSEMBLY_FAILED':
      return ['triggered', 'assembling'].includes(status) ? 'assembly_failed' : status;
    case 'INCIDENT_MITIGATED':
      return 'mitigated';
    case 'INCIDENT_RESOLVED':
      return 'resolved';
    case 'INCIDENT_REOPENED':
      return 'active';
    case 'INCIDENT_CANCELLED':
      return 'cancelled';
    case 'INCIDENT_CLOSED':
      return 'closed';
    default:
      return status;
  }
}

function corrupt({ incidentId, seq }: AuditEvent): TrailError {
  return new TrailError({
    code: 'TRAIL_CORRUPT',
    message: `cannot read event ${incidentId}#${seq}: its checkpoint is not what came before it`,
    retryable: false,
  });
}
