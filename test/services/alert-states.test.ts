import { beforeEach, describe, expect, it } from 'vitest';
import { incidentIdOfAlertGroup } from '../../src/domain/ids.ts';
import { alertMessage, onCall } from './alert-messages.ts';
import { ANNOUNCEMENTS, useWorker, type Worker } from './worker-world.ts';

/** Ahead of the wall clock, so that the world's is advanced to it. */
const T0 = Date.parse('2040-11-20T09:00:00Z');
const MINUTE_MS = 60_000;
const GROUP = '{}:{alertname="Checkout"}';
const world = useWorker('memory');
let worker: Worker;
let requests = 0;

beforeEach(() => {
  worker = world.worker();
  requests = 0;
});

type Inside = { fingerprint?: string; startsAt?: string; status?: string; severity?: string };

/** A notification of Alertmanager, whose alerts all began at one instant. */
function notification(status: 'firing' | 'resolved', alerts: Inside[] = [{}], groupKey = GROUP) {
  return {
    status,
    groupKey,
    externalURL: 'https://alerts.example.com',
    alerts: alerts.map((alert) => ({
      status,
      fingerprint: 'f1',
      startsAt: '2040-11-20T09:00:00Z',
      endsAt: status === 'resolved' ? '2040-11-20T09:10:00Z' : '0001-01-01T00:00:00Z',
      ...alert,
      labels: { service: 'checkout', ...(alert.severity ? { severity: alert.severity } : {}) },
    })),
  };
}

/** Delivers at a minute after the start, as a request of its own unless one is given. */
async function deliver(
  body: unknown,
  minute: number,
  of: { path?: string; requestId?: string; acceptedMinute?: number } = {},
): Promise<string> {
  requests += 1;
  const { path = '/webhooks/alertmanager', requestId = `r${requests}` } = of;
  const receivedAtMs = T0 + (of.acceptedMinute ?? minute) * MINUTE_MS;
  world.clock.advance(Math.max(0, T0 + minute * MINUTE_MS - world.clock.nowMs()));
  const chain = await worker.receive.receive(
    alertMessage(body as object, { path, requestId, receivedAtMs }),
  );
  await worker.run.run(chain);
  return chain;
}
const firing = (minute: number, of = {}) => deliver(notification('firing'), minute, of);
const resolved = (minute: number, of = {}) => deliver(notification('resolved'), minute, of);

async function byHand(incidentId: string, minute: number, type: 'resolve' | 'reopen' = 'resolve') {
  world.clock.advance(Math.max(0, T0 + minute * MINUTE_MS - world.clock.nowMs()));
  await world.record.run({
    incidentId,
    commandId: `${type} ${minute}`,
    actor: { kind: 'slack_user', id: 'U0MAYA' },
    decide: () =>
      type === 'resolve'
        ? { append: 'INCIDENT_RESOLVED', details: { summary: 'Fixed.' } }
        : { append: 'INCIDENT_REOPENED', details: { reason: 'Not fixed.' } },
  });
  await worker.run.run(incidentId);
}
const types = async (incidentId: string) =>
  (await world.trail.from(incidentId, 1)).map(({ type }) => type);
const state = async (incidentId: string) => (await world.record.load(incidentId))!.state;
const linesOf = async (incidentId: string) =>
  world.chat.lines((await state(incidentId)).room?.channelId);
const announced = () => world.chat.lines(ANNOUNCEMENTS);

describe('a group that fires again with the start time it had', () => {
  it('in an open room is said there, and the room does not end on “resolved”', async () => {
    const incidentId = await firing(0);
    await resolved(10);
    expect((await state(incidentId)).alertGroup?.state).toBe('resolved');
    expect(await firing(15)).toBe(incidentId);
    expect((await state(incidentId)).alertGroup?.state).toBe('firing');
    expect((await linesOf(incidentId)).at(-1)).toBe('The alert is firing again at Alertmanager.');
  });

  it('after the source and people resolved it opens the next episode', async () => {
    const first = await firing(0);
    await resolved(10);
    await byHand(first, 12);
    const second = await firing(20);
    expect(second).not.toBe(first);
    expect((await state(second)).previousIncidentId).toBe(first);
    expect(await types(second)).toContain('ALERT_RECEIVED');
  });

  it('after people resolved it and then the source opens the next episode at once', async () => {
    const first = await firing(0);
    await byHand(first, 5);
    expect(await resolved(10)).toBe(first);
    expect((await linesOf(first)).at(-1)).toBe('The alert was resolved by Alertmanager.');
    expect(await firing(11)).not.toBe(first);
  });

  it('is resolved again by words that came before', async () => {
    const incidentId = await firing(0);
    await resolved(10);
    await firing(15);
    await resolved(30);
    expect((await state(incidentId)).alertGroup?.state).toBe('resolved');
    expect((await linesOf(incidentId)).at(-1)).toContain('The alert was resolved by Alertmanager.');
  });

  it('is heard though it was first heard of by a resolution', async () => {
    expect(await resolved(0)).toMatch(/^intake-20401120/);
    expect(await firing(1)).toMatch(/^inc-/);
  });
});

describe('a group that goes on firing after people resolved its incident', () => {
  it('is said in the old room and the announcement channel, and opens the next episode after an hour', async () => {
    const first = await firing(0);
    await byHand(first, 10);
    expect(await firing(240)).toBe(first);
    expect((await linesOf(first)).at(-1)).toBe(
      'Alertmanager goes on reporting “alerts.example.com|{}:{alertname="Checkout"}” though the incident is over here. Reopen it, or ' +
        'resolve or silence the alert at its source: what goes on for more than 60 min opens a new war room.',
    );
    const [room] = world.chat.rooms;
    expect(room).toBeDefined();
    expect(announced()).toEqual([
      'Alertmanager goes on reporting “alerts.example.com|{}:{alertname="Checkout"}”, whose incident is over here (#C0ROOM1). Reopen it, or ' +
        'resolve or silence the alert at its source: what goes on for more than 60 min opens a new war room.',
    ]);
    expect(await firing(299)).toBe(first);
    const second = await firing(301);
    expect(second).not.toBe(first);
    expect(announced()).toHaveLength(1);
  });

  it('is said anew after people reopened and resolved it again', async () => {
    const first = await firing(0);
    await byHand(first, 10);
    await firing(20);
    await byHand(first, 30, 'reopen');
    expect(await firing(35)).toBe(first);
    await byHand(first, 40);
    expect(await firing(100)).toBe(first);
    expect(announced()).toHaveLength(2);
  });

  it('is one more alert of the group, or a worse one: the next episode at once', async () => {
    const first = await deliver(notification('firing', [{ severity: 'none' }]), 0);
    await byHand(first, 10);
    const later = { fingerprint: 'f2', startsAt: '2040-11-20T09:12:00Z' };
    expect(await deliver(notification('firing', [{}, later]), 13)).not.toBe(first);
    worker = world.worker(undefined, [{ labels: { severity: 'low' }, is: 'P3' }]);
    const other = '{}:{alertname="Other"}';
    const quiet = await deliver(notification('firing', [{ severity: 'low' }], other), 20);
    await byHand(quiet, 30);
    const worse = [{ severity: 'low' }, { fingerprint: 'f3', severity: 'critical' }];
    expect(await deliver(notification('firing', worse, other), 31)).not.toBe(quiet);
  });

  it('goes on firing under another fingerprint', async () => {
    const first = await firing(0);
    await byHand(first, 10);
    await deliver(notification('firing', [{ fingerprint: 'f2' }]), 12);
    expect(announced()).toHaveLength(1);
  });

  it.each([
    ['escalated', 'still_firing', 1],
    ['reassigned', 'open_at_source', 0],
  ])('%s at PagerDuty: a line in the old room, and no new one', async (type, news, aloud) => {
    const path = '/webhooks/pagerduty';
    const event = (id: string, minute: number, event_type: string) => ({
      event: {
        ...{ id, event_type },
        occurred_at: new Date(T0 + minute * MINUTE_MS).toISOString(),
        data: { id: 'P1', type: 'incident', status: 'triggered', title: 'Checkout answers 5xx' },
      },
    });
    const first = await deliver(event('e1', 0, 'incident.triggered'), 0, { path });
    await byHand(first, 10);
    expect(await deliver(event('e2', 20, `incident.${type}`), 20, { path })).toBe(first);
    const last = (await world.trail.from(first, 1)).at(-1);
    expect(last).toMatchObject({ type: 'ALERT_RECEIVED', details: { news } });
    expect(announced()).toHaveLength(aloud);
    expect((await linesOf(first)).at(-1)).toContain(
      type === 'escalated'
        ? 'PagerDuty goes on reporting “Checkout answers 5xx” though'
        : 'PagerDuty reports “incident.reassigned” of this alert, which is not resolved there.',
    );
    expect(world.chat.rooms).toHaveLength(1);
  });

  it('escalates on at OnCall, where each step reads like the first', async () => {
    const path = '/webhooks/grafana-oncall';
    const step = (minute: number) =>
      deliver(onCall('escalation', { time: `2040-11-20T09:${minute}:00Z` }), minute, { path });
    const first = await step(10);
    await byHand(first, 12);
    // An attempt at the step before, and then the next step.
    expect(await step(13)).toBe(first);
    expect(announced()).toHaveLength(0);
    await step(14);
    expect(announced()).toHaveLength(1);
  });
});

describe('one fact, however it is delivered', () => {
  it('is one when a delivery is repeated by the queue, whenever that is', async () => {
    const incidentId = await firing(0, { requestId: 'a' });
    await resolved(10, { requestId: 'b' });
    await firing(0, { requestId: 'a' });
    await resolved(10, { requestId: 'b' });
    await firing(15, { requestId: 'c' });
    const all = await types(incidentId);
    for (const [requestId, minute] of [
      ['a', 0],
      ['c', 15],
    ] as const) {
      expect(await firing(minute, { requestId })).toBe(incidentId);
    }
    await resolved(10, { requestId: 'b' });
    expect(await types(incidentId)).toEqual(all);
    expect((await state(incidentId)).alertGroup?.state).toBe('firing');
  });

  it('opens no room when a firing is delivered again after everybody resolved', async () => {
    const first = await firing(0, { requestId: 'a' });
    await resolved(10);
    await byHand(first, 12);
    expect(await firing(20, { requestId: 'a', acceptedMinute: 0 })).toBe(first);
    expect(world.chat.rooms).toHaveLength(1);
  });

  it('opens no room for a firing that was accepted before the resolution and read after it', async () => {
    expect(await resolved(10)).toMatch(/^intake-20401120/);
    expect(await firing(11, { acceptedMinute: 5 })).toBe('intake-20401120');
    expect(announced()).toEqual([
      'An older alert arrived late and opened nothing: “alerts.example.com|{}:{alertname="Checkout"}” (the group was resolved at 2040-11-20T09:10:00Z).',
    ]);
  });

  it('does not resolve what fired again meanwhile, when the resolution is read last', async () => {
    const incidentId = await firing(0);
    await firing(20);
    await resolved(21, { acceptedMinute: 10 });
    expect((await state(incidentId)).alertGroup?.state).toBe('firing');
    expect(await types(incidentId)).toContain('ALERT_RESOLVED');
  });

  it('is no news that was accepted before people resolved', async () => {
    const first = await firing(0);
    await byHand(first, 10);
    await firing(11, { acceptedMinute: 9 });
    expect(announced()).toEqual([]);
  });
});

describe('a group that flaps', () => {
  it('is said once in 10 minutes, and then with what was counted', async () => {
    const incidentId = await firing(0);
    await resolved(10);
    await firing(15);
    const said = await linesOf(incidentId);
    for (let minute = 16; minute < 20; minute += 1) {
      await (minute % 2 === 0 ? resolved(minute) : firing(minute));
    }
    await resolved(24);
    expect(await linesOf(incidentId)).toEqual(said);
    const unfinished = await world.rows.listUnfinished(10);
    expect(unfinished.map((each) => each.incidentId)).toEqual([incidentId]);
    world.clock.advance(2 * MINUTE_MS);
    await worker.run.run(incidentId);
    expect((await linesOf(incidentId)).slice(said.length)).toEqual([
      'The alert is flapping: it changed 5 times more within 10 min. Now it is resolved.',
    ]);
    expect((await world.trail.from(incidentId, 1)).at(-1)).toMatchObject({
      type: 'ALERT_FLAPPED',
      details: { changes: 5, groupState: 'resolved' },
    });
    expect(await world.rows.listUnfinished(10)).toEqual([]);
    await firing(40);
    expect((await linesOf(incidentId)).at(-1)).toBe('The alert is firing again at Alertmanager.');
  });
});

describe('severity', () => {
  const warning = { severity: 'warning' };
  const critical = { severity: 'critical', fingerprint: 'f2' };

  it('of a group is that of the worst alert that joins it, with its reason, once', async () => {
    const routing = [{ labels: { severity: 'warning' }, is: 'P3' as const }];
    worker = world.worker(undefined, routing);
    const incidentId = await deliver(notification('firing', [warning]), 0);
    expect((await state(incidentId)).severity).toBe('P3');
    await deliver(notification('firing', [warning, critical]), 5);
    expect(await state(incidentId)).toMatchObject({ severity: 'P1', worstSeverity: 'P1' });
    // What decides who may publish is read from the trail.
    const { version } = await state(incidentId);
    expect((await world.record.standing(incidentId, version)).worstSeverity).toBe('P1');
    expect(await linesOf(incidentId)).toContain(
      'Alertmanager changed the severity from P3 to P1. Reason: Alertmanager says P1 now, and said P3 before.',
    );
    await world.record.run({
      incidentId,
      commandId: 'lower',
      actor: { kind: 'slack_user', id: 'U0MAYA' },
      decide: () => ({ append: 'SEVERITY_CHANGED', details: { from: 'P1', to: 'P4', reason: '' } }),
    });
    const third = { ...critical, fingerprint: 'f3' };
    await deliver(notification('firing', [warning, critical, third]), 10);
    expect((await state(incidentId)).severity).toBe('P4');
  });

  it('of a new outage is what the source says, whatever people said of the last', async () => {
    const incidentId = await deliver(notification('firing', [critical]), 0);
    await world.record.run({
      incidentId,
      commandId: 'lower',
      actor: { kind: 'slack_user', id: 'U0MAYA' },
      decide: () => ({ append: 'SEVERITY_CHANGED', details: { from: 'P1', to: 'P4', reason: '' } }),
    });
    await deliver(notification('resolved', [critical]), 10);
    await deliver(notification('firing', [critical]), 40);
    expect((await state(incidentId)).severity).toBe('P1');
    expect(await linesOf(incidentId)).toContain(
      'Alertmanager changed the severity from P4 to P1. Reason: Alertmanager says P1 now.',
    );
  });

  it('that people lowered stays while the alert flaps', async () => {
    const incidentId = await deliver(notification('firing', [critical]), 0);
    await deliver(notification('resolved', [critical]), 1);
    await deliver(notification('firing', [critical]), 2);
    await world.record.run({
      incidentId,
      commandId: 'lower',
      actor: { kind: 'slack_user', id: 'U0MAYA' },
      decide: () => ({ append: 'SEVERITY_CHANGED', details: { from: 'P1', to: 'P4', reason: '' } }),
    });
    await deliver(notification('resolved', [critical]), 3);
    await deliver(notification('firing', [critical]), 4);
    expect((await state(incidentId)).severity).toBe('P4');
  });

  it('that rises at PagerDuty after people ended the incident is named', async () => {
    const path = '/webhooks/pagerduty';
    const event = (id: string, minute: number, event_type: string, summary: string) => ({
      event: {
        ...{ id, event_type, occurred_at: new Date(T0 + minute * MINUTE_MS).toISOString() },
        data: {
          ...{ id: 'P1', type: 'incident', status: 'triggered', title: 'Checkout answers 5xx' },
          priority: { id: 'PR', type: 'priority_reference', summary },
        },
      },
    });
    const routing = [{ labels: { priority: 'P3' }, is: 'P3' as const }];
    worker = world.worker(undefined, [...routing, { labels: { priority: 'P1' }, is: 'P1' }]);
    const first = await deliver(event('e1', 0, 'incident.triggered', 'P3'), 0, { path });
    await byHand(first, 10);
    await deliver(event('e2', 20, 'incident.priority_updated', 'P1'), 20, { path });
    expect(announced().at(-1)).toContain(
      'PagerDuty goes on reporting “Checkout answers 5xx” as P1, whose incident is over here',
    );
  });

  it('that the source lowers is proposed to people, once', async () => {
    const routing = [{ labels: { severity: 'warning' }, is: 'P3' as const }];
    worker = world.worker(undefined, routing);
    const incidentId = await deliver(notification('firing', [warning, critical]), 0);
    const over = { ...critical, status: 'resolved' };
    await deliver(notification('firing', [warning, over]), 5);
    await deliver(
      notification('firing', [warning, over, { fingerprint: 'f4', severity: 'warning' }]),
      9,
    );
    expect((await state(incidentId)).severity).toBe('P1');
    const lines = (await linesOf(incidentId)).filter((text) => text.includes('P3'));
    expect(lines).toEqual([
      'Alertmanager says P3 now. The severity stays P1 until somebody here says “severity P3”.',
    ]);
  });
});

it('incident ids of the groups here are those of their source', async () => {
  const group = `alerts.example.com|${GROUP}`;
  const own = incidentIdOfAlertGroup({ source: 'alertmanager', group, episode: 1 });
  expect(await firing(0)).toBe(own);
});
