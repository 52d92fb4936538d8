import fc from 'fast-check';
import { expect, it } from 'vitest';
import { sha256Hex } from '../../src/domain/ids.ts';
import {
  COMPONENT_STATES,
  type ComponentState,
} from '../../src/domain/statuspage-event-details.ts';
import { contentOf, GateWorld } from '../gate/gate-world.ts';

const RUNS = 300;
/** From the best to the worst, written down anew. */
const ORDER = ['operational', 'under_maintenance', 'degraded_performance', 'partial_outage'];

type Step = { of: 0 | 1 } & (
  | { kind: 'draft'; state: ComponentState; ends: boolean; why: boolean }
  | { kind: 'approve' | 'deliver' | 'lost' | 'go' }
  | { kind: 'hand'; state: ComponentState }
);

const state = fc.constantFrom(...COMPONENT_STATES);
const of = fc.constantFrom<0 | 1>(0, 1);
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    kind: fc.constant('draft' as const),
    of,
    state,
    ends: fc.boolean(),
    why: fc.boolean(),
  }),
  fc.record({ kind: fc.constantFrom('approve' as const, 'deliver' as const, 'lost' as const), of }),
  fc.record({ kind: fc.constantFrom('go' as const, 'go' as const, 'deliver' as const), of }),
  fc.record({ kind: fc.constant('go' as const), of }),
  fc.record({ kind: fc.constant('hand' as const), of, state }),
);

async function take(worlds: readonly GateWorld[], given: Step, at: number): Promise<void> {
  const world = worlds[given.of] as GateWorld;
  switch (given.kind) {
    case 'draft': {
      const status = given.ends ? 'resolved' : 'monitoring';
      await world.drafts.create({
        incidentId: world.incidentId,
        commandId: sha256Hex(`draft ${at}`),
        actor: { kind: 'slack_user', id: 'U0ADA' },
        authors: ['U0ADA'],
        content: contentOf('Words.', { status, notify: false, components: { c1: given.state } }),
        source: { origin: 'words', ai: null },
        overrideReason: given.why ? 'it is about something else' : undefined,
      });
      return;
    }
    case 'approve': {
      const { drafts } = await world.state();
      const waiting = drafts.findLast(({ status }) => status === 'pending_approval');
      if (waiting) await world.decide('approve', await world.card(waiting.draftId));
      return;
    }
    case 'deliver':
    case 'lost':
      world.page.fates.splice(0, 9, given.kind === 'lost' ? 'lost' : 'done');
      await world.deliverAll();
      world.nowMs += 61_000;
      await world.tend.drafts(world.incidentId);
      return;
    case 'go':
      await take(worlds, { ...given, kind: 'approve' }, at);
      return take(worlds, { ...given, kind: 'deliver' }, at);
    case 'hand':
      world.page.states.c1 = given.state;
  }
}

/** What each incident said last on the page, until its end there; by the requests that arrived. */
function contradictions(worlds: readonly GateWorld[], overrides: ReadonlySet<string>): string[] {
  const said = new Map<string, string>();
  const found: string[] = [];
  for (const { permit, fate } of (worlds[0] as GateWorld).page.sent) {
    if (fate === 'busy') continue;
    const { incident = '' } = permit.metadata.ir;
    const { components, status } = permit.request.body.incident;
    const rank = (word = 'operational') =>
      ORDER.includes(word) ? ORDER.indexOf(word) : ORDER.length;
    for (const [other, word] of said) {
      const isBetter = rank(components.c1) < rank(word);
      if (other !== incident && isBetter && !overrides.has(permit.publicationId)) {
        found.push(`${incident} said ${components.c1} while ${other} said ${word}`);
      }
    }
    if (status === 'resolved') said.delete(incident);
    else said.set(incident, components.c1 ?? 'operational');
  }
  return found;
}

it(`in ${RUNS} histories of two incidents none shows a component better than the other says`, async () => {
  let published = 0;
  let refused = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 8, maxLength: 30 }), async (steps) => {
      const own = await new GateWorld().open('P2');
      const other = await new GateWorld({ beside: own }).open('P2');
      const worlds = [own, other];
      for (const [at, each] of steps.entries()) await take(worlds, each, at);
      const events = (await Promise.all(worlds.map((world) => world.events()))).flat();
      const overridden = events.flatMap((event) =>
        event.type === 'STATUSPAGE_DRAFT_CREATED' && event.details.overrides
          ? [event.details.publicationId]
          : [],
      );
      expect(contradictions(worlds, new Set(overridden))).toEqual([]);
      published += own.page.effects.length;
      refused += events.filter(
        ({ details }) => (details as { reason?: string }).reason === 'COMPONENT_CLAIMED',
      ).length;
    }),
    { numRuns: RUNS, seed: 20_261_130 },
  );
  // The stories reach what they are about.
  expect(published).toBeGreaterThan(150);
  expect(refused).toBeGreaterThan(3);
}, 120_000);
