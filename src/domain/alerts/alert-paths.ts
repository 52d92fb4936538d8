import { ALERT_SOURCES, type AlertSource } from '../alert-signal.ts';
import { sha256Hex } from '../ids.ts';
import { readGrafanaAlerting } from './read-grafana-alerting.ts';
import { type ReadAlert, readOnCall } from './read-on-call.ts';

/** The webhook paths. Each is pinned to one source and, in the handler, to one scheme. */
export const ALERT_PATHS = {
  '/webhooks/grafana-oncall': 'grafana-oncall',
  '/webhooks/grafana-oncall/bearer': 'grafana-oncall',
  '/webhooks/grafana-alerting': 'grafana-alerting',
} as const satisfies Record<string, AlertSource>;
export type AlertPath = keyof typeof ALERT_PATHS;

/** True for a path that takes alerts. */
export function isAlertPath(path: string): path is AlertPath {
  return Object.hasOwn(ALERT_PATHS, path);
}

/** Reads one authenticated body as the path's source writes it. Never throws. */
export function readAlert(path: AlertPath, bytes: Uint8Array): ReadAlert {
  return READERS[ALERT_PATHS[path]](bytes);
}

/** FIFO group of everything about one alert group, so its deliveries are handled in order. */
export function alertQueueGroup(source: AlertSource, group: string): string {
  return `alert#${sha256Hex(JSON.stringify([source, group])).slice(0, 32)}`;
}

const READERS: Readonly<Record<AlertSource, (bytes: Uint8Array) => ReadAlert>> = {
  [ALERT_SOURCES[0]]: readOnCall,
  [ALERT_SOURCES[1]]: readGrafanaAlerting,
};
