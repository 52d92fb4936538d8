import { ALERT_SOURCE_NAMES, type AlertSource } from './alert-signal.ts';
import type { Actor, AuditEvent, DetailsOf } from './audit-event.ts';
import { cutText } from './well-formed.ts';

/**
 * One short line about an event for the card, the announcement and the postmortem, or undefined for
 * events that would only be noise there. People appear as `@U…` tokens.
 */
export function recentLine(event: AuditEvent): string | undefined {
  const by = actorWords(event);
  switch (event.type) {
    case 'INCIDENT_OPENED':
      return `Opened by ${ALERT_SOURCE_NAMES[event.details.source]} as ${event.details.severity}`;
    case 'INCIDENT_DECLARED':
      return `Declared by ${by} as ${event.details.severity}`;
    case 'ALERT_LINKED':
      return linkedWords(event.details);
    case 'ALERT_ACKNOWLEDGED':
      return `Alert acknowledged by ${by}`;
    case 'ALERT_SILENCED':
      return `Alert silenced by ${by}`;
    case 'ALERT_RESOLVED':
      return `Alert resolved by ${by}`;
    case 'ALERT_UNRESOLVED':
      return `Alert is firing again (${by})`;
    case 'SEVERITY_CHANGED':
      return `Severity ${event.details.from} → ${event.details.to} by ${by}`;
    case 'SERVICE_CHANGED':
      return `Service ${event.details.from ?? 'unknown'} → ${event.details.to} by ${by}`;
    case 'TITLE_CHANGED':
      return `Renamed by ${by}`;
    case 'ROLE_ASSIGNED':
      return `@${event.details.slackUserId} is incident commander`;
    case 'ROLE_HANDED_OVER':
      return `Incident commander: @${event.details.from} → @${event.details.to}`;
    case 'STATUS_UPDATE_SENT':
      return `Update by ${by}`;
    case 'INCIDENT_MITIGATED':
      return `Mitigated by ${by}`;
    case 'INCIDENT_RESOLVED':
      return `Resolved by ${by}`;
    case 'INCIDENT_REOPENED':
      return `Reopened by ${by}`;
    case 'INCIDENT_CANCELLED':
      return `Cancelled by ${by}`;
    default:
      return gateLine(event, by);
  }
}

/** What a storm took in at once. */
function linkedWords(details: DetailsOf<'ALERT_LINKED'>): string {
  const { alerts, groups } = details;
  const first = cutText(alerts[0]?.title ?? '', 80);
  if (groups === 0) {
    return `${alerts.length} ${alerts.length === 1 ? 'change' : 'changes'} of linked alert groups`;
  }
  const others = groups > 1 ? ` and ${groups - 1} more` : '';
  return `Alert ${groups === 1 ? 'group' : 'groups'} linked: “${first}”${others}`;
}

function gateLine(event: AuditEvent, by: string): string | undefined {
  switch (event.type) {
    case 'BREAK_GLASS_USED':
      return `🚨 BREAK-GLASS by ${by}: ${event.details.reason}`;
    case 'STATUSPAGE_DRAFT_APPROVED':
      if (event.details.breakGlass)
        return `🚨 BREAK-GLASS: status page text approved alone by ${by}`;
      return `Status page text approved by ${by}`;
    case 'STATUSPAGE_APPROVAL_REJECTED':
      return `Status page text rejected by ${by}`;
    case 'STATUSPAGE_PUBLISHED':
      return 'Published on the status page';
    case 'STATUSPAGE_PUBLISH_UNCONFIRMED':
      return event.details.nextLookAt
        ? 'Status page did not confirm; we look whether it is there'
        : 'Status page did not confirm; the incident commander decides';
    case 'STATUSPAGE_PUBLISH_FAILED':
      return 'Publishing failed';
    case 'STATUSPAGE_OBLIGATION_OPENED':
      return 'The status page shows as open what is over here';
    case 'STATUSPAGE_OBLIGATION_SETTLED':
      return event.details.how === 'kept' ? `Status page left as it is by ${by}` : undefined;
    case 'STATUSPAGE_DRIFT_FOUND':
      return 'The status page is not what was published';
    default:
      return undefined;
  }
}

/** How the actor of an event is named in lines: a mention token, or a name that people know. */
export function actorWords(event: AuditEvent): string {
  if (event.actor.kind === 'slack_user') return `@${event.actor.id}`;
  if ('by' in event.details && event.details.by) return event.details.by.username;
  return nameOf(event.actor);
}

/** Whichever of our functions acted, to people it is the app that they see in the room. */
function nameOf({ kind, id }: Actor): string {
  if (kind === 'system' || kind === 'schedule') return 'Incident Response';
  return Object.hasOwn(ALERT_SOURCE_NAMES, id) ? ALERT_SOURCE_NAMES[id as AlertSource] : id;
}
