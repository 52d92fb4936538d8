import { isDeepStrictEqual } from 'node:util';
import type { AuditEvent } from '../../src/domain/audit-event.ts';
import type { PageRequest } from '../../src/domain/statuspage-event-details.ts';
import { type GateWorld, PEOPLE } from '../gate/gate-world.ts';

/** What a person saw when they clicked, by the SHA-256 of their signed request. */
export type Clicks = Map<string, { by: string; request: PageRequest }>;

/** Ends that leave something to nobody. */
const RESTLESS = ['approved', 'publishing'];
/** Ends after which a revision must not be sent. */
const ENDING: readonly AuditEvent['type'][] = [
  'STATUSPAGE_APPROVAL_REJECTED',
  'STATUSPAGE_DRAFT_WITHDRAWN',
  'STATUSPAGE_PUBLISHED',
  'STATUSPAGE_PUBLISH_FAILED',
];

/**
 * Names the first promise of the gate that a history broke, or nothing. Reads the trail and the page
 * alone, by rules written down anew here: it shares no code with what it judges.
 */
export async function brokenPromise(
  world: GateWorld,
  of: { clicks: Clicks; required: number },
): Promise<string | undefined> {
  const events = await world.events();
  const { sent } = world.page;
  for (const [index, { permit, atMs }] of sent.entries()) {
    const started = events.find(
      (event) =>
        event.type === 'STATUSPAGE_PUBLISH_STARTED' && event.details.attemptId === permit.attemptId,
    );
    if (started?.type !== 'STATUSPAGE_PUBLISH_STARTED') return '2: sent without STARTED';
    if (atMs >= Date.parse(started.details.deadline)) return '2: sent after the deadline';
    const earlier = sent.slice(0, index);
    if (earlier.some((one) => one.permit.attemptId === permit.attemptId)) {
      return '2: two sends of one attempt';
    }
    const unsafe = earlier.some(
      (one) => one.permit.publicationId === permit.publicationId && one.fate !== 'busy',
    );
    if (unsafe) return '2: a second attempt though the first may have had an effect';
    const problem = approvalProblem(events, { started, request: permit.request, ...of });
    if (problem) return problem;
  }
  if (world.page.incidents.length > 1) return '2: the incident is on the page twice';
  return undefined;
}

function approvalProblem(
  events: readonly AuditEvent[],
  of: {
    started: Extract<AuditEvent, { type: 'STATUSPAGE_PUBLISH_STARTED' }>;
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
  const voidedAt = own.findLast(({ type }) => type === 'STATUSPAGE_PUBLISH_REFUSED')?.seq ?? 0;
  const approvals = own.filter(
    ({ type, seq }) => type === 'STATUSPAGE_DRAFT_APPROVED' && seq > voidedAt,
  );
  const clicks = approvals.map(({ commandId }) => of.clicks.get(commandId));
  if (clicks.some((click) => !click || !isDeepStrictEqual(click.request, of.request))) {
    return '1: published something else than an approver saw';
  }
  const people = new Set(clicks.map((click) => PEOPLE[click!.by]?.email));
  return people.size >= of.required ? undefined : `3: ${people.size} of ${of.required} approvals`;
}

/** Lets time pass as the sweeper and the queue would, until nothing moves. */
export async function settle(world: GateWorld): Promise<string | undefined> {
  world.intercept = (_call, perform) => perform();
  for (let minute = 0; minute < 45; minute += 1) {
    world.nowMs += 60_000;
    await world.tend.drafts(world.incidentId);
    await world.deliverAll();
  }
  const { drafts } = await world.state();
  const hanging = drafts.find((draft) => RESTLESS.includes(draft.status));
  if (hanging) return `4: a draft hangs in ${hanging.status}`;
  const voided = (await world.events()).some(
    (event) => event.type === 'STATUSPAGE_PUBLISH_REFUSED' && event.details.kind === 'recoverable',
  );
  const silent = drafts.find(
    (draft) => draft.status === 'pending_approval' && voided && draft.approvals.length > 0,
  );
  return silent && silent.reason !== null ? '4: a refusal left an approval standing' : undefined;
}
