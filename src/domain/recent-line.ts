import { ALERT_SOURCE_NAMES, type AlertSource } from './alert-signal.ts';
import type { Actor, AuditEvent, DetailsOf } from './audit-event.ts';
import { type Part, person, type Sentence, say, words } from './sentence.ts';
import { cutText } from './well-formed.ts';

/**
 * One short line about an event for the card, the announcement and the postmortem, or undefined for
 * events that would only be noise there.
 */
export function recentLine(event: AuditEvent): Sentence | undefined {
  const by = actorWords(event);
  switch (event.type) {
    case 'INCIDENT_OPENED':
      return say`Opened by ${words(ALERT_SOURCE_NAMES[event.details.source])} as ${event.details.severity}`;
    case 'INCIDENT_DECLARED':
      return say`Declared by ${by} as ${event.details.severity}`;
    case 'ALERT_LINKED':
      return linkedWords(event.details);
    case 'ALERT_RECEIVED':
      return receivedWords(event.details);
    case 'ALERT_FLAPPED':
      return say`Alert flaps: ${event.details.changes} more changes, now ${event.details.groupState}`;
    case 'ALERT_ACKNOWLEDGED':
      return say`Alert acknowledged by ${by}`;
    case 'ALERT_SILENCED':
      return say`Alert silenced by ${by}`;
    case 'ALERT_RESOLVED':
      return say`Alert resolved by ${by}`;
    case 'ALERT_UNRESOLVED':
      return say`Alert is firing again (${by})`;
    case 'SEVERITY_CHANGED':
      return say`Severity ${event.details.from} → ${event.details.to} by ${by}`;
    case 'SERVICE_CHANGED': {
      const { from, to } = event.details;
      return say`Service ${words(from ?? 'unknown')} → ${words(to)} by ${by}`;
    }
    case 'TITLE_CHANGED':
      return say`Renamed by ${by}`;
    case 'ROLE_ASSIGNED':
      return say`${person(event.details.slackUserId)} is incident commander`;
    case 'ROLE_HANDED_OVER':
      return say`Incident commander: ${person(event.details.from)} → ${person(event.details.to)}`;
    case 'STATUS_UPDATE_SENT':
      return say`Update by ${by}`;
    case 'INCIDENT_MITIGATED':
      return say`Mitigated by ${by}`;
    case 'INCIDENT_RESOLVED':
      return say`Resolved by ${by}`;
    case 'INCIDENT_REOPENED':
      return say`Reopened by ${by}`;
    case 'INCIDENT_CANCELLED':
      return say`Cancelled by ${by}`;
    default:
      return gateLine(event, by);
  }
}

/** Nothing of an alert that merely goes on. */
function receivedWords({ news, source }: DetailsOf<'ALERT_RECEIVED'>): Sentence | undefined {
  if (news === 'firing_again')
    return say`Alert is firing again (${words(ALERT_SOURCE_NAMES[source])})`;
  if (news !== 'still_firing') return undefined;
  return say`Alert goes on after the end (${words(ALERT_SOURCE_NAMES[source])})`;
}

/** What a storm took in at once. */
function linkedWords(details: DetailsOf<'ALERT_LINKED'>): Sentence {
  const { alerts, groups } = details;
  const first = cutText(alerts[0]?.title ?? '', 80);
  if (groups === 0) {
    return say`${alerts.length} ${alerts.length === 1 ? 'change' : 'changes'} of linked alert groups`;
  }
  const others = groups > 1 ? say` and ${groups - 1} more` : '';
  return say`Alert ${groups === 1 ? 'group' : 'groups'} linked: “${words(first)}”${others}`;
}

function gateLine(event: AuditEvent, by: Part): Sentence | undefined {
  switch (event.type) {
    case 'BREAK_GLASS_USED':
      return say`🚨 BREAK-GLASS by ${by}: ${words(event.details.reason)}`;
    case 'STATUSPAGE_DRAFT_APPROVED':
      if (event.details.breakGlass)
        return say`🚨 BREAK-GLASS: status page text approved alone by ${by}`;
      return say`Status page text approved by ${by}`;
    case 'STATUSPAGE_APPROVAL_REJECTED':
      return say`Status page text rejected by ${by}`;
    case 'STATUSPAGE_PUBLISHED':
      return say`Published on the status page`;
    case 'STATUSPAGE_PUBLISH_UNCONFIRMED':
      return event.details.nextLookAt
        ? say`Status page did not confirm; we look whether it is there`
        : say`Status page did not confirm; the incident commander decides`;
    case 'STATUSPAGE_PUBLISH_FAILED':
      return say`Publishing failed`;
    case 'STATUSPAGE_OBLIGATION_OPENED':
      return say`The status page shows as open what is over here`;
    case 'STATUSPAGE_OBLIGATION_SETTLED':
      return event.details.how === 'kept' ? say`Status page left as it is by ${by}` : undefined;
    case 'STATUSPAGE_DRIFT_FOUND':
      return say`The status page is not what was published`;
    default:
      return undefined;
  }
}

/** How the actor of an event is named in lines: somebody of the workspace, or a name. */
export function actorWords(event: AuditEvent): Part {
  if (event.actor.kind === 'slack_user') return person(event.actor.id);
  if ('by' in event.details && event.details.by) return words(event.details.by.username);
  return words(nameOf(event.actor));
}

/** Whichever of our functions acted, to people it is the app that they see in the room. */
function nameOf({ kind, id }: Actor): string {
  if (kind === 'system' || kind === 'schedule') return 'Incident Response';
  return Object.hasOwn(ALERT_SOURCE_NAMES, id) ? ALERT_SOURCE_NAMES[id as AlertSource] : id;
}
