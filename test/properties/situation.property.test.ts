import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { AuditEvent } from '../../src/domain/audit-event.ts';
import type { PageStatus } from '../../src/domain/statuspage-event-details.ts';
import { GateWorld } from '../gate/gate-world.ts';

const RUNS = 400;

const say = (text: PageStatus) => ({ kind: 'draft', status: text }) as const;
type Step =
  | ReturnType<typeof say>
  | { kind: 'approve' | 'deliver' | 'worker' | 'mitigate' | 'resolve' | 'reopen' | 'cancel' }
  | { kind: 'deliver_busy' };

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.constantFrom(say('investigating'), say('monitoring'), say('resolved')),
  fc.constantFrom<Step>({ kind: 'approve' }, { kind: 'deliver' }),
  fc.constantFrom<Step>({ kind: 'approve' }, { kind: 'deliver' }),
  fc.constantFrom<Step>({ kind: 'worker' }, { kind: 'deliver_busy' }, { kind: 'mitigate' }),
  fc.constantFrom<Step>({ kind: 'resolve' }, { kind: 'reopen' }, { kind: 'cancel' }),
);

/** What people may ask of an incident in each status, written down anew. */
const LIFE = {
  mitigate: {
    from: ['triggered', 'active'],
    act: (world: GateWorld) => world.append('INCIDENT_MITIGATED', { text: 'as it looks' }),
  },
  resolve: {
    from: ['triggered', 'active', 'mitigated'],
    act: (world: GateWorld) => world.append('INCIDENT_RESOLVED', { summary: 'as it looks' }),
  },
  reopen: {
    from: ['mitigated', 'resolved', 'cancelled'],
    act: (world: GateWorld) => world.append('INCIDENT_REOPENED', { reason: 'as it looks' }),
  },
  cancel: {
    from: ['triggered', 'active', 'mitigated'],
    act: (world: GateWorld) => world.append('INCIDENT_CANCELLED', { reason: 'as it looks' }),
  },
};

async function lives(world: GateWorld, what: keyof typeof LIFE): Promise<void> {
  const { from, act } = LIFE[what];
  if (from.includes((await world.state()).status)) await act(world);
}

async function take(world: GateWorld, { kind, ...of }: Step): Promise<void> {
  const { drafts } = await world.state();
  switch (kind) {
    case 'draft': {
      await world.draft('Words.', of as { status: PageStatus }).catch(() => {});
      return;
    }
    case 'approve': {
      const waiting = drafts.findLast(({ status }) => status === 'pending_approval');
      if (waiting) await world.decide('approve', await world.card(waiting.draftId));
      return;
    }
    case 'deliver':
    case 'deliver_busy': {
      world.page.fates.splice(0, 9, kind === 'deliver' ? 'done' : 'busy');
      await world.deliverAll();
      world.nowMs += 61_000;
      await world.tend.drafts(world.incidentId);
      return;
    }
    case 'worker':
      return world.drafts.withdrawOutlived(world.incidentId);
    default:
      return lives(world, kind);
  }
}

/**
 * Names the first publication that did not fit, by the trail alone: between the words and the claim
 * nobody reopened or cancelled the incident, nobody resolved it unless the words say so, and of a
 * cancelled one nothing but its end is said.
 */
function misfit(events: readonly AuditEvent[]): string | undefined {
  for (const started of events) {
    if (started.type !== 'STATUSPAGE_PUBLISH_STARTED') continue;
    const { draftId } = started.details;
    const written = events.find(
      (event) => event.type === 'STATUSPAGE_DRAFT_CREATED' && event.details.draftId === draftId,
    );
    if (written?.type !== 'STATUSPAGE_DRAFT_CREATED') return 'published without words';
    const isEnd = written.details.request.body.incident.status === 'resolved';
    const before = events.filter(({ seq }) => seq < written.seq);
    const said = before.findLast(({ type }) => /RESOLVED|REOPENED|CANCELLED/.test(type))?.type;
    if (said === 'INCIDENT_CANCELLED' && !isEnd) return 'words about a cancelled incident';
    for (const { type } of events.slice(written.seq, started.seq)) {
      if (type === 'INCIDENT_CANCELLED') return 'cancelled after it was written';
      if (type === 'INCIDENT_RESOLVED' && !isEnd) return 'resolved after it was written';
      if (type === 'INCIDENT_REOPENED') return 'reopened after it was written';
    }
  }
  return undefined;
}

it(`in ${RUNS} histories nothing is published that does not fit its incident`, async () => {
  let published = 0;
  let refused = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 6, maxLength: 24 }), async (steps) => {
      const world = await new GateWorld().open('P1');
      for (const each of steps) await take(world, each);
      const events = await world.events();
      expect(misfit(events)).toBeUndefined();
      published += world.page.effects.length;
      refused += events.filter(
        (event) =>
          event.type === 'STATUSPAGE_PUBLISH_REFUSED' &&
          event.details.reason === 'SITUATION_CHANGED',
      ).length;
      // What does not fit is nobody's to approve once the worker came.
      await world.drafts.withdrawOutlived(world.incidentId);
      for (const { outlived, status } of (await world.state()).drafts) {
        if (outlived) expect(['pending_approval', 'approved']).not.toContain(status);
      }
    }),
    { numRuns: RUNS, seed: 20_261_130 },
  );
  // The stories reach what they are about.
  expect(published).toBeGreaterThan(100);
  expect(refused).toBeGreaterThan(10);
}, 120_000);
