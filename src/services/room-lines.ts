import type { AuditEvent, DetailsOf } from '../domain/audit-event.ts';
import type { IncidentState } from '../domain/incident-state.ts';
import { actorWords } from '../domain/recent-line.ts';
import { failureWords, refusalWords } from '../domain/refusal-words.ts';
import {
  channel,
  joined,
  type Part,
  person,
  quote,
  type Sentence,
  say,
  words,
} from '../domain/sentence.ts';
import { isOver } from '../domain/transitions.ts';
import { cutText } from '../domain/well-formed.ts';
import { flappedLine, receivedLine, resolveButton } from './alert-lines.ts';
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
  const line = (text: Sentence): Line => ({ kind: 'line', text });
  switch (event.type) {
    case 'NOTE_ADDED':
      // What this app notes needs no author.
      return line(
        event.actor.kind === 'system'
          ? systemNote(event.details)
          : say`Note by ${by}: ${quote(event.details.text)}`,
      );
    case 'STATUS_UPDATE_SENT':
      return line(say`Update by ${by}: ${quote(event.details.text)}`);
    case 'RESPONDER_PAGED':
      return line(say`${by} paged ${person(event.details.slackUserId)} by OnCall.`);
    case 'JOIN_REQUESTED': {
      const { slackUserId: userId } = event.details;
      const value = JSON.stringify({ incidentId: event.incidentId, userId });
      return {
        ...line(say`${person(userId)} was not called and asks to join.`),
        buttons: [{ actionId: 'incident_invite', label: 'Invite', value, style: 'primary' }],
      };
    }
    case 'SERVICE_CHANGED': {
      const { from, to } = event.details;
      const was = from === null ? '' : say`; it was ${words(from)}`;
      return line(say`${by} set the service to ${words(to)}${was}.`);
    }
    case 'TITLE_CHANGED':
      return line(say`${by} renamed the incident: “${words(event.details.to)}”.`);
    case 'SEVERITY_CHANGED': {
      const { from, to, reason } = event.details;
      const why =
        reason === '' ? '' : say` Reason: ${words(reason)}${/[.!?]$/.test(reason) ? '' : '.'}`;
      return line(say`${by} changed the severity from ${from} to ${to}.${why}`);
    }
    case 'ROLE_ASSIGNED':
      return line(say`${person(event.details.slackUserId)} is the incident commander.`);
    case 'ROLE_HANDED_OVER':
      return line(
        say`The incident commander role went from ${person(event.details.from)} to ${person(event.details.to)}.`,
      );
    case 'STATUS_REMINDER_SILENCED':
      return line(say`${by} silenced the update reminder until ${clockTime(event.details.until)}.`);
    case 'INCIDENT_MITIGATED':
      return line(
        event.details.text.trim() === ''
          ? say`${by} marked the incident as mitigated.`
          : say`${by} marked the incident as mitigated. ${quote(event.details.text)}`,
      );
    case 'INCIDENT_RESOLVED':
      return line(say`${by} resolved the incident: ${quote(event.details.summary)}`);
    case 'INCIDENT_REOPENED':
      return line(
        say`${by} reopened the incident: ${quote(event.details.reason)}${stillEnded(incident)}`,
      );
    case 'INCIDENT_CANCELLED':
      return line(say`${by} cancelled the incident: ${quote(event.details.reason)}`);
    case 'POSTMORTEM_FAILED':
      return line(
        joined(
          [
            say`The postmortem could not be written: ${words(event.details.reason)}.`,
            say`The record is complete; ask again with “postmortem”, or tell whoever runs this app.`,
          ],
          ' ',
        ),
      );
    default:
      return alertLine(event, incident) ?? gateLine(event, incident);
  }
}

/** What this app notes by itself; it may end in the channel that it speaks of. */
function systemNote({ text, channelId }: DetailsOf<'NOTE_ADDED'>): Sentence {
  return channelId === undefined ? [words(text)] : say`${words(text)} ${channel(channelId)}`;
}

function alertLine(event: AuditEvent, incident: IncidentState): Line | undefined {
  // It is on record, and says what is not so any more.
  if ('overtaken' in event.details && event.details.overtaken) return undefined;
  const by = actorWords(event);
  switch (event.type) {
    case 'ALERT_RECEIVED':
      return receivedLine(event);
    case 'ALERT_FLAPPED':
      return flappedLine(event);
    case 'ALERT_LINKED': {
      // The card counts them; a room that people have left must say so aloud.
      const { groups, alerts } = event.details;
      if (groups === 0 || !isOver(incident)) return aloudLine(alerts);
      const what = groups === 1 ? '1 more alert group' : say`${groups} more alert groups`;
      const text = say`${what} joined after this was over. If it goes on, reopen the incident.`;
      return { kind: 'line', text };
    }
    case 'ALERT_ACKNOWLEDGED':
      return { kind: 'line', text: say`${by} acknowledged the alert.` };
    case 'ALERT_UNACKNOWLEDGED':
      return { kind: 'line', text: say`${by} took back the acknowledgement of the alert.` };
    case 'ALERT_SILENCED': {
      const until = event.details.until ? say` until ${clockTime(event.details.until)}` : '';
      return { kind: 'line', text: say`${by} silenced the alert${until}.` };
    }
    case 'ALERT_UNSILENCED':
      return { kind: 'line', text: say`The alert is no longer silenced.` };
    case 'ALERT_UNRESOLVED':
      if (event.details.news === 'flapping') return undefined;
      return { kind: 'line', text: say`The alert is firing again (${by}).` };
    case 'ALERT_RESOLVED': {
      if (event.details.news === 'flapping') return undefined;
      if (isOver(incident)) return { kind: 'line', text: say`The alert was resolved by ${by}.` };
      const to = incident.ic ? say`${person(incident.ic)}: if` : 'If';
      return {
        kind: 'line',
        text: say`The alert was resolved by ${by}. ${to} customers are fine too, resolve the incident.`,
        buttons: [resolveButton(event.incidentId)],
      };
    }
    default:
      return undefined;
  }
}

function gateLine(event: AuditEvent, incident: IncidentState): Line | undefined {
  const by = actorWords(event);
  const line = (text: Sentence): Line => ({ kind: 'line', text });
  switch (event.type) {
    case 'STATUSPAGE_DRAFT_APPROVED':
      return line(
        say`${by} approved the status page text (revision ${event.details.revision}).${notCounted(event.details.notCounted)}`,
      );
    case 'STATUSPAGE_APPROVAL_REJECTED':
      return line(say`${by} ${takenBack(event, incident)}: ${quote(event.details.reason)}`);
    case 'STATUSPAGE_APPROVAL_EXPIRED':
      return event.details.of === 'draft'
        ? line(say`The status page text expired: nobody decided in time. Draft it again if needed.`)
        : undefined;
    case 'STATUSPAGE_DRAFT_WITHDRAWN':
      return line(
        event.details.because
          ? say`The status page text was withdrawn: ${words(event.details.reason)}.`
          : say`${by} withdrew the status page text.`,
      );
    case 'STATUSPAGE_PUBLISH_REFUSED':
      return line(
        say`The approved status page text was not published: ${words(refusalWords(event.details.reason))}${difference(event.details.difference)}.`,
      );
    case 'STATUSPAGE_PUBLISHED':
      return {
        ...line(say`The status page shows the approved text now.`),
        ...(/^https?:\/\//.test(event.details.link)
          ? { link: { title: 'See it', url: event.details.link } }
          : {}),
      };
    case 'STATUSPAGE_OBLIGATION_SETTLED':
      return event.details.how === 'kept'
        ? line(say`${by} leaves the status page as it is: ${quote(event.details.reason)}`)
        : undefined;
    case 'STATUSPAGE_PUBLISH_FAILED':
      return line(
        say`The status page text was not published: ${failureWords(event.details.reason)}.`,
      );
    default:
      return undefined;
  }
}

const ALOUD_TEXT_MAX = 120;

/** Groups of a storm that may be a matter of their own, by name. */
export function aloudLine(alerts: DetailsOf<'ALERT_LINKED'>['alerts']): Line | undefined {
  const named = alerts.filter(({ aloud }) => aloud);
  if (named.length === 0) return undefined;
  const lines = named.slice(0, ALOUD_MAX).map(({ severity, severityIsDefault, service, title }) => {
    const assumed = severityIsDefault ? ' (assumed)' : '';
    const of = service === undefined ? '' : say` ${words(cutText(service, ALOUD_TEXT_MAX))}`;
    return say`• ${severity}${assumed}${of}: “${words(cutText(title, ALOUD_TEXT_MAX))}”`;
  });
  const more = named.length > ALOUD_MAX ? [say`• and ${named.length - ALOUD_MAX} more`] : [];
  const text = say`In this storm, and perhaps a matter of its own (if so, declare an incident for it):`;
  return { kind: 'line', text: joined([text, ...lines, ...more], '\n') };
}

/** Customers read that it is over: whether that is still so, people must say. */
function stillEnded({ page }: Partial<IncidentState>) {
  const said = page?.lastPublication?.request.body.incident.status;
  if (said !== 'resolved' || page?.removed) return '';
  return '. Customers still read that it is resolved: draft an update if that is not so';
}

function difference(of: string | undefined): Sentence {
  return of === undefined ? [] : say`: ${words(of)}`;
}

/** Names those who approved before and could not now. */
function notCounted(ids: readonly string[] | undefined): Sentence {
  if (!ids?.length) return [];
  const names = joined(ids.map(person), ', ');
  return say` The approval of ${names} does not count: they may not approve this any more.`;
}

/** What a rejection did: it may have taken back an approval that stood. */
function takenBack(
  { details }: Extract<AuditEvent, { type: 'STATUSPAGE_APPROVAL_REJECTED' }>,
  incident: IncidentState,
) {
  const draft = incident.drafts.find(({ draftId }) => draftId === details.draftId);
  const revoked = draft?.revision === details.revision && draft.revoked === true;
  return revoked ? 'revoked the approval of the status page text' : 'rejected the status page text';
}

function clockTime(instant: string): Part {
  return words(`${instant.slice(11, 16)} UTC`);
}
