import { createHash, createHmac } from 'node:crypto';
import {
  ALERT_ROUTES,
  type AlertPath,
  type AlertSecretVariable,
} from '../domain/alerts/alert-paths.ts';
import type { Scheme } from '../domain/alerts/senders/sender.ts';
import { sha256Hex } from '../domain/ids.ts';
import { standardWebhooksKey } from '../domain/verification/verify-standard-webhooks.ts';
import type { SampleDelivery } from './samples/sample-alerts.ts';
import type { SharedSecrets } from './world-resources.ts';

/** Where to post alerts, and what to sign them with. */
export type AlertTarget = {
  apiUrl: string;
  secrets: Omit<SharedSecrets, 'slackSigning'>;
  /** The world's time, for schemes that sign it. */
  nowMs: number;
};

/** Posts one sample alert, signed as its path demands. @returns the product's answer */
export async function postSignedAlert(
  target: AlertTarget,
  { path, body }: SampleDelivery,
): Promise<{ status: number; body: string }> {
  const raw = Buffer.from(JSON.stringify(body));
  const signed = signDelivery(path, {
    secret: target.secrets[secretKeyOf(path)],
    body: raw,
    nowMs: target.nowMs,
  });
  const response = await fetch(`${target.apiUrl}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...signed },
    body: raw,
  });
  return { status: response.status, body: await response.text() };
}

/** What one delivery is signed with. */
export type Signing = { secret: string; body: Uint8Array; nowMs: number };

/** The headers with which the sender of a path proves who it is. */
export function signDelivery(path: AlertPath, signing: Signing): Record<string, string> {
  return SIGNERS[ALERT_ROUTES[path].scheme](signing);
}

/** Which of the world's secrets a path is checked with. */
export function secretKeyOf(path: AlertPath): keyof AlertTarget['secrets'] {
  return SECRET_KEYS[ALERT_ROUTES[path].secretVariable as AlertSecretVariable];
}

/** The senders' secrets as they are now. */
export function senderSecrets(
  read: (key: keyof AlertTarget['secrets']) => string,
): AlertTarget['secrets'] {
  const pairs = Object.values(SECRET_KEYS).map((key) => [key, read(key)] as const);
  return Object.fromEntries(pairs) as AlertTarget['secrets'];
}

const SECRET_KEYS: Readonly<Record<AlertSecretVariable, keyof AlertTarget['secrets']>> = {
  ONCALL_HMAC_SECRET_ID: 'oncallHmac',
  ONCALL_BEARER_SECRET_ID: 'oncallBearer',
  GRAFANA_ALERTING_SECRET_ID: 'grafanaAlerting',
  STANDARD_WEBHOOKS_SECRET_ID: 'standardWebhooks',
  ALERTMANAGER_BEARER_SECRET_ID: 'alertmanagerBearer',
  PAGERDUTY_SECRET_ID: 'pagerduty',
  GRAFANA_IRM_SECRET_ID: 'grafanaIrm',
};

const SIGNERS: Readonly<Record<Scheme, (signing: Signing) => Record<string, string>>> = {
  'body-hmac': ({ secret, body }) => signForOncall(secret, body),
  bearer: ({ secret }) => ({ authorization: `Bearer ${secret}` }),
  'grafana-alerting': ({ secret, body, nowMs }) => signForAlerting(secret, body, nowMs),
  'standard-webhooks': signAsStandardWebhooks,
  pagerduty: ({ secret, body }) => ({
    'x-pagerduty-signature': `v1=${createHmac('sha256', secret).update(body).digest('hex')}`,
  }),
  'gi-signature': ({ secret, body, nowMs }) => {
    const timestamp = Math.floor(nowMs / 1000);
    const bodyHash = createHash('sha256').update(body).digest('base64');
    const hmac = createHmac('sha256', secret).update(`${bodyHash}:${timestamp}:v1`);
    return { 'gi-signature': `t=${timestamp},v1=${hmac.digest('hex')}` };
  },
};

function signAsStandardWebhooks({ secret, body, nowMs }: Signing): Record<string, string> {
  const id = `msg_${sha256Hex(body).slice(0, 32)}`;
  const timestamp = String(Math.floor(nowMs / 1000));
  const hmac = createHmac('sha256', standardWebhooksKey(secret) ?? secret);
  return {
    'webhook-id': id,
    'webhook-timestamp': timestamp,
    'webhook-signature': `v1,${hmac.update(`${id}.${timestamp}.`).update(body).digest('base64')}`,
  };
}

/** The header of `/webhooks/grafana-oncall`: HMAC-SHA256 of the raw body in lower-case hex. */
export function signForOncall(secret: string, body: Uint8Array): Record<string, string> {
  const signature = createHmac('sha256', secret).update(body).digest('hex');
  return { 'x-grafana-oncall-signature': signature };
}

/** The headers of `/webhooks/grafana-alerting`: HMAC-SHA256 of `<unix seconds>:<raw body>`. */
export function signForAlerting(
  secret: string,
  body: Uint8Array,
  nowMs: number,
): Record<string, string> {
  const timestamp = String(Math.floor(nowMs / 1000));
  const hmac = createHmac('sha256', secret).update(`${timestamp}:`).update(body);
  return {
    'x-grafana-alerting-signature': hmac.digest('hex'),
    'x-grafana-alerting-timestamp': timestamp,
  };
}
