import type { AuditEvent } from './audit-event.ts';
import { literal, named, type PostmortemNames, stamp } from './postmortem-words.ts';
import { actorWords, recentLine } from './recent-line.ts';
import { refusalWords } from './refusal-words.ts';

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
    default:
      return obligationLine(event, by) ?? withReason(event);
  }
}

function withReason(event: AuditEvent): string | undefined {
  const line = recentLine(event);
  if (line === undefined) return undefined;
  switch (event.type) {
    case 'INCIDENT_MITIGATED':
      return because(line, event.details.text);
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

/** The page was left open, who was asked, and how it ended: types that this version may not know. */
function obligationLine({ type, details }: { type: string; details: object }, by: string) {
  const { because: why, stage, how, reason } = details as Record<string, unknown>;
  switch (type) {
    case 'STATUSPAGE_OBLIGATION_OPENED':
      return because('The status page shows it as open', causeWords(why));
    case 'STATUSPAGE_OBLIGATION_ESCALATED':
      return because('Asked to put the status page right', stageWords(stage));
    case 'STATUSPAGE_OBLIGATION_SETTLED':
      return how === 'kept'
        ? because(`${by} left the status page as it is`, words(reason))
        : because('Nobody has to be asked about the status page any more', words(reason));
    default:
      return undefined;
  }
}

const CAUSES: Record<string, string> = {
  resolved: 'the incident is resolved here',
  cancelled: 'the incident was cancelled here',
  draft_rejected: 'the text that would end it was rejected',
  draft_expired: 'nobody decided on the text that would end it',
  draft_withdrawn: 'the text that would end it was withdrawn',
  draft_failed: 'the text that would end it could not be published',
};
const STAGES: Record<string, string> = {
  commander: 'the incident commander',
  approvers: 'those who may approve',
  announcement: 'everybody, in the announcement channel',
};

function causeWords(cause: unknown): string {
  return CAUSES[String(cause)] ?? words(cause);
}

function stageWords(stage: unknown): string {
  return STAGES[String(stage)] ?? words(stage);
}

function words(...values: unknown[]): string {
  return values.filter((value) => typeof value === 'string' && value !== '').join(', ');
}

function because(line: string, reason: string): string {
  return reason.trim() === '' ? line : `${line}: ${reason}`;
}
