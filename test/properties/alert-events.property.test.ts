import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readAlert } from '../../src/domain/alerts/alert-paths.ts';
import { MemoryAuditTrail } from '../../src/local/memory/memory-audit-trail.ts';
import { MemoryIncidentRows } from '../../src/local/memory/memory-incident-rows.ts';
import { IncidentRecord } from '../../src/services/incident-record.ts';
import { Quarantine } from '../../src/services/quarantine.ts';
import { ReceiveAlert } from '../../src/services/receive-alert.ts';
import { alertMessage, ROUTING } from '../services/alert-messages.ts';
import { givenStorms } from '../services/storm-world.ts';

/** An item of the table holds 400 KB, attribute names and overhead included. Unit: bytes. */
const EVENT_MAX_BYTES = 395_000;

/** Text as hostile as JSON can carry: long, of any plane, cut surrogates included. */
const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.integer({ min: 140, max: 3_000 }).map((n) => '🔥'.repeat(n).slice(1)),
  fc.integer({ min: 140, max: 3_000 }).map((n) => `${'障'.repeat(n)}\ud83d`),
  fc.constantFrom('', 'maya.ito@example.com', '2026-11-20T09:00:00Z', '__proto__'),
);
const odd = fc.oneof(
  text,
  fc.constant(null),
  fc.integer(),
  fc.boolean(),
  fc.constant({}),
  fc.constant([]),
);
const instant = fc.constantFrom(
  '2026-11-20T09:00:00Z',
  '2026-11-20T09:00:00.123456789+02:00',
  null,
);
const person = fc.record({ id: odd, username: odd, email: odd });
const labels = fc.dictionary(text, odd, { maxKeys: 130 });

const onCallBody = fc.record({
  event: fc.record({
    type: fc.oneof(
      fc.constantFrom(
        'alert group created',
        'acknowledge',
        'silence',
        'resolve',
        'unresolve',
        'escalation',
      ),
      text,
    ),
    time: fc.oneof(instant, odd),
    until: fc.oneof(instant, odd),
  }),
  alert_group_id: fc.oneof(
    fc.string({ minLength: 1, maxLength: 2_600, unit: 'binary' }),
    text,
    odd,
  ),
  alert_group: fc.record({
    title: odd,
    state: odd,
    created_at: odd,
    permalinks: fc.record({ web: odd }),
  }),
  alert_payload: fc.record({ labels: fc.oneof(labels, odd), title: odd }),
  integration: fc.record({ id: odd, team: odd, labels: fc.oneof(labels, odd) }),
  user: fc.oneof(person, odd),
  notified_users: fc.array(fc.oneof(person, odd), { maxLength: 130 }),
});

const alertingBody = fc.record({
  orgId: odd,
  groupKey: fc.oneof(fc.constant('{}:{a="b"}'), text),
  status: fc.constantFrom('firing', 'resolved', 'odd'),
  title: odd,
  receiver: odd,
  commonLabels: fc.oneof(labels, odd),
  alerts: fc
    .tuple(
      fc.record({
        status: fc.constantFrom('firing', 'resolved'),
        fingerprint: odd,
        startsAt: fc.oneof(instant, odd),
        endsAt: fc.oneof(instant, odd),
        labels: fc.oneof(labels, odd),
        annotations: fc.record({ summary: odd }),
        generatorURL: odd,
      }),
      fc.integer({ min: 0, max: 210 }),
    )
    .map(([one, count]) =>
      Array.from({ length: count }, (_, i) => ({
        ...one,
        ...(i % 2 ? { fingerprint: `${i}` } : {}),
      })),
    ),
});

async function record(
  body: unknown,
  path: '/webhooks/grafana-oncall' | '/webhooks/grafana-alerting',
) {
  const trail = new MemoryAuditTrail();
  const rows = new MemoryIncidentRows();
  const clock = { nowMs: () => Date.parse('2026-11-20T09:00:00Z') };
  const record = new IncidentRecord({
    trail,
    rows,
    clock,
    pause: { forMs: async () => {} },
  });
  const schedules = { set: async () => {}, remove: async () => {} };
  const quarantine = new Quarantine({ record, rows, schedules, clock });
  const receiver = new ReceiveAlert({
    ...{ record, rows, routing: ROUTING, quarantine },
    storms: givenStorms({ record, rows, clock }).storms,
  });
  const message = alertMessage(body, { path });
  const incidentId = await receiver.receive(message);
  const events = await trail.from(incidentId, 1);
  expect(await receiver.receive(message)).toBe(incidentId);
  expect(await trail.from(incidentId, 1)).toEqual(events);
  return { events, read: readAlert(path, Buffer.from(message.bodyBase64, 'base64')) };
}

describe('every body a reader can read', () => {
  it.each([
    ['/webhooks/grafana-oncall', onCallBody],
    ['/webhooks/grafana-alerting', alertingBody],
  ] as const)('from %s becomes valid events that fit the table, once', async (path, bodies) => {
    await fc.assert(
      fc.asyncProperty(bodies as fc.Arbitrary<unknown>, async (body) => {
        const { events, read } = await record(body, path);
        expect(events.length).toBeGreaterThan(0);
        if (read.kind === 'unreadable') expect(events[0]?.type).toBe('ALERT_QUARANTINED');
        for (const event of events) {
          expect(Buffer.byteLength(JSON.stringify(event))).toBeLessThan(EVENT_MAX_BYTES);
        }
      }),
      { numRuns: 150 },
    );
  });
});
