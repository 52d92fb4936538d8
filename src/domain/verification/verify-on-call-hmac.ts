import { hmacMatches, parseHexSha256, refuse } from './match-secret.ts';
import type { SignedRequest } from './signed-request.ts';

/** Header of the signed OnCall path. Grafana OnCall itself never sends it; a signing relay does. */
export const ONCALL_SIGNATURE_HEADER = 'x-grafana-oncall-signature';

const SCHEME = 'oncall-hmac';

/**
 * Verifies the HMAC-SHA256 of the raw body, lower-case hex with an optional `sha256=`.
 *
 * There is no signed time: a captured request verifies for as long as the secret lives, and only
 * deduplication by meaning stops its repetition.
 * @throws {VerificationError} `SIGNATURE_MISSING`, `SIGNATURE_MALFORMED`, `SIGNATURE_MISMATCH`
 */
export function verifyOnCallHmac(request: SignedRequest): void {
  const header = request.headers[ONCALL_SIGNATURE_HEADER];
  if (header === undefined) refuse('SIGNATURE_MISSING', SCHEME, ONCALL_SIGNATURE_HEADER);
  const hex = header.startsWith('sha256=') ? header.slice('sha256='.length) : header;
  const signature = parseHexSha256(hex);
  if (!signature) refuse('SIGNATURE_MALFORMED', SCHEME, '64 lower-case hex characters');
  if (!hmacMatches({ secrets: request.secrets, parts: [request.body], signatures: [signature] })) {
    refuse('SIGNATURE_MISMATCH', SCHEME, 'the HMAC of the body');
  }
}
