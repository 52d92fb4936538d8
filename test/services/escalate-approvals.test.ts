import { beforeEach, describe, expect, it } from 'vitest';
import { DEFAULT_APPROVAL_TIMES } from '../../src/domain/escalation.ts';
import type { EscalationStage } from '../../src/domain/statuspage-event-details.ts';
import { EscalateApprovals } from '../../src/services/escalate-approvals.ts';
import type { DraftReference } from '../../src/services/room-messages.ts';
import { GateWorld } from '../gate/gate-world.ts';

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
let world: GateWorld;
let card: DraftReference;
let escalations: EscalateApprovals;

beforeEach(async () => {
  await given();
});

async function given(requiredApprovals = 1): Promise<void> {
  world = await new GateWorld({ requiredApprovals }).open('P2');
  card = await world.draft();
  escalations = new EscalateApprovals({
    record: world.record,
    clock: { nowMs: () => world.nowMs },
    times: DEFAULT_APPROVAL_TIMES,
  });
}

/** A stage's schedule fires for a revision. */
const fires = (stage: EscalationStage, of: Partial<DraftReference> = {}) =>
  escalations.due({
    kind: 'schedule',
    purpose: 'approval_due',
    name: `pub-${stage}`,
    incidentId: world.incidentId,
    draftId: card.draftId,
    revision: 1,
    stage,
    dueAt: '2026-11-20T09:05:00.000Z',
    ...of,
  });
const sweeps = () => world.tend.drafts(world.incidentId);
const passes = (ms: number) => {
  world.nowMs += ms;
};
const escalated = async () =>
  (await world.events()).filter(({ type }) => type === 'STATUSPAGE_APPROVAL_ESCALATED');
const stages = async () =>
  (await escalated()).map(({ details }) => (details as { stage: EscalationStage }).stage);

describe('due()', () => {
  it('puts the stage on record, by the schedule, under its name and due time', async () => {
    passes(5 * MINUTE_MS);
    await fires('reminded');
    const { publicationId } = (await world.state()).drafts[0]!;
    expect(await escalated()).toMatchObject([
      {
        actor: { kind: 'schedule', id: 'pub-reminded' },
        commandId: `${publicationId}-reminded#2026-11-20T09:05:00.000Z`,
        details: { draftId: card.draftId, revision: 1, stage: 'reminded' },
      },
    ]);
    expect((await world.state()).drafts[0]).toMatchObject({
      status: 'pending_approval',
      escalated: 'reminded',
    });
  });

  it('twice, and beside the sweeper, makes one event', async () => {
    passes(5 * MINUTE_MS);
    await Promise.all([fires('reminded'), fires('reminded'), sweeps(), sweeps()]);
    await fires('reminded');
    expect(await stages()).toEqual(['reminded']);
  });

  it('does nothing too early, but for a clock that is five seconds behind', async () => {
    passes(5 * MINUTE_MS - 5_001);
    await fires('reminded');
    expect(await stages()).toEqual([]);
    passes(1);
    await fires('reminded');
    expect(await stages()).toEqual(['reminded']);
  });

  it('makes up for a stage whose own schedule never came', async () => {
    passes(15 * MINUTE_MS);
    await fires('widened');
    expect(await stages()).toEqual(['reminded', 'widened']);
  });

  it.each(['approve', 'withdraw', 'reject'] as const)(
    'does nothing after a decision: %s',
    async (verb) => {
      await world.decide(verb, card, { by: verb === 'approve' ? 'U0BEN' : 'U0ADA' });
      passes(31 * MINUTE_MS);
      await fires('paged');
      await sweeps();
      expect(await stages()).toEqual([]);
    },
  );

  it('does nothing for another revision, another draft, another incident', async () => {
    expect(await world.edit(card, 'New words.')).toBeUndefined();
    passes(5 * MINUTE_MS);
    await fires('reminded', { revision: 1 });
    await fires('reminded', { draftId: 'drf-x', revision: 2 });
    await fires('reminded', { incidentId: 'inc-bbbbbbbbbbbbbbbb', revision: 2 });
    expect(await stages()).toEqual([]);
    await fires('reminded', { revision: 2 });
    expect(await stages()).toEqual(['reminded']);
  });

  it('does nothing when the decision comes between its look and its event', async () => {
    passes(5 * MINUTE_MS);
    world.intercept = async (call, perform) => {
      if (call !== 'trail.insert') return perform();
      world.intercept = (_call, through) => through();
      await world.decide('withdraw', card, { by: 'U0ADA' });
      return perform();
    };
    await fires('reminded');
    expect(await stages()).toEqual([]);
  });

  it('does nothing in an incident that was cancelled', async () => {
    await world.append('INCIDENT_CANCELLED', { reason: 'a false alarm' });
    passes(31 * MINUTE_MS);
    await sweeps();
    expect(await stages()).toEqual([]);
  });
});

describe('a draft that waits', () => {
  it('goes through every stage in order, once, and then expires', async () => {
    for (let minute = 0; minute < 40; minute += 1) {
      passes(MINUTE_MS);
      await sweeps();
    }
    expect(await stages()).toEqual(['reminded', 'widened', 'paged']);
    passes(DAY_MS);
    await sweeps();
    await sweeps();
    const { type } = (await world.events()).at(-1)!;
    expect(type).toBe('STATUSPAGE_APPROVAL_EXPIRED');
    expect(await stages()).toHaveLength(3);
  });

  it('for its second approval is not let off by the first one', async () => {
    await given(2);
    passes(4 * MINUTE_MS);
    await world.decide('approve', card, { by: 'U0BEN' });
    passes(MINUTE_MS);
    await fires('reminded');
    expect(await stages()).toEqual(['reminded']);
  });

  it('starts anew when an approval did not hold, and escalates once more', async () => {
    passes(6 * MINUTE_MS);
    await sweeps();
    await world.decide('approve', card, { by: 'U0BEN' });
    passes(31 * MINUTE_MS);
    expect(await world.deliverAll()).toEqual(['refused']);
    const [back] = (await world.state()).drafts;
    expect(back).toMatchObject({ status: 'pending_approval', escalated: null });
    expect(back?.pendingSince).toBe('2026-11-20T09:37:00.000Z');
    passes(4 * MINUTE_MS);
    await fires('reminded');
    expect(await stages()).toEqual(['reminded']);
    passes(MINUTE_MS);
    await sweeps();
    await fires('reminded');
    expect(await stages()).toEqual(['reminded', 'reminded']);
    const [first, second] = await escalated();
    expect(second?.commandId).not.toBe(first?.commandId);
  });

  it('is not reset by a refusal while it waits anyway', async () => {
    passes(6 * MINUTE_MS);
    await sweeps();
    expect(await world.deliver(card)).toBe('refused');
    await sweeps();
    expect(await stages()).toEqual(['reminded']);
  });
});

describe('a rejection', () => {
  it.each([
    [1, 'U0CAL', 'approved', true],
    [2, 'U0CAL', 'pending_approval', true],
  ])('of %i needed approvals by %s takes back the one that stands', async (needed, by, before) => {
    await given(needed);
    await world.decide('approve', card, { by: 'U0BEN' });
    expect(await world.statusOf(card.draftId)).toBe(before);
    expect(await world.decide('reject', card, { by })).toBeUndefined();
    expect((await world.state()).drafts[0]).toMatchObject({
      status: 'rejected',
      revoked: true,
      approvals: [],
      decidedBy: by,
    });
    await world.deliverAll();
    expect(world.page.sent).toEqual([]);
  });

  it('of a draft nobody approved takes back nothing', async () => {
    await world.decide('reject', card, { by: 'U0CAL' });
    expect((await world.state()).drafts[0]).not.toHaveProperty('revoked');
  });
});
