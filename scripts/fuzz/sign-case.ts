import { createHmac } from 'node:crypto';
import { ALERT_PATHS, ALERT_ROUTES, isAlertPath } from '../../src/domain/alerts/alert-paths.ts';
import type { HttpEvent } from '../../src/handlers/http.ts';
import { secretKeyOf, signDelivery } from '../../src/local/sign-alert.ts';
import type { SharedSecrets } from '../../src/local/world-resources.ts';
import type { FuzzCase, Proof } from './cases.ts';

/** What a request of a case is signed with. */
export type Signing = { secrets: SharedSecrets; nowMs: number };

/** The gateway's event of a case. */
export function eventOf(one: FuzzCase, signing: Signing, requestId: string): HttpEvent {
  const bytes = Buffer.from(one.body, 'base64');
  const isOpen = one.proof === 'right';
  const proof = proofOf(one, bytes, signing);
  const event: Record<string, unknown> = {
    version: '2.0',
    rawPath: one.path,
    // What a case adds must not take the place of its proof, or a right one would be wrong.
    headers: isOpen ? { ...withoutProof(one.headers), ...proof } : { ...one.headers, ...proof },
    body: one.base64 ? one.body : bytes.toString('utf8'),
    isBase64Encoded: one.base64,
    requestContext: { http: { method: one.method }, requestId },
  };
  for (const part of one.without) delete event[part];
  return event as HttpEvent;
}

function withoutProof(headers: Record<string, string>): Record<string, string> {
  const proofs =
    /^(authorization|webhook-|x-pagerduty-|x-grafana-|x-slack-(signature|request)|gi-)/i;
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !proofs.test(name)));
}

function proofOf(one: FuzzCase, body: Buffer, signing: Signing): Record<string, string> {
  const { path, proof } = one;
  if (proof === 'absent') return {};
  if (proof === 'of another path') {
    const others = ALERT_PATHS.filter(
      (other) =>
        !isAlertPath(path) ||
        ALERT_ROUTES[other].secretVariable !== ALERT_ROUTES[path].secretVariable,
    );
    const other = others[body.length % others.length]!;
    return isAlertPath(path)
      ? signDelivery(path, { ...signing, body, secret: signing.secrets[secretKeyOf(other)] })
      : signedForSlack(body, { ...signing, secret: signing.secrets[secretKeyOf(other)] });
  }
  const signed = proof === 'of another body' ? Buffer.concat([body, Buffer.of(10)]) : body;
  const right = isAlertPath(path)
    ? signDelivery(path, { ...signing, body: signed, secret: signing.secrets[secretKeyOf(path)] })
    : signedForSlack(signed, { ...signing, secret: signing.secrets.slackSigning });
  if (proof === 'right' || proof === 'of another body') return right;
  const [name, value] = Object.entries(right).find(([header]) => !/-(id|timestamp)$/.test(header))!;
  return { ...right, [name]: spoiled(value, proof) };
}

function spoiled(value: string, proof: Proof): string {
  switch (proof) {
    case 'cut':
      return value.slice(0, -1);
    case 'longer':
      return `${value}0`;
    case 'twice':
      return `${value},${value}`;
    case 'spaced':
      return `${value} `;
    default:
      return value.replace(/[0-9a-z](?=[^0-9a-z]*$)/i, (last) => (last === '0' ? '1' : '0'));
  }
}

function signedForSlack(
  body: Buffer,
  of: { nowMs: number; secret: string },
): Record<string, string> {
  const timestamp = String(Math.floor(of.nowMs / 1000));
  const hmac = createHmac('sha256', of.secret).update(`v0:${timestamp}:`).update(body);
  return {
    'x-slack-signature': `v0=${hmac.digest('hex')}`,
    'x-slack-request-timestamp': timestamp,
  };
}
