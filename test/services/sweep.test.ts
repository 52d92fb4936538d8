import { describe, expect, it } from 'vitest';
import { DeliveryError } from '../../src/domain/errors.ts';
import type { IncidentMessage } from '../../src/services/ports.ts';
import { sweep } from '../../src/services/sweep.ts';

const out = (retryable = true) =>
  new DeliveryError({ code: 'QUEUE_UNAVAILABLE', message: 'out', retryable });

/** An outbox with rows, some unfinished incidents, and a queue that can be out. */
function givenWork(of: { rows?: string[]; unfinished?: string[] } = {}) {
  const world = {
    nowMs: 1_800_000_000_000,
    rows: of.rows ?? [],
    sent: [] as { message: IncidentMessage; group: string; deduplicationId: string }[],
    counted: [] as string[],
    /** Sends from this number on fail. */
    queueFailsFrom: Number.POSITIVE_INFINITY,
    msPerSend: 0,
    listUnfinishedFails: false,
    roomless: {} as Record<string, { roomlessSinceMs: number }>,
    refusedForGood: '',
    returnDeadLetters: async () => 0,
    returnDeadPublications: async () => 0,
    reconcileAlerts: async () => 0,
    watchPage: async () => 0,
    wakeOpenOnPage: async () => 0,
    wakeOverdue: async () => 0,
  };
  const alert = (id: string) => ({
    kind: 'publication_changed',
    incidentId: id,
    publicationId: 'p',
  });
  const run = () =>
    sweep({
      clock: { nowMs: () => world.nowMs },
      log: { note() {}, warn() {}, error() {}, count: (metric) => world.counted.push(metric) },
      queue: {
        send: async (message, as) => {
          if (world.sent.length >= world.queueFailsFrom) throw out();
          if (as.deduplicationId === world.refusedForGood) throw out(false);
          world.nowMs += world.msPerSend;
          world.sent.push({ message, ...as });
        },
      },
      returnDeadLetters: () => world.returnDeadLetters(),
      returnDeadPublications: () => world.returnDeadPublications(),
      reconcileAlerts: () => world.reconcileAlerts(),
      watchPage: () => world.watchPage(),
      wakeOpenOnPage: () => world.wakeOpenOnPage(),
      wakeOverdue: () => world.wakeOverdue(),
      outbox: {
        list: async (limit) =>
          world.rows
            .slice(0, limit)
            .map((id) => ({ id, message: alert(id) as IncidentMessage, group: `group-${id}` })),
        remove: async (id) => {
          world.rows = world.rows.filter((row) => row !== id);
        },
        countWaiting: async () => world.rows.length,
      },
      rows: {
        listUnfinished: async (limit) => {
          if (world.listUnfinishedFails) throw out();
          const all = (of.unfinished ?? []).map((incidentId) => ({
            incidentId,
            sinceMs: 0,
            ...world.roomless[incidentId],
          }));
          return all.slice(0, limit);
        },
      },
    });
  return { world, run };
}

describe('sweep()', () => {
  it('sends each row under its own deduplication id and group, then removes it', async () => {
    const { world, run } = givenWork({ rows: ['a', 'b'] });
    expect(await run()).toMatchObject({ drained: 2, waiting: 0, swept: 0 });
    expect(world.sent.map(({ deduplicationId, group }) => [deduplicationId, group])).toEqual([
      ['a', 'group-a'],
      ['b', 'group-b'],
    ]);
    expect(world.rows).toEqual([]);
    expect(world.counted).toEqual([]);
  });

  it('keeps a row that the queue never takes, and sends on what waits behind it', async () => {
    const { world, run } = givenWork({ rows: ['a', 'b', 'c'] });
    world.refusedForGood = 'b';
    expect(await run()).toMatchObject({ waiting: 1, failures: ['QUEUE_UNAVAILABLE'] });
    expect(world.sent.map(({ deduplicationId }) => deduplicationId)).toEqual(['a', 'c']);
    expect(world.rows).toEqual(['b']);
  });

  it('keeps the rows that the queue did not take, counts OutboxWaiting, and still goes on', async () => {
    const { world, run } = givenWork({ rows: ['a', 'b', 'c'], unfinished: ['inc-1'] });
    world.queueFailsFrom = 1;
    expect(await run()).toEqual({
      drained: 0,
      waiting: 2,
      returned: 0,
      swept: 0,
      roomless: 0,
      reconciled: 0,
      suspected: 0,
      failures: ['QUEUE_UNAVAILABLE', 'QUEUE_UNAVAILABLE'],
    });
    expect(world.rows).toEqual(['b', 'c']);
    expect(world.counted).toEqual(['OutboxWaiting']);
  });

  it('wakes each unfinished incident once a minute in its own work group', async () => {
    const { world, run } = givenWork({ unfinished: ['inc-1', 'inc-2'] });
    await run();
    await run();
    const ids = world.sent.map(({ deduplicationId }) => deduplicationId);
    expect(new Set(ids).size).toBe(2);
    expect(ids[0]).toMatch(/^[0-9a-f]{64}$/);
    expect(world.sent[0]).toMatchObject({
      message: { kind: 'sweep', incidentId: 'inc-1' },
      group: 'work#inc-1',
    });
    world.nowMs += 60_000;
    await run();
    expect(new Set(world.sent.map(({ deduplicationId }) => deduplicationId)).size).toBe(4);
  });

  it('takes on no more after 20 s, and leaves the rest for the next minute', async () => {
    const { world, run } = givenWork({ rows: ['a', 'b', 'c'], unfinished: ['inc-1'] });
    world.msPerSend = 10_000;
    expect(await run()).toMatchObject({ drained: 2, waiting: 1, swept: 0 });
    expect(world.rows).toEqual(['c']);
  });

  it('wakes each of 450 that wait within two sweeps, and the newest in every one', async () => {
    const unfinished = Array.from({ length: 450 }, (_, n) => `inc-${n}`);
    const { world, run } = givenWork({ unfinished });
    const woken = async () => {
      world.sent = [];
      await run();
      world.nowMs += 60_000;
      return world.sent.map(({ group }) => group);
    };
    for (let from = 0; from < 5; from += 1) {
      const sweeps = [await woken(), await woken()];
      expect(sweeps.map((groups) => groups.length)).toEqual([400, 400]);
      expect(new Set(sweeps.flat()).size).toBe(450);
      expect(sweeps.every((groups) => groups.includes('work#inc-449'))).toBe(true);
      expect(sweeps.every((groups) => groups.includes('work#inc-350'))).toBe(true);
    }
  });

  it('wakes each of 2,000 within 7 sweeps', async () => {
    const unfinished = Array.from({ length: 2_000 }, (_, n) => `inc-${n}`);
    const { world, run } = givenWork({ unfinished });
    for (let sweeps = 0; sweeps < 7; sweeps += 1) {
      await run();
      world.nowMs += 60_000;
    }
    expect(new Set(world.sent.map(({ group }) => group)).size).toBe(2_000);
  });

  it('drains the outbox though the index of unfinished incidents is out', async () => {
    const { world, run } = givenWork({ rows: ['a'] });
    world.listUnfinishedFails = true;
    expect(await run()).toMatchObject({ drained: 1, failures: ['QUEUE_UNAVAILABLE'] });
  });

  it('says how many incidents on the page it suspects', async () => {
    const { world, run } = givenWork();
    world.watchPage = async () => 3;
    expect(await run()).toMatchObject({ suspected: 3, failures: [] });
  });

  it('does everything else though what was published cannot be read', async () => {
    const { world, run } = givenWork({ rows: ['a'], unfinished: ['inc-1'] });
    world.watchPage = async () => {
      throw out();
    };
    expect(await run()).toMatchObject({ drained: 1, swept: 1, failures: ['QUEUE_UNAVAILABLE'] });
  });

  it('alarms about an incident that has no war room after 60 s, and not before', async () => {
    const { world, run } = givenWork({ unfinished: ['inc-1', 'inc-2'] });
    world.roomless['inc-1'] = { roomlessSinceMs: world.nowMs - 59_999 };
    expect(await run()).toMatchObject({ roomless: 0 });
    expect(world.counted).toEqual([]);
    world.nowMs += 1;
    expect(await run()).toMatchObject({ roomless: 1 });
    expect(world.counted).toEqual(['RoomLate']);
  });

  it('wakes incidents though dead letters and the alert source cannot be reached', async () => {
    const { world, run } = givenWork({ unfinished: ['inc-1'] });
    world.returnDeadLetters = async () => {
      throw out();
    };
    world.reconcileAlerts = world.returnDeadLetters;
    const failures = ['QUEUE_UNAVAILABLE', 'QUEUE_UNAVAILABLE'];
    expect(await run()).toMatchObject({ returned: 0, swept: 1, reconciled: 0, failures });
  });
});
