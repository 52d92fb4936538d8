import { compactVerify, importSPKI } from 'jose';
import { compactJws, jwsSigningInput } from '../domain/compact-jws.ts';
import { VerificationError } from '../domain/errors.ts';
import type { PublicKeys, Signer } from './ports.ts';

/** Signs a payload as a compact JWS with the function's own key. */
export async function signToken(
  signer: Signer,
  typ: string,
  payload: Record<string, unknown>,
): Promise<string> {
  const input = jwsSigningInput({ alg: 'ES256', kid: signer.keyId, typ }, payload);
  return compactJws(input, await signer.sign(Buffer.from(input, 'ascii')));
}

/**
 * Verifies a compact JWS against the one key that may have made it. Algorithm, type and key id are
 * pinned; what the token says about itself chooses nothing.
 *
 * @throws {VerificationError} `SIGNATURE_MALFORMED`, `SIGNATURE_MISMATCH`
 */
export async function verifyToken<T>(
  jws: string,
  expected: { typ: string; keyId: string; keys: PublicKeys },
): Promise<T> {
  const key = await importSPKI(await expected.keys.pem(expected.keyId), 'ES256');
  const refuse = (code: 'SIGNATURE_MALFORMED' | 'SIGNATURE_MISMATCH', what: string) =>
    new VerificationError({ code, message: `cannot verify token: ${what}`, retryable: false });
  let verified: Awaited<ReturnType<typeof compactVerify>>;
  try {
    verified = await compactVerify(jws, key, { algorithms: ['ES256'] });
  } catch {
    throw refuse('SIGNATURE_MISMATCH', 'expected a signature by the pinned key');
  }
  const { protectedHeader, payload } = verified;
  if (protectedHeader.typ !== expected.typ || protectedHeader.kid !== expected.keyId) {
    throw refuse('SIGNATURE_MISMATCH', `expected type ${expected.typ} and the pinned key id`);
  }
  try {
    return { ...JSON.parse(Buffer.from(payload).toString('utf8')) } as T;
  } catch {
    throw refuse('SIGNATURE_MALFORMED', 'expected a JSON payload');
  }
}
