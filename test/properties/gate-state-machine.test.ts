import fc from 'fast-check';
import { expect, it } from 'vitest';
import { GateWorld } from '../gate/gate-world.ts';
import type { PageFate } from '../gate/memory-page.ts';
import {
  adopt,
  approve,
  declareAbsent,
  deliver,
  edit,
  end,
  newModel,
  policy,
  type Step,
  severityTo,
  sweep,
  wait,
} from './gate-model.ts';

const RUNS = 500;

const steps = fc.commands(
  [
    fc.constantFrom('U0BEN', 'U0CAL', 'U0BEN2', 'U0ADA').map(approve),
    fc.constantFrom('U0BEN', 'U0CAL').map(approve),
    fc.constantFrom('U0BEN', 'U0CAL').map(approve),
    fc.constantFrom(end('reject', 'U0CAL', 'rejected'), end('withdraw', 'U0DEE', 'withdrawn')),
    fc.constant(edit),
    fc.constantFrom<PageFate>('done', 'busy', 'busy', 'refused', 'lost', 'vanished').map(deliver),
    fc.constantFrom<PageFate>('busy', 'lost', 'vanished', 'vanished').map(deliver),
    fc.constantFrom(adopt, declareAbsent, adopt),
    fc.constantFrom(severityTo('P1'), severityTo('P3'), policy(true), policy(false), sweep),
    fc.constantFrom(1, 4_999, 5_000, 18_001, 40_000, 40_000).map(wait),
    fc.constantFrom(61_000, 1_740_000, 1_740_001, 86_400_000).map(wait),
  ],
  { maxCommands: 40, size: 'max' },
);

/** Where a story begins: at a new draft, or where two looks found nothing. */
const BEGINNINGS: Step[][] = [
  [],
  [
    approve('U0BEN'),
    approve('U0CAL'),
    deliver('vanished'),
    wait(18_000),
    deliver('done'),
    wait(30_000),
    deliver('done'),
  ],
];

async function start({ silent, worst }: { silent: boolean; worst: 'P1' | 'P2' | 'P3' }) {
  const world = await new GateWorld({ requiredApprovals: 2 }).open(worst);
  const card = await world.draft('Words as drafted.', { notify: !silent });
  return { model: newModel({ silent, worst }), real: { world, card } };
}

it(`one draft goes through its states as the design says, in ${RUNS} stories`, async () => {
  const reached = new Set<string>();
  const drafts = fc.record({
    silent: fc.boolean(),
    worst: fc.constantFrom<'P1' | 'P2' | 'P3'>('P1', 'P2', 'P3'),
    beginning: fc.constantFrom(...BEGINNINGS),
  });
  await fc.assert(
    fc.asyncProperty(drafts, steps, async (of, story) => {
      const begun = await start(of);
      for (const step of of.beginning) await step.run(begun.model, begun.real);
      await fc.asyncModelRun(() => begun, story);
      for (const type of await begun.real.world.types()) reached.add(type);
      reached.add(begun.model.status);
      if (begun.model.absences > 0) reached.add('sent again by itself');
    }),
    { numRuns: RUNS, seed: 20_261_122 },
  );
  expect([...reached]).toEqual(
    expect.arrayContaining([
      'expired',
      'published',
      'publication_failed',
      'rejected',
      'sent again by itself',
      'unconfirmed',
      'withdrawn',
      'STATUSPAGE_PUBLISH_REFUSED',
    ]),
  );
}, 120_000);

/** Stories that once surprised, each in its shortest form. */
const KEPT: { name: string; silent: boolean; worst: 'P1' | 'P2' | 'P3'; story: Step[] }[] = [
  {
    name: 'the wait after "not executed" holds across a refusal and new approvals',
    silent: false,
    worst: 'P2',
    story: [
      approve('U0BEN'),
      approve('U0CAL'),
      deliver('busy'),
      severityTo('P1'),
      wait(5_000),
      deliver('done'),
      approve('U0BEN'),
      approve('U0CAL'),
      deliver('done'),
    ],
  },
  {
    name: 'two swallowed requests in a row are put before a person',
    silent: true,
    worst: 'P1',
    story: [
      approve('U0BEN'),
      approve('U0CAL'),
      deliver('vanished'),
      wait(18_000),
      deliver('done'),
      wait(30_000),
      deliver('done'),
      wait(30_000),
      deliver('done'),
      deliver('vanished'),
      wait(86_400_000),
      deliver('done'),
      wait(30_000),
      deliver('done'),
      wait(30_000),
      deliver('done'),
      deliver('done'),
      declareAbsent,
    ],
  },
  {
    name: 'an approval given before the severity rose does not count after it',
    silent: true,
    worst: 'P3',
    story: [
      approve('U0CAL'),
      severityTo('P1'),
      approve('U0BEN'),
      deliver('done'),
      approve('U0ADA'),
      approve('U0BEN'),
      approve('U0CAL'),
      deliver('done'),
    ],
  },
  {
    name: 'what the author approved while it was quiet does not count once it is big',
    silent: true,
    worst: 'P3',
    story: [
      approve('U0ADA'),
      severityTo('P1'),
      approve('U0BEN'),
      deliver('done'),
      approve('U0CAL'),
      deliver('done'),
    ],
  },
];

it.each(KEPT)('$name', async ({ silent, worst, story }) => {
  const { model, real } = await start({ silent, worst });
  for (const step of story) await step.run(model, real);
});
