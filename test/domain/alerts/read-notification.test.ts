import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readAlert } from '../../../src/domain/alerts/alert-paths.ts';
import { changedFixture, fixtureBytes, signalOf } from './fixture.ts';

const readGrafanaAlerting = (bytes: Uint8Array) => readAlert('/webhooks/grafana-alerting', bytes);

const read = (name: string) => signalOf(readGrafanaAlerting(fixtureBytes(name)));
// biome-ignore lint/suspicious/noExplicitAny: the test reaches into a stored body of any shape.
const changed = (name: string, change: (body: any) => void) =>
  signalOf(readGrafanaAlerting(changedFixture(name, change)));

describe('readGrafanaAlerting()', () => {
  it('reads every field of a firing group', () => {
    expect(read('alerting.firing.json')).toEqual({
      source: 'grafana-alerting',
      group:
        '1@grafana.example.com|{}:{alertname="CheckoutHighErrorRate", grafana_folder="Checkout"}',
      former: {
        group: '1|{}:{alertname="CheckoutHighErrorRate", grafana_folder="Checkout"}',
        // As the version before wrote it, so that what it has on record is known again.
        meaning: '5c767e6cee10bd76ae7791742c0d878dfef911668eb8460ade8bd1423eda07b2',
      },
      kind: 'created',
      rawType: 'firing',
      meaning: expect.stringMatching(/^[0-9a-f]{64}$/),
      hasStoredTime: true,
      isSnapshot: true,
      occurredAt: '2026-03-14T09:26:40Z',
      groupCreatedAt: '2026-03-14T09:26:40Z',
      groupState: 'firing',
      title: 'CheckoutHighErrorRate Checkout (prod checkout-api critical)',
      link: 'https://grafana.example.com/alerting/grafana/fe2m3k8q1x4hsd/view?orgId=1',
      labels: {
        alertname: 'CheckoutHighErrorRate',
        grafana_folder: 'Checkout',
        env: 'prod',
        service_name: 'checkout-api',
        severity: 'critical',
      },
      firingLabels: expect.arrayContaining([expect.objectContaining({ severity: 'critical' })]),
      integrationId: 'checkout-ingress',
      team: null,
      by: null,
      people: [],
      alerts: [
        {
          fingerprint: 'a585c8d3ec95bfed',
          status: 'firing',
          startsAt: '2026-03-14T09:26:40Z',
          title: 'checkout-api 5xx ratio is 12.4%',
        },
      ],
      links: [
        { title: 'Runbook', url: 'https://runbooks.example.com/checkout/high-error-rate' },
        {
          title: 'Dashboard',
          url: 'https://grafana.example.com/d/cko7d1mpx9lc1a?from=1773476800000&orgId=1&to=1773480430000',
        },
        {
          title: 'Panel',
          url: 'https://grafana.example.com/d/cko7d1mpx9lc1a?from=1773476800000&orgId=1&to=1773480430000&viewPanel=4',
        },
      ],
    });
  });

  it('reads a resolved group as resolve, at the end of its last alert', () => {
    expect(read('alerting.resolved.json')).toMatchObject({
      kind: 'resolve',
      rawType: 'resolved',
      groupState: 'resolved',
      occurredAt: '2026-03-14T10:02:10Z',
      title: 'CheckoutHighErrorRate Checkout (prod checkout-api critical)',
    });
  });

  it('reads a mixed, truncated group of the older shape as firing', () => {
    const signal = read('alerting.mixed.truncated-old-shape.json');
    expect(signal).toMatchObject({
      kind: 'created',
      occurredAt: '2026-03-14T09:26:40Z',
      groupCreatedAt: '2026-03-14T10:20:00.5+01:00',
    });
    expect(signal.alerts.map(({ status }) => status)).toEqual(['firing', 'resolved']);
  });

  it('reads the test button as test, by its group key or by its fixed alert', () => {
    expect(read('alerting.test-notification.json')).toMatchObject({
      kind: 'test',
      integrationId: 'checkout-ingress (eu)',
    });
    const byAlert = changed('alerting.test-notification.json', (body) => {
      body.groupKey = '{}:{alertname="TestAlert"}';
    });
    expect(byAlert.kind).toBe('test');
  });

  it('does not take a rule that somebody named TestAlert for the test button', () => {
    const signal = changed('alerting.test-notification.json', (body) => {
      body.groupKey = '{}:{alertname="TestAlert"}';
      body.alerts[0].labels.grafana_folder = 'Checkout';
    });
    expect(signal.kind).toBe('created');
  });

  it('derives a missing top status from the alerts, and a missing fingerprint from the labels', () => {
    const signal = changed('alerting.mixed.truncated-old-shape.json', (body) => {
      delete body.status;
      delete body.alerts[0].fingerprint;
    });
    expect(signal.kind).toBe('created');
    expect(signal.alerts[0]!.fingerprint).toMatch(/^[0-9a-f]{64}$/);
    const over = changed('alerting.resolved.json', (body) => {
      delete body.status;
    });
    expect(over.kind).toBe('resolve');
  });

  it('falls back to the first alert for labels and to the group for a title', () => {
    const signal = changed('alerting.firing.json', (body) => {
      delete body.commonLabels;
      delete body.groupLabels;
      body.title = '[FIRING:1] ';
      delete body.orgId;
    });
    expect(signal.labels.severity).toBe('critical');
    expect(signal.title).toBe('CheckoutHighErrorRate');
    const bare = changed('alerting.firing.json', (body) => {
      for (const key of ['commonLabels', 'groupLabels', 'title', 'externalURL', 'receiver']) {
        delete body[key];
      }
      body.alerts = [];
      body.groupKey = 'key';
    });
    expect(bare).toMatchObject({ title: '1|key', link: null, hasStoredTime: false, labels: {} });
    expect(bare).toMatchObject({ occurredAt: null, integrationId: null });
  });

  it('keeps 200 alerts of a group and counts all of them in the meaning', () => {
    const many = (count: number) =>
      changed('alerting.firing.json', (body) => {
        const [first] = body.alerts;
        body.alerts = Array.from({ length: count }, (_, i) => ({ ...first, fingerprint: `f${i}` }));
      });
    expect(many(201).alerts).toHaveLength(200);
    expect(many(201).meaning).not.toBe(many(202).meaning);
  });

  it.each([
    ['alerting.custom-payload.no-envelope.json', 'NO_ENVELOPE'],
    ['oncall.created.json', 'NO_ENVELOPE'],
    ['oncall.templated.not-json.txt', 'NOT_JSON'],
  ])('cannot read %s: %s', (name, reason) => {
    expect(readGrafanaAlerting(fixtureBytes(name))).toEqual({ kind: 'unreadable', reason });
  });

  it('cannot read a body without alerts, or without a group key', () => {
    const without = (key: string) =>
      readGrafanaAlerting(
        changedFixture('alerting.firing.json', (body: Record<string, unknown>) => {
          delete body[key];
        }),
      );
    expect(without('alerts')).toEqual({ kind: 'unreadable', reason: 'NO_ENVELOPE' });
    expect(without('groupKey')).toEqual({ kind: 'unreadable', reason: 'NO_GROUP' });
  });

  it('passes over entries that are not alerts', () => {
    const signal = changed('alerting.firing.json', (body) => {
      body.alerts.push(null, 'x', {}, { status: 'pending' });
    });
    expect(signal.alerts).toHaveLength(1);
  });
});

describe('the meaning of a Grafana Alerting delivery', () => {
  it('is the same for a repeat, whose links, values and message differ', () => {
    expect(read('alerting.firing.repeated-later.json').meaning).toBe(
      read('alerting.firing.json').meaning,
    );
  });

  it('is the same in any order of alerts', () => {
    const turned = changed('alerting.mixed.truncated-old-shape.json', (body) => {
      body.alerts.reverse();
    });
    expect(turned.meaning).toBe(read('alerting.mixed.truncated-old-shape.json').meaning);
  });

  it('belongs to its Grafana: two of one configuration share organisation and key', () => {
    const ofGrafana = (externalURL: string) =>
      changed('alerting.firing.json', (body) => {
        body.externalURL = externalURL;
      }).group;
    expect(ofGrafana('https://ops.example.com/grafana-prod/')).toMatch(
      /^1@ops\.example\.com\/grafana-prod\|/,
    );
    expect(ofGrafana('https://ops.example.com/grafana-staging/')).toMatch(/^1@.*-staging\|/);
    expect(ofGrafana('not a url')).toMatch(/^1\|/);
  });

  it('differs when an alert joins, restarts or resolves, and by organisation', () => {
    const firing = 'alerting.firing.json';
    const meanings = [
      read(firing),
      read('alerting.resolved.json'),
      read('alerting.mixed.truncated-old-shape.json'),
      changed(firing, (body) => {
        body.alerts[0].startsAt = '2026-03-14T11:00:00Z';
      }),
      changed(firing, (body) => {
        body.orgId = 2;
      }),
    ].map(({ meaning }) => meaning);
    expect(new Set(meanings).size).toBe(5);
  });
});

describe('readGrafanaAlerting() under any input', () => {
  it('never throws on any bytes, and reads any JSON in any field', () => {
    const fields = ['status', 'alerts', 'commonLabels', 'groupKey', 'orgId', 'title', 'receiver'];
    fc.assert(
      fc.property(
        fc.uint8Array(),
        fc.constantFrom(...fields),
        fc.jsonValue(),
        (bytes, field, value) => {
          readGrafanaAlerting(bytes);
          const result = readGrafanaAlerting(
            changedFixture('alerting.firing.json', (body: Record<string, unknown>) => {
              body[field] = value;
            }),
          );
          expect(['signal', 'unreadable']).toContain(result.kind);
          readGrafanaAlerting(
            changedFixture('alerting.firing.json', (body: Record<string, unknown>) => {
              body.alerts = [value, { status: 'firing', labels: value, annotations: value }];
            }),
          );
        },
      ),
    );
  });
});
