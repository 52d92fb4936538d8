import { SLACK_MAX_SKEW_S } from '../limits.ts';
import { hmacMatches, parseHexSha256, refuse } from './match-secret.ts';
import type { SignedRequest } from './signed-request.ts';
import { checkSignedTime, readSignedTimeS } from './signed-time.ts';

export const SLACK_SIGNATURE_HEADER = 'x-slack-signature';
export const SLACK_TIMESTAMP_HEADER = 'x-slack-request-timestamp';

const SCHEME = 'slack';

/** What a verified Slack request proves beside its sender. */
export type VerifiedSlackRequest = {
  /** When Slack signed it. Unix seconds. */
  signedAtS: number;
};

/**
 * Verifies Slack's v0 signature, at most 300 s from now on either side.
 *
 * @throws {VerificationError} every code of the union
 * @see https://docs.slack.dev/authentication/verifying-requests-from-slack
 */
export function verifySlackRequest(
  request: SignedRequest & { nowMs: number },
): VerifiedSlackRequest {
  const signedAtS = readSignedTimeS(SCHEME, request.headers[SLACK_TIMESTAMP_HEADER]);
  checkSignedTime(SCHEME, { signedAtS, nowMs: request.nowMs, maxSkewS: SLACK_MAX_SKEW_S });
  return verifySlackRequestIgnoringAge(request);
}

/**
 * Verifies Slack's v0 signature and not how old it is.
 *
 * Only for a request that waited in a queue: a replay passes. Callers MUST judge `signedAtS` before
 * anything that depends on the request being recent.
 * @throws {VerificationError} `SIGNATURE_…`, `TIMESTAMP_MISSING`, `TIMESTAMP_MALFORMED`
 */
export function verifySlackRequestIgnoringAge(request: SignedRequest): VerifiedSlackRequest {
  const timestamp = request.headers[SLACK_TIMESTAMP_HEADER];
  const signedAtS = readSignedTimeS(SCHEME, timestamp);
  const header = request.headers[SLACK_SIGNATURE_HEADER];
  if (header === undefined) refuse('SIGNATURE_MISSING', SCHEME, SLACK_SIGNATURE_HEADER);
  const signature = header.startsWith('v0=') ? parseHexSha256(header.slice(3)) : undefined;
  if (!signature) refuse('SIGNATURE_MALFORMED', SCHEME, 'v0= and 64 lower-case hex characters');
  const parts = [`v0:${timestamp}:`, request.body];
  if (!hmacMatches({ secrets: request.secrets, parts, signatures: [signature], signedAtS })) {
    refuse('SIGNATURE_MISMATCH', SCHEME, 'the HMAC of timestamp and body');
  }
  return { signedAtS };
}
