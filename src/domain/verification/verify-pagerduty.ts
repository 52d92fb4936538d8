import { SIGNATURES_MAX } from '../limits.ts';
import { hmacMatches, parseHexSha256, refuse } from './match-secret.ts';
import type { SignedRequest } from './signed-request.ts';

export const PAGERDUTY_SIGNATURE_HEADER = 'x-pagerduty-signature';

const SCHEME = 'pagerduty';
const VERSION = /^v\d{1,3}=/;

/**
 * Verifies a PagerDuty V3 webhook: HMAC-SHA256 of the raw body, `v1=` and lower-case hex, any one of
 * the signatures, which PagerDuty joins with commas while it rotates a secret.
 *
 * There is no signed time: a captured request verifies for as long as the secret lives, and only
 * deduplication by the event's id stops its repetition. The same signature twice is refused: one
 * secret makes one, so it is a header that somebody repeated.
 * @throws {VerificationError} `SIGNATURE_MISSING`, `SIGNATURE_MALFORMED`, `SIGNATURE_MISMATCH`
 * @see https://developer.pagerduty.com/docs/verifying-signatures
 */
export function verifyPagerDuty(request: SignedRequest): void {
  const header = request.headers[PAGERDUTY_SIGNATURE_HEADER];
  if (header === undefined) refuse('SIGNATURE_MISSING', SCHEME, PAGERDUTY_SIGNATURE_HEADER);
  const signatures = readSignatures(header);
  if (!hmacMatches({ secrets: request.secrets, parts: [request.body], signatures })) {
    refuse('SIGNATURE_MISMATCH', SCHEME, 'the HMAC of the body');
  }
}

function readSignatures(header: string): Buffer[] {
  const given = header.split(',');
  const isSound =
    given.length <= SIGNATURES_MAX &&
    new Set(given).size === given.length &&
    given.every((entry) => VERSION.test(entry));
  const v1 = given.filter((entry) => entry.startsWith('v1='));
  const signatures = v1.map((entry) => parseHexSha256(entry.slice(3)));
  const parsed = signatures.filter((signature) => signature !== undefined);
  if (!isSound || parsed.length === 0 || parsed.length < v1.length) {
    refuse('SIGNATURE_MALFORMED', SCHEME, 'v1= and 64 lower-case hex characters, comma-separated');
  }
  return parsed;
}
