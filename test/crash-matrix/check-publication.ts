import { createHash } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import canonicalize from 'canonicalize';
import type { AuditEvent } from '../../src/domain/audit-event.ts';
import type { PageRequest } from '../../src/domain/statuspage-event-details.ts';
import type { ShownMessage } from '../../src/local/actors.ts';
import type { MadeCall } from './calls.ts';
import type { LeftMessage } from './matrix-world.ts';
import { eventsAbout, newestRevision, revisionsIn, standingOf } from './standing.ts';
import type { Broken } from './story.ts';

/** All that a story left behind, as anybody could look at it from outside. */
export type Observation = {
  /** The incident's trail, from its first event. */
  events: AuditEvent[];
  /** What would have changed the page on behalf of this incident, as the page received it. */
  requests: {
    method: string;
    path: string;
    caller: string;
    atMs: number;
    status: number;
    body: unknown;
  }[];
  /** What the page shows of this incident; updates oldest first. */
  page: { id: string; updates: { body: string; status: string }[] }[];
  /** Everything in its room. */
  messages: ShownMessage[];
  /** Who may approve, by Slack user id. */
  approvers: string[];
  modelCalls: MadeCall[];
  left: LeftMessage[];
  progress: { version: number; actedSeq: number };
  /** What the auditor's tool has against the trail, if anything. */
  trailProblem: string | undefined;
};

type Started = Extract<AuditEvent, { type: 'STATUSPAGE_PUBLISH_STARTED' }>;

/** Answers by which the page says that it did nothing. */
const BUSY = [420, 429];

/**
 * The promises of the approval gate that a history broke, by rules written down anew here: this
 * shares no rule with what it judges. P1 rules: one approver who is not an author.
 *
 * @param isLast - the newest draft has to be on the page by now, and not be over in some other way
 * @returns one line each, beginning with the number of the invariant or the name of the promise
 */
export function publicationPromises(of: Observation, isLast = true): Broken[] {
  return [
    ...bytes(of),
    ...sends(of),
    ...approvals(of),
    ...ends(of, isLast),
    ...people(of),
    ...shown(of),
    ...(of.trailProblem === undefined ? [] : [`trail: ${of.trailProblem}`]),
    ...of.left.map(({ queue, body }) => `queue: ${queue} holds ${body}`),
  ];
}

/** 1: published bytes = approved bytes. */
function bytes(of: Observation): Broken[] {
  const broken = of.requests.flatMap((request): Broken[] => {
    const revision = revisionsIn(of.events).find(
      ({ details }) => details.publicationId === publicationOf(request.body),
    );
    if (!revision) return ['1: sent something that is no draft'];
    const { method, path, body } = revision.details.request;
    const isSame =
      request.method === method &&
      request.path.endsWith(path) &&
      isDeepStrictEqual(withoutMetadata(request.body), body);
    if (!isSame) return ['1: sent other bytes than the draft'];
    const digest = digestOf(revision.details.request, revision.details.basedOn);
    const approved = eventsAbout(of.events, revision.details).filter(
      ({ type }) => type === 'STATUSPAGE_DRAFT_APPROVED',
    );
    const differs = approved.some(
      ({ details }) => (details as { digest: string }).digest !== digest,
    );
    return differs ? ['1: approved another digest than was sent'] : [];
  });
  const texts = of.page.flatMap(({ updates }) => updates.map(({ body }) => body));
  const published = publications(of).map((revision) => revision.details.request.body.incident.body);
  const isShown = isDeepStrictEqual(texts, published);
  return isShown ? broken : [...broken, '1: the page shows other words than were published'];
}

/** 2: at most one send per attempt, a second attempt only when the first had no effect. */
function sends(of: Observation): Broken[] {
  const broken: Broken[] = [];
  const startedOf = (request: Observation['requests'][number]) =>
    of.events.findLast(
      (event): event is Started =>
        event.type === 'STATUSPAGE_PUBLISH_STARTED' &&
        event.details.publicationId === publicationOf(request.body) &&
        Date.parse(event.at) <= request.atMs,
    );
  const sent = of.requests.map((request) => ({ request, started: startedOf(request) }));
  for (const [index, { request, started }] of sent.entries()) {
    if (request.caller !== 'publisher') broken.push(`2: sent by ${request.caller}`);
    if (!started) {
      broken.push('2: sent without an attempt on record');
      continue;
    }
    if (request.atMs >= Date.parse(started.details.deadline)) broken.push('2: sent too late');
    const earlier = sent.slice(0, index);
    if (earlier.some((one) => one.started?.seq === started.seq)) {
      broken.push('2: an attempt sent twice');
    }
  }
  for (const started of ofType(of, 'STATUSPAGE_PUBLISH_STARTED')) {
    broken.push(...secondAttempt(of, sent, started));
  }
  if (of.page.length > 1) broken.push('2: the incident is on the page twice');
  return broken;
}

function secondAttempt(
  of: Observation,
  sent: { request: Observation['requests'][number]; started: Started | undefined }[],
  started: Started,
): Broken[] {
  const { publicationId, attempt } = started.details;
  if (attempt === 1) return [];
  const before = of.events.findLast(
    (event): event is Started =>
      event.type === 'STATUSPAGE_PUBLISH_STARTED' &&
      event.details.publicationId === publicationId &&
      event.seq < started.seq,
  );
  const ended = ofType(of, 'STATUSPAGE_PUBLISH_NOT_EXECUTED').find(
    ({ seq, details }) => details.attemptId === before?.details.attemptId && seq < started.seq,
  );
  if (!before || !ended) return ['2: a second attempt before the first had ended'];
  if (ended.details.absentLooks !== undefined) {
    const revision = revisionsIn(of.events).find(
      ({ details }) => details.publicationId === publicationId,
    );
    const isSilent = revision?.details.request.body.incident.deliver_notifications === false;
    return isSilent ? [] : ['2: sent again by itself though customers may have been mailed'];
  }
  const first = sent.find((one) => one.started?.seq === before.seq)?.request;
  const hadNoEffect = !first || BUSY.includes(first.status);
  return hadNoEffect ? [] : ['2: a second attempt though the first may have had an effect'];
}

/** 3: before each attempt, enough approvals by distinct people who may. */
function approvals(of: Observation): Broken[] {
  return ofType(of, 'STATUSPAGE_PUBLISH_STARTED').flatMap((started): Broken[] => {
    const revision = revisionsIn(of.events).find(
      ({ details }) => details.publicationId === started.details.publicationId,
    );
    if (!revision) return ['3: published no draft'];
    const voidedAt = eventsAbout(of.events, revision.details).findLast(
      ({ type, seq }) => type === 'STATUSPAGE_PUBLISH_REFUSED' && seq < started.seq,
    )?.seq;
    const valid = ofType(of, 'STATUSPAGE_DRAFT_APPROVED').filter(
      ({ seq, at, actor, details }) =>
        details.digest === revision.details.digest &&
        seq > (voidedAt ?? revision.seq) &&
        seq < started.seq &&
        actor.kind === 'slack_user' &&
        of.approvers.includes(actor.id) &&
        !revision.details.authors.includes(actor.id) &&
        at < started.at &&
        started.at < details.expiresAt,
    );
    return valid.length > 0 ? [] : ['3: published without an approval'];
  });
}

/** 4: every approved publication has ended, and everything that follows from it is done. */
function ends(of: Observation, isLast: boolean): Broken[] {
  const hanging = revisionsIn(of.events).flatMap(({ details }): Broken[] => {
    const { kind } = standingOf(of.events, details);
    return kind === 'under_way' || kind === 'unconfirmed'
      ? [`4: a publication hangs: ${kind}`]
      : [];
  });
  const newest = newestRevision(of.events);
  const isPublished = newest && standingOf(of.events, newest).kind === 'published';
  const { version, actedSeq } = of.progress;
  const head = of.events.at(-1)?.seq ?? 0;
  return [
    ...hanging,
    ...(isPublished || !isLast ? [] : ['4: the newest draft did not end on the page']),
    ...(version === head ? [] : [`4: the projection ends at ${version} of ${head}`]),
    ...(actedSeq === head ? [] : [`4: effects are done up to ${actedSeq} of ${head}`]),
    ...ofType(of, 'EFFECT_ABANDONED').map(({ details }) => `4: abandoned ${details.effect}`),
  ];
}

/** 5: no model decides, sends or writes any of it. */
function people(of: Observation): Broken[] {
  const byOthers = of.events.filter(
    ({ type, actor }) => type === 'STATUSPAGE_DRAFT_APPROVED' && actor.kind !== 'slack_user',
  );
  const byModel = of.events.filter(
    ({ type, actor }) => type.startsWith('STATUSPAGE_') && actor.kind === 'ai',
  );
  return [
    ...byOthers.map(({ actor }) => `5: approved by ${actor.kind}`),
    ...byModel.map(({ type }) => `5: ${type} by a model`),
    ...of.modelCalls.map(({ caller }) => `5: ${caller} asked a model`),
  ];
}

/** What people see: one card a revision, the truth on it, and no publication unsaid. */
function shown(of: Observation): Broken[] {
  const broken = revisionsIn(of.events).flatMap((revision): Broken[] => {
    const effect = `${revision.incidentId}#${revision.seq}#approval_card`;
    const cards = of.messages.filter(({ metadata }) => metadata?.event_payload?.effect === effect);
    if (cards.length !== 1) return [`card: ${cards.length} cards of one revision`];
    const isPublished = standingOf(of.events, revision.details).kind === 'published';
    const saysSo = /· published/.test(cards[0]?.text ?? '');
    return isPublished === saysSo ? [] : [`card: says “${cards[0]?.text}”`];
  });
  const told = of.messages.filter(({ text }) => text.includes('shows the approved text now'));
  const count = publications(of).length;
  const isTold = told.length >= count;
  return isTold ? broken : [...broken, `room: told of ${told.length} of ${count} publications`];
}

/** Revisions that were published, in the order in which they were. */
function publications(of: Observation) {
  return ofType(of, 'STATUSPAGE_PUBLISHED').flatMap(({ details }) => {
    const found = revisionsIn(of.events).find(
      (revision) => revision.details.publicationId === details.publicationId,
    );
    return found ? [found] : [];
  });
}

function ofType<T extends AuditEvent['type']>(
  of: Observation,
  type: T,
): Extract<AuditEvent, { type: T }>[] {
  return of.events.filter(
    (event): event is Extract<AuditEvent, { type: T }> => event.type === type,
  );
}

function publicationOf(body: unknown): unknown {
  const { incident } = body as { incident?: { metadata?: { ir?: { publication?: unknown } } } };
  return incident?.metadata?.ir?.publication;
}

function withoutMetadata(body: unknown): unknown {
  const { incident, ...rest } = body as { incident: Record<string, unknown> };
  const { metadata: _, ...fields } = incident;
  return { ...rest, incident: fields };
}

function digestOf({ method, path, body }: PageRequest, basedOn: string | null): string {
  const text = canonicalize({ method, path, body, basedOn }) ?? '';
  return createHash('sha256').update(text).digest('hex');
}
