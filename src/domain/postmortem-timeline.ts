import type { AuditEvent } from './audit-event.ts';
import { literal, named, type PostmortemNames, stamp } from './postmortem-words.ts';
import { actorWords, recentLine } from './recent-line.ts';
import { refusalWords } from './refusal-words.ts';
import type { ObligationCause, ObligationStage } from './statuspage-event-details.ts';

/** What happened, one line an event, with the reasons that people gave. */
export function timeline(events: readonly AuditEvent[], names: PostmortemNames): string[] {
  return events.flatMap((event) => {
    const line = timelineLine(event);
    return line === undefined ? [] : [`- **${stamp(event.at)}** ${named(literal(line), names)}`];
  });
}

function timelineLine(event: AuditEvent): string | undefined {
  const by = actorWords(event);
  switch (event.type) {
    case 'NOTE_ADDED':
      return `Note by ${by}: ${event.details.text}`;
    case 'STATUS_UPDATE_SENT':
      return `Update by ${by}: ${event.details.text}`;
    case 'WAR_ROOM_ASSEMBLED':
      return `War room assembled, ${event.details.invited} people reached`;
    case 'NOBODY_REACHED':
      return because('Nobody was reached', event.details.reason);
    case 'CHECKLIST_ITEM_UPDATED':
      return event.details.done ? `Done: ${event.details.item}` : `Not done: ${event.details.item}`;
    case 'STATUSPAGE_DRAFT_WITHDRAWN':
      return because(`Status page text withdrawn by ${by}`, event.details.reason);
    case 'STATUSPAGE_APPROVAL_EXPIRED':
      return event.details.of === 'draft'
        ? 'Status page text expired: nobody decided in time'
        : undefined;
    case 'STATUSPAGE_PUBLISH_REFUSED':
      return because('Not published', refusalWords(event.details.reason));
    case 'STATUSPAGE_DRIFT_FOUND':
      return because('The status page is not what was published', event.details.difference);
    case 'STATUSPAGE_OBLIGATION_OPENED':
      return because('The status page shows it as open', CAUSES[event.details.because]);
    case 'STATUSPAGE_OBLIGATION_ESCALATED':
      return because('Asked to put the status page right', STAGES[event.details.stage]);
    case 'STATUSPAGE_OBLIGATION_SETTLED':
      return event.details.how === 'kept'
        ? because(`${by} left the status page as it is`, event.details.reason)
        : because('Nobody has to be asked about the status page any more', event.details.reason);
    default:
      return withReason(event);
  }
}

function withReason(event: AuditEvent): string | undefined {
  const line = recentLine(event);
  if (line === undefined) return undefined;
  switch (event.type) {
    case 'INCIDENT_MITIGATED':
      return because(line, event.details.text);
    case 'TITLE_CHANGED':
      return because(line, `“${event.details.from}” is now “${event.details.to}”`);
    case 'SEVERITY_CHANGED':
    case 'INCIDENT_REOPENED':
    case 'INCIDENT_CANCELLED':
    case 'STATUSPAGE_APPROVAL_REJECTED':
    case 'STATUSPAGE_PUBLISH_FAILED':
      return because(line, event.details.reason);
    default:
      return line;
  }
}

/** Why the page was left open. */
const CAUSES: Record<ObligationCause, string> = {
  resolved: 'the incident is resolved here',
  cancelled: 'the incident was cancelled here',
  draft_rejected: 'the text that would end it was rejected',
  draft_expired: 'nobody decided on the text that would end it',
  draft_withdrawn: 'the text that would end it was withdrawn',
  draft_failed: 'the text that would end it could not be published',
};
/** Who was asked to end it there. */
const STAGES: Record<ObligationStage, string> = {
  commander: 'the incident commander',
  approvers: 'those who may approve',
  announcement: 'everybody, in the announcement channel',
};

function because(line: string, reason: string): string {
  return reason.trim() === '' ? line : `${line}: ${reason}`;
}
