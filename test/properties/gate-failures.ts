import { DeliveryError } from '../../src/domain/errors.ts';
import type { DraftReference } from '../../src/services/room-messages.ts';
import { GateWorld } from '../gate/gate-world.ts';
import { brokenPromise, type Clicks, settle } from './gate-invariants.ts';

/** How the n-th call fails: nothing happened, or it did and only its answer was lost. */
export type Moment = 'before' | 'after';

const FAILURE = new DeliveryError({
  code: 'ROWS_UNAVAILABLE',
  message: 'cannot call: expected an answer, got the failure this test planned',
  retryable: true,
});

/** Redeliveries before the story is left to the sweeper; the queue makes three. */
const DELIVERIES = 4;

export type FailedStory = { calls: number; world: GateWorld; broken: string | undefined };

/**
 * One approval by one click and its publication, with the `failing`-th call of any port failing.
 * What throws is delivered again, as queues do; then time passes until nothing moves.
 *
 * @param failing - 0: none, to count the calls
 */
export async function storyWithFailure(failing: number, moment: Moment): Promise<FailedStory> {
  const world = await new GateWorld().open('P1');
  const card = await world.draft();
  const clicks: Clicks = new Map();
  let calls = 0;
  world.intercept = async (call, perform) => {
    // The page tells by its own codes what happened; those are cases of their own.
    if (call.startsWith('page.')) return perform();
    calls += 1;
    const fails = calls === failing;
    if (fails && moment === 'before') throw FAILURE;
    const result = await perform();
    if (fails) throw FAILURE;
    return result;
  };
  await approveUntilTaken(world, card, clicks);
  await publishUntilDone(world, card);
  const total = calls;
  const broken =
    (await settle(world)) ??
    (await brokenPromise(world, { clicks, required: 1 })) ??
    (await missing(world, card));
  return { calls: total, world, broken };
}

async function approveUntilTaken(
  world: GateWorld,
  draft: DraftReference,
  clicks: Clicks,
): Promise<void> {
  const request = world.request({ click: 'the one click' });
  const written = (await world.events()).find((one) => one.type === 'STATUSPAGE_DRAFT_CREATED');
  clicks.set(request.requestSha256, { by: 'U0BEN', request: written!.details.request });
  await deliver(() => world.decisions.decide('approve', { request, draft }));
}

async function publishUntilDone(world: GateWorld, card: DraftReference): Promise<void> {
  for (const request of world.publications.take()) await deliver(() => world.deliver(request));
  // At least once means once more.
  await deliver(() => world.deliver(card));
}

async function deliver(act: () => Promise<unknown>): Promise<void> {
  for (let delivery = 1; ; delivery += 1) {
    try {
      await act();
      return;
    } catch (error) {
      if (error !== FAILURE || delivery === DELIVERIES) throw error;
    }
  }
}

/** What must be there in the end, whichever call failed. */
async function missing(world: GateWorld, card: DraftReference): Promise<string | undefined> {
  const types = await world.types();
  const count = (type: string) => types.filter((one) => one === type).length;
  const approvals = count('STATUSPAGE_DRAFT_APPROVED');
  if (approvals !== 1) return `expected 1 approval, got ${approvals}`;
  if (world.page.sent.length > 1) return `expected at most 1 send, got ${world.page.sent.length}`;
  const status = await world.statusOf(card.draftId);
  const live = world.page.incidents.length === 1;
  if (status === 'published' && live && count('STATUSPAGE_PUBLISHED') === 1) return undefined;
  // The record of the answer was lost: a human is asked, and finds it by one look.
  if (status !== 'unconfirmed' || !live) return `expected published, got ${status}`;
  await world.decide('adopt', card, { by: 'U0DEE' });
  await world.deliverAll();
  const adopted = await world.statusOf(card.draftId);
  return adopted === 'published' ? undefined : `expected adopted, got ${adopted}`;
}

/** Fails every call in turn, both ways. @returns what was tried and the first broken promise */
export async function failingCalls(): Promise<
  { name: string; points: number; broken: string | undefined }[]
> {
  const { calls } = await storyWithFailure(0, 'before');
  const results = [];
  for (const moment of ['before', 'after'] as const) {
    let broken: string | undefined;
    for (let n = 1; n <= calls && broken === undefined; n += 1) {
      const problem = (await storyWithFailure(n, moment)).broken;
      if (problem) broken = `call ${n}: ${problem}`;
    }
    results.push({ name: `every call failing ${moment} its effect`, points: calls, broken });
  }
  return results;
}
