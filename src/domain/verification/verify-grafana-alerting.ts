import { ALERTING_MAX_SKEW_S } from '../limits.ts';
import { hmacMatches, parseHexSha256, refuse } from './match-secret.ts';
import type { SignedRequest } from './signed-request.ts';
import { checkSignedTime, readSignedTimeS } from './signed-time.ts';

const SCHEME = 'grafana-alerting';

/** Header names are the operator's choice in Grafana; lower case. */
export type GrafanaAlertingHeaders = { signature: string; timestamp: string };

/**
 * Verifies a Grafana Alerting webhook (Grafana 12 or newer): HMAC-SHA256 of `<unix seconds>:<body>`,
 * bare lower-case hex, at most 300 s from now on either side.
 *
 * Grafana can be set to send no timestamp; then a captured request would verify for ever, so the
 * timestamp is required here.
 * @throws {VerificationError} every code of the union
 * @see https://github.com/grafana/alerting/blob/main/http/hmac.go
 */
export function verifyGrafanaAlerting(
  request: SignedRequest & { nowMs: number; names: GrafanaAlertingHeaders },
): void {
  const { headers, names, nowMs } = request;
  const header = headers[names.signature];
  if (header === undefined) refuse('SIGNATURE_MISSING', SCHEME, names.signature);
  const timestamp = headers[names.timestamp];
  const signedAtS = readSignedTimeS(SCHEME, timestamp);
  const signature = parseHexSha256(header);
  if (!signature) refuse('SIGNATURE_MALFORMED', SCHEME, '64 lower-case hex characters');
  checkSignedTime(SCHEME, { signedAtS, nowMs, maxSkewS: ALERTING_MAX_SKEW_S });
  const parts = [`${timestamp}:`, request.body];
  if (!hmacMatches({ secrets: request.secrets, parts, signature, signedAtS })) {
    refuse('SIGNATURE_MISMATCH', SCHEME, 'the HMAC of timestamp and body');
  }
}
