import { describe, expect, it } from 'vitest';
import { essentialParts, readAlert } from '../../../../src/domain/alerts/alert-paths.ts';
import { signalOf } from '../fixture.ts';
import { changedSignal, recordedBody, recordedSignal } from '../recorded.ts';

const PATH = '/webhooks/alertmanager';
const read = (name: string) => recordedSignal(PATH, `alertmanager.${name}`);

describe('a notification of Alertmanager', () => {
  it('reads every field, with the reason and the labels of the route', () => {
    expect(read('firing')).toEqual({
      source: 'alertmanager',
      group:
        'alertmanager.example.com|{}/{severity="critical"}:{alertname="CheckoutLatencyHigh", cluster="eu-1"}',
      kind: 'created',
      rawType: 'firing (first notification)',
      meaning: expect.stringMatching(/^[0-9a-f]{64}$/),
      hasStoredTime: true,
      isSnapshot: true,
      occurredAt: '2026-03-14T09:26:40.118Z',
      groupCreatedAt: '2026-03-14T09:26:40.118Z',
      groupState: 'firing',
      title: 'CheckoutLatencyHigh',
      link: 'http://prometheus-0.prometheus:9090/graph?g0.expr=checkout%3Ap99+%3E+2&g0.tab=1',
      labels: {
        owner: 'shop-team',
        alertname: 'CheckoutLatencyHigh',
        cluster: 'eu-1',
        namespace: 'shop',
        pod: 'checkout-api-6f9c',
        service_name: 'checkout-api',
        severity: 'critical',
      },
      firingLabels: [
        {
          alertname: 'CheckoutLatencyHigh',
          cluster: 'eu-1',
          namespace: 'shop',
          pod: 'checkout-api-6f9c',
          service_name: 'checkout-api',
          severity: 'critical',
        },
      ],
      integrationId: 'incident-response',
      team: null,
      by: null,
      people: [],
      alerts: [
        {
          fingerprint: '8f2a61c40be7d935',
          status: 'firing',
          startsAt: '2026-03-14T09:26:40.118Z',
          title: 'p99 latency of checkout-api-6f9c is high',
        },
      ],
      links: [{ title: 'Runbook', url: 'https://runbooks.example.com/checkout/latency' }],
    });
  });

  it('means the same when the repeat interval elapsed, and something else when it was cut', () => {
    expect(read('firing.repeated').meaning).toBe(read('firing').meaning);
    expect(read('firing.repeated').rawType).toBe('firing (repeat interval elapsed)');
    const cut = read('firing.more-alerts.truncated');
    expect(cut.notShown).toBe(12);
    expect(cut.meaning).not.toBe(read('firing').meaning);
  });

  it('of a version before 0.32 has neither reason nor labels of the route', () => {
    const signal = read('firing.before-0.32');
    expect(signal.rawType).toBe('firing');
    expect(signal.labels.owner).toBeUndefined();
    expect(signal.alerts.map(({ status }) => status)).toEqual(['firing', 'resolved']);
  });

  it('says what the labels of each firing alert are, without those that tell one from another', () => {
    const group = (alerts: { severity: string; status?: string }[]) =>
      changedSignal(PATH, 'alertmanager.firing', (body) => {
        delete body.commonLabels.severity;
        body.alerts = alerts.map(({ severity, status = 'firing' }, i) => ({
          ...body.alerts[0],
          status,
          fingerprint: `f${i}`,
          labels: { severity, pod: `pod-${i}` },
        }));
      });
    const nine = Array.from({ length: 9 }, () => ({ severity: 'warning' }));
    expect(group([...nine, { severity: 'critical' }]).firingLabels).toEqual([
      { severity: 'warning' },
      { severity: 'critical' },
    ]);
    // With eight values or fewer a label may say how bad it is.
    expect(group(nine.slice(1)).firingLabels).toHaveLength(8);
    expect(
      group([{ severity: 'critical', status: 'resolved' }, { severity: 'warning' }]).firingLabels,
    ).toEqual([{ severity: 'warning', pod: 'pod-1' }]);
    expect(read('resolved').firingLabels).toBeUndefined();
  });

  it('says the same of them when only its parts travel', () => {
    const body = JSON.parse(recordedBody('alertmanager.firing').toString());
    const [first] = body.alerts;
    body.alerts = ['warning', 'warning', 'critical', 'page'].map((severity, i) => ({
      ...first,
      status: severity === 'page' ? 'resolved' : 'firing',
      fingerprint: `f${i}`,
      labels: { severity, pod: `pod-${i}` },
    }));
    const bytes = Buffer.from(JSON.stringify(body));
    const signal = signalOf(readAlert(PATH, bytes));
    expect(signalOf(readAlert(PATH, essentialParts(PATH, signal, bytes)))).toEqual(signal);
  });

  it('resolves the same group, at the end of its last alert', () => {
    expect(read('resolved')).toMatchObject({
      group: read('firing').group,
      kind: 'resolve',
      occurredAt: '2026-03-14T10:02:10.118Z',
    });
  });

  it('belongs to its server: the same key from another one is another group', () => {
    const other = changedSignal(PATH, 'alertmanager.firing', (body) => {
      body.externalURL = 'https://alertmanager.staging.example.com';
    });
    expect(other.group).not.toBe(read('firing').group);
    const nowhere = changedSignal(PATH, 'alertmanager.firing', (body) => {
      body.externalURL = 'not a url';
    });
    expect(nowhere.group).toMatch(/^\|\{\}/);
  });

  it.each([
    ['https://ops.example.com/prod/alertmanager', 'ops.example.com/prod/alertmanager'],
    ['https://ops.example.com/staging/alertmanager/', 'ops.example.com/staging/alertmanager'],
    ['https://ops.example.com/', 'ops.example.com'],
    ['http://ops.example.com:9093', 'ops.example.com:9093'],
  ])('belongs to host and path of %s', (externalURL, place) => {
    const signal = changedSignal(PATH, 'alertmanager.firing', (body) => {
      body.externalURL = externalURL;
    });
    expect(signal.group.split('|')[0]).toBe(place);
    const host = place.split('/')[0];
    // Where there is no path, the identity is the one it always was.
    expect(signal.former?.group.split('|')[0]).toBe(host === place ? undefined : host);
  });

  it.each([
    [-1, undefined],
    [0, undefined],
    [1.5, undefined],
    ['3', undefined],
    [3, 3],
    [9e15, 1_000_000],
  ])('with truncatedAlerts %j says %j are not shown', (given, notShown) => {
    const signal = changedSignal(PATH, 'alertmanager.firing', (body) => {
      body.truncatedAlerts = given;
    });
    expect(signal.notShown).toBe(notShown);
  });

  it('lets the alerts’ own labels win over those of the route', () => {
    const signal = changedSignal(PATH, 'alertmanager.firing', (body) => {
      body.routeLabels = { severity: 'info', team: 'shop' };
    });
    expect(signal.labels).toMatchObject({ severity: 'critical', team: 'shop' });
  });

  it('is not what Grafana’s test button looks like, and a Grafana body has no place here', () => {
    const named = changedSignal(PATH, 'alertmanager.firing', (body) => {
      body.groupKey = 'webhook-57c6d9296de2ad39-1773480430';
    });
    expect(named.kind).toBe('created');
    expect(readAlert(PATH, Buffer.from('{"event":{"type":"x"}}'))).toEqual({
      kind: 'unreadable',
      reason: 'NO_ENVELOPE',
    });
  });
});
