import { describe, expect, it } from 'vitest';
import { VerificationError } from '../../../src/domain/errors.ts';
import { verifyBearer } from '../../../src/domain/verification/verify-bearer.ts';

const verify = (authorization: string | undefined, secrets = [{ value: 'token-1' }]) =>
  verifyBearer({ headers: { authorization }, secrets });

describe('verifyBearer()', () => {
  it('accepts the token, and the scheme in any case', () => {
    expect(() => verify('Bearer token-1')).not.toThrow();
    expect(() => verify('bearer token-1')).not.toThrow();
  });

  it('accepts either token during a rotation', () => {
    const both = [{ value: 'token-2' }, { value: 'token-1' }];
    expect(() => verify('Bearer token-1', both)).not.toThrow();
    expect(() => verify('Bearer token-2', both)).not.toThrow();
  });

  it('throws SIGNATURE_MISSING without the header', () => {
    expect(() => verify(undefined)).toThrowWithCode(VerificationError, 'SIGNATURE_MISSING');
  });

  it.each([
    ['no scheme', 'token-1'],
    ['another scheme', 'Basic dG9rZW4tMQ=='],
    ['no token', 'Bearer '],
    ['two spaces', 'Bearer  token-1'],
    ['a space inside', 'Bearer token 1'],
    ['two headers joined', 'Bearer token-1, Bearer token-1'],
    ['two headers joined without a space', 'Bearer token-1,token-1'],
    ['4,097 characters', `Bearer ${'a'.repeat(4_097)}`],
  ])('throws SIGNATURE_MALFORMED for %s', (_name, header) => {
    expect(() => verify(header)).toThrowWithCode(VerificationError, 'SIGNATURE_MALFORMED');
  });

  it('throws SIGNATURE_MISMATCH for a prefix, a longer or another token, and no secret', () => {
    for (const token of ['token-', 'token-11', 'Token-1', 'a'.repeat(4_096)]) {
      expect(() => verify(`Bearer ${token}`)).toThrowWithCode(
        VerificationError,
        'SIGNATURE_MISMATCH',
      );
    }
    expect(() => verify('Bearer token-1', [])).toThrowWithCode(
      VerificationError,
      'SIGNATURE_MISMATCH',
    );
  });

  it.each([
    [undefined, 'expected an authorization header, got SIGNATURE_MISSING'],
    ['token-1', 'expected one bearer token, got SIGNATURE_MALFORMED'],
    ['Bearer token-2', 'expected the token, got SIGNATURE_MISMATCH'],
  ])('says of %s: %s', (header, words) => {
    expect(() => verify(header)).toThrow(`cannot verify bearer request: ${words}`);
  });
});
