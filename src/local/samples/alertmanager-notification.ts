import { createHash } from 'node:crypto';
import type { AlertingSample } from './alerting-notification.ts';

/** The body of Alertmanager's webhook receiver, version 4. Most of it is Grafana Alerting's, too. */
export function alertmanagerBody(sample: AlertingSample): Record<string, unknown> {
  const { status, alertName, run, atMs, startedAtMs } = sample;
  const isFiring = status === 'firing';
  const groupLabels = { alertname: alertName, run };
  const labels = { ...groupLabels, ...sample.labels };
  const annotations = { summary: sample.summary };
  return {
    receiver: 'incident-response',
    status,
    alerts: [
      {
        status,
        labels,
        annotations,
        startsAt: new Date(startedAtMs).toISOString(),
        endsAt: isFiring ? '0001-01-01T00:00:00Z' : new Date(atMs).toISOString(),
        generatorURL: 'https://prometheus.example.com/graph?g0.tab=1',
        fingerprint: createHash('sha256').update(JSON.stringify(labels)).digest('hex').slice(0, 16),
      },
    ],
    groupLabels,
    commonLabels: labels,
    commonAnnotations: annotations,
    externalURL: 'https://alertmanager.example.com',
    notification_reason: 'first notification',
    version: '4',
    groupKey: `{}:{alertname="${alertName}", run="${run}"}`,
    truncatedAlerts: 0,
  };
}
