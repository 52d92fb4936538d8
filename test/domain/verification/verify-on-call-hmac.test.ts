import { describe, expect, it } from 'vitest';
import { VerificationError } from '../../../src/domain/errors.ts';
import { verifyOnCallHmac } from '../../../src/domain/verification/verify-on-call-hmac.ts';
import { hmacHex } from './sign.ts';

// HMAC-SHA256("key", "The quick brown fox jumps over the lazy dog"), the widely published vector.
const VECTOR = 'f7bc83f430538424b13298e6aa6fb143ef4d59a14946175997479dbc2d1a3cd8';
const FOX = Buffer.from('The quick brown fox jumps over the lazy dog');

const verify = (header: string | undefined, secrets = [{ value: 'key' }], body: Uint8Array = FOX) =>
  verifyOnCallHmac({ body, headers: { 'x-grafana-oncall-signature': header }, secrets });

describe('verifyOnCallHmac()', () => {
  it('accepts the published HMAC-SHA256 vector, bare and with sha256=', () => {
    expect(() => verify(VECTOR)).not.toThrow();
    expect(() => verify(`sha256=${VECTOR}`)).not.toThrow();
  });

  it('accepts either secret during a rotation, whichever stands first', () => {
    const [a, b] = [{ value: 'other' }, { value: 'key' }];
    expect(() => verify(VECTOR, [a, b])).not.toThrow();
    expect(() => verify(VECTOR, [b, a])).not.toThrow();
  });

  it('accepts bytes that are not UTF-8 as they came', () => {
    const bytes = Uint8Array.from([0xff, 0x00, 0xfe]);
    expect(() => verify(hmacHex('key', bytes), [{ value: 'key' }], bytes)).not.toThrow();
  });

  it('throws SIGNATURE_MISSING without the header', () => {
    expect(() => verify(undefined)).toThrowWithCode(VerificationError, 'SIGNATURE_MISSING');
  });

  it.each([
    ['empty', ''],
    ['upper case', VECTOR.toUpperCase()],
    ['one character short', VECTOR.slice(1)],
    ['one character long', `${VECTOR}0`],
    ['a trailing newline', `${VECTOR}\n`],
    ['two headers joined', `${VECTOR}, ${VECTOR}`],
    ['two headers joined without a space', `${VECTOR},${VECTOR}`],
    ['another algorithm', `sha512=${VECTOR}`],
    ['the prefix twice', `sha256=sha256=${VECTOR}`],
    ['base64', '97yD9DBThCSxMpjmqm+xQ+9NWaFJRhdZl0edvC0aPNg='],
  ])('throws SIGNATURE_MALFORMED for %s', (_name, header) => {
    expect(() => verify(header)).toThrowWithCode(VerificationError, 'SIGNATURE_MALFORMED');
  });

  it('throws SIGNATURE_MISMATCH for one changed byte, another secret, or no secret', () => {
    const changed = Buffer.from('The quick brown fox jumps over the lazy cog');
    const mismatch = (call: () => void) =>
      expect(call).toThrowWithCode(VerificationError, 'SIGNATURE_MISMATCH');
    mismatch(() => verify(VECTOR, [{ value: 'key' }], changed));
    mismatch(() => verify(VECTOR, [{ value: 'yek' }]));
    mismatch(() => verify(VECTOR, []));
  });

  it('throws SIGNATURE_MISMATCH for an empty secret, which everybody knows', () => {
    expect(() => verify(hmacHex('', FOX), [{ value: '' }])).toThrowWithCode(
      VerificationError,
      'SIGNATURE_MISMATCH',
    );
  });

  it('throws SIGNATURE_MISMATCH for a secret bound to a signed time, as there is none', () => {
    const bound = [{ value: 'key', notSignedAfterS: 4_000_000_000 }];
    expect(() => verify(VECTOR, bound)).toThrowWithCode(VerificationError, 'SIGNATURE_MISMATCH');
  });

  it('repeats neither the signature nor the secret in its message', () => {
    expect(() => verify(VECTOR, [{ value: 'yek' }])).toThrow(
      'cannot verify oncall-hmac request: expected the HMAC of the body, got SIGNATURE_MISMATCH',
    );
  });

  it('says which form it expected of a malformed signature', () => {
    expect(() => verify('sha512=')).toThrow(
      'cannot verify oncall-hmac request: expected 64 lower-case hex characters, got SIGNATURE_MALFORMED',
    );
  });

  it('calls no refusal retryable: the same request will never verify', () => {
    expect(() => verify(VECTOR, [])).toThrow(expect.objectContaining({ retryable: false }));
  });
});
