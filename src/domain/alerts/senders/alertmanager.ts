import { verifyBearer } from '../../verification/verify-bearer.ts';
import { asText, type JsonObject } from '../read-json.ts';
import {
  type NotificationDialect,
  notificationEssentials,
  placeOfSender,
  readNotification,
} from '../read-notification.ts';
import type { Sender } from './sender.ts';

const REASON_MAX = 100;
const FORMER_HOST_MAX = 300;

const DIALECT: NotificationDialect = {
  source: 'alertmanager',
  // A group key is unique within one Alertmanager, and two of them often run the same configuration.
  // Replicas of one must share `--web.external-url`, or each has groups of its own here.
  scopeOf: placeOfSender,
  formerScopeOf: hostOf,
  rawTypeOf: (body, status) => {
    // From Alertmanager 0.32 on, e.g. `first notification` or `repeat interval elapsed`.
    const reason = asText(body.notification_reason, REASON_MAX);
    return reason === null ? status : `${status} (${reason})`;
  },
  isTest: () => false,
  // From 0.34 on: the labels of the route, e.g. its owner.
  furtherLabelsOf: (body) => body.routeLabels,
};

/** Prometheus' Alertmanager, body version 4. It cannot sign, so it carries a bearer token. */
export const alertmanager = {
  '/webhooks/alertmanager': {
    source: 'alertmanager',
    scheme: 'bearer',
    secretVariable: 'ALERTMANAGER_BEARER_SECRET_ID',
    verify: (request) => {
      verifyBearer(request);
      return {};
    },
    read: (bytes) => readNotification(bytes, DIALECT),
    essentials: notificationEssentials,
    repeatsOn: 'server-error',
  },
} as const satisfies Sender;

function hostOf(body: JsonObject): string {
  const url = asText(body.externalURL, 2_000);
  if (url === null || !URL.canParse(url)) return '';
  return new URL(url).host.slice(0, FORMER_HOST_MAX);
}
