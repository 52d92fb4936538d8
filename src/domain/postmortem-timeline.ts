import type { AuditEvent } from './audit-event.ts';
import { type PostmortemNames, sentenceInMarkdown, stamp } from './postmortem-words.ts';
import { actorWords, recentLine } from './recent-line.ts';
import { refusalWords } from './refusal-words.ts';
import { channel, quote, type Sentence, say, words } from './sentence.ts';
import type { ObligationCause, ObligationStage } from './statuspage-event-details.ts';

/** What happened, one line an event, with the reasons that people gave. */
export function timeline(events: readonly AuditEvent[], names: PostmortemNames): string[] {
  return events.flatMap((event) => {
    const line = timelineLine(event);
    if (line === undefined) return [];
    // Members may write of each other by id; what an alert says is nobody's name.
    const isMember = event.actor.kind === 'slack_user';
    return [`- **${stamp(event.at)}** ${sentenceInMarkdown(line, { names, isMember })}`];
  });
}

function timelineLine(event: AuditEvent): Sentence | undefined {
  const by = actorWords(event);
  switch (event.type) {
    case 'NOTE_ADDED':
      return say`Note by ${by}: ${quote(event.details.text)}${ofRoom(event.details.channelId)}`;
    case 'STATUS_UPDATE_SENT':
      return say`Update by ${by}: ${quote(event.details.text)}`;
    case 'WAR_ROOM_ASSEMBLED':
      return say`War room assembled, ${event.details.invited} people reached`;
    case 'NOBODY_REACHED':
      return because(say`Nobody was reached`, event.details.reason);
    case 'CHECKLIST_ITEM_UPDATED':
      return say`${event.details.done ? 'Done' : 'Not done'}: ${words(event.details.item)}`;
    case 'STATUSPAGE_DRAFT_WITHDRAWN':
      return because(say`Status page text withdrawn by ${by}`, event.details.reason);
    case 'STATUSPAGE_APPROVAL_EXPIRED':
      return event.details.of === 'draft'
        ? say`Status page text expired: nobody decided in time`
        : undefined;
    case 'STATUSPAGE_PUBLISH_REFUSED':
      return because(say`Not published`, refusalWords(event.details.reason));
    case 'STATUSPAGE_DRIFT_FOUND':
      return because(say`The status page is not what was published`, event.details.difference);
    case 'STATUSPAGE_OBLIGATION_OPENED':
      return because(say`The status page shows it as open`, CAUSES[event.details.because]);
    case 'STATUSPAGE_OBLIGATION_ESCALATED':
      return because(say`Asked to put the status page right`, STAGES[event.details.stage]);
    case 'STATUSPAGE_OBLIGATION_SETTLED':
      return event.details.how === 'kept'
        ? because(say`${by} left the status page as it is`, event.details.reason)
        : because(say`Nobody has to be asked about the status page any more`, event.details.reason);
    default:
      return withReason(event);
  }
}

function ofRoom(channelId: string | undefined): Sentence {
  return channelId === undefined ? [] : say` ${channel(channelId)}`;
}

function withReason(event: AuditEvent): Sentence | undefined {
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

function because(line: Sentence, reason: string): Sentence {
  return reason.trim() === '' ? line : say`${line}: ${quote(reason)}`;
}
