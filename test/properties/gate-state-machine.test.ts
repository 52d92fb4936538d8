import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { DraftStatus } from '../../src/domain/incident-state.ts';
import type { DraftReference } from '../../src/services/room-messages.ts';
import { GateWorld, PEOPLE } from '../gate/gate-world.ts';
import type { PageFate } from '../gate/memory-page.ts';

const RUNS = 300;

/** What the design says of one draft that needs two approvals, in a few lines of its own. */
type Model = {
  status: DraftStatus;
  approvedBy: string[];
  attempts: number;
  nowMs: number;
  retryAtMs: number;
  onPage: boolean;
  lookWanted: boolean;
  /** Looks of our own: how many, when the first may be, and when the next one is. */
  looks: number;
  firstLookMs: number;
  nextLookMs: number | null;
};
type Real = { world: GateWorld; card: DraftReference };
type Step = fc.AsyncCommand<Model, Real>;

const SENT: DraftStatus[] = ['publishing', 'unconfirmed'];
const OPEN: DraftStatus[] = ['pending_approval', 'approved'];
const emailOf = (by: string) => PEOPLE[by]?.email;

/** A step that may always be taken; `expected` moves the model and says what people are told. */
function step<T>(
  name: string,
  expected: (model: Model) => T,
  act: (real: Real) => Promise<T>,
): Step {
  return {
    check: () => true,
    run: async (model, real) => {
      const told = expected(model);
      expect(await act(real)).toEqual(told);
      expect(await real.world.statusOf(real.card.draftId)).toBe(model.status);
    },
    toString: () => name,
  };
}

function tooLate(model: Model): string {
  return SENT.includes(model.status) ? 'PUBLISHING_ALREADY_STARTED' : 'DRAFT_ALREADY_DECIDED';
}

function approve(by: string): Step {
  return step(
    `${by} approves`,
    (model) => {
      const again = model.approvedBy.includes(by);
      if (model.status === 'pending_approval') {
        if (model.approvedBy.some((one) => emailOf(one) === emailOf(by))) {
          return 'APPROVER_NOT_PERMITTED';
        }
        model.approvedBy.push(by);
        if (model.approvedBy.length === 2) model.status = 'approved';
        return undefined;
      }
      if (again && ['approved', 'unconfirmed', 'published'].includes(model.status))
        return undefined;
      return tooLate(model);
    },
    async ({ world, card }) => (await world.decide('approve', card, { by }))?.code,
  );
}

function end(verb: 'reject' | 'withdraw', by: string, to: DraftStatus): Step {
  return step(
    `${by} wants it ${to}`,
    (model) => {
      if (model.status === to) return undefined;
      if (!OPEN.includes(model.status)) return tooLate(model);
      model.status = to;
      model.approvedBy = [];
      return undefined;
    },
    async ({ world, card }) => (await world.decide(verb, card, { by }))?.code,
  );
}

const edit = step(
  'an author edits',
  (model) => {
    if (!OPEN.includes(model.status)) return true;
    Object.assign(model, { status: 'pending_approval', approvedBy: [], attempts: 0, retryAtMs: 0 });
    return false;
  },
  async (real) => {
    const refused = await real.world.edit(real.card, 'Other words.', 'U0ADA');
    real.card = await real.world.card(real.card.draftId);
    return refused !== undefined;
  },
);

function deliver(fate: PageFate): Step {
  return step(
    `a delivery; the page: ${fate}`,
    (model) => {
      if (model.status === 'pending_approval') model.approvedBy = [];
      if (OPEN.includes(model.status) && model.status !== 'approved') return undefined;
      if (model.status === 'unconfirmed') looked(model);
      if (model.status !== 'approved' || model.nowMs < model.retryAtMs) return undefined;
      if (model.attempts === 5) {
        model.status = 'publication_failed';
        return undefined;
      }
      model.attempts += 1;
      attempted(model, fate);
      return undefined;
    },
    async ({ world, card }) => {
      world.page.fates.splice(0, Number.POSITIVE_INFINITY, fate);
      await world.deliver(card);
    },
  );
}

function attempted(model: Model, fate: PageFate): void {
  model.onPage = fate === 'done' || fate === 'lost';
  if (fate === 'done') model.status = 'published';
  else if (fate === 'refused') model.status = 'publication_failed';
  else if (fate === 'busy') {
    model.retryAtMs = model.nowMs + Math.min(5_000 * 2 ** (model.attempts - 1), 60_000);
  } else {
    const firstLookMs = model.nowMs + 18_000;
    Object.assign(model, { status: 'unconfirmed', looks: 0, firstLookMs, nextLookMs: firstLookMs });
    model.lookWanted = false;
  }
}

/** Three looks within a minute; then, as this draft notifies customers, a person decides. */
function looked(model: Model): void {
  const isDue = model.nextLookMs !== null && model.nextLookMs <= model.nowMs;
  if (!isDue && !model.lookWanted) return;
  model.lookWanted = false;
  if (model.onPage) {
    model.status = 'published';
    return;
  }
  model.looks += 1;
  const planned = [0, 30_000, 60_000].map((ms) => model.firstLookMs + ms);
  const upcoming = planned.find((ms) => ms > model.nowMs);
  model.nextLookMs = upcoming ?? (model.looks < 3 ? model.nowMs + 30_000 : null);
}

const adopt = step(
  'the commander adopts',
  (model) => {
    // What was wanted is so.
    if (model.status === 'published') return undefined;
    if (model.status !== 'unconfirmed') return 'DRAFT_ALREADY_DECIDED';
    model.lookWanted = true;
    return undefined;
  },
  async ({ world, card }) => (await world.decide('adopt', card, { by: 'U0DEE' }))?.code,
);

const declareAbsent = step(
  'the commander declares it absent',
  (model) => {
    if (model.status !== 'unconfirmed') return 'DRAFT_ALREADY_DECIDED';
    model.status = 'publication_failed';
    return undefined;
  },
  async ({ world, card }) => (await world.decide('declare_absent', card, { by: 'U0DEE' }))?.code,
);

function wait(ms: number): Step {
  return step(
    `${ms} ms pass`,
    (model) => {
      model.nowMs += ms;
    },
    async ({ world }) => {
      world.nowMs += ms;
    },
  );
}

const steps = fc.commands(
  [
    fc.constantFrom('U0BEN', 'U0CAL', 'U0BEN2').map(approve),
    fc.constantFrom('U0BEN', 'U0CAL').map(approve),
    fc.constant(end('reject', 'U0CAL', 'rejected')),
    fc.constant(end('withdraw', 'U0DEE', 'withdrawn')),
    fc.constant(edit),
    fc.constantFrom<PageFate>('done', 'busy', 'busy', 'refused', 'lost', 'vanished').map(deliver),
    fc.constantFrom<PageFate>('busy', 'lost').map(deliver),
    fc.constant(adopt),
    fc.constant(declareAbsent),
    fc.constantFrom(1, 4_999, 5_000, 18_001, 40_000).map(wait),
  ],
  { maxCommands: 35, size: 'max' },
);

it(`one draft goes through its states as the design says, in ${RUNS} stories`, async () => {
  await fc.assert(
    fc.asyncProperty(steps, async (story) => {
      const world = await new GateWorld({ requiredApprovals: 2 }).open('P1');
      const card = await world.draft();
      const model: Model = {
        status: 'pending_approval',
        approvedBy: [],
        attempts: 0,
        nowMs: 0,
        retryAtMs: 0,
        onPage: false,
        lookWanted: false,
        looks: 0,
        firstLookMs: 0,
        nextLookMs: null,
      };
      await fc.asyncModelRun(() => ({ model, real: { world, card } }), story);
    }),
    { numRuns: RUNS },
  );
}, 120_000);
