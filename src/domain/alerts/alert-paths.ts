import type { AlertSignal, AlertSource } from '../alert-signal.ts';
import { sha256Hex } from '../ids.ts';
import type { ReadAlert } from './read-alert.ts';
import { alertmanager } from './senders/alertmanager.ts';
import { grafanaAlerting } from './senders/grafana-alerting.ts';
import { grafanaIrm } from './senders/grafana-irm.ts';
import { grafanaOnCall } from './senders/grafana-oncall.ts';
import { pagerDuty } from './senders/pagerduty.ts';
import type { AlertRoute } from './senders/sender.ts';
import { standardWebhooks } from './senders/standard-webhooks.ts';

/**
 * Every webhook path. Each is pinned to one source, one scheme and one secret; what else depends on
 * a sender derives from here, so that a new one is its file and a line.
 */
const ROUTES = {
  ...grafanaOnCall,
  ...grafanaAlerting,
  ...standardWebhooks,
  ...alertmanager,
  ...pagerDuty,
  ...grafanaIrm,
} as const;
export type AlertPath = keyof typeof ROUTES;
export const ALERT_ROUTES: Readonly<Record<AlertPath, AlertRoute>> = ROUTES;
export const ALERT_PATHS: readonly AlertPath[] = Object.keys(ROUTES) as AlertPath[];

/** The variables that name the secrets of the paths. */
export type AlertSecretVariable = (typeof ROUTES)[AlertPath]['secretVariable'];

/** True for a path that takes alerts. */
export function isAlertPath(path: string): path is AlertPath {
  return Object.hasOwn(ROUTES, path);
}

/** Reads one authenticated body as the path's source writes it. Never throws. */
export function readAlert(path: AlertPath, bytes: Uint8Array): ReadAlert {
  return ALERT_ROUTES[path].read(bytes);
}

/**
 * A small body that reads as the same signal: for a body too large to travel whole.
 * @param bytes - the body that `signal` was read from
 */
export function essentialParts(
  path: AlertPath,
  signal: AlertSignal,
  bytes: Uint8Array,
): Uint8Array {
  const parts = ALERT_ROUTES[path].essentials(signal, bytes);
  return new TextEncoder().encode(JSON.stringify(parts));
}

/** FIFO group of everything about one alert group, so its deliveries are handled in order. */
export function alertQueueGroup(source: AlertSource, group: string): string {
  return `alert#${sha256Hex(JSON.stringify([source, group])).slice(0, 32)}`;
}
