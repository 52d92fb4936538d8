import { expect, it } from 'vitest';
import { incidentIdOfAlertGroup } from '../../src/domain/ids.ts';
import { MemoryIncidentRows } from '../../src/local/memory/memory-incident-rows.ts';
import { IncidentRecord } from '../../src/services/incident-record.ts';
import { alertMessage, onCall } from './alert-messages.ts';
import { useWorker } from './worker-world.ts';

const world = useWorker('memory');
const ACTOR = { kind: 'alert_source', id: 'grafana-oncall' } as const;
const idOf = (episode: number, group = 'GROUP1') =>
  incidentIdOfAlertGroup({ source: 'grafana-oncall', group, episode });
const fires = (group = 'GROUP1') =>
  alertMessage(onCall('alert group created', { group, time: '2026-11-20T09:00:00Z' }));

/** Opens and ends this many episodes of a group. */
async function live(episodes: number, group = 'GROUP1'): Promise<void> {
  for (let episode = 1; episode <= episodes; episode += 1) {
    const of = { incidentId: idOf(episode, group), actor: ACTOR };
    await world.record.run({
      ...of,
      commandId: 'open',
      decide: () => ({
        append: 'INCIDENT_OPENED',
        details: {
          title: 'Checkout 5xx',
          severity: 'P1',
          severityIsDefault: false,
          service: 'checkout-api',
          source: 'grafana-oncall',
          group,
          episode,
          link: null,
          labels: {},
          previousIncidentId: null,
        },
      }),
    });
    await world.record.run({
      ...of,
      commandId: 'cancel',
      decide: () => ({ append: 'INCIDENT_CANCELLED', details: { reason: 'A test.' } }),
    });
  }
}

/** Loses every row, the one that names a group's newest episode too. */
function loseRows(): void {
  const rows = new MemoryIncidentRows();
  const { trail, clock } = world;
  const record = new IncidentRecord({ trail, rows, clock, pause: { forMs: async () => {} } });
  Object.assign(world, { rows, record });
}

it('opens the 1,001st episode of a group, linked to the one before', async () => {
  await live(1_000);
  expect(await world.worker().receive.receive(fires())).toBe(idOf(1_001));
  const [opened] = await world.trail.from(idOf(1_001), 1);
  expect(opened?.details).toMatchObject({ episode: 1_001, previousIncidentId: idOf(1_000) });
});

it('finds the newest of 1,000 episodes from the trail alone within 40 reads', async () => {
  await live(1_000);
  loseRows();
  let reads = 0;
  const worker = world.worker((port, _method, when) => {
    if (port === 'trail' && when === 'before') reads += 1;
  });
  expect(await worker.receive.receive(fires())).toBe(idOf(1_001));
  expect(reads).toBeLessThanOrEqual(40);
});

it.each([1, 2, 3, 4, 5, 7, 8, 9])('goes on after the newest of %i episodes', async (count) => {
  await live(count);
  loseRows();
  expect(await world.worker().receive.receive(fires())).toBe(idOf(count + 1));
});
