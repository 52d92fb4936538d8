import { oncallId } from '../oncall/alert-groups.ts';
import { type AlertingSample, alertingBody } from './alerting-notification.ts';
import { alertmanagerBody } from './alertmanager-notification.ts';
import { irmBody } from './irm-event.ts';
import { type OncallEventType, oncallBody } from './oncall-alert.ts';
import { pagerDutyBody } from './pagerduty-event.ts';

/** An alert that a person can fire by name. */
export type SampleAlert = {
  id: string;
  /** For a button. */
  label: string;
  source: 'oncall' | 'alerting' | 'alertmanager' | 'pagerduty' | 'irm';
  title: string;
  message: string;
  labels: Record<string, string>;
  /** OnCall's integration and its team; routing may match on either. */
  integration: { id: string; team: string };
};

/** The alerts of the page and the demo, worst first; they match the shipped `routing.json`. */
export const SAMPLE_ALERTS: readonly SampleAlert[] = [
  {
    id: 'checkout-errors',
    label: 'Checkout is failing (P1)',
    source: 'oncall',
    title: 'checkout-api 5xx ratio above 5%',
    message: '5xx ratio is 12.4% over 5 minutes',
    labels: { service_name: 'checkout-api', severity: 'critical' },
    integration: { id: 'CX4R7ZQ8VK2NM', team: 'Checkout' },
  },
  {
    id: 'payments-latency',
    label: 'Payments are slow (P2)',
    source: 'alerting',
    title: 'PaymentsHighLatency',
    message: 'payments-worker p99 latency is 1.84 s',
    labels: { service_name: 'payments-worker', severity: 'high' },
    integration: { id: 'CP6MT2WZ9QHLX', team: 'Payments' },
  },
  {
    id: 'website-errors',
    label: 'Website shows errors (P3)',
    source: 'oncall',
    title: 'web-frontend JavaScript errors above baseline',
    message: 'client error rate is 3 times the baseline of the last week',
    labels: { service_name: 'web-frontend', severity: 'warning' },
    integration: { id: 'CW3BK8FRN5TQZ', team: 'Web' },
  },
  {
    id: 'payments-queue',
    label: 'Alertmanager: payments wait (P2)',
    source: 'alertmanager',
    title: 'PaymentsQueueGrows',
    message: '18420 captures are waiting',
    labels: { service_name: 'payments-worker', severity: 'high' },
    integration: { id: 'CP6MT2WZ9QHLX', team: 'Payments' },
  },
  {
    id: 'website-certificate',
    label: 'PagerDuty: certificate ends (P3)',
    source: 'pagerduty',
    title: 'web-frontend certificate ends in 3 days',
    message: 'the certificate of www.example.com ends in 3 days',
    labels: { service_name: 'web-frontend', severity: 'warning' },
    integration: { id: 'CW3BK8FRN5TQZ', team: 'Web' },
  },
  {
    id: 'checkout-declared',
    label: 'Grafana IRM: checkout declared (P2)',
    source: 'irm',
    title: 'checkout-api answers slowly',
    message: 'declared by hand in Grafana IRM',
    labels: { service_name: 'checkout-api', severity: 'high' },
    integration: { id: 'CX4R7ZQ8VK2NM', team: 'Checkout' },
  },
];

/** What many alerts of one cause look like. */
const STORM_TITLES = ['5xx ratio above 5%', 'p99 latency above 2 s', 'pod restarts', 'queue grows'];

/** The nth alert of a storm: each is another alert group of one service. */
export function stormAlert(number: number): SampleAlert {
  const title = STORM_TITLES[number % STORM_TITLES.length];
  return {
    id: `storm-${number}`,
    label: `Storm ${number}`,
    source: 'oncall',
    title: `web-frontend ${title} in zone ${Math.floor(number / STORM_TITLES.length) + 1}`,
    message: 'one of many alerts of one cause',
    labels: { service_name: 'web-frontend', severity: number === 0 ? 'high' : 'warning' },
    integration: { id: 'CW3BK8FRN5TQZ', team: 'Web' },
  };
}

/** One firing of a sample: what later events of it refer to. */
export type Firing = { alert: SampleAlert; key: string; startedAtMs: number };

/**
 * A new firing of a sample alert, so that it opens a new incident.
 *
 * @param number makes it unique among firings of the same instant
 */
export function newFiring(alert: SampleAlert, startedAtMs: number, number: number): Firing {
  const key = oncallId('I', `${alert.id}#${startedAtMs}#${number}`);
  return { alert, key, startedAtMs };
}

/** Where a sample's body goes, and the body. */
export type SampleDelivery = {
  path:
    | '/webhooks/grafana-oncall'
    | '/webhooks/grafana-alerting'
    | '/webhooks/alertmanager'
    | '/webhooks/pagerduty'
    | '/webhooks/grafana-irm';
  body: Record<string, unknown>;
};

/**
 * What the firing's source sends for one event at `atMs`. Only OnCall's samples play every event:
 * elsewhere everything but `resolve` is firing.
 */
export function deliveryOf(firing: Firing, type: OncallEventType, atMs: number): SampleDelivery {
  const { alert, key, startedAtMs } = firing;
  const { title, message, labels } = alert;
  if (alert.source === 'oncall') {
    const createdAtMs = startedAtMs;
    const { integration } = alert;
    const about = { title, message, labels, integration };
    const body = oncallBody({ type, groupId: key, atMs, createdAtMs, ...about });
    return { path: '/webhooks/grafana-oncall', body };
  }
  const status: AlertingSample['status'] = type === 'resolve' ? 'resolved' : 'firing';
  if (alert.source === 'pagerduty') {
    const about = { title, service: labels.service_name ?? '', team: alert.integration.team };
    const event = status === 'firing' ? 'incident.triggered' : 'incident.resolved';
    const priority = PRIORITIES[labels.severity ?? ''] ?? 'P1';
    const body = pagerDutyBody({ type: event, key, atMs, startedAtMs, priority, ...about });
    return { path: '/webhooks/pagerduty', body };
  }
  if (alert.source === 'irm') {
    const { severity = '', ...others } = labels;
    const event =
      status === 'firing' ? 'grafana.incident.created' : 'grafana.incident.updated.status';
    const body = irmBody({ event, key, atMs, startedAtMs, title, severity, labels: others });
    return { path: '/webhooks/grafana-irm', body };
  }
  const about = { alertName: title, run: key, summary: message, labels };
  const sample = { status, atMs, startedAtMs, ...about };
  if (alert.source === 'alertmanager') {
    return { path: '/webhooks/alertmanager', body: alertmanagerBody(sample) };
  }
  return { path: '/webhooks/grafana-alerting', body: alertingBody(sample) };
}

/** PagerDuty has priorities where the others have a label. */
const PRIORITIES: Readonly<Record<string, string>> = {
  critical: 'P1',
  high: 'P2',
  warning: 'P3',
  info: 'P4',
};
