import { describe, expect, it } from 'vitest';
import { essentialParts, readAlert } from '../../src/domain/alerts/alert-paths.ts';
import { DeliveryError } from '../../src/domain/errors.ts';
import { acceptAlert } from '../../src/services/accept-alert.ts';
import type { IncidentMessage } from '../../src/services/ports.ts';
import { changedFixture, fixtureBytes, signalOf } from '../domain/alerts/fixture.ts';

const ONCALL = '/webhooks/grafana-oncall';
const ALERTING = '/webhooks/grafana-alerting';
type AlertMessage = Extract<IncidentMessage, { kind: 'alert' }>;
type Stored = { message: AlertMessage; group: string; id: string };

/** A queue and an outbox, each of which can be out. */
function givenStores(of: { queueIsOut?: boolean; outboxIsOut?: boolean } = {}) {
  const queued: Stored[] = [];
  const waiting: Stored[] = [];
  const counted: string[] = [];
  const out = new DeliveryError({ code: 'QUEUE_UNAVAILABLE', message: 'out', retryable: true });
  const deps = {
    clock: { nowMs: () => 1_800_000_000_000 },
    log: { note() {}, warn() {}, error() {}, count: (metric: string) => counted.push(metric) },
    queue: {
      send: async (message: IncidentMessage, as: { group: string; deduplicationId: string }) => {
        if (of.queueIsOut) throw out;
        queued.push({ message: message as AlertMessage, group: as.group, id: as.deduplicationId });
      },
    },
    outbox: {
      put: async (row: { id: string; message: IncidentMessage; group: string }) => {
        if (of.outboxIsOut) throw out;
        waiting.push({ message: row.message as AlertMessage, group: row.group, id: row.id });
      },
    },
  };
  const accept = (body: Uint8Array, path: typeof ONCALL | typeof ALERTING = ONCALL, id = 'r1') =>
    acceptAlert(deps, { path, body, requestId: id });
  return { queued, waiting, counted, accept };
}

const bytesOf = ({ message }: Stored) => Buffer.from(message.bodyBase64, 'base64');
/** The stored body with one text of `bytes` length in its alert payload. */
const padded = (bytes: number) =>
  changedFixture('oncall.created.json', (body: { alert_payload: { message: string } }) => {
    body.alert_payload.message = 'x'.repeat(bytes);
  });

describe('acceptAlert()', () => {
  it('enqueues the body exactly as it came, once, with its SHA-256', async () => {
    const { queued, accept } = givenStores();
    const body = fixtureBytes('oncall.created.json');
    expect(await accept(body)).toBe('accepted');
    expect(queued).toHaveLength(1);
    expect(queued[0]!.message).toEqual({
      kind: 'alert',
      path: '/webhooks/grafana-oncall',
      requestId: 'r1',
      receivedAtMs: 1_800_000_000_000,
      rawSha256: expect.stringMatching(/^[0-9a-f]{64}$/),
      bodyBase64: Buffer.from(body).toString('base64'),
      truncated: false,
    });
    expect(queued[0]!.group).toMatch(/^alert#[0-9a-f]{32}$/);
  });

  it('deduplicates by meaning where the sender stored a time, whatever the bytes', async () => {
    const { queued, accept } = givenStores();
    const body = fixtureBytes('oncall.created.json');
    await accept(body, ONCALL, 'r1');
    await accept(Buffer.concat([body, Buffer.from(' ')]), ONCALL, 'r2');
    expect(queued[0]!.id).toBe(queued[1]!.id);
    expect(queued[0]!.id).toMatch(/^[0-9a-f]{64}$/);
    expect(queued[0]!.group).toBe(queued[1]!.group);
  });

  it.each([
    ['it did not', 'oncall.unresolve.no-time.json', ONCALL],
    ['a step has none of its own', 'oncall.escalation.json', ONCALL],
    ['a delivery says a state', 'alerting.firing.json', ALERTING],
  ] as const)(
    'deduplicates by request where %s: the same words may be news',
    async (_, name, path) => {
      const { queued, accept } = givenStores();
      const body = fixtureBytes(name);
      await accept(body, path, 'r1');
      await accept(body, path, 'r2');
      await accept(body, path, 'r2');
      expect(queued[0]!.id).not.toBe(queued[1]!.id);
      expect(queued[1]!.id).toBe(queued[2]!.id);
      expect(queued[0]!.group).toBe(queued[1]!.group);
    },
  );

  it('enqueues a body that is no alert as well, whole', async () => {
    const { queued, counted, accept } = givenStores();
    const body = fixtureBytes('oncall.templated.not-json.txt');
    expect(await accept(body)).toBe('quarantined');
    expect(bytesOf(queued[0]!)).toEqual(Buffer.from(body));
    expect(counted).toEqual(['AlertQuarantined']);
  });

  it('leaves an alert in the outbox when the queue is out', async () => {
    const { waiting, counted, accept } = givenStores({ queueIsOut: true });
    const body = fixtureBytes('oncall.created.json');
    expect(await accept(body)).toBe('accepted');
    expect(bytesOf(waiting[0]!)).toEqual(Buffer.from(body));
    expect(waiting[0]!.id).toMatch(/^[0-9a-f]{64}$/);
    expect(counted).toContain('AlertToOutbox');
  });

  it('is not_stored when both are out', async () => {
    const { counted, accept } = givenStores({ queueIsOut: true, outboxIsOut: true });
    expect(await accept(fixtureBytes('oncall.created.json'))).toBe('not_stored');
    expect(counted).toContain('AlertNotStored');
  });
});

describe('acceptAlert() with a large body', () => {
  it('sends a body whole up to the queue limit, and its essential parts above it', async () => {
    const { queued, accept } = givenStores();
    await accept(padded(780_000));
    await accept(padded(790_000));
    expect(queued.map(({ message }) => message.truncated)).toEqual([false, true]);
    for (const { message } of queued) {
      expect(JSON.stringify(message).length).toBeLessThanOrEqual(1_048_576);
    }
    expect(bytesOf(queued[1]!).byteLength).toBeLessThan(2_000);
    expect(queued[1]!.message.rawSha256).not.toBe(queued[0]!.message.rawSha256);
  });

  it('reads the same from the essential parts as from the whole', async () => {
    const { queued, accept } = givenStores();
    const body = padded(790_000);
    await accept(body);
    expect(readAlert(ONCALL, bytesOf(queued[0]!))).toEqual(readAlert(ONCALL, body));
  });

  it('keeps at most 256 KiB of base64 in the outbox', async () => {
    const { waiting, accept } = givenStores({ queueIsOut: true });
    await accept(padded(190_000));
    await accept(padded(200_000));
    expect(waiting.map(({ message }) => message.truncated)).toEqual([false, true]);
    await accept(Buffer.alloc(300_000, 'x'));
    expect(waiting[2]!.message).toMatchObject({ truncated: true });
    expect(waiting[2]!.message.bodyBase64).toHaveLength(262_144);
  });

  it('keeps the beginning of a large body that is no alert', async () => {
    const { queued, accept } = givenStores();
    expect(await accept(Buffer.alloc(1_000_000, 'x'))).toBe('quarantined');
    expect(queued[0]!.message.truncated).toBe(true);
    expect(JSON.stringify(queued[0]!.message).length).toBeLessThanOrEqual(1_048_576);
  });
});

describe('essentialParts()', () => {
  it.each([
    ['oncall.created.alerting-payload.json', ONCALL],
    ['oncall.acknowledge.labels-object.json', ONCALL],
    ['oncall.silence.forever.json', ONCALL],
    ['oncall.unresolve.no-time.json', ONCALL],
    ['oncall.created.wiped-nulls.json', ONCALL],
    ['irm.resolution-note-added.unknown-type.json', ONCALL],
    ['alerting.firing.json', ALERTING],
    ['alerting.resolved.json', ALERTING],
    ['alerting.mixed.truncated-old-shape.json', ALERTING],
    ['alerting.test-notification.json', ALERTING],
  ] as const)('of %s read as the same signal', (name, path) => {
    const body = fixtureBytes(name);
    const signal = signalOf(readAlert(path, body));
    expect(signalOf(readAlert(path, essentialParts(path, signal, body)))).toEqual(signal);
  });

  it('of 900 alerts keep the meaning of the group', () => {
    const body = changedFixture('alerting.firing.json', (given: { alerts: object[] }) => {
      const [first] = given.alerts;
      given.alerts = Array.from({ length: 900 }, (_, i) => ({ ...first, fingerprint: `f${i}` }));
    });
    const signal = signalOf(readAlert(ALERTING, body));
    const parts = essentialParts(ALERTING, signal, body);
    expect(signalOf(readAlert(ALERTING, parts))).toEqual(signal);
    expect(parts.byteLength).toBeLessThan(body.byteLength / 5);
  });

  it('of bytes that no longer read are empty of alerts', () => {
    const signal = signalOf(readAlert(ALERTING, fixtureBytes('alerting.firing.json')));
    const parts = JSON.parse(
      Buffer.from(essentialParts(ALERTING, signal, Buffer.from('x'))).toString(),
    );
    expect(parts.alerts).toEqual([]);
  });
});
