import { describe, expect, it } from 'vitest';
import { givenWorld, type Incident } from './war-room.ts';

/*
 * incident-worker dies while it asks what is known about a service, or while it says so. Once the
 * system is idle the answer is on the trail once and in the room once.
 */
const stage = givenWorld({ functions: 'process' });

async function cardCount(incident: Incident): Promise<number> {
  const { messages } = await stage.actors.channel(await incident.room());
  return messages.filter(({ metadata }) => JSON.stringify(metadata ?? {}).includes('#context_card'))
    .length;
}

async function expectOneAnswer(incident: Incident): Promise<void> {
  expect(await incident.count('CONTEXT_SNAPSHOT_ATTACHED')).toBe(1);
  expect(await cardCount(incident)).toBe(1);
  expect(await incident.count('WAR_ROOM_ASSEMBLED')).toBe(1);
  expect(await incident.count('EFFECT_ABANDONED')).toBe(0);
}

describe('incident-worker dies', () => {
  it.each([
    ['grafana', 'prometheus_query', 'before'],
    ['grafana', 'tempo_search', 'after'],
    ['github', 'list_deployments', 'before'],
    ['github', 'get_contents', 'after'],
  ] as const)(
    'as it asks %s %s (%s): one answer',
    async (fake, match, kill) => {
      stage.fault(fake, { match, kill });
      const firing = await stage.actors.fires('checkout-errors', 'escalation');
      await stage.faultMet(fake);
      await stage.passes({ minutes: 2 });
      await stage.settle(30_000);
      await expectOneAnswer(await stage.incidentOf(firing));
    },
    60_000,
  );

  it.each(['before', 'after'] as const)(
    '%s the card is posted: one card',
    async (kill) => {
      // Slow enough for the room to be whole before its card comes.
      stage.fault('grafana', { match: 'tempo_search', delayMs: 2_500 });
      const firing = await stage.actors.fires('checkout-errors', 'escalation');
      await stage.until('the room is whole', async () => {
        const [id] = await stage.incidentsOf(firing.key);
        const trail = id ? await stage.actors.trail(id) : [];
        return trail.some(({ type }) => type === 'WAR_ROOM_ASSEMBLED');
      });
      await stage.world.idle(300);
      stage.fault('slack', { match: 'chat.postMessage', kill });
      await stage.faultMet('slack');
      await stage.passes({ minutes: 2 });
      await stage.settle(30_000);
      await expectOneAnswer(await stage.incidentOf(firing));
    },
    60_000,
  );
});
