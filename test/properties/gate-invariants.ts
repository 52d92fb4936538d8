import { isDeepStrictEqual } from 'node:util';
import type { AuditEvent } from '../../src/domain/audit-event.ts';
import { PageError } from '../../src/domain/errors.ts';
import type { PageRequest } from '../../src/domain/statuspage-event-details.ts';
import { type GateWorld, PEOPLE } from '../gate/gate-world.ts';
import { shownNow, unconfirmed } from './gate-cast.ts';

/** What a person saw when they clicked, by the SHA-256 of their signed request. */
export type Clicks = Map<string, { by: string; request: PageRequest }>;

/** The rules a history is judged by. */
export type Rules = {
  clicks: Clicks;
  required: number;
  retry: 'never' | 'when_silent' | 'always';
};

/** Ends that leave something to nobody. */
const RESTLESS = ['approved', 'publishing'];
/** Ends after which a revision must not be sent. */
const ENDING: readonly AuditEvent['type'][] = [
  'STATUSPAGE_APPROVAL_REJECTED',
  'STATUSPAGE_DRAFT_WITHDRAWN',
  'STATUSPAGE_PUBLISHED',
  'STATUSPAGE_PUBLISH_FAILED',
];
/** Looks that must not have found it before an attempt is made again without a person. */
const ABSENT_LOOKS_MIN = 2;

type Started = Extract<AuditEvent, { type: 'STATUSPAGE_PUBLISH_STARTED' }>;
type Unconfirmed = Extract<AuditEvent, { type: 'STATUSPAGE_PUBLISH_UNCONFIRMED' }>;

/**
 * Names the first promise of the gate that a history broke, or nothing. Reads the trail and the page
 * alone, by rules written down anew here: it shares no code with what it judges.
 */
export async function brokenPromise(world: GateWorld, of: Rules): Promise<string | undefined> {
  const events = await world.events();
  const { sent } = world.page;
  for (const [index, { permit, atMs, readings, claimReadings }] of sent.entries()) {
    const started = events.find(
      (event): event is Started =>
        event.type === 'STATUSPAGE_PUBLISH_STARTED' && event.details.attemptId === permit.attemptId,
    );
    if (!started) return '2: sent without STARTED';
    if (atMs >= Date.parse(started.details.deadline)) return '2: sent after the deadline';
    const earlier = sent.slice(0, index);
    if (earlier.some((one) => one.permit.attemptId === permit.attemptId)) {
      return '2: two sends of one attempt';
    }
    const unsafe = earlier.some(
      (one) =>
        one.permit.publicationId === permit.publicationId &&
        one.fate !== 'busy' &&
        (!foundAbsent(events, {
          attemptId: one.permit.attemptId,
          before: started,
          ...of,
          permit,
        }) ||
          askedAbout(events, one.permit)),
    );
    if (unsafe) return '2: a second attempt though the first may have had an effect';
    const problem = approvalProblem(events, { started, request: permit.request, ...of });
    if (problem) return problem;
    const unseen = componentProblem(events, { started, readings });
    if (unseen) return unseen;
    // Every time it was asked, another incident said worse, and these stories know no override.
    const named = Object.keys(permit.request.body.incident.components).length > 0;
    const claimed = claimReadings.every((claims) =>
      claims.some(({ incidentId }) => incidentId !== world.incidentId),
    );
    if (named && claimed) return '7: published better than another open incident says';
  }
  return doubleEffect(world, events) ?? falseRecord(world, events);
}

/** Whether the rule allowed another attempt: enough looks that did not find the one before. */
function foundAbsent(
  events: readonly AuditEvent[],
  of: { attemptId: string; before: Started; permit: { request: PageRequest }; retry: string },
): boolean {
  const silent = !of.permit.request.body.incident.deliver_notifications;
  if (of.retry === 'never' || (of.retry === 'when_silent' && !silent)) return false;
  return events.some(
    (event) =>
      event.type === 'STATUSPAGE_PUBLISH_NOT_EXECUTED' &&
      event.seq < of.before.seq &&
      event.details.attemptId === of.attemptId &&
      (event.details.absentLooks ?? 0) >= ABSENT_LOOKS_MIN,
  );
}

/** Whether a person was asked about an attempt, or asked for a look at it: then it is theirs. */
function askedAbout(
  events: readonly AuditEvent[],
  { attemptId, publicationId }: { attemptId: string; publicationId: string },
): boolean {
  const start = events.findIndex(
    ({ type, details }) =>
      type === 'STATUSPAGE_PUBLISH_STARTED' &&
      (details as { attemptId: string }).attemptId === attemptId,
  );
  const next = events.findIndex(
    ({ type, details }, index) =>
      index > start &&
      type === 'STATUSPAGE_PUBLISH_STARTED' &&
      (details as { publicationId: string }).publicationId === publicationId,
  );
  return events.slice(start, next < 0 ? undefined : next).some((event) => {
    if (event.type === 'STATUSPAGE_PUBLISH_UNCONFIRMED') {
      return event.details.attemptId === attemptId && event.details.nextLookAt === null;
    }
    const { type, details } = event;
    return (
      type === 'COMMAND_RECEIVED' &&
      details.command === 'statuspage_adopt' &&
      details.publicationId === publicationId
    );
  });
}

/** More than one effect of a publication, or two incidents, that no page and no person made. */
function doubleEffect(world: GateWorld, events: readonly AuditEvent[]): string | undefined {
  const { sent, effects, incidents } = world.page;
  const pagesOwn = sent.filter(({ fate }) => fate === 'twice').length;
  const publications = new Set(effects.map(({ publicationId }) => publicationId));
  if (effects.length - pagesOwn > publications.size) return '2: one publication took effect twice';
  // Who declares absent what comes later after all has decided so.
  const declared = events.filter(
    ({ type, actor }) => type === 'STATUSPAGE_PUBLISH_FAILED' && actor.kind === 'slack_user',
  ).length;
  const ours = incidents.filter(({ publicationId }) => publicationId !== null).length;
  return ours > 1 + pagesOwn + declared ? '2: the incident is on the page twice' : undefined;
}

/** Something recorded as published that was not on the page, or another incident than ours. */
function falseRecord(world: GateWorld, events: readonly AuditEvent[]): string | undefined {
  for (const event of events) {
    if (event.type !== 'STATUSPAGE_PUBLISHED') continue;
    const { publicationId, statuspageIncidentId } = event.details;
    const effect = world.page.effects.find((one) => one.publicationId === publicationId);
    if (!effect || effect.atMs > Date.parse(event.at)) {
      return '1: recorded as published what the page never showed';
    }
    if (effect.statuspageIncidentId !== statuspageIncidentId) {
      return '1: recorded another incident than the oldest of ours';
    }
  }
  return undefined;
}

function approvalProblem(
  events: readonly AuditEvent[],
  of: {
    started: Started;
    request: PageRequest;
    clicks: Clicks;
    required: number;
  },
): string | undefined {
  const { draftId, revision } = of.started.details;
  const before = events.filter(({ seq }) => seq < of.started.seq);
  const about = (event: AuditEvent) =>
    'draftId' in event.details && event.details.draftId === draftId;
  const own = before.filter(
    (event) => about(event) && (event.details as { revision: number }).revision === revision,
  );
  const newer = before.some(
    (event) =>
      event.type === 'STATUSPAGE_DRAFT_REVISED' &&
      about(event) &&
      event.details.revision > revision,
  );
  if (newer || own.some(({ type }) => ENDING.includes(type))) return '3: started after its end';
  const written = own[0]?.seq ?? 0;
  const misfit = misfitProblem(before, { written, request: of.request });
  if (misfit) return misfit;
  const voidedAt = own.findLast(({ type }) => type === 'STATUSPAGE_PUBLISH_REFUSED')?.seq ?? 0;
  const approvals = own.filter(
    ({ type, seq }) => type === 'STATUSPAGE_DRAFT_APPROVED' && seq > voidedAt,
  );
  const clicks = approvals.map(({ commandId }) => of.clicks.get(commandId));
  if (clicks.some((click) => !click || !isDeepStrictEqual(click.request, of.request))) {
    return '1: published something else than an approver saw';
  }
  const people = new Set(clicks.map((click) => PEOPLE[click!.by]?.email));
  if (people.size < of.required) return `3: ${people.size} of ${of.required} approvals`;
  return ruleProblem(before, { own, approvals, people });
}

/** Whoever approved read something else of a component than was ever read of it before sending. */
function componentProblem(
  events: readonly AuditEvent[],
  of: { started: Started; readings: readonly Record<string, string>[] },
): string | undefined {
  const { draftId, revision } = of.started.details;
  const own = events.filter(
    ({ seq, details }) =>
      seq < of.started.seq &&
      (details as { draftId?: string }).draftId === draftId &&
      (details as { revision?: number }).revision === revision,
  );
  const voided = own.findLast(({ type }) => type === 'STATUSPAGE_PUBLISH_REFUSED')?.seq ?? 0;
  const unseen = own.some((event) => {
    if (event.type !== 'STATUSPAGE_DRAFT_APPROVED' || event.seq < voided) return false;
    return Object.entries(event.details.componentsSeen ?? {}).some(
      ([id, state]) => !of.readings.some((reading) => reading[id] === state),
    );
  });
  return unseen ? '6: published over another state of a component than was approved' : undefined;
}

/** An incident that was reopened, or that ended without these words saying so, is another story. */
function misfitProblem(
  before: readonly AuditEvent[],
  of: { written: number; request: PageRequest },
): string | undefined {
  const since = before.filter(({ seq }) => seq > of.written).map(({ type }) => type);
  if (since.includes('INCIDENT_REOPENED')) return '5: published though it was reopened since';
  const isEnd = of.request.body.incident.status === 'resolved';
  if (isEnd || !since.includes('INCIDENT_RESOLVED')) return undefined;
  return '5: published though it was resolved since';
}

/** Who wrote it must not approve it at the worst severity; and the rule of that severity counts. */
function isP2(event: AuditEvent): boolean {
  return (
    (event.type === 'INCIDENT_DECLARED' && event.details.severity === 'P2') ||
    (event.type === 'SEVERITY_CHANGED' && event.details.to === 'P2')
  );
}

/** Who wrote it must not approve it unless it is quiet; and the rule of the worst severity counts. */
function ruleProblem(
  before: readonly AuditEvent[],
  of: { own: AuditEvent[]; approvals: AuditEvent[]; people: Set<string | null | undefined> },
): string | undefined {
  const isWorst = before.some(
    (event) =>
      (event.type === 'INCIDENT_DECLARED' && event.details.severity === 'P1') ||
      (event.type === 'SEVERITY_CHANGED' && event.details.to === 'P1'),
  );
  const isBig = isWorst || before.some(isP2);
  const mails = of.own.some(
    ({ details }) => 'request' in details && details.request.body.incident.deliver_notifications,
  );
  if (!isBig && !mails) return undefined;
  const authors = of.own.flatMap(
    ({ details }) => ('authors' in details ? details.authors : []) as string[],
  );
  if (authors.some((id) => of.people.has(PEOPLE[id]?.email))) return '3: approved by its author';
  if (!isWorst) return undefined;
  const milder = of.approvals.some(
    (event) => event.type === 'STATUSPAGE_DRAFT_APPROVED' && event.details.severity !== 'P1',
  );
  return milder ? '3: approved under the rule of a milder severity' : undefined;
}

/** Minutes until the last approval has run out and every retry was made. */
const SETTLED_WITHIN_MIN = 60;

/**
 * Lets time pass as the sweeper and the queue would, until nothing moves; then the commander decides
 * what nobody can know.
 */
export async function settle(world: GateWorld): Promise<string | undefined> {
  world.intercept = (_call, perform) => perform();
  await untilQuiet(world);
  if (await moves(world)) return '4: a publication waits for what nobody does';
  for (const verb of ['adopt', 'declare_absent'] as const) {
    for (const draft of unconfirmed(await shownNow(world))) {
      await world.decide(verb, { incidentId: world.incidentId, ...draft }, { by: 'U0DEE' });
    }
    await untilQuiet(world);
  }
  const { drafts } = await shownNow(world);
  const hanging = drafts.find((draft) => [...RESTLESS, 'unconfirmed'].includes(draft.status));
  if (hanging) return `4: a draft hangs in ${hanging.status}`;
  const voided = (await world.events()).some(
    (event) => event.type === 'STATUSPAGE_PUBLISH_REFUSED' && event.details.kind === 'recoverable',
  );
  const silent = drafts.find(
    (draft) => draft.status === 'pending_approval' && voided && draft.approvals.length > 0,
  );
  return silent && silent.reason !== null ? '4: a refusal left an approval standing' : undefined;
}

async function untilQuiet(world: GateWorld): Promise<void> {
  for (let minute = 0; minute < SETTLED_WITHIN_MIN; minute += 1) {
    await world.deliverAll().catch((error: unknown) => {
      // The page could not be read before sending: the sweeper asks for it again.
      if (!(error instanceof PageError)) throw error;
    });
    if (minute > 0 && !(await moves(world))) return;
    world.nowMs += 60_000;
    await world.tend.drafts(world.incidentId);
  }
}

/** Whether anything is left that does not wait for a person. */
async function moves(world: GateWorld): Promise<boolean> {
  const events = await world.events();
  return (await shownNow(world)).drafts.some(({ status, publicationId }) => {
    if (status !== 'unconfirmed') return RESTLESS.includes(status);
    const unknown = events.findLast(
      (event): event is Unconfirmed =>
        event.type === 'STATUSPAGE_PUBLISH_UNCONFIRMED' &&
        event.details.publicationId === publicationId,
    );
    return typeof unknown?.details.nextLookAt === 'string';
  });
}
