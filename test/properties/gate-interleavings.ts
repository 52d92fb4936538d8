import fc from 'fast-check';
import { PageError } from '../../src/domain/errors.ts';
import type { PublicationRequest } from '../../src/services/statuspage-approval-gate.ts';
import { type GateModules, GateWorld } from '../gate/gate-world.ts';
import { type PageFate, pageError } from '../gate/memory-page.ts';
import { verifiedEvents } from '../gate/verified-events.ts';
import { type Action, type Actor, APPROVERS, castOf, OTHERS } from './gate-cast.ts';
import { brokenPromise, type Clicks, settle } from './gate-invariants.ts';

export type Interleaving = {
  required: number;
  severity: 'P1' | 'P2' | 'P3';
  /** What is published first, before anybody acts: then both drafts are updates, or resolve. */
  action: Action;
  notify: boolean;
  retry: 'never' | 'when_silent' | 'always';
  actors: Actor[];
  fates: PageFate[];
  /** Reads of the page that fail first. */
  unread: number;
  ticksMs: number[];
  /** Every call of every port is a turn; else only those that another actor can notice. */
  fine: boolean;
  /** Turns that those wait who come late. */
  patience: number;
};

/** Calls that decide a race: between two of them nothing changes for anybody else. */
const RACING = /^(trail|page|publications|actor)\./;

const weighted = <T>(...choices: [weight: number, value: T][]) =>
  fc.oneof(...choices.map(([weight, value]) => ({ weight, arbitrary: fc.constant(value) })));

const fate = weighted<PageFate>(
  [4, 'done'],
  [3, 'lost'],
  [3, 'vanished'],
  [2, 'busy'],
  [2, 'delayed'],
  [1, 'refused'],
  [1, 'broken'],
  [1, 'twice'],
);
const tickMs = weighted([8, 0], [1, 1], [1, 40], [1, 3_000], [1, 12_000]);

/** Who meets, and what it takes for a promise to be in danger. */
type Meeting = { actors: Actor[]; of?: Partial<Interleaving> };
const rivals = weighted<Meeting>(
  [1, { actors: ['approver 1', 'approver 2'], of: { required: 2 } }],
  [3, { actors: ['approver 1', 'other account of approver 1'], of: { required: 2 } }],
  [3, { actors: ['slow approver', 'editor 1'], of: { required: 1 } }],
  [1, { actors: ['approver 1', 'editor 1', 'editor 2'], of: { required: 1 } }],
  [16, { actors: ['approver 1', 'rejecter'], of: { required: 1 } }],
  [7, { actors: ['approver 1', 'severity'], of: { required: 1, severity: 'P2' } }],
  [7, { actors: ['approver 1', 'end of the incident'], of: { required: 1 } }],
  [3, { actors: ['approver 1', 'hand on a component'], of: { required: 1 } }],
  [3, { actors: ['approver 1', 'another incident'], of: { required: 1 } }],
  [11, { actors: ['approver of the other draft', 'forger'], of: { required: 1 } }],
  [8, { actors: ['approver 1', 'approver of the other draft', 'forger'], of: { required: 2 } }],
  [3, { actors: ['approver 1', 'hand on the page'], of: { required: 1, fates: ['vanished'] } }],
  [3, { actors: ['approver 2', 'sweeper'], of: { required: 1, fates: ['vanished'] } }],
);
const meeting: fc.Arbitrary<Meeting> = fc.oneof(
  {
    weight: 1,
    arbitrary: fc
      .tuple(
        fc.shuffledSubarray([...APPROVERS], { minLength: 2, maxLength: 5 }),
        fc.shuffledSubarray([...OTHERS], { maxLength: 5 }),
      )
      .map((crowd) => ({ actors: crowd.flat() })),
  },
  {
    weight: 5,
    arbitrary: fc
      .tuple(rivals, fc.shuffledSubarray([...APPROVERS, ...OTHERS], { maxLength: 2 }))
      .map(([those, others]) => ({ ...those, actors: [...new Set([...those.actors, ...others])] })),
  },
);

/** What the reviewer's tool says of an honest history, which must be nothing. */
async function doubted(world: GateWorld): Promise<string | undefined> {
  const verdict = await verifiedEvents(await world.events());
  return verdict === 'verified' ? undefined : `the trail does not verify: ${verdict}`;
}

/** A story: who acts, what the page does, and how time passes between two calls. */
const story: fc.Arbitrary<Interleaving> = fc
  .record({
    meeting,
    required: fc.constantFrom(1, 2),
    severity: weighted<'P1' | 'P2' | 'P3'>([3, 'P1'], [1, 'P2'], [2, 'P3']),
    action: weighted<Interleaving['action']>([3, 'create'], [2, 'update'], [1, 'resolve']),
    notify: fc.boolean(),
    retry: fc.constantFrom<Interleaving['retry']>('never', 'when_silent', 'always'),
    fates: fc.array(fate, { minLength: 1, maxLength: 3 }),
    unread: weighted([6, 0], [1, 1], [1, 3]),
    ticksMs: fc.array(tickMs, { minLength: 1, maxLength: 9 }),
    fine: weighted([1, true], [3, false]),
    patience: fc.nat(6),
  })
  .map(({ meeting: { actors, of }, ...rest }) => ({ ...rest, ...of, actors }));

/**
 * Editors, approvers, a rejecter, a withdrawer, publishers, a forger, the commander, a hand on the
 * page and the sweeper act on two drafts at once; the scheduler decides whose next call of a port goes
 * first. Fails with the promise that was broken.
 */
export function interleavingProperty(modules?: GateModules) {
  let stage: Stage;
  const scheduler = fc.scheduler({ act: (release) => stage.quiet(release) });
  return fc.asyncProperty(story, scheduler, async (told, turns) => {
    const clicks: Clicks = new Map();
    const world = await openedWorld(told, modules);
    const cast = await castOf(world, { clicks, ...told });
    world.page.fates.push(...told.fates);
    for (let read = 0; read < told.unread; read += 1) {
      world.page.readErrors.push(pageError('PAGE_OUTCOME_UNKNOWN', null));
    }
    stage = new Stage();
    let calls = 0;
    world.intercept = async (call, perform) => {
      if (told.fine || RACING.test(call)) {
        await stage.waits(turns.schedule(Promise.resolve(), call));
        world.nowMs += told.ticksMs[calls % told.ticksMs.length] ?? 0;
        calls += 1;
      }
      const result = await perform();
      // Queues deliver at least once, and the same message to two publishers at the same time.
      if (call === 'publications.send') {
        for (const request of world.publications.take()) {
          for (let times = 0; times < 2; times += 1) stage.enter(() => delivered(world, request));
        }
      }
      // What was done is seen by others before its answer arrives.
      if (call === 'page.publish') await stage.waits(turns.schedule(Promise.resolve(), call));
      return result;
    };
    for (const actor of told.actors) stage.enter(cast[actor]);
    await turns.waitFor(stage.ended());
    const { required, retry } = told;
    const rules = { clicks, required, retry };
    const broken =
      (await brokenPromise(world, rules)) ??
      (await settle(world)) ??
      (await brokenPromise(world, rules)) ??
      // Gates with a mistake in them are found out by their promises.
      (modules ? undefined : await doubted(world));
    if (broken) throw new Error(`${broken}\n${(await world.types()).join('\n')}`);
  });
}

/** Looks at `runs` histories of the gate. @returns the first that broke a promise, if any did */
export async function runInterleavings(
  runs: number,
  seed: number,
  modules?: GateModules,
): Promise<{ runs: number; broken: string | undefined; path: string | undefined }> {
  const found = await fc.check(interleavingProperty(modules), {
    numRuns: runs,
    seed,
    endOnFailure: true,
  });
  return {
    runs: found.numRuns,
    broken: found.failed ? String(found.errorInstance) : undefined,
    path: found.counterexamplePath ?? undefined,
  };
}

/** The queue makes three deliveries; what is not taken by then is asked for again later. */
async function delivered(world: GateWorld, request: PublicationRequest): Promise<unknown> {
  for (let delivery = 1; ; delivery += 1) {
    try {
      return await world.deliver(request);
    } catch (error) {
      if (!(error instanceof PageError) || delivery === 3) throw error;
    }
  }
}

async function openedWorld(
  told: Interleaving,
  modules: GateModules | undefined,
): Promise<GateWorld> {
  const world = new GateWorld({
    requiredApprovals: told.required,
    lookRules: { autoRetry: told.retry },
    ...(modules ? { modules } : {}),
  });
  await world.open(told.severity);
  return world;
}

/** Who is acting, and who of them waits for the scheduler. */
class Stage {
  #running = 0;
  #waiting = 0;
  readonly #acts: Promise<PromiseSettledResult<unknown>>[] = [];

  enter(act: () => Promise<unknown>): void {
    this.#running += 1;
    const ended = Promise.allSettled([act()]).then(([outcome]) => {
      this.#running -= 1;
      return outcome;
    });
    this.#acts.push(ended);
  }

  async waits<T>(turn: Promise<T>): Promise<T> {
    this.#waiting += 1;
    const result = await turn;
    this.#waiting -= 1;
    return result;
  }

  /** Lets one call go on, and waits until everybody waits again: the same seed, the same story. */
  async quiet(release: () => Promise<void>): Promise<void> {
    await release();
    // Work the scheduler does not see, e.g. a signature, is done in other threads.
    do await new Promise((resolve) => setImmediate(resolve));
    while (this.#running > this.#waiting);
  }

  /** Resolves when everybody is done, also those who entered meanwhile. */
  async ended(): Promise<void> {
    for (let next = 0; next < this.#acts.length; next += 1) {
      const outcome = await this.#acts[next];
      if (outcome?.status !== 'rejected') continue;
      const { reason } = outcome;
      const isLater = reason instanceof PageError || reason.retryable === true;
      if (!isLater) throw reason;
    }
  }
}
