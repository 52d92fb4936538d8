import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { readAlert } from '../../../src/domain/alerts/alert-paths.ts';
import {
  deliveryOf,
  newFiring,
  SAMPLE_ALERTS,
  stormAlert,
} from '../../../src/local/samples/sample-alerts.ts';

const AT_MS = Date.parse('2026-03-14T09:27:12.589Z');
const [checkout, payments] = SAMPLE_ALERTS;
if (!checkout || !payments) throw new Error('the samples are gone');

describe('deliveryOf()', () => {
  it('plays an OnCall escalation with the names and times of the real one', () => {
    const { path, body } = deliveryOf(newFiring(checkout, AT_MS, 1), 'escalation', AT_MS + 6_000);
    expect(path).toBe('/webhooks/grafana-oncall');
    expect(body).toMatchObject({
      event: { type: 'escalation', time: '2026-03-14T09:27:18.589000+00:00' },
      user: null,
      alert_group: {
        state: 'firing',
        created_at: '2026-03-14T09:27:12.589000Z',
        labels: { service_name: 'checkout-api', severity: 'critical' },
      },
      users_to_be_notified: [{ username: 'maya.ito' }, { username: 'jonas.berg' }],
    });
  });

  it.each([
    ['alert group created', 'firing'],
    ['acknowledge', 'acknowledged'],
    ['silence', 'silenced'],
    ['resolve', 'resolved'],
  ] as const)('keeps the alert group through %s, which leaves it %s', (type, state) => {
    const firing = newFiring(checkout, AT_MS, 1);
    const { body } = deliveryOf(firing, type, AT_MS + 60_000);
    expect(body).toMatchObject({
      alert_group_id: firing.key,
      alert_group: { id: firing.key, state, created_at: '2026-03-14T09:27:12.589000Z' },
    });
  });

  it('plays Grafana Alerting firing and resolved with one group and one start', () => {
    const firing = newFiring(payments, AT_MS, 1);
    const fired = deliveryOf(firing, 'escalation', AT_MS);
    const resolved = deliveryOf(firing, 'resolve', AT_MS + 60_000);
    expect(fired.path).toBe('/webhooks/grafana-alerting');
    expect(fired.body).toMatchObject({
      status: 'firing',
      alerts: [{ startsAt: '2026-03-14T09:27:12Z', endsAt: '0001-01-01T00:00:00Z' }],
    });
    expect(resolved.body).toMatchObject({
      status: 'resolved',
      groupKey: fired.body.groupKey,
      alerts: [{ startsAt: '2026-03-14T09:27:12Z', endsAt: '2026-03-14T09:28:12Z' }],
    });
  });

  it.each([
    ['payments-queue', '/webhooks/alertmanager', 'P2'],
    ['website-certificate', '/webhooks/pagerduty', 'P3'],
    ['checkout-declared', '/webhooks/grafana-irm', 'P2'],
  ] as const)('plays %s so that its path reads it, fired and resolved', (id, path, severity) => {
    const alert = SAMPLE_ALERTS.find((each) => each.id === id);
    if (!alert) throw new Error('the sample is gone');
    const firing = newFiring(alert, AT_MS, 1);
    const signals = (['alert group created', 'resolve'] as const).map((type) => {
      const delivery = deliveryOf(firing, type, AT_MS + 60_000);
      expect(delivery.path).toBe(path);
      const read = readAlert(path, Buffer.from(JSON.stringify(delivery.body)));
      if (read.kind !== 'signal') throw new Error(`cannot read it: ${read.reason}`);
      return read.signal;
    });
    const [fired, resolved] = signals;
    expect(signals.map(({ kind }) => kind)).toEqual(['created', 'resolve']);
    expect(resolved?.group).toBe(fired?.group);
    expect(fired?.labels).toMatchObject(
      path === '/webhooks/pagerduty'
        ? { service_name: 'web-frontend', priority: severity }
        : { service_name: alert.labels.service_name, severity: 'high' },
    );
  });

  it('makes every firing its own alert group', () => {
    const keys = [1, 2].map((number) => newFiring(checkout, AT_MS, number).key);
    expect(new Set(keys).size).toBe(2);
    expect(keys[0]).toMatch(/^I[A-NP-Z1-9]{12}$/);
  });
});

describe('SAMPLE_ALERTS', () => {
  it('names only services and severities that the shipped routing knows', () => {
    const file = new URL('../../../config/routing.json', import.meta.url);
    const routing = JSON.parse(readFileSync(file, 'utf8'));
    const services = routing.services.map(
      (service: { match: { labels: Record<string, string> } }) => service.match.labels.service_name,
    );
    const severities = routing.severity.map(
      (rule: { labels: Record<string, string> }) => rule.labels.severity,
    );
    for (const { labels } of SAMPLE_ALERTS) {
      expect(services).toContain(labels.service_name);
      expect(severities).toContain(labels.severity);
    }
  });
});

describe('stormAlert()', () => {
  it('makes alerts of one service, each with a title of its own', () => {
    const alerts = Array.from({ length: 30 }, (_, number) => stormAlert(number));
    expect(new Set(alerts.map(({ labels }) => labels.service_name))).toEqual(
      new Set(['web-frontend']),
    );
    expect(new Set(alerts.map(({ title }) => title)).size).toBe(30);
  });
});
