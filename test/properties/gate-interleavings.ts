import fc from 'fast-check';
import { applyEvent } from '../../src/domain/apply-event.ts';
import type { IncidentState } from '../../src/domain/incident-state.ts';
import type { PublicationRequest } from '../../src/services/statuspage-approval-gate.ts';
import { type GateModules, GateWorld } from '../gate/gate-world.ts';
import type { PageFate } from '../gate/memory-page.ts';
import { brokenPromise, type Clicks, settle } from './gate-invariants.ts';

/** Everybody who brings a publication about, each once, all at the same time. */
const APPROVERS = [
  'approver 1',
  'approver 2',
  'approver 1 again',
  'other account of approver 1',
  'approver of the other draft',
  'late approver 1',
  'late approver 2',
] as const;
/** Everybody who may be in its way. */
const OTHERS = ['editor 1', 'editor 2', 'rejecter', 'withdrawer', 'forger', 'sweeper'] as const;
const PUBLISHERS = ['publisher 1', 'publisher 2'] as const;
type Actor = (typeof APPROVERS | typeof OTHERS | typeof PUBLISHERS)[number];

export type Interleaving = {
  required: number;
  actors: Actor[];
  fates: PageFate[];
  ticksMs: number[];
};

/** A story: who acts, what the page does, and how time passes between two calls. */
const story: fc.Arbitrary<Interleaving> = fc.record({
  required: fc.constantFrom(1, 2),
  actors: fc
    .tuple(
      fc.shuffledSubarray([...APPROVERS], { minLength: 2 }),
      fc.shuffledSubarray([...OTHERS], { maxLength: 3 }),
    )
    .map(([approvers, others]) => [...approvers, ...others, ...PUBLISHERS]),
  fates: fc.array(
    fc.constantFrom<PageFate>('done', 'busy', 'refused', 'lost', 'vanished', 'broken'),
    { maxLength: 2 },
  ),
  ticksMs: fc.array(fc.constantFrom(0, 0, 0, 1, 40, 3_000, 12_000), { minLength: 1, maxLength: 9 }),
});

/**
 * Two editors, approvers, a rejecter, a withdrawer, two publishers, a forger and the sweeper act on
 * two drafts at once; the scheduler decides whose next call of a port goes first. Fails with the
 * promise that was broken.
 */
export function interleavingProperty(modules?: GateModules) {
  return fc.asyncProperty(story, fc.scheduler({ act: quiet }), async (told, scheduler) => {
    const world = new GateWorld({
      requiredApprovals: told.required,
      ...(modules ? { modules } : {}),
    });
    await world.open('P1');
    const clicks: Clicks = new Map();
    const acts = await actsOn(world, clicks);
    world.page.fates.push(...told.fates);
    let calls = 0;
    world.intercept = async (call, perform) => {
      waiting += 1;
      await scheduler.schedule(Promise.resolve(), call);
      waiting -= 1;
      world.nowMs += told.ticksMs[calls % told.ticksMs.length] ?? 0;
      calls += 1;
      return perform();
    };
    let running = told.actors.length;
    let waiting = 0;
    busy = () => running > waiting;
    const all = told.actors.map((actor) => acts[actor]().finally(() => (running -= 1)));
    const outcome = await scheduler.waitFor(Promise.allSettled(all));
    busy = () => false;
    const failed = outcome.find(
      (one) =>
        one.status === 'rejected' && (one.reason as { retryable?: boolean }).retryable !== true,
    );
    if (failed?.status === 'rejected') throw failed.reason;
    const broken =
      (await brokenPromise(world, { clicks, required: told.required })) ??
      (await settle(world)) ??
      (await brokenPromise(world, { clicks, required: told.required }));
    if (broken) throw new Error(`${broken}\n${(await world.types()).join('\n')}`);
  });
}

/** True while somebody works on something the scheduler does not see, e.g. a signature. */
let busy: () => boolean = () => false;

/** Lets one call go on, and waits until everybody waits again: the same seed, the same story. */
async function quiet(release: () => Promise<void>): Promise<void> {
  await release();
  do await new Promise((resolve) => setImmediate(resolve));
  while (busy());
}

async function actsOn(
  world: GateWorld,
  clicks: Clicks,
): Promise<Record<Actor, () => Promise<unknown>>> {
  const card = await world.draft('First words.');
  const other = await world.draft('Words of another draft.');
  const initial = await snapshot(world);
  /** Approves what the newest card (or an old one) shows at this moment. */
  const approve = async (by: string, of: { draft: typeof card; fresh: boolean }) => {
    const { drafts } = of.fresh ? await snapshot(world) : initial;
    const shown = drafts.find(({ draftId }) => draftId === of.draft.draftId)!;
    const request = world.request({ by });
    clicks.set(request.requestSha256, { by, request: structuredClone(shown.request) });
    const { draftId, revision, digest } = shown;
    const draft = { incidentId: world.incidentId, draftId, revision, digest };
    return world.decisions.decide('approve', { request, draft });
  };
  /** Everything sent is delivered twice, by whoever comes first. */
  const inbox: PublicationRequest[] = [];
  const turn = () => world.intercept('queue.receive', async () => {});
  const publisher = async () => {
    for (let turns = 0; turns < 8; turns += 1) {
      for (const request of world.publications.take()) inbox.push(request, request);
      const request = inbox.shift();
      await (request ? world.deliver(request) : turn());
    }
  };
  const late = async (by: string) => {
    await turn();
    await turn();
    return approve(by, { draft: card, fresh: true });
  };
  return {
    'editor 1': () => world.edit(card, 'Words by the first editor.', 'U0DEE'),
    'editor 2': () => world.edit(card, 'Words by the second editor.', 'U0ADA'),
    'approver 1': () => approve('U0BEN', { draft: card, fresh: false }),
    'approver 2': () => approve('U0CAL', { draft: card, fresh: false }),
    'approver 1 again': () => approve('U0BEN', { draft: card, fresh: false }),
    'other account of approver 1': () => approve('U0BEN2', { draft: card, fresh: false }),
    'approver of the other draft': () => approve('U0CAL', { draft: other, fresh: false }),
    'late approver 1': () => late('U0BEN'),
    'late approver 2': () => late('U0CAL'),
    rejecter: async () => {
      await turn();
      return world.decide('reject', card, { by: 'U0CAL' });
    },
    withdrawer: () => world.decide('withdraw', card, { by: 'U0DEE' }),
    'publisher 1': publisher,
    'publisher 2': publisher,
    forger: async () => {
      await world.deliver(card);
      await world.deliver(other);
      await world.deliver({ ...card, revision: 2 });
    },
    sweeper: () => world.tend.drafts(world.incidentId),
  };
}

/** What the cards show now, read past the scheduler: looking is not acting. */
async function snapshot(world: GateWorld): Promise<IncidentState> {
  let state: IncidentState | undefined;
  for (const event of await world.events()) state = applyEvent(state, event);
  return state!;
}
