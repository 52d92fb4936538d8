import type { AuditEvent, EventType } from '../../domain/audit-event.ts';
import type { Actors, ShownPageIncident } from '../actors.ts';
import type { Told } from './story.ts';

/** Event types the story must have left, with how many. */
const EXPECTED: readonly (readonly [EventType, number])[] = [
  ['INCIDENT_OPENED', 1],
  ['ALERT_RECEIVED', 1],
  ['WAR_ROOM_CREATED', 1],
  ['WAR_ROOM_ASSEMBLED', 1],
  ['CHECKLIST_PINNED', 1],
  ['CONTEXT_SNAPSHOT_ATTACHED', 1],
  ['ROLE_ASSIGNED', 1],
  ['NOTE_ADDED', 1],
  ['STATUSPAGE_DRAFT_CREATED', 3],
  ['STATUSPAGE_DRAFT_REVISED', 1],
  ['STATUSPAGE_APPROVAL_DENIED', 1],
  ['STATUSPAGE_DRAFT_APPROVED', 3],
  ['STATUSPAGE_PUBLISH_STARTED', 3],
  ['STATUSPAGE_PUBLISHED', 3],
  ['ALERT_RESOLVED', 1],
  ['INCIDENT_RESOLVED', 1],
  ['POSTMORTEM_CREATED', 2],
];
/** Nothing of this kind may have happened. */
const UNEXPECTED: readonly EventType[] = [
  'ASSEMBLY_FAILED',
  'EFFECT_ABANDONED',
  'STATUSPAGE_PUBLISH_REFUSED',
  'STATUSPAGE_PUBLISH_UNCONFIRMED',
  'STATUSPAGE_PUBLISH_FAILED',
  'POSTMORTEM_FAILED',
];

/** What should be on record and is not, in words; empty when the story happened as told. */
export async function missingFacts(actors: Actors, told: Told): Promise<string[]> {
  const trail = await actors.trail(told.incidentId);
  const count = (type: EventType): number => trail.filter((event) => event.type === type).length;
  const page = await actors.page();
  return [
    ...EXPECTED.filter(([type, times]) => count(type) !== times).map(
      ([type, times]) => `expected ${times} ${type}, got ${count(type)}`,
    ),
    ...UNEXPECTED.filter((type) => count(type) > 0).map((type) => `expected no ${type}`),
    ...responderFacts(trail),
    ...gateFacts(trail),
    ...pageFacts(trail, page, told.texts),
    ...(await roomFacts(actors, told)),
  ];
}

function responderFacts(trail: readonly AuditEvent[]): string[] {
  const invited = trail.flatMap((e) =>
    e.type === 'RESPONDER_INVITED' ? [e.details.slackUserId] : [],
  );
  const expected = ['U04MAYAITO1', 'U04JONASBRG', 'U04PRIYARMN'];
  const missing = expected.filter((id) => !invited.includes(id));
  const twice = invited.filter((id, index) => invited.indexOf(id) !== index);
  return [
    ...missing.map((id) => `expected ${id} to be invited`),
    ...twice.map((id) => `expected one invitation of ${id}, got several`),
  ];
}

/** Who decided, on which revision, and why not. */
function gateFacts(trail: readonly AuditEvent[]): string[] {
  const found: string[] = [];
  for (const event of trail) {
    if (event.type === 'STATUSPAGE_APPROVAL_DENIED' && event.actor.id !== 'U04MAYAITO1') {
      found.push('expected the author to be refused, got somebody else');
    }
    if (event.type === 'STATUSPAGE_DRAFT_APPROVED' && event.actor.id !== 'U04PRIYARMN') {
      found.push('expected Priya to have approved, got somebody else');
    }
  }
  const revised = trail.find(({ type }) => type === 'STATUSPAGE_DRAFT_REVISED');
  const approvedIt = trail.some(
    (event) =>
      event.type === 'STATUSPAGE_DRAFT_APPROVED' &&
      revised?.type === 'STATUSPAGE_DRAFT_REVISED' &&
      event.details.draftId === revised.details.draftId &&
      event.details.revision === 2 &&
      event.details.digest === revised.details.digest,
  );
  if (!approvedIt) found.push('expected the approval of revision 2, exactly as edited');
  const first = trail.find(({ type }) => type === 'STATUSPAGE_DRAFT_CREATED');
  const byAi = first?.type === 'STATUSPAGE_DRAFT_CREATED' && first.details.ai !== null;
  if (!byAi) found.push('expected the first draft to name the model that proposed it');
  return found;
}

/** The public page says what was approved, and nothing else. */
function pageFacts(
  trail: readonly AuditEvent[],
  page: readonly ShownPageIncident[],
  texts: readonly string[],
): string[] {
  const [incident] = page;
  if (!incident || page.length !== 1) {
    return [`expected one incident on the status page, got ${page.length}`];
  }
  const shown = incident.incident_updates.map(({ body }) => body).reverse();
  const approved = trail.flatMap((event) => (event.type === 'STATUSPAGE_PUBLISHED' ? [event] : []));
  const found: string[] = [];
  if (JSON.stringify(shown) !== JSON.stringify(texts)) {
    found.push('expected the page to show the approved texts, word for word and in order');
  }
  if (incident.status !== 'resolved') {
    found.push(`expected the page incident to be resolved, got ${incident.status}`);
  }
  if (approved.some((event) => event.details.statuspageIncidentId !== incident.id)) {
    found.push('expected every publication on the one page incident');
  }
  return found;
}

async function roomFacts(actors: Actors, told: Told): Promise<string[]> {
  const { messages, pins } = await actors.channel(told.roomId);
  const files = messages.flatMap((message) => message.files ?? []);
  const file = files.findLast(({ name }) => name === `postmortem-${told.incidentId}.md`);
  return [
    ...(file
      ? postmortemFacts(await actors.file(file.id), told)
      : ['expected the postmortem in the room']),
    ...(pins.length > 0 ? [] : ['expected the checklist pinned in the room']),
  ];
}

/** The newest postmortem tells all that customers read, by whom, and on which day. */
function postmortemFacts(markdown: string, { texts }: Told): string[] {
  const quotes = texts.map((text) => text.replaceAll('\n', '\n> '));
  const wanted = ['@U04MAYAITO1 (Maya Ito)', '@U04PRIYARMN (Priya Raman)', ...quotes];
  return [
    ...wanted.filter((words) => !markdown.includes(words)),
    ...(/^- \*\*\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\*\* /m.test(markdown) ? [] : ['dates']),
  ].map((words) => `expected in the postmortem: ${words}`);
}
