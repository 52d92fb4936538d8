import { createHmac } from 'node:crypto';
import type { SampleDelivery } from './samples/sample-alerts.ts';
import type { SharedSecrets } from './world-resources.ts';

/** Where to post alerts, and what to sign them with. */
export type AlertTarget = {
  apiUrl: string;
  secrets: Pick<SharedSecrets, 'oncallHmac' | 'grafanaAlerting'>;
  /** The world's time; Grafana Alerting signs it. */
  nowMs: number;
};

/** Posts one sample alert, signed as its path demands. @returns the product's answer */
export async function postSignedAlert(
  target: AlertTarget,
  { path, body }: SampleDelivery,
): Promise<{ status: number; body: string }> {
  const raw = Buffer.from(JSON.stringify(body));
  const signed =
    path === '/webhooks/grafana-oncall'
      ? signForOncall(target.secrets.oncallHmac, raw)
      : signForAlerting(target.secrets.grafanaAlerting, raw, target.nowMs);
  const response = await fetch(`${target.apiUrl}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...signed },
    body: raw,
  });
  return { status: response.status, body: await response.text() };
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
