import type { AuditEvent } from './audit-event.ts';
import { COMPONENT_STATE_WORDS, PAGE_IMPACT_WORDS, PAGE_STATUS_WORDS } from './page-words.ts';
import { literal, named, type PostmortemNames, quoted, stamp } from './postmortem-words.ts';
import type { PageRequest } from './statuspage-event-details.ts';

type Published = Extract<AuditEvent, { type: 'STATUSPAGE_PUBLISHED' }>;
type Approved = Extract<AuditEvent, { type: 'STATUSPAGE_DRAFT_APPROVED' }>;
type Words = PageRequest['body']['incident'];

/**
 * All that customers read, in the order in which they read it: each text whole, when, what it said of
 * the components, who wrote it, and who approved it under which rule.
 *
 * @param isOver - the incident is over, so that the page should say so
 */
export function publications(
  events: readonly AuditEvent[],
  of: { isOver: boolean; names: PostmortemNames },
): string[] {
  const published = events.filter((event) => event.type === 'STATUSPAGE_PUBLISHED');
  const last = published.at(-1);
  if (!last) return ['Nothing was published on the status page.'];
  const lines = published.map((event) =>
    [...publication(events, event, of.names), ...(event === last ? [LAST, ''] : [])].join('\n'),
  );
  const status = wordsOf(events, last)?.status;
  if (!of.isOver || status === undefined || status === 'resolved') return lines;
  const open =
    `⚠️ **The page was not told that it is over:** the last text says ` +
    `“${PAGE_STATUS_WORDS[status]}”.\n`;
  return [open, ...lines];
}

const LAST = '_These are the last words that customers read._';

function publication(
  events: readonly AuditEvent[],
  event: Published,
  names: PostmortemNames,
): string[] {
  const { link, digest, adopted } = event.details;
  const words = wordsOf(events, event);
  const authors = draftOf(events, event)?.details.authors ?? [];
  return [
    `**${stamp(event.at)} UTC** ${words ? PAGE_STATUS_WORDS[words.status] : ''} — ` +
      literal(words?.name ?? ''),
    '',
    quoted(words?.body ?? ''),
    '',
    ...(words ? [`- ${said(words, names)}`] : []),
    named(`- Written by ${authors.map((id) => `@${id}`).join(', ') || 'the system'}`, names),
    ...approvals(events, event).map((approval) => named(`- ${approvalWords(approval)}`, names)),
    ...(adopted ? ['- Found on the page after its answer was lost'] : []),
    `- Text digest \`${digest.slice(0, 12)}\`, ${link}`,
    '',
  ];
}

/** What it said beside the text. */
function said(words: Words, { components }: PostmortemNames): string {
  const states = Object.entries(words.components).map(
    ([id, state]) => `${literal(components.get(id) ?? id)} → ${COMPONENT_STATE_WORDS[state]}`,
  );
  const impact = `impact ${PAGE_IMPACT_WORDS[words.impact_override].toLowerCase()}`;
  const mailed = words.deliver_notifications ? 'subscribers mailed' : 'nobody mailed';
  return [...states, impact, mailed].join(', ');
}

function approvalWords({ at, actor, details }: Approved): string {
  const { severity, rule, policyIds, breakGlass } = details;
  const alone = breakGlass ? ' **alone (break-glass)**' : '';
  const under = rule === undefined ? `policy ${policyIds.join(', ')}` : `the rule “${rule}”`;
  return (
    `Approved by @${actor.id}${alone} at ${stamp(at)} UTC ` +
    `(incident at ${severity}), under ${literal(under)}`
  );
}

/** The approvals that stood: those since the last refusal of this revision. */
function approvals(events: readonly AuditEvent[], event: Published): Approved[] {
  const before = events.filter(({ seq, details }) => seq < event.seq && isOf(details, event));
  const voided = before.findLast(({ type }) => type === 'STATUSPAGE_PUBLISH_REFUSED')?.seq ?? 0;
  return before.flatMap((each) =>
    each.type === 'STATUSPAGE_DRAFT_APPROVED' && each.seq > voided ? [each] : [],
  );
}

function wordsOf(events: readonly AuditEvent[], event: Published): Words | undefined {
  return draftOf(events, event)?.details.request.body.incident;
}

function draftOf(events: readonly AuditEvent[], event: Published) {
  return events.find(
    (each) =>
      (each.type === 'STATUSPAGE_DRAFT_CREATED' || each.type === 'STATUSPAGE_DRAFT_REVISED') &&
      isOf(each.details, event),
  ) as Extract<AuditEvent, { type: 'STATUSPAGE_DRAFT_CREATED' }> | undefined;
}

/** Details of the very revision that was published. */
function isOf(details: object, { details: published }: Published): boolean {
  const { draftId, revision } = details as { draftId?: string; revision?: number };
  return draftId === published.draftId && revision === published.revision;
}
