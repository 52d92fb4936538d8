import { SecretError } from '../errors.ts';
import { SIGNATURES_MAX, STANDARD_WEBHOOKS_MAX_SKEW_S } from '../limits.ts';
import { type HmacSecret, hmacMatches, refuse } from './match-secret.ts';
import type { AcceptableSecret, SignedRequest } from './signed-request.ts';
import { checkSignedTime, readSignedTimeS } from './signed-time.ts';

export const STANDARD_ID_HEADER = 'webhook-id';
export const STANDARD_TIMESTAMP_HEADER = 'webhook-timestamp';
export const STANDARD_SIGNATURE_HEADER = 'webhook-signature';

const SCHEME = 'standard-webhooks';
const SECRET_PREFIX = 'whsec_';
const KEY_MIN_BYTES = 24;
const KEY_MAX_BYTES = 64;
/**
 * Visible ASCII but for the comma, which joins repeated headers, and the full stop, which ends the
 * id in what is signed: with one inside, two different messages could have the same signed text.
 */
const ID = /^[\x21-\x2b\x2d\x2f-\x7e]{1,200}$/;
/** A version, a comma and a value: what every signature in the list looks like. */
const VERSIONED = /^[A-Za-z0-9]{1,8},[\x21-\x2b\x2d-\x7e]+$/;
/** 32 bytes in canonical base64: the last character carries two bits that must be zero. */
const BASE64_SHA256 = /^[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=$/;

/**
 * Verifies a Standard Webhooks v1 request: base64 HMAC-SHA256 of `<id>.<unix seconds>.<body>`, any
 * one of the signatures, at most 300 s from now on either side.
 *
 * Signatures of other versions, `v1a` among them, are passed over and never accepted.
 * @returns the signed id: the same for every attempt at one message
 * @throws {VerificationError} every code of the union
 * @throws {SecretError} `SECRET_MALFORMED`: no secret of ours has the `whsec_` form
 * @see https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
 */
export function verifyStandardWebhooks(request: SignedRequest & { nowMs: number }): {
  id: string;
} {
  const { headers, nowMs, body } = request;
  const header = headers[STANDARD_SIGNATURE_HEADER];
  const id = headers[STANDARD_ID_HEADER];
  if (header === undefined) refuse('SIGNATURE_MISSING', SCHEME, STANDARD_SIGNATURE_HEADER);
  if (id === undefined) refuse('SIGNATURE_MISSING', SCHEME, STANDARD_ID_HEADER);
  if (!ID.test(id)) refuse('SIGNATURE_MALFORMED', SCHEME, 'one id without full stop and comma');
  const timestamp = headers[STANDARD_TIMESTAMP_HEADER];
  const signedAtS = readSignedTimeS(SCHEME, timestamp);
  const signatures = readSignatures(header);
  checkSignedTime(SCHEME, { signedAtS, nowMs, maxSkewS: STANDARD_WEBHOOKS_MAX_SKEW_S });
  const secrets = keysOf(request.secrets);
  const parts = [`${id}.${timestamp}.`, body];
  if (!hmacMatches({ secrets, parts, signatures, signedAtS })) {
    refuse('SIGNATURE_MISMATCH', SCHEME, 'the HMAC of id, timestamp and body');
  }
  return { id };
}

/** The bytes of a `whsec_` secret; undefined for any other text. */
export function standardWebhooksKey(secret: string): Buffer | undefined {
  if (!secret.startsWith(SECRET_PREFIX)) return undefined;
  const text = secret.slice(SECRET_PREFIX.length);
  const key = Buffer.from(text, 'base64');
  // The decoder skips what is not base64; a key is only what encodes to the same text again.
  if (key.toString('base64') !== text) return undefined;
  return key.length >= KEY_MIN_BYTES && key.length <= KEY_MAX_BYTES ? key : undefined;
}

function readSignatures(header: string): Buffer[] {
  const given = header.split(' ');
  const texts = given.flatMap((entry) => (entry.startsWith('v1,') ? [entry.slice(3)] : []));
  const isSound =
    given.length <= SIGNATURES_MAX &&
    given.every((entry) => VERSIONED.test(entry)) &&
    texts.every((text) => BASE64_SHA256.test(text));
  if (texts.length === 0 || !isSound) {
    refuse('SIGNATURE_MALFORMED', SCHEME, 'v1, and 32 bytes in base64, separated by single spaces');
  }
  return texts.map((text) => Buffer.from(text, 'base64'));
}

function keysOf(secrets: readonly AcceptableSecret[]): HmacSecret[] {
  const keys = secrets.flatMap((secret) => {
    const value = standardWebhooksKey(secret.value);
    return value ? [{ ...secret, value }] : [];
  });
  if (keys.length > 0 || secrets.length === 0) return keys;
  // A secret that cannot be a key is our mistake; a 401 would tell the sender it was theirs.
  throw new SecretError({
    code: 'SECRET_MALFORMED',
    message: 'cannot use secret: expected whsec_ and 24 to 64 bytes in base64, got another form',
    retryable: false,
  });
}
