import { verifyGrafanaAlerting } from '../../verification/verify-grafana-alerting.ts';
import { asScalarText, type JsonObject } from '../read-json.ts';
import {
  type Member,
  type NotificationDialect,
  notificationEssentials,
  placeOfSender,
  readNotification,
} from '../read-notification.ts';
import type { Sender } from './sender.ts';

const ORG_ID_MAX = 300;

const DIALECT: NotificationDialect = {
  source: 'grafana-alerting',
  scopeOf: (body) => {
    // Two Grafanas provisioned from the same files share organisation numbers and group keys.
    const place = placeOfSender(body);
    return place === '' ? orgOf(body) : `${orgOf(body)}@${place}`;
  },
  formerScopeOf: orgOf,
  rawTypeOf: (_body, status) => status,
  isTest: isTestNotification,
  furtherLabelsOf: () => undefined,
};

/** Grafana Alerting's webhook contact point, Grafana 12 or newer. */
export const grafanaAlerting = {
  '/webhooks/grafana-alerting': {
    source: 'grafana-alerting',
    scheme: 'grafana-alerting',
    secretVariable: 'GRAFANA_ALERTING_SECRET_ID',
    verify: (request, { nowMs, settings }) => {
      const { untimed, ...names } = settings.grafanaAlerting;
      verifyGrafanaAlerting({ ...request, nowMs, names, untimed });
      return {};
    },
    read: (bytes) => readNotification(bytes, DIALECT),
    essentials: notificationEssentials,
    repeatsOn: 'server-error',
  },
} as const satisfies Sender;

function orgOf(body: JsonObject): string {
  return asScalarText(body.orgId, ORG_ID_MAX) ?? '';
}

/**
 * Grafana's "Test" button makes a group key of its own, `<name>-<fingerprint>-<unix seconds>`; the
 * key of a real group is made of matchers in braces. Or: its fixed alert, without any rule's labels.
 */
function isTestNotification(body: JsonObject, members: readonly Member[]): boolean {
  if (/-[0-9a-f]{16}-\d{9,11}$/.test(String(body.groupKey))) return true;
  return (
    members.length > 0 &&
    members.every(
      ({ labels }) =>
        Object.keys(labels).length === 2 &&
        labels.alertname === 'TestAlert' &&
        labels.instance === 'Grafana',
    )
  );
}
