import { createHash } from 'node:crypto';
import { GI_MAX_SKEW_S } from '../limits.ts';
import { hmacMatches, refuse } from './match-secret.ts';
import type { SignedRequest } from './signed-request.ts';
import { checkSignedTime } from './signed-time.ts';

export const GI_SIGNATURE_HEADER = 'gi-signature';

const SCHEME = 'gi-signature';
/** One time and one signature. A repeated header holds each twice. */
const HEADER = /^t=(\d{1,12}),v1=([0-9a-f]{64})$/;

/**
 * Verifies an incident webhook of Grafana IRM: lower-case hex HMAC-SHA256 of
 * `<base64 SHA-256 of the body>:<unix seconds>:v1`, at most 300 s from now on either side. Grafana's
 * own client checks no age; without one a captured request would verify for ever.
 * @throws {VerificationError} `SIGNATURE_…`, `TIMESTAMP_STALE`, `TIMESTAMP_IN_FUTURE`
 * @see https://github.com/grafana/incident-go/blob/main/webhook.go
 */
export function verifyGiSignature(request: SignedRequest & { nowMs: number }): void {
  const header = request.headers[GI_SIGNATURE_HEADER];
  if (header === undefined) refuse('SIGNATURE_MISSING', SCHEME, GI_SIGNATURE_HEADER);
  const [, time, hex] = HEADER.exec(header) ?? [];
  if (time === undefined || hex === undefined) {
    refuse('SIGNATURE_MALFORMED', SCHEME, 't=, Unix seconds, v1= and 64 lower-case hex characters');
  }
  const signedAtS = Number(time);
  checkSignedTime(SCHEME, { signedAtS, nowMs: request.nowMs, maxSkewS: GI_MAX_SKEW_S });
  const bodyHash = createHash('sha256').update(request.body).digest('base64');
  const signatures = [Buffer.from(hex, 'hex')];
  const parts = [`${bodyHash}:${time}:v1`];
  if (!hmacMatches({ secrets: request.secrets, parts, signatures, signedAtS })) {
    refuse('SIGNATURE_MISMATCH', SCHEME, 'the HMAC of time and body');
  }
}
