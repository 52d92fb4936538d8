import { describe, expect, it } from 'vitest';
import type { GroupState } from '../../src/domain/alert-signal.ts';
import { OnCallError } from '../../src/domain/errors.ts';
import type { Confirmed } from '../../src/services/alert-groups.ts';
import type { KnownGroup } from '../../src/services/known-groups.ts';
import type { IncidentMessage } from '../../src/services/ports.ts';
import { reconcileAlerts } from '../../src/services/reconcile-alerts.ts';

type Ours = {
  group: string;
  state: GroupState | null;
  source?: string;
  unconfirmed?: true;
  status?: string;
};

function given(of: {
  listed?: { id: string; state?: GroupState; ageMs?: number }[];
  ours?: Ours[];
  /** Over for us, or in a storm. */
  known?: Record<string, KnownGroup>;
  told?: Record<string, Confirmed>;
}) {
  const world = {
    nowMs: 1_800_000_000_000,
    since: [] as number[],
    asked: [] as string[],
    sent: [] as { message: IncidentMessage; group: string; deduplicationId: string }[],
    counted: [] as string[],
    error: undefined as Error | undefined,
  };
  const run = (hasTime = () => true) =>
    reconcileAlerts(
      {
        groups: {
          listOpen: async (sinceMs) => {
            world.since.push(sinceMs);
            if (world.error) throw world.error;
            return (of.listed ?? []).map(({ id, state = 'firing', ageMs = 60_000 }) => ({
              id,
              state,
              createdAtMs: world.nowMs - ageMs,
            }));
          },
          confirm: async (group) => {
            world.asked.push(group);
            return of.told?.[group] ?? { kind: 'unknown' };
          },
          personById: async () => null,
        },
        rows: {
          listOpen: async () =>
            (of.ours ?? []).map(
              ({ group, state, source = 'grafana-oncall', unconfirmed, status }) => ({
                status: status ?? 'active',
                alertGroup: { source, group, state, ...(unconfirmed ? { unconfirmed } : {}) },
              }),
            ) as never,
        },
        known: async (_source, group) => of.known?.[group],
        queue: { send: async (message, as) => void world.sent.push({ message, ...as }) },
        clock: { nowMs: () => world.nowMs },
        log: { note() {}, warn() {}, error() {}, count: (name) => world.counted.push(name) },
      },
      hasTime,
    );
  const told = () => world.sent.map(({ message }) => (message as { group: string }).group);
  return { world, run, told };
}

const known = (state: GroupState): Confirmed => ({ kind: 'known', group: { id: 'x', state } });

describe('reconcileAlerts()', () => {
  it('tells of a group that is open for a minute and unknown to us, and alarms', async () => {
    const { world, run, told } = given({ listed: [{ id: 'IA' }, { id: 'IB', ageMs: 59_999 }] });
    expect(await run()).toBe(1);
    expect(told()).toEqual(['IA']);
    expect(world.counted).toEqual(['AlertNotDelivered']);
    expect(world.sent[0]?.message).toEqual({
      kind: 'read_alert_group',
      group: 'IA',
      foundAtMs: world.nowMs,
    });
    expect(world.sent[0]?.group).toMatch(/^alert#[0-9a-f]{32}$/);
  });

  it('tells once a minute, however often it runs', async () => {
    const { world, run } = given({ listed: [{ id: 'IA' }] });
    await run();
    await run();
    expect(new Set(world.sent.map(({ deduplicationId }) => deduplicationId)).size).toBe(1);
    world.nowMs += 60_000;
    await run();
    expect(new Set(world.sent.map(({ deduplicationId }) => deduplicationId)).size).toBe(2);
  });

  it('looks six hours back', async () => {
    const { world, run } = given({});
    await run();
    expect(world.since).toEqual([world.nowMs - 6 * 3_600_000]);
  });

  it('says nothing of a group in the state that we have, and asks nothing about it', async () => {
    const { world, run } = given({
      listed: [{ id: 'IA' }, { id: 'IB', state: 'acknowledged' }, { id: 'IC' }],
      ours: [
        { group: 'IA', state: 'firing' },
        { group: 'IB', state: 'acknowledged' },
        { group: 'IC', state: null },
      ],
    });
    expect(await run()).toBe(0);
    expect(world.asked).toEqual([]);
  });

  it('tells of a group whose state is another, even when it is young', async () => {
    const { run, told } = given({
      listed: [{ id: 'IA', state: 'acknowledged', ageMs: 5_000 }],
      ours: [{ group: 'IA', state: 'firing' }],
    });
    await run();
    expect(told()).toEqual(['IA']);
  });

  it('asks about those of ours that are not listed as open, and tells what changed', async () => {
    const { world, run, told } = given({
      ours: [
        { group: 'IA', state: 'firing' },
        { group: 'IB', state: 'silenced' },
        { group: 'IC', state: 'resolved' },
        { group: 'ID', state: 'firing', source: 'grafana-alerting' },
      ],
      told: { IA: known('resolved'), IB: known('silenced') },
    });
    await run();
    expect(world.asked).toEqual(['IA', 'IB']);
    expect(told()).toEqual(['IA']);
  });

  it('tells of a group that OnCall does not know only if it came unproven', async () => {
    const { run, told } = given({
      ours: [
        { group: 'DRILL', state: 'firing' },
        { group: 'IB', state: 'firing', unconfirmed: true },
      ],
    });
    await run();
    expect(told()).toEqual(['IB']);
  });

  it('asks ten at a time, each in its turn, and no more when it gets no answer', async () => {
    const ours = Array.from({ length: 25 }, (_, n) => ({
      group: `I${n}`,
      state: 'firing' as const,
    }));
    const { world, run } = given({ ours });
    for (let minute = 0; minute < 6; minute += 1) {
      await run();
      world.nowMs += 60_000;
    }
    expect(world.asked).toHaveLength(60);
    expect(new Set(world.asked).size).toBe(25);
    const silent = given({ ours, told: { I0: { kind: 'unasked', because: 'rate_limited' } } });
    silent.world.nowMs -= silent.world.nowMs % (25 * 60_000 * 10);
    await silent.run();
    expect(silent.world.asked).toEqual(['I0']);
  });

  it('tells of a group that is over for us every ten minutes, and alarms about none', async () => {
    const { world, run } = given({
      listed: [{ id: 'IA' }],
      known: { IA: { kind: 'own', incidentId: 'inc-a' } },
    });
    for (let minute = 0; minute < 20; minute += 1) {
      await run();
      world.nowMs += 60_000;
    }
    expect(world.sent).toHaveLength(2);
    expect(world.counted).toEqual([]);
  });

  it('takes a group for over whose incident is listed only because the page shows it', async () => {
    const { world, run, told } = given({
      listed: [{ id: 'IA', state: 'acknowledged' }],
      ours: [
        { group: 'IA', state: 'resolved', status: 'resolved' },
        { group: 'IB', state: 'firing', status: 'cancelled' },
      ],
      known: { IA: { kind: 'own', incidentId: 'inc-a' } },
    });
    for (let minute = 0; minute < 20; minute += 1) {
      await run();
      world.nowMs += 60_000;
    }
    expect(told()).toEqual(['IA', 'IA']);
    expect(world.asked).toEqual([]);
  });

  it('leaves a group alone that a storm took in, in the state that we have', async () => {
    const { world, run } = given({
      listed: [{ id: 'IA' }],
      known: { IA: { kind: 'linked', incidentId: 'inc-storm', state: 'firing' } },
    });
    for (let minute = 0; minute < 20; minute += 1) {
      await run();
      world.nowMs += 60_000;
    }
    expect(world.sent).toEqual([]);
  });

  it('counts an OnCall that cannot be asked, and fails for nothing else of it', async () => {
    const { world, run } = given({ ours: [{ group: 'IA', state: 'firing' }] });
    world.error = new OnCallError({
      code: 'ONCALL_UNAVAILABLE',
      message: 'out',
      retryable: true,
    });
    expect(await run()).toBe(0);
    expect(world.counted).toEqual(['AlertsNotReconciled']);
    world.error = new Error('unplanned');
    await expect(run()).rejects.toThrow('unplanned');
  });

  it('takes on nothing more when the time is up', async () => {
    const { world, run } = given({
      listed: [{ id: 'IA' }],
      ours: [{ group: 'IB', state: 'firing' }],
    });
    expect(await run(() => false)).toBe(0);
    expect(world.asked).toEqual([]);
  });
});
