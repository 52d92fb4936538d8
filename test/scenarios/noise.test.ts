import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { audit } from '../../scripts/audit.ts';
import { Actors } from '../../src/local/actors.ts';
import { drain, floodOf, sendFlood } from '../../src/local/alert-flood.ts';
import { startWorld, type World } from '../../src/local/world.ts';
import { runCommand } from '../scripts/run-command.ts';

const FLOOD = 48;
const DRAINED_WITHIN_MS = 120_000;
let world: World;
let actors: Actors;

beforeAll(async () => {
  const options = { port: 0, functions: 'inline', limits: 'off', ai: 'off' } as const;
  world = await startWorld(options, { writeLog: () => {} });
  actors = new Actors(world);
});
afterAll(async () => {
  actors.close();
  await world.close();
});

/** Sends a flood and waits for all that follows. @returns what it cost the trail */
async function flooded(type: 'resolve' | 'alert group created', groups: number) {
  const inserts = () => world.aws.board.calls().counts['dynamodb:ExecuteStatement'] ?? 0;
  const events = async () => [...(await actors.trails()).values()].flat();
  const before = { inserts: inserts(), events: (await events()).length };
  const firings = floodOf(groups, world.clock.nowMs());
  const { statuses } = await sendFlood(world, firings, type);
  expect(statuses).toEqual({ 202: groups });
  await drain(world, DRAINED_WITHIN_MS);
  const all = await events();
  return { firings, all, perEvent: (inserts() - before.inserts) / (all.length - before.events) };
}

describe('a flood of resolutions that belong to nothing', () => {
  it('is on record whole, with fewer than two inserts an event, and the trail verifies', async () => {
    const { firings, all, perEvent } = await flooded('resolve', FLOOD);
    const unmatched = all.flatMap((event) =>
      event.type === 'ALERT_UNMATCHED' ? [event.details.group] : [],
    );
    expect(unmatched.sort()).toEqual(firings.map(({ key }) => key).sort());
    expect(perEvent).toBeLessThanOrEqual(2);
    const chains = new Set(all.map(({ incidentId }) => incidentId));
    expect([...chains].every((id) => /^intake-\d{8}(-\d{2})?$/.test(id))).toBe(true);
    const noted = all.flatMap((event) =>
      event.type === 'CHAIN_NOTED' ? [event.details.incidentId] : [],
    );
    expect(noted.sort()).toEqual([...chains].filter((id) => id.length > 15).sort());
    const verified = await runCommand(audit, ['verify', '--endpoint', world.ready.urls.aws], {
      environment: {},
      world: () => undefined,
      clock: world.clock,
    });
    expect(verified).toMatchObject({ exitCode: 0 });
  }, 180_000);

  it('reaches no queue in which a click or an incident’s effects wait', async () => {
    const sends = world.aws.board
      .calls()
      .calls.filter(({ operation }) => operation === 'sqs:SendMessage');
    const queuesOf = (wanted: string) =>
      new Set(
        sends
          .filter(({ caller }) => caller === wanted)
          .map(({ args }) => (args as { queue?: string }).queue),
      );
    expect(queuesOf('alert-webhook')).toEqual(new Set(['alerts.fifo']));
    const toIncidents = sends.filter(
      ({ args }) => (args as { queue?: string }).queue === 'incidents.fifo',
    );
    // One message a chain that is begun, and none for a resolution.
    expect(toIncidents.length).toBeLessThanOrEqual(32);
  });
});
