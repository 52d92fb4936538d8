import { beforeAll, expect, it } from 'vitest';
import type { IncidentState } from '../../src/domain/incident-state.ts';
import type { GateWorld } from '../gate/gate-world.ts';
import { type ReadyTrail, readyTrail, restored } from './gate-tamper.ts';
import { type Change, changed, changesOf } from './tampering.ts';

/** Where the approved text stands in the trail, from 0. */
const REVISION = 8;

let approved: ReadyTrail;
let pending: ReadyTrail;

beforeAll(async () => {
  approved = await readyTrail({ tried: false });
  pending = { ...approved, events: approved.events.slice(0, REVISION + 1) };
});

async function changesOfState(trail: ReadyTrail): Promise<Change[]> {
  return changesOf(await (await restored(trail)).state()).filter(({ path }) => path.length > 0);
}

/** A gate whose projection somebody changed. */
async function tamperedWorld(trail: ReadyTrail, change: Change): Promise<GateWorld> {
  const world = await restored(trail);
  world.rows.tamper(world.incidentId, (state) => {
    const other = changed(state, change);
    for (const field of Object.keys(state)) delete state[field as keyof IncidentState];
    Object.assign(state, other);
  });
  return world;
}

function approvedRequest(): unknown {
  return (approved.events[REVISION]!.details as { request: unknown }).request;
}

it('a projection changed in any field after the approvals changes nothing on the page', async () => {
  const changes = await changesOfState(approved);
  expect(changes.length).toBeGreaterThan(400);
  for (const change of changes) {
    const world = await tamperedWorld(approved, change);
    expect([change, await world.deliver(approved.card)]).toEqual([change, 'published']);
    expect(world.page.sent.map(({ permit }) => permit.request)).toEqual([approvedRequest()]);
  }
});

it('changed before the approvals, what is sent is what they saw, or nothing', async () => {
  const outcomes = new Set<string>();
  for (const change of await changesOfState(pending)) {
    const world = await tamperedWorld(pending, change);
    try {
      await world.decide('approve', pending.card, { by: 'U0BEN' });
      await world.decide('approve', pending.card, { by: 'U0CAL' });
      for (const outcome of await world.deliverAll()) outcomes.add(outcome);
    } catch {
      // A projection that is not even of its form stops incident-worker, which is no send.
    }
    for (const { permit } of world.page.sent) expect(permit.request).toEqual(approvedRequest());
  }
  expect([...outcomes].sort()).toEqual(['published', 'refused']);
});

it.each(['authors', 'approvals'])('made-up %s let nobody publish alone', async (field) => {
  const value = field === 'authors' ? [] : [{ seq: 9, slackUserId: 'U0BEN', requiredApprovals: 1 }];
  const world = await tamperedWorld(pending, { path: ['drafts', 1, field], to: value });
  // Ada wrote it; Cal is a second approver of two at most.
  for (const by of ['U0ADA', 'U0CAL']) await world.decide('approve', pending.card, { by });
  await world.deliver(pending.card);
  expect(world.page.sent).toEqual([]);
});
