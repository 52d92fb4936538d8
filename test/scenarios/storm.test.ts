import { expect, it } from 'vitest';
import type { AuditEvent } from '../../src/domain/audit-event.ts';
import { drain, floodOf, outcomeOf, sendFlood } from '../../src/local/alert-flood.ts';
import { stormIncidentId } from '../../src/services/storms.ts';
import { SHIPPED_CONFIG } from './calm-config.ts';
import { givenWorld } from './war-room.ts';

const stage = givenWorld({ limits: 'on' }, { configFolder: SHIPPED_CONFIG });
const PATIENCE_MS = 240_000;
const GROUPS = 120;

it('120 groups of two services at once: 22 rooms, none lost, and nothing doubled when sent four times', async () => {
  const { world } = stage;
  const startedAtMs = world.clock.nowMs();
  const firings = floodOf(GROUPS, startedAtMs, 2);
  const first = await sendFlood(world, firings);
  expect(first.statuses).toEqual({ 202: GROUPS });
  expect(first.tookMs.at(-1)).toBeLessThan(5_000);
  await drain(world, PATIENCE_MS);
  const outcome = outcomeOf(world, await stage.actors.trails(), { firings, startedAtMs });
  expect(outcome).toMatchObject({ lost: [], doubled: [], refused: 0 });
  // Ten of each service, and one storm of each.
  expect(outcome).toMatchObject({ rooms: 22, storms: 2, linked: 100 });
  for (let again = 0; again < 3; again += 1) await sendFlood(world, firings);
  await drain(world, PATIENCE_MS);
  expect(outcomeOf(world, await stage.actors.trails(), { firings, startedAtMs })).toEqual(outcome);
}, 300_000);

it('the room of a storm says what it is, how many groups it has, and where the others are', async () => {
  const stormId = stormIncidentId('checkout-api', 1);
  const trail = (await stage.actors.trails()).get(stormId) as readonly AuditEvent[];
  const created = trail.find(({ type }) => type === 'WAR_ROOM_CREATED');
  const { channelId } = (created as Extract<AuditEvent, { type: 'WAR_ROOM_CREATED' }>).details;
  const { messages } = await stage.actors.channel(channelId);
  const notice = messages.find(({ text }) =>
    text.includes('This is an alert storm of checkout-api'),
  );
  expect(notice?.text).toContain('more than 10 new incidents within 5 min');
  // A room that is not open yet is named by its title.
  const earlier = notice?.text.split('Opened before it:')[1]?.trim().split('\n');
  expect(earlier).toHaveLength(10);
  const card = JSON.stringify(messages.map(({ blocks }) => blocks));
  expect(card).toContain('50 linked here, 10 incidents opened before');
  expect(card).toContain('P1');
});

it('each incident opened before the storm names the room of the storm', async () => {
  const trails = await stage.actors.trails();
  const before = [...trails.values()].filter(
    ([first]) =>
      first?.type === 'INCIDENT_OPENED' &&
      first.details.service === 'checkout-api' &&
      !first.details.storm,
  );
  expect(before).toHaveLength(10);
  for (const trail of before) {
    const note = trail.find(({ type }) => type === 'NOTE_ADDED');
    expect(note?.details).toMatchObject({ text: expect.stringContaining('An alert storm began') });
  }
});
