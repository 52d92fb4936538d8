import { beforeEach, describe, expect, it } from 'vitest';
import { TendIncident } from '../../src/services/tend-incident.ts';
import { wakeOverdue } from '../../src/services/wake-overdue.ts';
import { personRequest } from './person-request.ts';
import type { ScheduleKeeper } from './worker-world.ts';
import { useWorker } from './worker-world.ts';

const world = useWorker('memory');
const ROOM = 'C0ROOM1';
const ANA = 'U0ANA';
let incidentId = '';
let sent: { message: unknown; group: string; deduplicationId: string }[];
const types = async () => (await world.trail.from(incidentId, 1)).map(({ type }) => type);
const due = (schedules: ScheduleKeeper) => schedules.due.get(`${incidentId}-update-due`)?.dueAtMs;

/** Ana declared it; its room is open, and the next update is due in 30 min. No schedule ever comes. */
beforeEach(async () => {
  sent = [];
  const asked = personRequest({ by: ANA, channelId: ROOM, text: 'declare Checkout is down' });
  incidentId = (await world.worker().requests.act(asked, undefined)).incidentId ?? '';
  await world.worker().run.run(incidentId);
});

const sweeps = (hasTime = true) => {
  const queue = {
    send: async (message: unknown, as: { group: string; deduplicationId: string }) =>
      void sent.push({ message, ...as }),
  };
  return wakeOverdue({ rows: world.rows, queue, clock: world.clock }, () => hasTime);
};
const tends = async () => {
  const { record, clock } = world;
  const tend = new TendIncident({ record, clock, updateDueS: 1_800 } as never);
  await tend.overdue(incidentId);
  await world.worker().run.run(incidentId);
};

describe('an update reminder whose schedule was lost', () => {
  it.each([
    [1_859_000, 0],
    [1_860_000, 1],
  ])('%i ms after the room opened, wakes %i incidents', async (ms, count) => {
    world.clock.advance(ms);
    expect(await sweeps()).toBe(count);
    expect(sent.map(({ message }) => message)).toEqual(
      count === 0 ? [] : [{ kind: 'sweep', incidentId }],
    );
  });

  it('is sent by the sweeper once, and sets the schedule of the next one', async () => {
    world.clock.advance(10_800_000);
    await tends();
    await tends();
    const sentAt = (await world.trail.from(incidentId, 1)).at(-1)?.at ?? '';
    expect((await types()).filter((type) => type === 'STATUS_REMINDER_SENT')).toHaveLength(1);
    expect(world.chat.whispers).toEqual([{ to: ANA, kind: 'update_due' }]);
    expect(Math.abs((due(world.schedules) ?? 0) - Date.parse(sentAt) - 1_800_000)).toBeLessThan(
      1_000,
    );
    expect(await sweeps()).toBe(0);
  });

  it('goes on to the room when that one is not answered, schedule or none', async () => {
    world.clock.advance(1_860_000);
    await tends();
    world.clock.advance(1_860_000);
    await tends();
    expect((await types()).slice(-1)).toEqual(['STATUS_REMINDER_ESCALATED']);
  });

  it('is none of an incident that is over', async () => {
    const asked = personRequest({ by: ANA, channelId: ROOM, text: 'cancel a test' });
    await world.worker().requests.act(asked, undefined);
    world.clock.advance(10_800_000);
    expect(await sweeps()).toBe(0);
    await tends();
    expect(await types()).not.toContain('STATUS_REMINDER_SENT');
  });
});

it('nobody who came is found though the schedule was lost', async () => {
  const asked = personRequest({ by: ANA, channelId: null, text: 'declare All is odd' });
  incidentId = (await world.worker().requests.act(asked, undefined)).incidentId ?? '';
  await world.worker().run.run(incidentId);
  world.clock.advance(239_000);
  expect(await sweeps()).toBe(0);
  world.clock.advance(1_000);
  expect(await sweeps()).toBe(1);
  await world.worker().reach.overdue(incidentId);
  expect(await types()).toContain('NOBODY_REACHED');
});

it('wakes nobody when there is no time left', async () => {
  world.clock.advance(10_800_000);
  expect(await sweeps(false)).toBe(0);
});
