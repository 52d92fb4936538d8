import { beforeEach, describe, expect, it } from 'vitest';
import { DeliveryError, TrailError } from '../../src/domain/errors.ts';
import { incidentIdOfAlertGroup } from '../../src/domain/ids.ts';
import { AlertsOnRecord } from '../../src/services/alerts-on-record.ts';
import type { IncidentMessage } from '../../src/services/ports.ts';
import { alertMessage, onCall } from './alert-messages.ts';
import { ANNOUNCEMENTS, useWorker } from './worker-world.ts';

type AlertMessage = Extract<IncidentMessage, { kind: 'alert' }>;

const world = useWorker('memory');
const CHAIN = 'intake-20261120';
const INCIDENT = incidentIdOfAlertGroup({ source: 'grafana-oncall', group: 'GROUP1', episode: 1 });
const BODY = onCall('alert group created', { time: '2026-11-20T09:00:00Z' });
const FIRES = alertMessage(BODY);
let refusal: unknown;
let worker: ReturnType<typeof world.worker>;
let alerts: AlertsOnRecord;

beforeEach(() => {
  refusal = undefined;
  worker = world.worker();
  const { record, trail } = world;
  alerts = new AlertsOnRecord({
    intake: {
      receive: async (message: AlertMessage) => {
        if (refusal) throw refusal;
        return [await worker.receive.receive(message)];
      },
    },
    reread: {
      reread: async () => {
        if (refusal) throw refusal;
        return [INCIDENT];
      },
    },
    quarantine: worker.quarantine,
    ...{ record, trail },
    log: { note() {}, warn() {}, error() {}, count: (name) => world.counted.push(name) },
  });
});

const trailError = (code: TrailError['code'], retryable = false) =>
  new TrailError({ code, message: `cannot append: got ${code}`, retryable });
const rowsError = (code: DeliveryError['code'], retryable = false) =>
  new DeliveryError({ code, message: `cannot write: got ${code}`, retryable });
const details = async (chain = CHAIN) =>
  (await world.trail.from(chain, 1)).map(({ type, details }) => ({ type, ...details }));
const types = async (chain: string) => (await details(chain)).map(({ type }) => type);
const replay = (seq: number, askedAtMs = 1) =>
  alerts.replay({ kind: 'replay_quarantined', incidentId: CHAIN, seq, askedAtMs });

describe('receive()', () => {
  it.each([
    ['its schema refuses it', trailError('EVENT_INVALID')],
    ['no row can hold it', rowsError('ROW_INVALID')],
    ['its trail is broken', trailError('TRAIL_CORRUPT')],
    ['code of ours or of the SDK fails on it', new TypeError('labels is not iterable')],
    ['what is thrown is no error', 'a string'],
  ])('keeps an alert in quarantine with its body when %s, twice', async (_why, error) => {
    refusal = error;
    await expect(alerts.receive(FIRES, undefined)).rejects.toBe(error);
    expect(await types(CHAIN)).toEqual([]);
    expect(await alerts.receive(FIRES, 'again')).toEqual([CHAIN]);
    expect(await alerts.receive(FIRES, 'again')).toEqual([CHAIN]);
    expect(await details()).toMatchObject([
      {
        type: 'ALERT_QUARANTINED',
        path: '/webhooks/grafana-oncall',
        reason: expect.stringContaining('it could not be put on record: '),
        bodyBase64: FIRES.bodyBase64,
        truncated: false,
        count: 1,
      },
    ]);
    expect(world.counted).toContain('AlertNotRecorded');
  });

  it.each([
    ['the table is out', trailError('TRAIL_UNAVAILABLE', true)],
    ['we may not use the table', trailError('TRAIL_UNAVAILABLE')],
    ['others were faster', trailError('TRAIL_CONTENDED', true)],
    ['the queue is out', rowsError('QUEUE_UNAVAILABLE', true)],
  ])('is delivered again however often when %s', async (_why, error) => {
    refusal = error;
    await expect(alerts.receive(FIRES, 'again')).rejects.toBe(error);
    expect(await types(CHAIN)).toEqual([]);
  });

  it('says it aloud, without the words of the alert', async () => {
    refusal = trailError('EVENT_INVALID');
    await alerts.receive(FIRES, 'again');
    await worker.run.run(CHAIN);
    expect(world.chat.posts).toMatchObject([
      { channelId: ANNOUNCEMENTS, message: { kind: 'quarantine_notice', wasRead: true } },
    ]);
  });

  it('keeps every refused alert of a minute, however many there are', async () => {
    refusal = trailError('EVENT_INVALID');
    for (let i = 0; i < 70; i += 1) {
      await alerts.receive(alertMessage({ ...BODY, alert_group_id: `g${i}` }), 'again');
    }
    const kept = await details();
    expect(kept).toHaveLength(70);
    expect(kept.every((one) => 'bodyBase64' in one && one.bodyBase64 !== null)).toBe(true);
  });

  it('keeps what can be read again of a body that is larger than what is kept', async () => {
    refusal = trailError('EVENT_INVALID');
    const large = alertMessage({ ...BODY, padding: 'x'.repeat(400_000) });
    await alerts.receive(large, 'again');
    expect(await details()).toMatchObject([{ truncated: true, rawSha256: large.rawSha256 }]);
    refusal = undefined;
    expect(await replay(1)).toEqual([INCIDENT, CHAIN]);
  });
});

describe('reread()', () => {
  const found = (foundAtMs: number) =>
    ({ kind: 'read_alert_group', group: 'GROUP1', foundAtMs }) as const;
  const nine = Date.parse('2026-11-20T09:00:00Z');

  it('says once a day that a group which the source has open cannot be put on record', async () => {
    refusal = trailError('EVENT_INVALID');
    await expect(alerts.reread(found(nine), undefined)).rejects.toBe(refusal);
    for (const atMs of [nine, nine + 60_000]) {
      expect(await alerts.reread(found(atMs), 'again')).toEqual([CHAIN]);
    }
    expect(await details()).toMatchObject([
      { type: 'ALERT_QUARANTINED', bodyBase64: null, bytes: 0, count: 1 },
    ]);
    await worker.run.run(CHAIN);
    expect(world.chat.posts).toMatchObject([{ message: { wasRead: true } }]);
    refusal = undefined;
    expect(await alerts.reread(found(nine), 'again')).toEqual([INCIDENT]);
  });

  it('is delivered again when the table is out', async () => {
    refusal = trailError('TRAIL_UNAVAILABLE', true);
    await expect(alerts.reread(found(nine), 'again')).rejects.toBe(refusal);
    expect(await types(CHAIN)).toEqual([]);
  });
});

describe('replay()', () => {
  beforeEach(async () => {
    refusal = trailError('EVENT_INVALID');
    await alerts.receive(FIRES, 'again');
    refusal = undefined;
  });

  it('opens what the alert would have opened, and puts that on the chain of its day, once', async () => {
    for (let i = 0; i < 3; i += 1) expect(await replay(1, i)).toEqual([INCIDENT, CHAIN]);
    expect(await types(INCIDENT)).toEqual(['INCIDENT_OPENED', 'ALERT_RECEIVED']);
    expect((await details()).slice(1)).toEqual([
      { type: 'ALERT_REPLAYED', quarantinedSeq: 1, placedOn: [INCIDENT], refused: null },
    ]);
    await worker.run.run(CHAIN);
    expect(world.chat.lines(ANNOUNCEMENTS)).toEqual([
      'An alert was taken out of quarantine and is on record now.',
    ]);
  });

  it('adds nothing to an incident that the same alert opened meanwhile', async () => {
    expect(await alerts.receive(FIRES, undefined)).toEqual([INCIDENT]);
    await replay(1);
    expect(await types(INCIDENT)).toEqual(['INCIDENT_OPENED', 'ALERT_RECEIVED']);
  });

  it('leaves in quarantine, and says so, what is still refused; a later replay places it', async () => {
    refusal = trailError('EVENT_INVALID');
    expect(await replay(1, 1)).toEqual([CHAIN]);
    expect((await details()).at(-1)).toEqual({
      type: 'ALERT_REPLAYED',
      quarantinedSeq: 1,
      placedOn: [],
      refused: 'cannot append: got EVENT_INVALID',
    });
    await worker.run.run(CHAIN);
    expect(world.chat.lines(ANNOUNCEMENTS)).toEqual([
      'An alert in quarantine was replayed, and still could not be put on record. It stays there.',
    ]);
    refusal = undefined;
    expect(await replay(1, 2)).toEqual([INCIDENT, CHAIN]);
    expect(await types(CHAIN)).toEqual(['ALERT_QUARANTINED', 'ALERT_REPLAYED', 'ALERT_REPLAYED']);
  });

  it('is tried again when the table is out, and has then said nothing', async () => {
    refusal = trailError('TRAIL_UNAVAILABLE', true);
    await expect(replay(1)).rejects.toBe(refusal);
    expect(await types(CHAIN)).toEqual(['ALERT_QUARANTINED']);
  });

  it.each([
    ['a body that cannot be read', 'garbage', '/webhooks/grafana-oncall', 'NOT_JSON'],
    ['a path that is none', '{}', '/elsewhere', 'an unknown path'],
  ])('leaves %s in quarantine', async (_what, body, path, refused) => {
    await worker.receive.receive(alertMessage(body, { path }));
    expect(await replay(2)).toEqual([CHAIN]);
    expect((await details()).at(-1)).toMatchObject({ type: 'ALERT_REPLAYED', refused });
  });

  it.each([2, 7])('does nothing for event %i, which keeps no body', async (seq) => {
    await replay(1);
    expect(await replay(seq)).toEqual([]);
    expect(await types(CHAIN)).toHaveLength(2);
  });

  it('counts as received on the day of its chain what was kept after midnight', async () => {
    const late = alertMessage(onCall('resolve', { time: '2026-11-20T23:59:00Z' }), {
      receivedAtMs: Date.parse('2026-11-20T23:59:59.900Z'),
    });
    refusal = trailError('EVENT_INVALID');
    await alerts.receive(late, 'again');
    refusal = undefined;
    // The clock of the tests is far beyond that day.
    expect(await replay(2)).toEqual(['intake-20261120-20', CHAIN]);
    expect(await types('intake-20261120-20')).toEqual(['ALERT_UNMATCHED']);
  });
});
