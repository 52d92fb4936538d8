import type { AuditEvent } from '../../src/domain/audit-event.ts';
import { sha256Hex } from '../../src/domain/ids.ts';
import type { PublicationRequest } from '../../src/services/statuspage-approval-gate.ts';
import { contentOf, GateWorld } from '../gate/gate-world.ts';
import type { PageFate } from '../gate/memory-page.ts';
import { FAILURE_KINDS, FailingPorts, type FailureKind, isPlanned } from './failing-ports.ts';
import { type Action, contentFor, publishedBefore, shownNow } from './gate-cast.ts';
import { brokenPromise, type Clicks, settle } from './gate-invariants.ts';

export const ACTIONS: readonly Action[] = ['create', 'update', 'resolve'];
/** All goes well; nothing arrives, and it is looked for and sent again; the answer is lost. */
export const FATES: readonly PageFate[] = ['done', 'vanished', 'lost'];

/** Redeliveries before the story is left to the sweeper; the queue makes three. */
const DELIVERIES = 4;
/** Rounds until three looks within a minute and one more attempt are over. */
const SWEEPS = 6;
const SWEEP_MS = 31_000;

/** Which call fails, and how. Calls are numbered from 1 as they are made; 0: none fails. */
export type Failure = {
  action: Action;
  /** What the page does with the first request. */
  fate: PageFate;
  call: number;
  kind: FailureKind;
};
export type FailedStory = {
  /** The names of the calls that were made, as they were found out. */
  calls: string[];
  world: GateWorld;
  broken: string | undefined;
};

/**
 * One draft, one approval by one click and its publication, with one call of any port failing. What
 * throws is delivered again, as queues do; then time passes until nothing moves. The draft mails
 * nobody, so that the system recovers without a person, whatever failed.
 */
export async function storyWithFailure(failure: Failure): Promise<FailedStory> {
  const world = await new GateWorld().open('P1');
  const clicks: Clicks = new Map();
  if (failure.action !== 'create') await publishedBefore(world, clicks);
  const before = world.page.effects.length;
  world.page.fates.push(failure.fate);
  const ports = new FailingPorts(world, failure);
  const draft = await draftUntilTaken(world, failure.action);
  await approveUntilTaken(world, draft, clicks);
  await sweepUntilSettled(world, draft);
  ports.mend();
  const rules = { clicks, required: 1, retry: 'when_silent' } as const;
  const broken =
    (await settle(world)) ??
    (await brokenPromise(world, rules)) ??
    (await missing(world, { draftId: draft.draftId, before }));
  return { calls: ports.calls, world, broken };
}

async function draftUntilTaken(world: GateWorld, action: Action) {
  await deliver(() =>
    world.drafts.create({
      incidentId: world.incidentId,
      commandId: sha256Hex('the one form'),
      actor: { kind: 'slack_user', id: 'U0ADA' },
      authors: ['U0ADA'],
      content: contentOf('Words that one call may lose.', {
        ...contentFor(action, false),
        components: { c1: 'partial_outage' },
      }),
      source: { origin: 'words', ai: null },
    }),
  );
  const shown = (await shownNow(world)).drafts.at(-1)!;
  const { draftId, revision, digest } = shown;
  return { incidentId: world.incidentId, draftId, revision, digest };
}

async function approveUntilTaken(
  world: GateWorld,
  draft: Awaited<ReturnType<typeof draftUntilTaken>>,
  clicks: Clicks,
): Promise<void> {
  const shown = (await shownNow(world)).drafts.find(({ draftId }) => draftId === draft.draftId)!;
  const request = world.request({ click: 'the one click' });
  clicks.set(request.requestSha256, { by: 'U0BEN', request: shown.request });
  await deliver(() => world.decisions.decide('approve', { request, draft }));
}

/** Deliveries, at least once, and the sweeper's rounds until the last look is over. */
async function sweepUntilSettled(world: GateWorld, draft: PublicationRequest): Promise<void> {
  await deliver(() => world.deliver(draft));
  for (let round = 0; round < SWEEPS; round += 1) {
    for (const request of world.publications.take()) await deliver(() => world.deliver(request));
    world.nowMs += SWEEP_MS;
    await deliver(() => world.tend.drafts(world.incidentId));
  }
}

async function deliver(act: () => Promise<unknown>): Promise<void> {
  for (let delivery = 1; ; delivery += 1) {
    try {
      await act();
      return;
    } catch (error) {
      if (!isPlanned(error) || delivery === DELIVERIES) throw error;
    }
  }
}

/** What must be there in the end, whichever call failed. */
async function missing(
  world: GateWorld,
  of: { draftId: string; before: number },
): Promise<string | undefined> {
  const own = (await world.events()).filter(
    ({ details }) => 'draftId' in details && details.draftId === of.draftId,
  );
  for (const type of ['STATUSPAGE_DRAFT_CREATED', 'STATUSPAGE_DRAFT_APPROVED'] as const) {
    const count = own.filter((event) => event.type === type).length;
    if (count !== 1) return `expected 1 ${type}, got ${count}`;
  }
  const effects = world.page.effects.length - of.before;
  // A page that swallows two requests in a row is put before a person, who saw nothing there.
  if (effects === 0 && sentTwice(own)) return undefined;
  if (effects !== 1) return `expected 1 effect on the page, got ${effects}`;
  const status = await world.statusOf(of.draftId);
  return status === 'published' ? undefined : `expected published, got ${status}`;
}

function sentTwice(own: readonly AuditEvent[]): boolean {
  const count = (type: AuditEvent['type']) => own.filter((event) => event.type === type).length;
  const isPersons = own.some(
    ({ type, actor }) => type === 'STATUSPAGE_PUBLISH_FAILED' && actor.kind === 'slack_user',
  );
  return isPersons && count('STATUSPAGE_PUBLISH_STARTED') >= 2;
}

/** How often each kind of failure was tried with each action, and the first promise it broke. */
export type FailingCalls = { name: string; points: number; broken: string | undefined };

/** Fails every call of every action in turn, in every way it can fail. */
export async function failingCalls(): Promise<FailingCalls[]> {
  const results: FailingCalls[] = [];
  for (const action of ACTIONS) {
    for (const fate of FATES) results.push(...(await failingCallsOf({ action, fate })));
  }
  return results;
}

/** The same for one action and one thing that the page does. */
export async function failingCallsOf(of: {
  action: Action;
  fate: PageFate;
}): Promise<FailingCalls[]> {
  const { calls } = await storyWithFailure({ ...of, call: 0, kind: 'lost before' });
  const results: FailingCalls[] = [];
  for (const [kind, canFail] of Object.entries(FAILURE_KINDS)) {
    const points = calls.flatMap((name, index) => (canFail(name) ? [index + 1] : []));
    let broken: string | undefined;
    for (const call of points) {
      const story = await storyWithFailure({ ...of, call, kind: kind as FailureKind });
      if (story.broken) broken ??= `${calls[call - 1]} (${call}): ${story.broken}`;
    }
    const name = `${of.action}, page ${of.fate}: any call ${kind}`;
    results.push({ name, points: points.length, broken });
  }
  return results;
}
