import { ALERTING_MAX_SKEW_S } from '../limits.ts';
import { hmacMatches, parseHexSha256, refuse } from './match-secret.ts';
import type { SignedRequest } from './signed-request.ts';
import { checkSignedTime, readSignedTimeS } from './signed-time.ts';

const SCHEME = 'grafana-alerting';
/** What a timed request signs in front of its body. */
const TIME_IN_FRONT = /^\d{1,12}:/;

/** Header names are the operator's choice in Grafana; lower case. */
export type GrafanaAlertingHeaders = { signature: string; timestamp: string };

/**
 * Verifies a Grafana Alerting webhook (Grafana 12 or newer): HMAC-SHA256 of `<unix seconds>:<body>`,
 * bare lower-case hex, at most 300 s from now on either side.
 *
 * Grafana can be set to send no timestamp; then a captured request would verify for ever, so the
 * timestamp is required here. `untimed: 'accept'` is the operator's choice to live with that: the
 * HMAC of the body alone is taken, but only where the timestamp header is absent. One that is there
 * must verify.
 * @throws {VerificationError} every code of the union
 * @see https://github.com/grafana/alerting/blob/main/http/hmac.go
 */
export function verifyGrafanaAlerting(
  request: SignedRequest & {
    nowMs: number;
    names: GrafanaAlertingHeaders;
    untimed?: 'refuse' | 'accept';
  },
): void {
  const { headers, names, nowMs, untimed = 'refuse' } = request;
  const header = headers[names.signature];
  if (header === undefined) refuse('SIGNATURE_MISSING', SCHEME, names.signature);
  const timestamp = headers[names.timestamp];
  if (timestamp === undefined && untimed === 'accept') {
    verifyUntimed(request, header);
    return;
  }
  const signedAtS = readSignedTimeS(SCHEME, timestamp);
  const signature = readSignature(header);
  checkSignedTime(SCHEME, { signedAtS, nowMs, maxSkewS: ALERTING_MAX_SKEW_S });
  const parts = [`${timestamp}:`, request.body];
  const signatures = [signature];
  if (!hmacMatches({ secrets: request.secrets, parts, signatures, signedAtS })) {
    refuse('SIGNATURE_MISMATCH', SCHEME, 'the HMAC of timestamp and body');
  }
}

function verifyUntimed({ body, secrets }: SignedRequest, header: string): void {
  const signatures = [readSignature(header)];
  // A captured timed request, its timestamp moved from the header into the body, has the same HMAC.
  const start = Buffer.from(body.subarray(0, 13)).toString('latin1');
  const isMoved = TIME_IN_FRONT.test(start);
  if (isMoved || !hmacMatches({ secrets, parts: [body], signatures })) {
    refuse('SIGNATURE_MISMATCH', SCHEME, 'the HMAC of the body');
  }
}

function readSignature(header: string): Buffer {
  const signature = parseHexSha256(header);
  if (!signature) refuse('SIGNATURE_MALFORMED', SCHEME, '64 lower-case hex characters');
  return signature;
}
