import { describe, expect, it } from 'vitest';
import { DynamoStormRows } from '../../src/adapters/dynamodb/storm-rows.ts';
import { MemoryAuditTrail } from '../../src/local/memory/memory-audit-trail.ts';
import { MemoryIncidentRows } from '../../src/local/memory/memory-incident-rows.ts';
import { MemoryStormRows } from '../../src/local/memory/memory-storm-rows.ts';
import { IncidentRecord } from '../../src/services/incident-record.ts';
import { findKnownGroup } from '../../src/services/known-groups.ts';
import type { AuditTrail, IncidentMessage, IncidentRows } from '../../src/services/ports.ts';
import { Quarantine } from '../../src/services/quarantine.ts';
import { ReceiveAlert } from '../../src/services/receive-alert.ts';
import type { StormRows } from '../../src/services/storm-rows.ts';
import { stormIncidentId } from '../../src/services/storms.ts';
import { alertMessage, onCall, ROUTING } from './alert-messages.ts';
import { useRecord } from './record-world.ts';
import { givenStorms } from './storm-world.ts';

const STORM = stormIncidentId('checkout-api', 1);
const ROUTES = {
  ...ROUTING,
  severity: [
    { labels: { severity: 'critical' }, is: 'P1' as const },
    { labels: { severity: 'high' }, is: 'P2' as const },
    { labels: { severity: 'warning' }, is: 'P3' as const },
    { labels: { severity: 'info' }, is: 'P4' as const },
    { labels: { priority: 'P1' }, is: 'P1' as const },
    { labels: { priority: 'P4' }, is: 'P4' as const },
  ],
};
const T0 = Date.parse('2026-11-20T09:00:00Z');

type Ports = { trail: AuditTrail; rows: IncidentRows; stormRows: StormRows };

/** Alerts of one service, over the real services; the queue's messages are kept for the test. */
function storming(ports: Ports, of: { onWrite?: (name: string) => void } = {}) {
  const clock = {
    at: T0,
    nowMs() {
      return this.at;
    },
  };
  const counts: string[] = [];
  const sent: { message: IncidentMessage; deduplicationId: string }[] = [];
  const log = { note() {}, warn() {}, error() {}, count: (name: string) => counts.push(name) };
  const pause = { forMs: async () => {} };
  const hook = (name: string) => of.onWrite?.(name);
  const rows = hooked(ports.rows, hook);
  const trail = hooked(ports.trail, hook);
  const stormRows = hooked(ports.stormRows, hook);
  const record = new IncidentRecord({ trail, rows, clock, pause });
  const parts = givenStorms({
    ...{ record, rows, clock, stormRows, log, routing: ROUTES },
    sent: sent as never,
    send: async () => hook('send'),
  });
  const schedules = { set: async () => {}, remove: async () => {} };
  const quarantine = new Quarantine({ record, rows, schedules, clock });
  const receiver = new ReceiveAlert({
    ...{ record, rows, routing: ROUTES, quarantine, storms: parts.storms },
  });
  return {
    clock,
    counts,
    sent,
    record,
    ...parts,
    receiver,
    receive: (
      group: string,
      given: { type?: string; severity?: string; time?: string; service?: string } = {},
    ) => {
      const body = onCall(given.type ?? 'alert group created', {
        group,
        time: given.time ?? '2026-11-20T09:00:00Z',
      });
      body.alert_payload.labels.severity = given.severity ?? 'critical';
      body.alert_payload.labels.service = given.service ?? 'checkout';
      return receiver.receive(alertMessage(body));
    },
    events: (incidentId: string) => ports.trail.from(incidentId, 1),
    /** Appends until nothing waits, whatever the linger. */
    async drain(incidentId = STORM) {
      clock.at += 5_000;
      await parts.batches.append(incidentId);
    },
  };
}

function hooked<T extends object>(target: T, hook: (name: string) => void): T {
  return new Proxy(target, {
    get(of, name) {
      const value = Reflect.get(of, name, of);
      if (typeof value !== 'function') return value;
      return async (...given: unknown[]) => {
        const isWrite = !/^(read|list|get|from|head|was|applied|latest)/.test(String(name));
        if (isWrite) hook(`before ${String(name)}`);
        const answer = await value.apply(of, given);
        if (isWrite) hook(`after ${String(name)}`);
        return answer;
      };
    },
  });
}

function inMemory(): Ports {
  return {
    ...{ trail: new MemoryAuditTrail(), rows: new MemoryIncidentRows() },
    stormRows: new MemoryStormRows(),
  };
}

async function firstTen(world: ReturnType<typeof storming>): Promise<string[]> {
  const ids: string[] = [];
  for (let i = 1; i <= 10; i += 1) ids.push(await world.receive(`GROUP${i}`));
  return ids;
}

const groupsOf = (events: Awaited<ReturnType<AuditTrail['from']>>) =>
  events.flatMap((event) => (event.type === 'ALERT_LINKED' ? event.details.alerts : []));

describe('a service with too many new incidents', () => {
  it('opens ten incidents, and the eleventh group joins the storm', async () => {
    const world = storming(inMemory());
    const own = await firstTen(world);
    expect(new Set(own).size).toBe(10);
    expect(own).not.toContain(STORM);
    expect(await world.receive('GROUP11')).toBe(STORM);
    expect(await world.receive('GROUP12')).toBe(STORM);
    expect(world.sent.map(({ message }) => message)).toEqual([
      { kind: 'storm', incidentId: STORM },
      { kind: 'storm', incidentId: STORM },
    ]);
    // One message a turn: the queue drops the second.
    expect(new Set(world.sent.map(({ deduplicationId }) => deduplicationId)).size).toBe(1);
    await world.drain();
    const [opened, linked] = await world.events(STORM);
    expect(opened).toMatchObject({
      type: 'INCIDENT_OPENED',
      details: {
        title: 'Alert storm: checkout-api',
        severity: 'P1',
        service: 'checkout-api',
        storm: { before: own, incidents: 10, windowS: 300 },
      },
    });
    expect(linked).toMatchObject({ type: 'ALERT_LINKED', details: { groups: 2 } });
    expect((await world.record.load(STORM))?.state.storm).toEqual({ before: own, groups: 2 });
    expect(world.counts.filter((name) => name === 'StormOpened')).toHaveLength(1);
  });

  it('counts services apart, and alerts without a service in a bucket of their own', async () => {
    const world = storming(inMemory());
    await firstTen(world);
    const other = onCall('alert group created', { group: 'OTHER', time: '2026-11-20T09:00:00Z' });
    other.alert_payload.labels.service = 'nobody-knows';
    expect(await world.storms.place('inc-x', deliveredOf('OTHER', {}))).toBeUndefined();
  });

  it('takes later deliveries of a linked group, and a repeated one adds nothing', async () => {
    const world = storming(inMemory());
    await firstTen(world);
    await world.receive('GROUP11');
    await world.drain();
    for (let i = 0; i < 4; i += 1) expect(await world.receive('GROUP11')).toBe(STORM);
    const acknowledged = { type: 'acknowledge', time: '2026-11-20T09:03:00Z' };
    for (let i = 0; i < 3; i += 1) expect(await world.receive('GROUP11', acknowledged)).toBe(STORM);
    await world.drain();
    const alerts = groupsOf(await world.events(STORM));
    expect(alerts.map(({ rawType, isNew }) => [rawType, isNew])).toEqual([
      ['alert group created', true],
      ['acknowledge', false],
    ]);
    expect((await world.record.load(STORM))?.state.storm?.groups).toBe(1);
  });

  it('takes “un…” only if it changes what is known of the group', async () => {
    const world = storming(inMemory());
    await firstTen(world);
    await world.receive('GROUP11');
    expect(await world.receive('GROUP11', { type: 'unacknowledge' })).toBe(STORM);
    await world.drain();
    expect(groupsOf(await world.events(STORM))).toHaveLength(1);
    await world.receive('GROUP11', { type: 'acknowledge', time: '2026-11-20T09:03:00Z' });
    await world.receive('GROUP11', { type: 'unacknowledge' });
    await world.drain();
    expect(groupsOf(await world.events(STORM)).map(({ rawType }) => rawType)).toHaveLength(3);
  });

  it('appends 120 groups in batches of 50, 50 and 20', async () => {
    const world = storming(inMemory());
    await firstTen(world);
    for (let i = 11; i <= 130; i += 1) await world.receive(`GROUP${i}`);
    await world.drain();
    const batches = (await world.events(STORM)).filter(({ type }) => type === 'ALERT_LINKED');
    expect(batches.map(({ details }) => (details as { alerts: unknown[] }).alerts.length)).toEqual([
      50, 50, 20,
    ]);
  });

  it('lets a batch fill up for 2 s after the last, unless it is full', async () => {
    const world = storming(inMemory());
    await firstTen(world);
    await world.receive('GROUP11');
    await world.batches.append(STORM);
    world.clock.at += 1_999;
    await world.receive('GROUP12');
    await expect(world.batches.append(STORM)).rejects.toMatchObject({ code: 'NOT_YET' });
    for (let i = 13; i <= 61; i += 1) await world.receive(`GROUP${i}`);
    await world.batches.append(STORM);
    expect(groupsOf(await world.events(STORM))).toHaveLength(51);
    world.clock.at += 2_000;
    await world.receive('GROUP62');
    await world.batches.append(STORM);
    expect(groupsOf(await world.events(STORM))).toHaveLength(52);
  });

  it('raises the severity when a worse group joins, and never lowers it', async () => {
    const world = storming(inMemory());
    await firstTen(world);
    const severities: (string | undefined)[] = [];
    for (const [group, severity] of [
      ['GROUP11', 'warning'],
      ['GROUP12', 'high'],
      ['GROUP13', 'critical'],
      ['GROUP14', 'warning'],
    ] as const) {
      await world.receive(group, { severity });
      await world.drain();
      severities.push((await world.record.load(STORM))?.state.severity);
    }
    expect(severities).toEqual(['P3', 'P2', 'P1', 'P1']);
    const changes = (await world.events(STORM)).filter(({ type }) => type === 'SEVERITY_CHANGED');
    expect(changes.map(({ details }) => details)).toEqual([
      { from: 'P3', to: 'P2', reason: 'an alert group of severity P2 joined the storm' },
      { from: 'P2', to: 'P1', reason: 'an alert group of severity P1 joined the storm' },
    ]);
  });

  it('opens the next storm when the last is over and the service still has too many', async () => {
    const world = storming(inMemory());
    await firstTen(world);
    await world.receive('GROUP11');
    await world.drain();
    await world.record.run({
      incidentId: STORM,
      commandId: 'resolve',
      actor: { kind: 'slack_user', id: 'U0MAYA' },
      decide: () => ({ append: 'INCIDENT_RESOLVED', details: { summary: 'over' } }),
    });
    const next = await world.receive('GROUP12');
    expect(next).toBe(stormIncidentId('checkout-api', 2));
    world.clock.at += 300_000;
    const own = await world.receive('GROUP11', { time: '2026-11-20T09:06:00Z' });
    expect([STORM, next]).not.toContain(own);
  });

  it('opens an incident for a group that fires again after its storm, and knows it by that', async () => {
    const ports = inMemory();
    const world = storming(ports);
    const known = findKnownGroup({ rows: ports.rows, storms: ports.stormRows });
    await firstTen(world);
    await world.receive('GROUP11');
    await world.receive('GROUP11', { type: 'resolve', time: '2026-11-20T09:01:00Z' });
    await world.drain();
    expect(await known('grafana-oncall', 'GROUP11')).toEqual({
      ...{ kind: 'linked', incidentId: STORM, state: 'resolved' },
    });
    await world.record.run({
      incidentId: STORM,
      commandId: 'resolve',
      actor: { kind: 'slack_user', id: 'U0MAYA' },
      decide: () => ({ append: 'INCIDENT_RESOLVED', details: { summary: 'over' } }),
    });
    world.clock.at += 300_000;
    const incidentId = await world.receive('GROUP11', { type: 'unresolve' });
    expect((await world.events(incidentId)).map(({ type }) => type)).toEqual([
      'INCIDENT_OPENED',
      'ALERT_UNRESOLVED',
    ]);
    expect(await known('grafana-oncall', 'GROUP11')).toEqual({ kind: 'own', incidentId });
  });
});

describe('a storm of alerts whose services nobody knows', () => {
  const UNKNOWN = stormIncidentId(null, 1);
  const batchReports = { service: 'batch-reports', severity: 'info' };
  const aloudIn = async (world: ReturnType<typeof storming>, stormId: string) =>
    groupsOf(await world.events(stormId)).map(({ group, aloud, service }) => [
      ...[group, aloud ?? false, service],
    ]);

  it('of 11 quiet groups does not swallow the P1 of another service: it opens its own room', async () => {
    const world = storming(inMemory());
    for (let i = 1; i <= 11; i += 1) await world.receive(`BATCH${i}`, batchReports);
    const login = await world.receive('LOGIN', { service: 'login', severity: 'critical' });
    await world.drain(UNKNOWN);
    expect(login).not.toBe(UNKNOWN);
    expect((await world.events(login))[0]).toMatchObject({
      type: 'INCIDENT_OPENED',
      details: { severity: 'P1', service: null, group: 'LOGIN' },
    });
    expect(await aloudIn(world, UNKNOWN)).toEqual([['BATCH11', false, undefined]]);
  });

  it('as bad as the P1 of another service takes it in by name', async () => {
    const world = storming(inMemory());
    const p1 = { service: 'batch-reports', severity: 'critical' };
    for (let i = 1; i <= 12; i += 1) await world.receive(`BATCH${i}`, p1);
    await world.receive('LOGIN', { service: 'login', severity: 'critical' });
    await world.drain(UNKNOWN);
    expect((await aloudIn(world, UNKNOWN)).toSorted()).toEqual([
      ['BATCH11', true, 'batch-reports'],
      ['BATCH12', false, undefined],
      ['LOGIN', true, 'login'],
    ]);
  });
});

describe('a group that a storm took in and that becomes worse', () => {
  it('raises the storm and is said aloud, once for each step', async () => {
    const world = storming(inMemory());
    await firstTen(world);
    const steps = ['info', 'warning', 'high', 'high', 'critical', 'high'];
    for (const [i, severity] of steps.entries()) {
      await world.receive('GROUP11', { severity, time: `2026-11-20T09:0${i}:00Z` });
      await world.drain();
    }
    const told = groupsOf(await world.events(STORM));
    expect(told.map(({ severity, aloud }) => `${severity} ${aloud === true}`)).toEqual([
      ...['P4 false', 'P3 false', 'P2 true', 'P2 false', 'P1 true', 'P2 false'],
    ]);
    expect((await world.record.load(STORM))?.state.severity).toBe('P1');
  });
});

describe('a group of a storm whose sender says that it is worse now, by an event of another type', () => {
  it('raises the storm and is said by name', async () => {
    const world = storming(inMemory());
    const unknown = stormIncidentId(null, 1);
    const quiet = { service: 'batch-reports', severity: 'info' };
    for (let i = 1; i <= 10; i += 1) await world.receive(`BATCH${i}`, quiet);
    const event = (id: string, event_type: string, priority: string) =>
      world.receiver.receive(
        alertMessage(
          {
            event: {
              ...{ id, event_type, occurred_at: '2026-11-20T09:01:00Z' },
              data: {
                ...{ id: 'PLOGIN', type: 'incident', status: 'triggered', title: 'Login is down' },
                priority: { id: 'PR', type: 'priority_reference', summary: priority },
              },
            },
          },
          { path: '/webhooks/pagerduty', requestId: id },
        ),
      );
    expect(await event('e1', 'incident.triggered', 'P4')).toBe(unknown);
    expect(await event('e2', 'incident.priority_updated', 'P1')).toBe(unknown);
    await world.drain(unknown);
    const told = groupsOf(await world.events(unknown)).map(
      ({ severity, aloud, title }) => `${severity} ${aloud === true} ${title}`,
    );
    expect(told.toSorted()).toEqual(['P1 true Login is down', 'P4 false Login is down']);
  });
});

describe('counting under concurrency', () => {
  it.each([40, 200])('of %i groups at once ten open, and all others join', async (count) => {
    const world = storming(inMemory());
    const ids = await Promise.all(
      Array.from({ length: count }, (_, i) => world.receive(`GROUP${i}`)),
    );
    expect(ids.filter((id) => id !== STORM)).toHaveLength(10);
    await world.drain();
    const { groups } = (await world.record.load(STORM))?.state.storm ?? { groups: 0 };
    expect(groups).toBe(count - 10);
  });

  const stored = useRecord();
  it('of 40 groups at once ten open, and all others join, over DynamoDB too', async () => {
    const stormRows = new DynamoStormRows({ client: stored.documents, table: 'incidents' });
    const world = storming({ trail: stored.trail, rows: stored.rows, stormRows });
    const ids = await Promise.all(Array.from({ length: 40 }, (_, i) => world.receive(`GROUP${i}`)));
    expect(ids.filter((id) => id !== STORM)).toHaveLength(10);
    // The same again: nothing is counted, linked or appended twice.
    await Promise.all(Array.from({ length: 40 }, (_, i) => world.receive(`GROUP${i}`)));
    await world.drain();
    expect(groupsOf(await world.events(STORM))).toHaveLength(30);
  }, 60_000);
});

describe('a crash at any write', () => {
  /** Ten own incidents, three linked groups, two drains. */
  async function story(world: ReturnType<typeof storming>): Promise<void> {
    const again = async (act: () => Promise<unknown>) => {
      for (let attempt = 0; attempt < 4; attempt += 1) {
        try {
          await act();
          return;
        } catch (error) {
          if ((error as Error).message !== 'killed') throw error;
        }
      }
      throw new Error('gave up');
    };
    for (let i = 1; i <= 13; i += 1) await again(() => world.receive(`GROUP${i}`));
    await again(() => world.drain());
    await again(() =>
      world.receive('GROUP12', { type: 'acknowledge', time: '2026-11-20T09:03:00Z' }),
    );
    await again(() => world.drain());
  }

  it('loses nothing and doubles nothing', async () => {
    let writes = 0;
    const count = () => {
      writes += 1;
    };
    await story(storming(inMemory(), { onWrite: count }));
    expect(writes).toBeGreaterThan(100);
    for (let nth = 1; nth <= writes; nth += 1) {
      let seen = 0;
      const world = storming(inMemory(), {
        onWrite: () => {
          seen += 1;
          if (seen === nth) throw new Error('killed');
        },
      });
      await story(world);
      const alerts = groupsOf(await world.events(STORM));
      const told = alerts.map(({ group, rawType }) => `${group} ${rawType}`).sort();
      expect(told, `after write ${nth}`).toEqual([
        'GROUP11 alert group created',
        'GROUP12 acknowledge',
        'GROUP12 alert group created',
        'GROUP13 alert group created',
      ]);
      const state = (await world.record.load(STORM))?.state;
      expect(state?.storm?.groups, `after write ${nth}`).toBe(3);
      expect(await world.stormRows.readHead(STORM)).toMatchObject({ isUnfinished: false });
    }
  }, 120_000);

  it.each(['before writeLink', 'after writeLink', 'before putPending', 'after putPending'])(
    'knows the state of a linked group though it died %s',
    async (point) => {
      let toKill: string | undefined;
      const world = storming(inMemory(), {
        onWrite: (name) => {
          if (name !== toKill) return;
          toKill = undefined;
          throw new Error('killed');
        },
      });
      await firstTen(world);
      await world.receive('GROUP11');
      const acts = [
        [{ type: 'acknowledge', time: '2026-11-20T09:03:00Z' }, 'acknowledged'],
        [{ type: 'unacknowledge' }, 'firing'],
        [{ type: 'resolve', time: '2026-11-20T09:04:00Z' }, 'resolved'],
      ] as const;
      const told: unknown[] = [];
      for (const [act] of acts) {
        toKill = point;
        await expect(world.receive('GROUP11', act)).rejects.toThrow('killed');
        await world.receive('GROUP11', act);
        told.push((await world.stormRows.readLink('grafana-oncall', 'GROUP11'))?.state);
      }
      await world.drain();
      expect(groupsOf(await world.events(STORM))).toHaveLength(4);
      expect(told).toEqual(['acknowledged', 'firing', 'resolved']);
    },
  );

  it('a delivery whose message was never sent is found by the sweep of its storm', async () => {
    let isDown = false;
    const world = storming(inMemory(), {
      onWrite: (name) => {
        if (name === 'send' && isDown) throw new Error('killed');
      },
    });
    await firstTen(world);
    isDown = true;
    await expect(world.receive('GROUP11')).rejects.toThrow('killed');
    isDown = false;
    expect(await world.stormRows.readHead(STORM)).toMatchObject({ isUnfinished: true });
    await world.storms.resume(STORM);
    expect(world.sent).toHaveLength(1);
    await world.drain();
    expect(groupsOf(await world.events(STORM))).toHaveLength(1);
    await world.storms.resume(STORM);
    expect(world.sent).toHaveLength(1);
  });

  it('a delivery that no event of the storm can hold is refused by itself, and holds up nobody', async () => {
    const world = storming(inMemory());
    await firstTen(world);
    await world.receive('GROUP11');
    const link = {
      stormId: STORM,
      service: 'checkout-api',
      number: 1,
      linkedBy: 'c',
      state: 'firing',
    } as const;
    const delivered = deliveredOf('GROUP12', {});
    const details = {
      source: 'grafana-oncall',
      group: 'GROUP12',
      title: 'x',
      rawType: 'r'.repeat(301),
    };
    await expect(
      world.storms.follow({ ...(delivered as object), details } as never, link),
    ).rejects.toMatchObject({ code: 'EVENT_INVALID', retryable: false });
    await world.drain();
    expect(groupsOf(await world.events(STORM))).toHaveLength(1);
  });
});

function deliveredOf(group: string, labels: Record<string, string>): never {
  return {
    signal: {
      ...{ source: 'grafana-oncall', group, kind: 'created', labels, integrationId: null },
      ...{ team: null, people: [], by: null },
    },
    commandId: `command of ${group}`,
  } as never;
}

describe('a group of a storm that fires again with the start time it had', () => {
  /** A storm's group of Alertmanager, and how it is delivered at a minute after the start. */
  async function givenStorm() {
    const world = storming({
      trail: new MemoryAuditTrail(),
      rows: new MemoryIncidentRows(),
      stormRows: new MemoryStormRows(),
    });
    for (let i = 1; i <= 10; i += 1) await world.receive(`GROUP${i}`);
    const deliver = async (
      status: 'firing' | 'resolved',
      minute: number,
      { groupKey = 'g', severity = 'critical' } = {},
    ) => {
      world.clock.at = Math.max(world.clock.at, T0 + minute * 60_000);
      const body = {
        status,
        groupKey,
        alerts: [{ status, fingerprint: 'f1', startsAt: '2026-11-20T09:00:00Z' }],
        commonLabels: { service: 'checkout', severity },
      };
      const chain = await world.receiver.receive(
        alertMessage(body, {
          path: '/webhooks/alertmanager',
          requestId: `${groupKey} ${status} ${minute}`,
          receivedAtMs: T0 + minute * 60_000,
        }),
      );
      for (let round = 0; round < 2; round += 1) {
        world.clock.at += 3_000;
        await world.batches.append(STORM);
      }
      return chain;
    };
    const says = async () =>
      (await world.events(STORM)).flatMap((event) =>
        event.type === 'ALERT_LINKED' ? event.details.alerts.map(({ rawType }) => rawType) : [],
      );
    const aloud = async () =>
      (await world.events(STORM)).flatMap((event) =>
        event.type === 'ALERT_LINKED'
          ? event.details.alerts.filter((alert) => alert.aloud).map(({ group }) => group)
          : [],
      );
    return { ...world, deliver, says, aloud };
  }
  const over = (record: IncidentRecord, commandId = 'resolve') =>
    record.run({
      incidentId: STORM,
      commandId,
      actor: { kind: 'slack_user', id: 'U0MAYA' },
      decide: () => ({ append: 'INCIDENT_RESOLVED', details: { summary: 'Fixed.' } }),
    });

  it('is on the record of a storm that goes on', async () => {
    const { deliver, says } = await givenStorm();
    for (const [status, minute] of [
      ['firing', 1],
      ['resolved', 2],
      ['firing', 3],
      ['firing', 4],
      ['firing', 1],
    ] as const) {
      expect(await deliver(status, minute)).toBe(STORM);
    }
    expect(await says()).toEqual(['firing', 'resolved', 'firing']);
  });

  it('is told once after people ended the storm, and opens an incident after an hour', async () => {
    const { deliver, record, events } = await givenStorm();
    await deliver('firing', 1);
    await over(record);
    expect(await deliver('firing', 10)).toBe(STORM);
    expect(await deliver('firing', 20)).toBe(STORM);
    const told = (await events(STORM)).filter(({ type }) => type === 'ALERT_RECEIVED');
    expect(told).toMatchObject([{ details: { news: 'still_firing' } }]);
    expect(await deliver('firing', 75)).not.toBe(STORM);
  });

  it('is said by name in a storm that goes on if it is a P1, once in ten minutes', async () => {
    const { deliver, aloud } = await givenStorm();
    for (const groupKey of ['g', 'quiet']) {
      const of = { groupKey, severity: groupKey === 'quiet' ? 'info' : 'critical' };
      await deliver('firing', 1, of);
      await deliver('resolved', 2, of);
      await deliver('firing', 360, of);
      await deliver('resolved', 361, of);
      await deliver('firing', 369, of);
    }
    expect(await aloud()).toEqual(['|g']);
    await deliver('resolved', 390);
    await deliver('firing', 391);
    expect(await aloud()).toEqual(['|g', '|g']);
  });

  it('does not come back into a storm that it has left, though people reopened that', async () => {
    const { deliver, record } = await givenStorm();
    await deliver('firing', 1);
    await over(record);
    await deliver('resolved', 20);
    const own = await deliver('firing', 21);
    expect(own).not.toBe(STORM);
    await record.run({
      incidentId: own,
      commandId: 'resolve',
      actor: { kind: 'slack_user', id: 'U0MAYA' },
      decide: () => ({ append: 'INCIDENT_RESOLVED', details: { summary: 'Fixed.' } }),
    });
    await deliver('resolved', 30);
    await record.run({
      incidentId: STORM,
      commandId: 'reopen',
      actor: { kind: 'slack_user', id: 'U0MAYA' },
      decide: () => ({ append: 'INCIDENT_REOPENED', details: { reason: 'Not fixed.' } }),
    });
    const next = await deliver('firing', 40);
    expect([STORM, own]).not.toContain(next);
    expect((await record.load(next))?.state.previousIncidentId).toBe(own);
  });

  it('is told of by itself after the storm if it is a P1, whatever quiet groups said before', async () => {
    const { deliver, record, events } = await givenStorm();
    const quiet = { groupKey: 'quiet', severity: 'info' };
    const calm = { groupKey: 'calm', severity: 'info' };
    for (const of of [{}, quiet, calm]) await deliver('firing', 1, of);
    await over(record);
    await deliver('firing', 10, quiet);
    await deliver('firing', 11, calm);
    await deliver('firing', 12);
    await deliver('firing', 13);
    const told = async () =>
      (await events(STORM)).flatMap((event) =>
        event.type === 'ALERT_RECEIVED' && event.details.news === 'still_firing'
          ? [event.details.group]
          : [],
      );
    expect(await told()).toEqual(['|quiet', '|g']);
    expect(await deliver('firing', 73)).not.toBe(STORM);
  });

  it('is told of by itself for ten P1 groups, and the rest with all others', async () => {
    const { deliver, record, events } = await givenStorm();
    const groups = Array.from({ length: 12 }, (_, number) => ({ groupKey: `g${number}` }));
    for (const of of groups) await deliver('firing', 1, of);
    await over(record);
    for (const of of groups) await deliver('firing', 10, of);
    const told = (await events(STORM)).filter(({ type }) => type === 'ALERT_RECEIVED');
    expect(told).toHaveLength(10);
  });

  it('is told of again after a storm that people reopened and ended once more', async () => {
    const { deliver, record, events } = await givenStorm();
    await deliver('firing', 1);
    await over(record);
    await deliver('firing', 10);
    await record.run({
      incidentId: STORM,
      commandId: 'reopen',
      actor: { kind: 'slack_user', id: 'U0MAYA' },
      decide: () => ({ append: 'INCIDENT_REOPENED', details: { reason: 'Not fixed.' } }),
    });
    await over(record, 'resolve again');
    await deliver('firing', 20);
    const told = (await events(STORM)).filter(({ type }) => type === 'ALERT_RECEIVED');
    expect(told).toHaveLength(2);
  });

  it('opens an incident at once when its source had resolved it', async () => {
    const { deliver, record } = await givenStorm();
    await deliver('firing', 1);
    await over(record);
    await deliver('resolved', 5);
    expect(await deliver('firing', 6)).not.toBe(STORM);
  });
});
