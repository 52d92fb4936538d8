import { refuse, tokenMatches } from './match-secret.ts';
import type { SignedRequest } from './signed-request.ts';

const SCHEME = 'bearer';
/** Visible ASCII without comma and space: two joined headers never look like one. */
const BEARER = /^Bearer ([\x21-\x2b\x2d-\x7e]{1,4096})$/i;

/**
 * Verifies `Authorization: Bearer <token>` in constant time.
 *
 * Proves who speaks, not what was said: neither body nor time is authenticated.
 * @throws {VerificationError} `SIGNATURE_MISSING`, `SIGNATURE_MALFORMED`, `SIGNATURE_MISMATCH`
 */
export function verifyBearer(request: Omit<SignedRequest, 'body'>): void {
  const header = request.headers.authorization;
  if (header === undefined) refuse('SIGNATURE_MISSING', SCHEME, 'an authorization header');
  const token = BEARER.exec(header)?.[1];
  if (token === undefined) refuse('SIGNATURE_MALFORMED', SCHEME, 'one bearer token');
  if (!tokenMatches(request.secrets, token)) refuse('SIGNATURE_MISMATCH', SCHEME, 'the token');
}
