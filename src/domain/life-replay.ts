import type { AuditEvent, EventType } from './audit-event.ts';
import type { IncidentStatus } from './incident-state.ts';
import { type Severity, worse } from './severity.ts';
import { checkpointOf, type Standing } from './standing.ts';

/** What events say an incident is, read for verification alone. */
type Life = {
  status: IncidentStatus;
  worstSeverity: Severity | null;
  ic: string | null;
  page: { statuspageIncidentId: string; publicationId: string } | null;
  openPublicationId: string | null;
  /** As it is called now, and the service it is about. */
  title: string | null;
  service: string | null;
};

const BORN: Life = {
  status: 'triggered',
  worstSeverity: null,
  ic: null,
  page: null,
  openPublicationId: null,
  title: null,
  service: null,
};

const RUNNING: readonly IncidentStatus[] = ['triggered', 'assembling', 'active', 'assembly_failed'];

/** Which statuses may come before what people do to an incident, and what it is afterwards. */
const PASSAGES: Partial<
  Record<EventType, { from: readonly IncidentStatus[]; to: IncidentStatus }>
> = {
  INCIDENT_MITIGATED: { from: RUNNING, to: 'mitigated' },
  INCIDENT_RESOLVED: { from: [...RUNNING, 'mitigated'], to: 'resolved' },
  INCIDENT_REOPENED: { from: ['mitigated', 'resolved', 'cancelled'], to: 'active' },
  INCIDENT_CANCELLED: { from: [...RUNNING, 'mitigated'], to: 'cancelled' },
  INCIDENT_CLOSED: { from: ['resolved', 'cancelled'], to: 'closed' },
};

/** The shipped policy under which the incident commander may approve. */
const COMMANDER_POLICY = 'p2-p4-incident-commander';

/**
 * Follows one incident from its first event and names what no honest state accepts: a passage of its
 * life, a commander whom no event made one, a false checkpoint.
 *
 * An independent reading on purpose: verification MUST NOT share the tables whose work it checks.
 */
export class LifeReplay {
  #life = BORN;
  #isOpened = false;

  /** @returns why the event cannot follow those before it, or undefined. Call in order. */
  next(event: AuditEvent): string | undefined {
    const reason = this.#reason(event);
    this.#follow(event);
    return reason ?? checkpointReason(checkpointOf(event), this.#life);
  }

  #reason(event: AuditEvent): string | undefined {
    const { status, ic, title, service } = this.#life;
    const passage = PASSAGES[event.type];
    if (passage && !passage.from.includes(status)) {
      return `an incident that is ${status} does not take ${event.type}`;
    }
    switch (event.type) {
      case 'INCIDENT_OPENED':
      case 'INCIDENT_DECLARED':
        return this.#isOpened ? 'the incident was opened before' : undefined;
      case 'ROLE_ASSIGNED': {
        const isFree = ic === null || ic === event.details.slackUserId;
        return isFree ? undefined : `by the events before it @${ic} was incident commander`;
      }
      case 'TITLE_CHANGED':
        return title === event.details.from
          ? undefined
          : 'the incident had another title before it';
      case 'SERVICE_CHANGED':
        return service === event.details.from
          ? undefined
          : 'the incident was about another service before it';
      case 'ROLE_HANDED_OVER':
        return ic === event.details.from ? undefined : commanderWords(ic);
      case 'STATUSPAGE_DRAFT_APPROVED':
        return approvalReason(event, ic);
      default:
        return undefined;
    }
  }

  #follow(event: AuditEvent): void {
    const life = { ...this.#life, status: statusAfter(this.#life.status, event.type) };
    this.#life = life;
    switch (event.type) {
      case 'INCIDENT_OPENED':
      case 'INCIDENT_DECLARED':
        this.#isOpened = true;
        life.worstSeverity = event.details.severity;
        life.title = event.details.title;
        life.service = event.details.service;
        if (event.type === 'INCIDENT_DECLARED') life.ic = event.actor.id;
        return;
      case 'SEVERITY_CHANGED': {
        const { to } = event.details;
        life.worstSeverity = life.worstSeverity === null ? to : worse(life.worstSeverity, to);
        return;
      }
      case 'TITLE_CHANGED':
        life.title = event.details.to;
        return;
      case 'SERVICE_CHANGED':
        life.service = event.details.to;
        return;
      case 'ROLE_ASSIGNED':
        life.ic = event.details.slackUserId;
        return;
      case 'ROLE_HANDED_OVER':
        life.ic = event.details.to;
        return;
      case 'STATUSPAGE_PUBLISH_STARTED':
        life.openPublicationId = event.details.publicationId;
        return;
      case 'STATUSPAGE_PUBLISH_NOT_EXECUTED':
      case 'STATUSPAGE_PUBLISH_FAILED':
      case 'STATUSPAGE_PUBLISHED': {
        const { publicationId } = event.details;
        if (life.openPublicationId === publicationId) life.openPublicationId = null;
        if (event.type !== 'STATUSPAGE_PUBLISHED') return;
        life.page = { statuspageIncidentId: event.details.statuspageIncidentId, publicationId };
      }
    }
  }
}

/** What the room does to a status, and what people do; an end is an end for the room. */
function statusAfter(status: IncidentStatus, type: EventType): IncidentStatus {
  const passage = PASSAGES[type];
  if (passage) return passage.to;
  if (type === 'WAR_ROOM_CREATED' && status === 'triggered') return 'assembling';
  if (type === 'WAR_ROOM_ASSEMBLED' && RUNNING.includes(status)) return 'active';
  const fails = type === 'ASSEMBLY_FAILED' && (status === 'triggered' || status === 'assembling');
  return fails ? 'assembly_failed' : status;
}

/** Approvals of older versions do not say who was commander; the policy that they name may. */
function approvalReason(
  { actor, details }: Extract<AuditEvent, { type: 'STATUSPAGE_DRAFT_APPROVED' }>,
  ic: string | null,
): string | undefined {
  const { incidentCommander, policyIds } = details;
  if (incidentCommander !== undefined && incidentCommander !== ic) return commanderWords(ic);
  return policyIds.includes(COMMANDER_POLICY) && actor.id !== ic ? commanderWords(ic) : undefined;
}

function commanderWords(ic: string | null): string {
  return ic === null
    ? 'no event before it made anybody incident commander'
    : `by the events before it @${ic} was incident commander`;
}

function checkpointReason(repeated: Standing | undefined, life: Life): string | undefined {
  if (!repeated) return undefined;
  const isSame =
    repeated.worstSeverity === life.worstSeverity &&
    repeated.ic === life.ic &&
    repeated.status === life.status &&
    repeated.openPublicationId === life.openPublicationId &&
    repeated.page?.publicationId === life.page?.publicationId &&
    repeated.page?.statuspageIncidentId === life.page?.statuspageIncidentId;
  return isSame ? undefined : 'its checkpoint is not what came before it';
}
