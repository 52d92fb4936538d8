import { createHash } from 'node:crypto';

/** One notification of one alert rule. */
export type AlertingSample = {
  status: 'firing' | 'resolved';
  atMs: number;
  /** When the alert began to fire: part of its identity. */
  startedAtMs: number;
  alertName: string;
  /** A label to group by, so that each firing of a sample is an alert group of its own. */
  run: string;
  summary: string;
  /** Labels of the alert, e.g. `service_name` and `severity`. */
  labels: Record<string, string>;
};

/** The body of Grafana Alerting's webhook contact point. */
export function alertingBody(sample: AlertingSample): Record<string, unknown> {
  const { status, alertName, run } = sample;
  const isFiring = status === 'firing';
  const groupLabels = { alertname: alertName, grafana_folder: 'Production', run };
  const labels = { ...groupLabels, ...sample.labels };
  const annotations = { summary: sample.summary };
  const fingerprint = createHash('sha256')
    .update(JSON.stringify(labels))
    .digest('hex')
    .slice(0, 16);
  return {
    receiver: 'incident-response',
    status,
    alerts: [
      {
        status,
        labels,
        annotations,
        startsAt: seconds(sample.startedAtMs),
        endsAt: isFiring ? '0001-01-01T00:00:00Z' : seconds(sample.atMs),
        generatorURL: 'https://grafana.example.com/alerting/grafana/sample/view?orgId=1',
        fingerprint,
        silenceURL: 'https://grafana.example.com/alerting/silence/new?orgId=1',
        dashboardURL: '',
        panelURL: '',
        ruleUID: 'sample',
        values: { B: isFiring ? 1_840 : 210, C: isFiring ? 1 : 0 },
        valueString: '',
        orgId: 1,
      },
    ],
    groupLabels,
    commonLabels: labels,
    commonAnnotations: annotations,
    externalURL: 'https://grafana.example.com/',
    appVersion: '13.1.0',
    version: '1',
    groupKey: `{}:{alertname="${alertName}", grafana_folder="Production", run="${run}"}`,
    truncatedAlerts: 0,
    orgId: 1,
    title: `[${isFiring ? 'FIRING:1' : 'RESOLVED'}] ${alertName} Production`,
    state: isFiring ? 'alerting' : 'ok',
    message: sample.summary,
  };
}

/** Grafana prints whole seconds when there is no fraction. */
function seconds(atMs: number): string {
  return `${new Date(atMs).toISOString().slice(0, 19)}Z`;
}
