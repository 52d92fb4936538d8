import type { AuditEvent } from './audit-event.ts';
import { glassReviews, glassSections } from './postmortem-break-glass.ts';
import { actorWords, recentLine } from './recent-line.ts';

/** Marks what only people can add; never filled by a machine. */
const TO_FILL = '_To be written by the team._';
/** Room for each of the two long sections; the table holds 400 KB. Unit: bytes. */
const SECTION_MAX_BYTES = 150_000;

/**
 * The postmortem of an incident as Markdown, from its trail alone: what happened when, who was there,
 * what customers were told and by whose approval. Causes and actions are marked gaps.
 *
 * @param events - the whole trail up to the resolution, in order
 */
export function postmortemMarkdown(events: readonly AuditEvent[]): string {
  const first = events[0];
  if (!first) throw new RangeError('cannot write a postmortem: expected at least one event');
  const sections = [
    heading(events, first),
    ...glassSections(events),
    section('Summary', [summaryOf(events) ?? TO_FILL]),
    section('What customers were told', bounded(published(events))),
    section('Timeline (UTC)', bounded(timeline(events))),
    section('People', people(events)),
    section('Causes', [TO_FILL]),
    section('What went well, what did not', [TO_FILL]),
    section('Actions', [...glassReviews(events), `- [ ] ${TO_FILL}`]),
    `---\nWritten from the audit trail of ${first.incidentId}, events 1 to ${events.at(-1)?.seq}.\n`,
  ];
  return sections.join('\n\n');
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

function heading(events: readonly AuditEvent[], first: AuditEvent): string {
  const title = 'title' in first.details ? first.details.title : first.incidentId;
  const severities = events.flatMap((event) =>
    event.type === 'INCIDENT_OPENED' || event.type === 'INCIDENT_DECLARED'
      ? [event.details.severity]
      : event.type === 'SEVERITY_CHANGED'
        ? [event.details.to]
        : [],
  );
  const end = events.findLast((event) => event.type === 'INCIDENT_RESOLVED') ?? events.at(-1);
  return [
    `# Postmortem: ${oneLine(title)}`,
    '',
    '| | |',
    '| --- | --- |',
    `| Incident | ${first.incidentId} |`,
    `| Severity | ${severities.join(' → ')} |`,
    `| Opened | ${first.at} |`,
    `| Resolved | ${end?.at} |`,
    `| Duration | ${duration(first.at, end?.at ?? first.at)} |`,
  ].join('\n');
}

function summaryOf(events: readonly AuditEvent[]): string | undefined {
  const resolved = events.findLast((event) => event.type === 'INCIDENT_RESOLVED');
  return resolved?.type === 'INCIDENT_RESOLVED' ? quoted(resolved.details.summary) : undefined;
}

function published(events: readonly AuditEvent[]): string[] {
  const lines = events.flatMap((event) =>
    event.type === 'STATUSPAGE_PUBLISHED' ? [publication(events, event)] : [],
  );
  return lines.length > 0 ? lines : ['Nothing was published on the status page.'];
}

function publication(
  events: readonly AuditEvent[],
  event: Extract<AuditEvent, { type: 'STATUSPAGE_PUBLISHED' }>,
): string {
  const { draftId, revision, link, digest } = event.details;
  const isThis = (details: object) => {
    const ref = details as { draftId?: string; revision?: number };
    return ref.draftId === draftId && ref.revision === revision;
  };
  const approvers = events.flatMap((e) =>
    e.type === 'STATUSPAGE_DRAFT_APPROVED' && isThis(e.details)
      ? [`${actorWords(e)}${e.details.breakGlass ? ' **alone (break-glass)**' : ''}`]
      : [],
  );
  const draft = events.find(
    (e) =>
      (e.type === 'STATUSPAGE_DRAFT_CREATED' || e.type === 'STATUSPAGE_DRAFT_REVISED') &&
      isThis(e.details),
  );
  const words = draft && 'request' in draft.details ? draft.details.request.body.incident : null;
  const authors = draft && 'authors' in draft.details ? draft.details.authors : [];
  return [
    `**${event.at.slice(11, 19)}** ${words?.status ?? ''} — ${oneLine(words?.name ?? '')}`,
    '',
    quoted(words?.body ?? ''),
    '',
    `Written by ${authors.map((id) => `@${id}`).join(', ') || 'the system'}, approved by ` +
      `${approvers.join(', ')}. Text digest \`${digest.slice(0, 12)}\`. ${link}`,
    '',
  ].join('\n');
}

function timeline(events: readonly AuditEvent[]): string[] {
  return events.flatMap((event) => {
    const line = timelineLine(event);
    return line === undefined ? [] : [`- **${event.at.slice(11, 19)}** ${oneLine(line)}`];
  });
}

function timelineLine(event: AuditEvent): string | undefined {
  switch (event.type) {
    case 'NOTE_ADDED':
      return `Note by ${actorWords(event)}: ${event.details.text}`;
    case 'STATUS_UPDATE_SENT':
      return `Update by ${actorWords(event)}: ${event.details.text}`;
    case 'WAR_ROOM_ASSEMBLED':
      return `War room assembled, ${event.details.invited} people reached`;
    case 'CHECKLIST_ITEM_UPDATED':
      return event.details.done ? `Done: ${event.details.item}` : `Not done: ${event.details.item}`;
    default:
      return recentLine(event);
  }
}

function people(events: readonly AuditEvent[]): string[] {
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
  }
  const lines = [...parts].map(([id, roles]) => `- @${id}: ${[...roles].join(', ')}`);
  return lines.length > 0 ? lines : ['Nobody was recorded.'];
}

function section(title: string, lines: readonly string[]): string {
  return [`## ${title}`, '', ...lines].join('\n');
}

function duration(from: string, to: string): string {
  const minutes = Math.max(0, Math.round((Date.parse(to) - Date.parse(from)) / 60_000));
  return minutes < 60 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ').trim();
}

/** People's words, as a quotation, so that they cannot pass for headings or links of ours. */
function quoted(text: string): string {
  return text
    .split('\n')
    .map((line) => `> ${line}`)
    .join('\n');
}
