import type { AuditEvent, DetailsOf } from '../domain/audit-event.ts';
import type { IncidentState } from '../domain/incident-state.ts';
import { actorWords } from '../domain/recent-line.ts';
import { refusalWords } from '../domain/refusal-words.ts';
import { isOver } from '../domain/transitions.ts';
import { cutText } from '../domain/well-formed.ts';
import { brokenGlassLine } from './break-glass.ts';
import type { RoomMessage } from './room-messages.ts';

type Line = Extract<RoomMessage, { kind: 'line' }>;

/** Groups of one batch that are named in the room. */
const ALOUD_MAX = 5;

/** The one visible line that an event puts in the room, naming who did it; undefined for none. */
export function lineOf(event: AuditEvent, incident: IncidentState): Line | undefined {
  const glass = brokenGlassLine(event, incident);
  if (glass) return glass;
  const by = actorWords(event);
  const line = (text: string): Line => ({ kind: 'line', text });
  switch (event.type) {
    case 'NOTE_ADDED':
      // What this app notes needs no author.
      return line(
        event.actor.kind === 'system' ? event.details.text : `Note by ${by}: ${event.details.text}`,
      );
    case 'STATUS_UPDATE_SENT':
      return line(`Update by ${by}: ${event.details.text}`);
    case 'SEVERITY_CHANGED':
      return line(`${by} changed the severity from ${event.details.from} to ${event.details.to}.`);
    case 'SERVICE_CHANGED': {
      const { from, to } = event.details;
      return line(`${by} set the service to ${to}${from === null ? '' : `; it was ${from}`}.`);
    }
    case 'TITLE_CHANGED':
      return line(`${by} renamed the incident: “${event.details.to}”.`);
    case 'ROLE_ASSIGNED':
      return line(`@${event.details.slackUserId} is the incident commander.`);
    case 'ROLE_HANDED_OVER':
      return line(
        `The incident commander role went from @${event.details.from} to @${event.details.to}.`,
      );
    case 'STATUS_REMINDER_SILENCED':
      return line(`${by} silenced the update reminder until ${clockTime(event.details.until)}.`);
    case 'INCIDENT_MITIGATED':
      return line(`${by} marked the incident as mitigated. ${event.details.text}`.trim());
    case 'INCIDENT_RESOLVED':
      return line(`${by} resolved the incident: ${event.details.summary}`);
    case 'INCIDENT_REOPENED':
      return line(`${by} reopened the incident: ${event.details.reason}${stillEnded(incident)}`);
    case 'INCIDENT_CANCELLED':
      return line(`${by} cancelled the incident: ${event.details.reason}`);
    case 'POSTMORTEM_FAILED':
      return line(
        `The postmortem could not be written: ${event.details.reason}. The record is complete; ` +
          'ask again with “postmortem”, or tell whoever runs this app.',
      );
    default:
      return alertLine(event, incident) ?? gateLine(event, incident);
  }
}

function alertLine(event: AuditEvent, incident: IncidentState): Line | undefined {
  const by = actorWords(event);
  switch (event.type) {
    case 'ALERT_RECEIVED': {
      const { alerts, notShown } = event.details;
      if (!notShown) return undefined;
      const text =
        `The alert group has ${alerts.length + notShown} alerts. Its sender shows ` +
        `${alerts.length} of them; ${notShown} are not shown.`;
      return { kind: 'line', text };
    }
    case 'ALERT_LINKED': {
      // The card counts them; a room that people have left must say so aloud.
      const { groups, alerts } = event.details;
      if (groups === 0 || !isOver(incident)) return aloudLine(alerts);
      const what = groups === 1 ? '1 more alert group' : `${groups} more alert groups`;
      const text = `${what} joined after this was over. If it goes on, reopen the incident.`;
      return { kind: 'line', text };
    }
    case 'ALERT_ACKNOWLEDGED':
      return { kind: 'line', text: `${by} acknowledged the alert.` };
    case 'ALERT_UNACKNOWLEDGED':
      return { kind: 'line', text: `${by} took back the acknowledgement of the alert.` };
    case 'ALERT_SILENCED': {
      const until = event.details.until ? ` until ${clockTime(event.details.until)}` : '';
      return { kind: 'line', text: `${by} silenced the alert${until}.` };
    }
    case 'ALERT_UNSILENCED':
      return { kind: 'line', text: 'The alert is no longer silenced.' };
    case 'ALERT_UNRESOLVED':
      return { kind: 'line', text: `The alert is firing again (${by}).` };
    case 'ALERT_RESOLVED': {
      const to = incident.ic ? `@${incident.ic}: if` : 'If';
      return {
        kind: 'line',
        text: `The alert was resolved by ${by}. ${to} customers are fine too, resolve the incident.`,
        buttons: [
          {
            actionId: 'incident_resolve',
            label: 'Resolve incident',
            value: JSON.stringify({ incidentId: event.incidentId }),
            style: 'primary',
          },
        ],
      };
    }
    default:
      return undefined;
  }
}

function gateLine(event: AuditEvent, incident: IncidentState): Line | undefined {
  const by = actorWords(event);
  const line = (text: string): Line => ({ kind: 'line', text });
  switch (event.type) {
    case 'STATUSPAGE_DRAFT_APPROVED':
      return line(
        `${by} approved the status page text (revision ${event.details.revision}).` +
          notCountedWords(event.details.notCounted),
      );
    case 'STATUSPAGE_APPROVAL_REJECTED':
      return line(`${by} ${takenBack(event, incident)}: ${event.details.reason}`);
    case 'STATUSPAGE_APPROVAL_EXPIRED':
      return event.details.of === 'draft'
        ? line('The status page text expired: nobody decided in time. Draft it again if needed.')
        : undefined;
    case 'STATUSPAGE_DRAFT_WITHDRAWN':
      return line(
        event.details.because
          ? `The status page text was withdrawn: ${event.details.reason}.`
          : `${by} withdrew the status page text.`,
      );
    case 'STATUSPAGE_PUBLISH_REFUSED':
      return line(
        'The approved status page text was not published: ' +
          `${refusalWords(event.details.reason)}${differenceWords(event.details.difference)}.`,
      );
    case 'STATUSPAGE_PUBLISHED':
      return {
        ...line('The status page shows the approved text now.'),
        ...(/^https?:\/\//.test(event.details.link)
          ? { link: { title: 'See it', url: event.details.link } }
          : {}),
      };
    case 'STATUSPAGE_OBLIGATION_SETTLED':
      return event.details.how === 'kept'
        ? line(`${by} leaves the status page as it is: ${event.details.reason}`)
        : undefined;
    case 'STATUSPAGE_PUBLISH_FAILED':
      return line(`The status page text was not published: ${event.details.reason}.`);
    default:
      return undefined;
  }
}

/** Groups of a storm that may be a matter of their own, by name. */
function aloudLine(alerts: DetailsOf<'ALERT_LINKED'>['alerts']): Line | undefined {
  const named = alerts.filter(({ aloud }) => aloud);
  if (named.length === 0) return undefined;
  const lines = named
    .slice(0, ALOUD_MAX)
    .map(
      ({ severity, severityIsDefault, service, title }) =>
        `• ${severity}${severityIsDefault ? ' (assumed)' : ''}` +
        `${service === undefined ? '' : ` ${inOneLine(service)}`}: “${inOneLine(title)}”`,
    );
  const more = named.length > ALOUD_MAX ? [`• and ${named.length - ALOUD_MAX} more`] : [];
  const text =
    'In this storm, and perhaps a matter of its own (if so, declare an incident for it):';
  return { kind: 'line', text: [text, ...lines, ...more].join('\n') };
}

function inOneLine(text: string): string {
  return cutText(text.replace(/\s+/g, ' ').trim(), 120);
}

/** Customers read that it is over: whether that is still so, people must say. */
function stillEnded({ page }: Partial<IncidentState>): string {
  const said = page?.lastPublication?.request.body.incident.status;
  if (said !== 'resolved' || page?.removed) return '';
  return '. Customers still read that it is resolved: draft an update if that is not so';
}

function differenceWords(difference: string | undefined): string {
  return difference === undefined ? '' : `: ${difference}`;
}

/** Names those who approved before and could not now. */
function notCountedWords(ids: readonly string[] | undefined): string {
  if (!ids?.length) return '';
  const names = ids.map((id) => `@${id}`).join(', ');
  return ` The approval of ${names} does not count: they may not approve this any more.`;
}

/** What a rejection did: it may have taken back an approval that stood. */
function takenBack(
  { details }: Extract<AuditEvent, { type: 'STATUSPAGE_APPROVAL_REJECTED' }>,
  incident: IncidentState,
): string {
  const draft = incident.drafts.find(({ draftId }) => draftId === details.draftId);
  const revoked = draft?.revision === details.revision && draft.revoked === true;
  return revoked ? 'revoked the approval of the status page text' : 'rejected the status page text';
}

function clockTime(instant: string): string {
  return `${instant.slice(11, 16)} UTC`;
}
