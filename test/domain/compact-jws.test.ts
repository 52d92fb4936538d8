import { createVerify, generateKeyPairSync, sign } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  compactJws,
  derToRawSignature,
  foldedJws,
  jwsPayload,
  jwsSigningInput,
} from '../../src/domain/compact-jws.ts';

const hex = (text: string) => Buffer.from(text.replaceAll(' ', ''), 'hex');
const raw = (der: string) => Buffer.from(derToRawSignature(hex(der))).toString('hex');
const R = '11'.repeat(32);
const S = '22'.repeat(32);

describe('derToRawSignature()', () => {
  it.each([
    ['two full integers', `3044 0220${R} 0220${S}`, R + S],
    [
      'sign bytes before high bits',
      `3046 022100${'ff'.repeat(32)} 022100${'80'.repeat(32)}`,
      'ff'.repeat(32) + '80'.repeat(32),
    ],
    ['a short r', `3043 021f${'11'.repeat(31)} 0220${S}`, `00${'11'.repeat(31)}${S}`],
    ['a short s', `3026 0220${R} 020205aa`, `${R}${'00'.repeat(30)}05aa`],
    ['the smallest', '3006 020101 020101', `${'00'.repeat(31)}01${'00'.repeat(31)}01`],
    ['a zero', '3006 020100 020101', `${'00'.repeat(32)}${'00'.repeat(31)}01`],
  ])('%s', (_what, der, expected) => {
    expect(raw(der)).toBe(expected);
  });

  it.each([
    ['nothing', ''],
    ['another tag', `3144 0220${R} 0220${S}`],
    ['a wrong length', `3045 0220${R} 0220${S}`],
    ['no integer', `3044 0320${R} 0220${S}`],
    ['one integer', `3022 0220${R}`],
    ['33 bytes without a sign byte', `3045 0221${R}11 0220${S}`],
    ['an empty integer', `3024 0200 0220${S}`],
    ['bytes after the end', `3045 0220${R} 0220${S} 00`],
    ['an integer longer than the rest', `3044 0220${R} 0221${S}`],
  ])('refuses %s', (_what, der) => {
    let thrown: unknown;
    try {
      raw(der);
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toEqual(new RangeError('cannot read signature: expected DER ECDSA over P-256'));
  });

  it('agrees with OpenSSL for any signature', () => {
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1 }), (bytes) => {
        const signature = derToRawSignature(sign('sha256', bytes, privateKey));
        const verify = createVerify('sha256').update(bytes);
        return verify.verify({ key: publicKey, dsaEncoding: 'ieee-p1363' }, signature);
      }),
      { numRuns: 200 },
    );
  });
});

describe('compact JWS', () => {
  it('has the parts of RFC 7515 in their order', () => {
    const input = jwsSigningInput({ alg: 'ES256', kid: 'k', typ: 't' }, { a: 'ü' });
    expect(input).toBe('eyJhbGciOiJFUzI1NiIsImtpZCI6ImsiLCJ0eXAiOiJ0In0.eyJhIjoiw7wifQ');
    expect(compactJws(input, new Uint8Array(64))).toBe(`${input}.${'A'.repeat(86)}`);
  });

  it.each([0, 63, 65])('refuses a signature of %i bytes', (length) => {
    expect(() => compactJws('a.b', new Uint8Array(length))).toThrow(
      `cannot build JWS: expected 64 signature bytes, got ${length}`,
    );
  });
});

describe('foldedJws()', () => {
  it('breaks after 76 characters, and loses none', () => {
    const jws = `${'a'.repeat(76)}${'b'.repeat(76)}c`;
    expect(foldedJws(jws)).toEqual(['a'.repeat(76), 'b'.repeat(76), 'c']);
    expect(foldedJws('a'.repeat(76))).toEqual(['a'.repeat(76)]);
    expect(foldedJws('')).toEqual([]);
  });
});

describe('jwsPayload()', () => {
  const encoded = (payload: string) => `head.${Buffer.from(payload).toString('base64url')}.sig`;

  it('gives the object between the dots', () => {
    expect(jwsPayload(encoded('{"text":"ü̃"}'))).toEqual({ text: 'ü̃' });
  });

  it.each(['', 'head', 'head..sig', encoded('not json'), encoded('null'), encoded('1')])(
    'gives nothing for %j',
    (jws) => {
      expect(jwsPayload(jws)).toBeUndefined();
    },
  );
});
