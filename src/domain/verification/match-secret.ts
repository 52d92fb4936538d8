import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { VerificationError, type VerificationErrorCode } from '../errors.ts';
import type { AcceptableSecret } from './signed-request.ts';

const HEX_SHA256 = /^[0-9a-f]{64}$/;

/** Refuses a request. The message names the scheme and never what was sent. */
export function refuse(code: VerificationErrorCode, scheme: string, expected: string): never {
  throw new VerificationError({
    code,
    message: `cannot verify ${scheme} request: expected ${expected}, got ${code}`,
    retryable: false,
  });
}

/** The 32 bytes of a strict lower-case hex SHA-256; undefined for any other text. */
export function parseHexSha256(text: string): Buffer | undefined {
  return HEX_SHA256.test(text) ? Buffer.from(text, 'hex') : undefined;
}

/** A secret as an HMAC key: its text in UTF-8, or the bytes that a scheme decodes it to. */
export type HmacSecret = { value: string | Uint8Array; notSignedAfterS?: number };

/**
 * True when one of the signatures is the HMAC-SHA256 of the parts under one of the secrets.
 *
 * Every secret is tried with every signature, matching or not, so time tells nothing about which
 * one fits.
 * @param of.signatures - 32 bytes each
 * @param of.signedAtS - the signed time; secrets with `notSignedAfterS` need it
 */
export function hmacMatches(of: {
  secrets: readonly HmacSecret[];
  parts: readonly (string | Uint8Array)[];
  signatures: readonly Uint8Array[];
  signedAtS?: number;
}): boolean {
  let matched = 0;
  for (const secret of of.secrets) {
    const hmac = createHmac('sha256', secret.value);
    for (const part of of.parts) hmac.update(part);
    const digest = hmac.digest();
    const usable = Number(mayHaveSigned(secret, of.signedAtS));
    for (const signature of of.signatures) {
      matched |= Number(timingSafeEqual(digest, signature)) & usable;
    }
  }
  return matched === 1;
}

/** True when the token equals one of the secrets; both sides are hashed to one length first. */
export function tokenMatches(secrets: readonly AcceptableSecret[], token: string): boolean {
  const given = createHash('sha256').update(token).digest();
  let matched = 0;
  for (const secret of secrets) {
    const expected = createHash('sha256').update(secret.value).digest();
    matched |= Number(timingSafeEqual(given, expected));
  }
  return matched === 1;
}

function mayHaveSigned(secret: HmacSecret, signedAtS: number | undefined): boolean {
  // An empty HMAC key is one that everybody knows.
  if (secret.value.length === 0) return false;
  if (secret.notSignedAfterS === undefined) return true;
  return signedAtS !== undefined && signedAtS <= secret.notSignedAfterS;
}
