import { describe, expect, it } from 'vitest';
import { compactJws, jwsSigningInput } from '../../src/domain/compact-jws.ts';
import { VerificationError } from '../../src/domain/errors.ts';
import { signToken, verifyToken } from '../../src/services/signatures.ts';
import { publicPem, signerOf } from '../gate/gate-world.ts';

const expected = {
  typ: 'a+jwt',
  keyId: 'key-approval',
  keys: { pem: async () => publicPem('approval') },
};
const signer = signerOf('approval');

describe('verifyToken()', () => {
  it('gives back what the pinned key signed', async () => {
    const jws = await signToken(signer, 'a+jwt', { a: 1 });
    expect(await verifyToken(jws, expected)).toEqual({ a: 1 });
  });

  it.each([
    ['another key', async () => signToken(signerOf('stranger', 'key-approval'), 'a+jwt', {})],
    ['another key id', async () => signToken(signerOf('approval', 'key-x'), 'a+jwt', {})],
    ['another type', async () => signToken(signer, 'b+jwt', {})],
    ['no signature', async () => 'a.b.'],
    ['no token', async () => 'nonsense'],
    [
      'a changed payload',
      async () => {
        const [head, , tail] = (await signToken(signer, 'a+jwt', { a: 1 })).split('.');
        return `${head}.${Buffer.from('{"a":2}').toString('base64url')}.${tail}`;
      },
    ],
    [
      'alg none',
      async () => {
        const input = jwsSigningInput(
          { alg: 'none' as 'ES256', kid: 'key-approval', typ: 'a+jwt' },
          {},
        );
        return compactJws(input, new Uint8Array(64));
      },
    ],
  ])('throws SIGNATURE_MISMATCH for %s', async (_what, make) => {
    await expect(verifyToken(await make(), expected)).rejects.toThrowWithCode(
      VerificationError,
      'SIGNATURE_MISMATCH',
    );
  });

  it('throws SIGNATURE_MALFORMED for a signed payload that is not JSON', async () => {
    const header = JSON.stringify({ alg: 'ES256', kid: 'key-approval', typ: 'a+jwt' });
    const input = [header, 'not json']
      .map((part) => Buffer.from(part).toString('base64url'))
      .join('.');
    const jws = compactJws(input, await signer.sign(Buffer.from(input, 'ascii')));
    await expect(verifyToken(jws, expected)).rejects.toThrowWithCode(
      VerificationError,
      'SIGNATURE_MALFORMED',
    );
  });

  it('throws what the key store throws', async () => {
    const keys = { pem: () => Promise.reject(new Error('down')) };
    await expect(verifyToken('a.b.c', { ...expected, keys })).rejects.toThrow('down');
  });
});
