import { oneLine } from '../../../domain/sentence.ts';
import type { TrailEvent } from './model.ts';
import { personName, roomName } from './names.ts';

/** How an event weighs, for its colour. */
export type EventTone = 'plain' | 'glass' | 'good' | 'bad' | 'alert' | 'word';

type Details = Record<string, unknown>;
/** Outsiders' words as Slack shows them: on one line, with everything hidden made visible. */
const text = (value: unknown): string => oneLine(String(value ?? ''));
const quoted = (value: unknown) => `“${cut(text(value), 90)}”`;
const person = (value: unknown) => personName(text(value));

/** Whom a draft that nobody decides is shown to. */
const ESCALATED: Record<string, string> = {
  reminded: 'reminded the approvers that a draft waits',
  widened: 'invited more people to decide on a draft',
  paged: 'told everybody that a draft waits',
};

/** What happened, after the name of who did it. */
const LINES: Record<string, (details: Details, actorId: string) => string> = {
  ALERT_RECEIVED: (d) => `sent an alert: ${text(d.title)}`,
  ALERT_FLAPPED: (d) => `counted ${text(d.changes)} more changes of the alert`,
  ALERT_ACKNOWLEDGED: () => 'acknowledged the alert',
  ALERT_UNACKNOWLEDGED: () => 'took the acknowledgement back',
  ALERT_SILENCED: () => 'silenced the alert',
  ALERT_UNSILENCED: () => 'unsilenced the alert',
  ALERT_RESOLVED: () => 'said the alert is resolved',
  ALERT_UNRESOLVED: () => 'said the alert fires again',
  ALERT_LINKED: (d) => `took in ${text(d.groups)} more alert groups`,
  ALERT_UNMATCHED: (d) => `sent an alert that opens nothing: ${text(d.reason)}`,
  ALERT_QUARANTINED: (d) => `sent something that could not be understood: ${text(d.reason)}`,
  MESSAGES_SET_ASIDE: (d) =>
    d.stay ? 'found messages that nobody handles' : 'had messages tried again that were set aside',
  ALERT_REPLAYED: (d) =>
    d.refused ? 'replayed an alert, which stays in quarantine' : 'took an alert out of quarantine',
  INCIDENT_OPENED: (d) => `opened the incident as ${text(d.severity)}: ${text(d.title)}`,
  INCIDENT_DECLARED: (d) => `declared the incident as ${text(d.severity)}: ${text(d.title)}`,
  INCIDENT_REOPENED: (d) => `reopened the incident: ${text(d.reason)}`,
  INCIDENT_CANCELLED: (d) => `cancelled the incident: ${text(d.reason)}`,
  INCIDENT_MITIGATED: () => 'said customers are no longer harmed',
  INCIDENT_RESOLVED: (d) => `resolved the incident: ${quoted(d.summary)}`,
  INCIDENT_CLOSED: (d) => `closed the incident: ${text(d.reason)}`,
  SEVERITY_CHANGED: (d) => `changed severity from ${text(d.from)} to ${text(d.to)}`,
  SERVICE_CHANGED: (d) => `said it is about ${text(d.to)}`,
  TITLE_CHANGED: (d) => `renamed the incident to ${quoted(d.to)}`,
  ROLE_ASSIGNED: (d, actorId) =>
    d.slackUserId === actorId
      ? 'took command of the incident'
      : `made ${person(d.slackUserId)} incident commander`,
  ROLE_HANDED_OVER: (d) => `handed command from ${person(d.from)} to ${person(d.to)}`,
  WAR_ROOM_CREATED: (d) => `created the war room #${text(d.channelName)}`,
  WAR_ROOM_ASSEMBLED: (d) => `finished the war room; ${text(d.invited)} invited`,
  ASSEMBLY_FAILED: (d) => `could not set up the war room: ${text(d.reason)}`,
  RESPONDER_INVITED: (d) => `invited ${person(d.slackUserId)}`,
  RESPONDER_INVITE_FAILED: (d) => `could not invite ${text(d.who)}: ${text(d.reason)}`,
  RESPONDER_PAGED: (d) => `paged ${person(d.slackUserId)}`,
  JOIN_REQUESTED: () => 'asked to join',
  NOBODY_REACHED: (d) => `reached nobody: ${text(d.reason)}`,
  DIRECTORY_LOOKUP_FAILED: (d) =>
    `could not ask ${text(d.source)} for responders: ${text(d.reason).replace(/^cannot ask .+?: /, '')}`,
  CONTEXT_SNAPSHOT_ATTACHED: (d) =>
    `asked what is known about ${text(d.service)}: ${text(d.summary)}`,
  CHECKLIST_PINNED: () => 'pinned the checklist',
  CHECKLIST_ITEM_UPDATED: (d) => `${d.done ? 'ticked' : 'unticked'} ${quoted(d.item)}`,
  NOTE_ADDED: (d) =>
    d.channelId === undefined
      ? `noted ${quoted(d.text)}`
      : `noted “${cut(text(d.text), 90)} #${roomName(text(d.channelId))}”`,
  STATUS_UPDATE_SENT: (d) => `updated the room: ${quoted(d.text)}`,
  STATUS_REMINDER_SENT: () => 'asked for an update',
  STATUS_REMINDER_SUPPRESSED: () => 'held a reminder back',
  STATUS_REMINDER_SILENCED: () => 'silenced the reminder',
  STATUS_REMINDER_ESCALATED: () => 'asked louder for an update',
  COMMAND_RECEIVED: (d) => `used ${text(d.command)}`,
  COMMAND_DENIED: (d) => `was refused ${text(d.command)}: ${text(d.reason)}`,
  EFFECT_ABANDONED: (d) => `gave up on ${text(d.effect)}: ${text(d.reason)}`,
  STATUSPAGE_DRAFT_CREATED: (d) => `drafted ${draftText(d)}`,
  STATUSPAGE_DRAFT_REVISED: (d) => `rewrote the draft: ${draftText(d)}`,
  STATUSPAGE_DRAFT_APPROVED: (d) =>
    d.breakGlass ? 'approved the draft alone: break-glass' : 'approved the draft, signed',
  STATUSPAGE_APPROVAL_DENIED: (d) => `was not allowed to ${text(d.decision)}: ${text(d.rule)}`,
  STATUSPAGE_APPROVAL_REJECTED: (d) => `rejected the draft: ${text(d.reason)}`,
  STATUSPAGE_DRAFT_WITHDRAWN: () => 'withdrew the draft',
  STATUSPAGE_APPROVAL_EXPIRED: () => 'let the approval expire',
  STATUSPAGE_APPROVAL_ESCALATED: (d) => ESCALATED[text(d.stage)] ?? 'asked more people to approve',
  BREAK_GLASS_USED: (d) => `broke the glass to approve alone: ${quoted(d.reason)}`,
  STATUSPAGE_PUBLISH_REFUSED: (d) => `refused to publish: ${text(d.reason)}`,
  STATUSPAGE_PUBLISH_STARTED: () => 'checked every approval and started to publish',
  STATUSPAGE_PUBLISH_NOT_EXECUTED: (d) =>
    d.absentLooks
      ? 'did not find it on the page; will send it once more'
      : 'was turned away by the page; will try again',
  STATUSPAGE_PUBLISH_UNCONFIRMED: () => 'does not know whether the page took it',
  STATUSPAGE_PUBLISHED: () => 'published exactly what was approved',
  STATUSPAGE_PUBLISH_FAILED: (d) => `could not publish: ${text(d.reason)}`,
  STATUSPAGE_DRIFT_FOUND: () => 'found another hand on the status page',
  STATUSPAGE_OBLIGATION_OPENED: () => 'found the page open though the incident is over',
  STATUSPAGE_OBLIGATION_ESCALATED: (d) => `asked the ${text(d.stage)} to end it on the page`,
  STATUSPAGE_OBLIGATION_SETTLED: (d) =>
    d.how === 'kept'
      ? `left the page open: ${text(d.reason)}`
      : `has nothing to ask: ${text(d.reason)}`,
  POSTMORTEM_CREATED: () => 'wrote the postmortem',
  POSTMORTEM_FAILED: (d) => `could not write the postmortem: ${text(d.reason)}`,
  IC_RATED: (d) => `rated the command ${text(d.score)} of 5`,
  WAR_ROOM_ARCHIVED: () => 'archived the war room',
  WAR_ROOM_ARCHIVE_FAILED: (d) => `could not archive the war room: ${text(d.reason)}`,
};

/** One event as a sentence without its subject. */
export function lineOf({ type, details, actor }: TrailEvent): string {
  const line = LINES[type];
  return line ? line(details, actor.id) : type.toLowerCase().replaceAll('_', ' ');
}

const SYSTEM_NAMES: Record<string, string> = {
  'incident-worker': 'The system',
  publisher: 'The publisher',
  sweeper: 'The sweeper',
  'grafana-oncall': 'Grafana OnCall',
  'grafana-alerting': 'Grafana Alerting',
  alertmanager: 'Alertmanager',
  pagerduty: 'PagerDuty',
  'grafana-irm': 'Grafana IRM',
};

/** Who did it. */
export function actorOf({ actor }: TrailEvent): string {
  if (actor.kind === 'slack_user') return personName(actor.id);
  if (actor.kind === 'schedule') return 'A timer';
  if (actor.kind === 'ai') return 'The model';
  return SYSTEM_NAMES[actor.id] ?? (actor.kind === 'alert_source' ? actor.id : 'The system');
}

export function toneOf({ type, details }: TrailEvent): EventTone {
  if (type === 'BREAK_GLASS_USED' || details.breakGlass === true) return 'glass';
  if (/DENIED|REFUSED|FAILED|QUARANTINED|ABANDONED|UNCONFIRMED|DRIFT|REJECTED/.test(type)) {
    return 'bad';
  }
  if (/APPROVED|PUBLISHED|INCIDENT_RESOLVED|INCIDENT_CLOSED/.test(type)) return 'good';
  if (/^ALERT_|INCIDENT_OPENED|INCIDENT_DECLARED|REOPENED/.test(type)) return 'alert';
  if (/^STATUSPAGE_/.test(type)) return 'word';
  return 'plain';
}

function draftText(details: Details): string {
  const request = details.request as
    | { body?: { incident?: { body?: string; status?: string } } }
    | undefined;
  const incident = request?.body?.incident;
  return `“${text(incident?.status)}”: ${quoted(incident?.body)}`;
}

function cut(long: string, max: number): string {
  return long.length <= max ? long : `${long.slice(0, max - 1)}…`;
}
