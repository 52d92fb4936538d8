import { oncallId } from '../oncall/alert-groups.ts';
import { type AlertingSample, alertingBody } from './alerting-notification.ts';
import { type OncallEventType, oncallBody } from './oncall-alert.ts';

/** An alert that a person can fire by name. */
export type SampleAlert = {
  id: string;
  /** For a button. */
  label: string;
  source: 'oncall' | 'alerting';
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
];

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
  path: '/webhooks/grafana-oncall' | '/webhooks/grafana-alerting';
  body: Record<string, unknown>;
};

/**
 * What the firing's source sends for one event at `atMs`. Grafana Alerting knows only firing and
 * resolved: everything but `resolve` is firing there.
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
  const about = { alertName: title, run: key, summary: message, labels };
  const body = alertingBody({ status, atMs, startedAtMs, ...about });
  return { path: '/webhooks/grafana-alerting', body };
}
