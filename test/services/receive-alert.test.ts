import { beforeEach, describe, expect, it } from 'vitest';
import { readAlert } from '../../src/domain/alerts/alert-paths.ts';
import { incidentIdOfAlertGroup } from '../../src/domain/ids.ts';
import type { ReceiveAlert } from '../../src/services/receive-alert.ts';
import { alertMessage, onCall } from './alert-messages.ts';
import { useWorker } from './worker-world.ts';

const world = useWorker();
const FIRST = incidentIdOfAlertGroup({ source: 'grafana-oncall', group: 'GROUP1', episode: 1 });
const SECOND = incidentIdOfAlertGroup({ source: 'grafana-oncall', group: 'GROUP1', episode: 2 });
const TODAY = 'intake-20261120';
/** The day's chain of what nobody hears of, for this group. */
const SHARD = 'intake-20261120-20';
let receiver: ReceiveAlert;
let requests = 0;

beforeEach(() => {
  receiver = world.worker().receive;
});

/** Delivers one OnCall event as a request of its own. */
function deliver(type: string, of: Parameters<typeof onCall>[1] = {}): Promise<string> {
  requests += 1;
  return receiver.receive(alertMessage(onCall(type, of), { requestId: `r${requests}` }));
}
const at = (time: string) => ({ time: `2026-11-20T${time}Z` });
const types = async (incidentId: string) =>
  (await world.trail.from(incidentId, 1)).map(({ type }) => type);
const groupState = async (incidentId: string) =>
  (await world.record.load(incidentId))?.state.alertGroup?.state;
const resolveByHand = (incidentId: string) =>
  world.record.run({
    incidentId,
    commandId: `resolve ${incidentId}`,
    actor: { kind: 'slack_user', id: 'U0MAYA' },
    decide: () => ({ append: 'INCIDENT_RESOLVED', details: { summary: 'Fixed.' } }),
  });

describe('receive()', () => {
  it.each([
    ['alert group created', 'ALERT_RECEIVED'],
    ['firing', 'ALERT_RECEIVED'],
    ['escalation', 'ALERT_RECEIVED'],
    ['acknowledge', 'ALERT_ACKNOWLEDGED'],
    ['silence', 'ALERT_SILENCED'],
  ])('opens an incident for a first “%s” and records %s', async (type, event) => {
    expect(await deliver(type, at('09:00:00'))).toBe(FIRST);
    expect(await types(FIRST)).toEqual(['INCIDENT_OPENED', event]);
  });

  it.each(['resolve', 'unsilence', 'unacknowledge', 'unresolve', 'personal notification'])(
    'opens nothing for a first “%s” and puts it on a chain of the day',
    async (type) => {
      expect(await deliver(type, at('09:00:00'))).toBe(SHARD);
      expect(await types(SHARD)).toEqual(['ALERT_UNMATCHED']);
      expect(await types(FIRST)).toEqual([]);
    },
  );

  it.each([
    ['firing', FIRST, ['INCIDENT_OPENED', 'ALERT_RECEIVED']],
    ['resolved', SHARD, ['ALERT_UNMATCHED']],
  ])('places a type it does not know by the group state “%s”', async (state, place, expected) => {
    const placed = await deliver('resolution note added', { alertGroup: { state } });
    expect(placed).toBe(place);
    expect(await types(place)).toEqual(expected);
    const [event] = (await world.trail.from(place, 1)).slice(-1);
    expect(event?.details).toMatchObject({ rawType: 'resolution note added' });
  });

  it('adds no event for the same delivery five times', async () => {
    for (let i = 0; i < 5; i += 1) await deliver('alert group created', at('09:00:00'));
    expect(await types(FIRST)).toEqual(['INCIDENT_OPENED', 'ALERT_RECEIVED']);
  });

  it('makes one incident of simultaneous deliveries of one fact', async () => {
    await Promise.all(
      Array.from({ length: 5 }, () => deliver('alert group created', at('09:00:00'))),
    );
    expect(await types(FIRST)).toEqual(['INCIDENT_OPENED', 'ALERT_RECEIVED']);
  });

  it('completes a delivery that died between opening and its own event', async () => {
    world.aws.board.plan({
      match: 'dynamodb:ExecuteStatement',
      nth: 2,
      error: 'InternalServerError',
      status: 500,
    });
    await expect(deliver('alert group created', at('09:00:00'))).rejects.toThrow();
    expect(await types(FIRST)).toEqual(['INCIDENT_OPENED']);
    await deliver('alert group created', at('09:00:00'));
    expect(await types(FIRST)).toEqual(['INCIDENT_OPENED', 'ALERT_RECEIVED']);
  });

  it('opens nothing for a firing older than a resolution that overtook it, and says so', async () => {
    await deliver('resolve', at('09:05:00'));
    expect(await deliver('alert group created', at('09:00:00'))).toBe(TODAY);
    const [late] = await world.trail.from(TODAY, 1);
    expect(late).toMatchObject({
      type: 'ALERT_UNMATCHED',
      details: { reason: 'the group was resolved at 2026-11-20T09:05:00Z' },
    });
    expect(await deliver('alert group created', at('09:05:01'))).toBe(FIRST);
  });

  it('keeps the newest of two unmatched resolutions in mind, whichever came last', async () => {
    await deliver('resolve', at('09:05:00'));
    await deliver('resolve', at('09:01:00'));
    expect(await deliver('alert group created', at('09:03:00'))).toBe(TODAY);
  });

  it('leaves nothing to do after an unmatched delivery but to note its chain, once', async () => {
    await deliver('resolve', at('09:00:00'));
    expect((await world.rows.readState(SHARD))?.actedSeq).toBe(0);
    await world.rows.advanceActed(SHARD, 1);
    await deliver('resolve', at('09:01:00'));
    expect(await world.rows.readState(SHARD)).toMatchObject({
      actedSeq: 2,
      unfinishedToken: null,
      state: { version: 2 },
    });
  });

  it('does not record an unmatched delivery a second time on an incident opened since', async () => {
    const resolve = alertMessage(onCall('resolve', at('09:00:00')));
    expect(await receiver.receive(resolve)).toBe(SHARD);
    await deliver('alert group created', at('09:10:00'));
    expect(await receiver.receive(resolve)).toBe(SHARD);
    expect(await types(FIRST)).toEqual(['INCIDENT_OPENED', 'ALERT_RECEIVED']);
  });

  it('finds its unmatched event again when it is delivered again after midnight', async () => {
    const late = { receivedAtMs: Date.parse('2026-11-20T23:59:59.900Z') };
    world.clock.advance(86_400_000);
    const garbage = alertMessage('{"no":"alert"}', late);
    expect(await receiver.receive(garbage)).toBe(TODAY);
    expect(await receiver.receive(garbage)).toBe(TODAY);
    expect(await types(TODAY)).toEqual(['ALERT_QUARANTINED']);
  });
});

describe('receive(), when the state of the group decides', () => {
  beforeEach(async () => {
    await deliver('alert group created', at('09:00:00'));
  });

  it.each([
    ['acknowledge', 'unacknowledge', 'ALERT_UNACKNOWLEDGED'],
    ['silence', 'unsilence', 'ALERT_UNSILENCED'],
    ['resolve', 'unresolve', 'ALERT_UNRESOLVED'],
  ])(
    'records “%s” undone once, and again only after it was done again',
    async (act, undo, event) => {
      await deliver(undo);
      await deliver(act, at('09:01:00'));
      await deliver(undo);
      await deliver(undo);
      await deliver(act, at('09:02:00'));
      await deliver(undo);
      expect((await types(FIRST)).filter((type) => type === event)).toHaveLength(2);
      expect(await groupState(FIRST)).toBe('firing');
    },
  );

  it('does not let an acknowledgement that comes late undo a resolution', async () => {
    await deliver('resolve', at('09:05:00'));
    await deliver('acknowledge', at('09:02:00'));
    expect(await groupState(FIRST)).toBe('resolved');
    expect(await types(FIRST)).toContain('ALERT_ACKNOWLEDGED');
  });

  it('opens the next episode, linked, when the group fires after the incident is over', async () => {
    await resolveByHand(FIRST);
    expect(await deliver('alert group created', at('09:30:00'))).toBe(SECOND);
    const [opened] = await world.trail.from(SECOND, 1);
    expect(opened?.details).toMatchObject({ episode: 2, previousIncidentId: FIRST });
  });

  it('records the “unresolve” that opened the next episode, once', async () => {
    await deliver('resolve', at('09:05:00'));
    await resolveByHand(FIRST);
    const unresolve = alertMessage(onCall('unresolve'), { requestId: 'again' });
    for (let i = 0; i < 3; i += 1) expect(await receiver.receive(unresolve)).toBe(SECOND);
    await deliver('unresolve');
    expect(await types(SECOND)).toEqual(['INCIDENT_OPENED', 'ALERT_UNRESOLVED']);
  });

  it('puts late news of the old episode on its own incident', async () => {
    await deliver('acknowledge', at('09:05:00'));
    await resolveByHand(FIRST);
    expect(await deliver('silence', at('09:04:00'))).toBe(FIRST);
    expect(await types(SECOND)).toEqual([]);
  });

  it('adds nothing to the new episode when a delivery of the old one is repeated', async () => {
    await resolveByHand(FIRST);
    await deliver('alert group created', at('09:30:00'));
    expect(await deliver('alert group created', at('09:00:00'))).toBe(FIRST);
    expect(await types(SECOND)).toEqual(['INCIDENT_OPENED', 'ALERT_RECEIVED']);
  });
});

describe('receive(), for Grafana Alerting', () => {
  const alerting = (
    minute: number,
    status: string,
    startsAt: string,
    endsAt = '0001-01-01T00:00:00Z',
  ) =>
    alertMessage(
      {
        orgId: 1,
        groupKey: '{}:{alertname="Checkout"}',
        status,
        alerts: [
          { status, fingerprint: 'f1', startsAt, endsAt, labels: { alertname: 'Checkout' } },
        ],
      },
      {
        path: '/webhooks/grafana-alerting',
        requestId: `minute ${minute}`,
        receivedAtMs: Date.parse('2026-11-20T09:00:00Z') + minute * 60_000,
      },
    );

  it('knows that a resolved group fires again, and not that it does when repeated', async () => {
    const firing = alerting(0, 'firing', '2026-11-20T09:00:00Z');
    const incidentId = await receiver.receive(firing);
    await receiver.receive(
      alerting(10, 'resolved', '2026-11-20T09:00:00Z', '2026-11-20T09:10:00Z'),
    );
    await receiver.receive(firing);
    expect(await groupState(incidentId)).toBe('resolved');
    await receiver.receive(alerting(20, 'firing', '2026-11-20T09:20:00Z'));
    expect(await groupState(incidentId)).toBe('firing');
    expect(await types(incidentId)).toHaveLength(4);
  });

  it('opens nothing for a test notification', async () => {
    const body = {
      status: 'firing',
      groupKey: 'test-57c6d9296de2ad39-1729000000',
      alerts: [{ status: 'firing', labels: { alertname: 'TestAlert', instance: 'Grafana' } }],
    };
    const path = '/webhooks/grafana-alerting';
    const chain = await receiver.receive(alertMessage(body, { path }));
    expect(chain).toMatch(/^intake-20261120-\d{2}$/);
    expect(await types(chain)).toEqual(['ALERT_UNMATCHED']);
  });
});

describe('receive(), whatever the text', () => {
  it('gives an alert with a title of blanks words for one', async () => {
    await deliver('alert group created', { ...at('09:00:00'), alertGroup: { title: '   ' } });
    const [opened] = await world.trail.from(FIRST, 1);
    expect(opened?.details).toMatchObject({ title: expect.stringMatching(/^Untitled alert/) });
  });

  it('opens an incident though its title is cut in the middle of an emoji', async () => {
    const title = `${'x'.repeat(149)}🔥 down`;
    await deliver('alert group created', { ...at('09:00:00'), alertGroup: { title } });
    const [opened] = await world.trail.from(FIRST, 1);
    expect(opened?.details).toMatchObject({ title: `${'x'.repeat(149)}\ufffd` });
  });

  it('records a group whose only title is an id of 2,000 characters', async () => {
    const group = 'g'.repeat(2_000);
    const incidentId = await deliver('alert group created', {
      ...at('09:00:00'),
      group,
      alertGroup: { title: null },
    });
    expect(await types(incidentId)).toEqual(['INCIDENT_OPENED', 'ALERT_RECEIVED']);
  });

  it('keeps as many of 200 wordy alerts as one event holds, and says that it left some out', async () => {
    const alert = (i: number) => ({
      status: 'firing',
      fingerprint: `${i} ${'指'.repeat(290)}`,
      startsAt: '2026-11-20T09:00:00Z',
      annotations: { summary: '障'.repeat(1_000) },
    });
    const body = {
      groupKey: '{}',
      status: 'firing',
      alerts: Array.from({ length: 200 }, (_, i) => alert(i)),
    };
    const incidentId = await receiver.receive(
      alertMessage(body, { path: '/webhooks/grafana-alerting' }),
    );
    const [, received] = await world.trail.from(incidentId, 1);
    const details = received!.details as { alerts: unknown[]; truncated: boolean };
    expect(details.truncated).toBe(true);
    expect(details.alerts.length).toBeGreaterThan(150);
  });

  it('keeps no address of a person whose user name is one', async () => {
    const user = { id: 'U1', username: 'maya.ito@example.com', email: 'maya.ito@example.com' };
    await deliver('acknowledge', { ...at('09:00:00'), user });
    const trail = JSON.stringify(await world.trail.from(FIRST, 1));
    expect(trail).not.toContain('@example.com');
    expect(trail).toContain('"username":"maya.ito"');
  });
});

describe('place(), on the word of the source', () => {
  const CONFIRMED = {
    ...{ requestId: 'r', receivedAtMs: Date.parse('2026-11-20T09:06:00Z') },
    ...{ rawSha256: 'a'.repeat(64), truncated: false, marks: { confirmed: 'yes' as const } },
  };
  const told = (type: string, state: string, time?: string) => {
    const body = onCall(type, { ...(time ? at(time) : {}), alertGroup: { state } });
    const read = readAlert('/webhooks/grafana-oncall', Buffer.from(JSON.stringify(body)));
    if (read.kind !== 'signal') throw new Error(read.reason);
    return read.signal;
  };

  it('opens what it refused before, once the source knows it', async () => {
    const signal = told('alert group created', 'firing', '09:00:00');
    for (let i = 0; i < 2; i += 1) {
      expect(await receiver.refuse(signal, CONFIRMED, 'OnCall knows no such group')).toBe(TODAY);
    }
    expect(await types(TODAY)).toEqual(['ALERT_UNMATCHED']);
    expect(await receiver.place(signal, CONFIRMED)).toBe(FIRST);
    expect(await types(FIRST)).toEqual(['INCIDENT_OPENED', 'ALERT_RECEIVED']);
  });

  it('opens for a group that is open there, though we heard of its resolution', async () => {
    await deliver('resolve', at('09:05:00'));
    expect(await deliver('alert group created', at('09:00:00'))).toBe(TODAY);
    const created = (state: string) =>
      receiver.place(told('alert group created', state, '09:00:00'), CONFIRMED);
    expect(await created('resolved')).toBe(TODAY);
    expect(await created('firing')).toBe(FIRST);
    expect(await created('firing')).toBe(FIRST);
    expect(await types(FIRST)).toEqual(['INCIDENT_OPENED', 'ALERT_RECEIVED']);
  });

  it('opens for a first “unresolve” of a group that is open there, and for no other', async () => {
    expect(await receiver.place(told('unresolve', 'resolved'), CONFIRMED)).toBe(SHARD);
    expect(await receiver.place(told('unresolve', 'firing'), CONFIRMED)).toBe(FIRST);
    expect(await types(FIRST)).toEqual(['INCIDENT_OPENED', 'ALERT_UNRESOLVED']);
  });
});
