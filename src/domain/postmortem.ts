import type { AuditEvent } from './audit-event.ts';
import { type IncidentStatus, statusInWords } from './incident-state.ts';
import { glassReviews, glassSections } from './postmortem-break-glass.ts';
import { publications } from './postmortem-publications.ts';
import { timeline } from './postmortem-timeline.ts';
import {
  literal,
  NO_NAMES,
  named,
  type PostmortemNames,
  quoted,
  stamp,
} from './postmortem-words.ts';
import { statusAfter } from './standing.ts';
import { isOver } from './transitions.ts';

/** Marks what only people can add; never filled by a machine. */
const TO_FILL = '_To be written by the team._';
/** Room for each of the two long sections; the table holds 400 KB. Unit: bytes. */
const SECTION_MAX_BYTES = 150_000;

/**
 * The postmortem of an incident as Markdown, from its trail: what happened when and why, who was
 * there, all that customers read, and by whose approval under which rule. Causes and actions are
 * marked gaps. Pure: the same events and names give the same bytes.
 *
 * People's words are quoted, or without formatting, so that they cannot pass for ours.
 *
 * @param events - the whole trail up to where it is told, in order
 * @param names - what people and components are called; an id without a name is shown alone
 */
export function postmortemMarkdown(
  events: readonly AuditEvent[],
  names: PostmortemNames = NO_NAMES,
): string {
  const first = events[0];
  if (!first) throw new RangeError('cannot write a postmortem: expected at least one event');
  const status = statusOf(events);
  const told = { isOver: isOver({ status }), names };
  const sections = [
    heading(events, status),
    ...glassSections(events, names),
    section('Summary', [summaryOf(events) ?? TO_FILL]),
    section('What customers were told', bounded(publications(events, told))),
    section('Timeline (UTC)', bounded(timeline(events, names))),
    section('People', people(events, names)),
    section('Causes', [TO_FILL]),
    section('What went well, what did not', [TO_FILL]),
    section('Actions', [...glassReviews(events, names), `- [ ] ${TO_FILL}`]),
    `---\nWritten from the audit trail of ${first.incidentId}, events 1 to ${events.at(-1)?.seq}.\n`,
  ];
  return sections.join('\n\n');
}

/** Where the incident stood after the last of these events. */
export function statusOf(events: readonly AuditEvent[]): IncidentStatus {
  return events.reduce<IncidentStatus>(
    (status, { type }) => statusAfter(status, type),
    'triggered',
  );
}

/** What fits of the beginning and of the end; the trail has the rest, and the gap is named. */
function bounded(lines: readonly string[]): string[] {
  const first = fitting(lines);
  const last = fitting(lines.slice(first.length).toReversed()).toReversed();
  const leftOut = lines.length - first.length - last.length;
  if (leftOut === 0) return [...lines];
  return [...first, `- _${leftOut} entries are left out here; the audit trail has them._`, ...last];
}

function fitting(lines: readonly string[]): readonly string[] {
  let bytes = 0;
  const end = lines.findIndex((line) => {
    bytes += Buffer.byteLength(line) + 1;
    return bytes > SECTION_MAX_BYTES / 2;
  });
  return end === -1 ? lines : lines.slice(0, end);
}

function heading(events: readonly AuditEvent[], status: IncidentStatus): string {
  const first = events[0] as AuditEvent;
  const opened = 'title' in first.details ? first.details.title : first.incidentId;
  const renamed = events.findLast((event) => event.type === 'TITLE_CHANGED');
  const title = renamed?.details.to ?? opened;
  const severities = events.flatMap((event) =>
    event.type === 'INCIDENT_OPENED' || event.type === 'INCIDENT_DECLARED'
      ? [event.details.severity]
      : event.type === 'SEVERITY_CHANGED'
        ? [event.details.to]
        : [],
  );
  const end = isOver({ status }) ? events.findLast(({ type }) => ENDS.includes(type)) : undefined;
  const last = end ?? (events.at(-1) as AuditEvent);
  return [
    `# Postmortem: ${literal(title)}`,
    '',
    '| | |',
    '| --- | --- |',
    `| Incident | ${first.incidentId} |`,
    `| State | ${statusInWords(status)}${end ? '' : ': it is not over yet'} |`,
    `| Severity | ${severities.join(' → ')} |`,
    `| Opened | ${stamp(first.at)} UTC |`,
    `| Ended | ${end ? `${stamp(end.at)} UTC` : 'not yet'} |`,
    `| Duration | ${duration(first.at, last.at)} |`,
  ].join('\n');
}

const ENDS: readonly AuditEvent['type'][] = ['INCIDENT_RESOLVED', 'INCIDENT_CANCELLED'];

function summaryOf(events: readonly AuditEvent[]): string | undefined {
  const resolved = events.findLast((event) => event.type === 'INCIDENT_RESOLVED');
  return resolved?.type === 'INCIDENT_RESOLVED' ? quoted(resolved.details.summary) : undefined;
}

function people(events: readonly AuditEvent[], names: PostmortemNames): string[] {
  const parts = new Map<string, Set<string>>();
  const add = (id: string, part: string) => {
    parts.set(id, (parts.get(id) ?? new Set()).add(part));
  };
  for (const event of events) {
    if (event.type === 'RESPONDER_INVITED') add(event.details.slackUserId, 'responder');
    if (event.type === 'ROLE_ASSIGNED') add(event.details.slackUserId, 'incident commander');
    if (event.type === 'ROLE_HANDED_OVER') add(event.details.to, 'incident commander');
    if (event.type === 'INCIDENT_DECLARED') add(event.actor.id, 'declared it');
    if (event.type === 'STATUSPAGE_DRAFT_APPROVED') add(event.actor.id, 'approver');
    if (event.type === 'STATUSPAGE_DRAFT_CREATED' || event.type === 'STATUSPAGE_DRAFT_REVISED') {
      for (const id of event.details.authors) add(id, 'author');
    }
  }
  const lines = [...parts].map(([id, roles]) => named(`- @${id}: ${[...roles].join(', ')}`, names));
  return lines.length > 0 ? lines : ['Nobody was recorded.'];
}

function section(title: string, lines: readonly string[]): string {
  return [`## ${title}`, '', ...lines].join('\n');
}

function duration(from: string, to: string): string {
  const minutes = Math.max(0, Math.round((Date.parse(to) - Date.parse(from)) / 60_000));
  return minutes < 60 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
