import { describe, expect, it } from 'vitest';
import { VerificationError } from '../../../src/domain/errors.ts';
import { verifyGiSignature } from '../../../src/domain/verification/verify-gi-signature.ts';

// Computed with Python's hashlib and hmac, by the formula of Grafana's own client:
// https://github.com/grafana/incident-go/blob/main/webhook.go
const SECRET = 'some-secret-value';
const BODY = Buffer.from('{"event":"grafana.incident.created","incident":{"incidentID":"482"}}');
const AT_S = 1_773_480_430;
const HEX = '1692f69754b33caffece777149be7f7fbd5e485295b12adc4422a9fa95e822b1';
/** Of the same body, with the time one second later. */
const LATER = 'f21efa1b54b25ab5c9598f2d97b5296b4e2caca89f94dfc7d93b586b280860b5';

type Given = { body?: Uint8Array; secrets?: string[]; nowS?: number };
const verify = (header: string | undefined, of: Given = {}) =>
  verifyGiSignature({
    body: of.body ?? BODY,
    headers: { 'gi-signature': header },
    secrets: (of.secrets ?? [SECRET]).map((value) => ({ value })),
    nowMs: (of.nowS ?? AT_S) * 1_000,
  });
const refuses = (header: string | undefined, code: string, of: Given = {}) =>
  expect(() => verify(header, of)).toThrowWithCode(VerificationError, code);
const RIGHT = `t=${AT_S},v1=${HEX}`;

describe('verifyGiSignature()', () => {
  it('accepts the signature of body and time, by any one of the secrets', () => {
    expect(() => verify(RIGHT)).not.toThrow();
    expect(() => verify(RIGHT, { secrets: ['another', SECRET] })).not.toThrow();
    expect(() => verify(`t=${AT_S + 1},v1=${LATER}`)).not.toThrow();
  });

  it('refuses what was signed for another time, body or secret', () => {
    refuses(`t=${AT_S},v1=${LATER}`, 'SIGNATURE_MISMATCH');
    refuses(RIGHT, 'SIGNATURE_MISMATCH', { body: Buffer.concat([BODY, Buffer.from('\n')]) });
    refuses(RIGHT, 'SIGNATURE_MISMATCH', { secrets: ['another'] });
    refuses(RIGHT, 'SIGNATURE_MISMATCH', { secrets: [''] });
  });

  it('takes a time of 300 s from now on either side, and none of 301', () => {
    for (const offS of [-300, 300])
      expect(() => verify(RIGHT, { nowS: AT_S + offS })).not.toThrow();
    refuses(RIGHT, 'TIMESTAMP_STALE', { nowS: AT_S + 301 });
    refuses(RIGHT, 'TIMESTAMP_IN_FUTURE', { nowS: AT_S - 301 });
  });

  it('throws SIGNATURE_MISSING without the header', () => {
    refuses(undefined, 'SIGNATURE_MISSING');
  });

  it.each([
    '',
    HEX,
    `v1=${HEX}`,
    `t=${AT_S}`,
    `v1=${HEX},t=${AT_S}`,
    `t=${AT_S}, v1=${HEX}`,
    `t=${AT_S},v1=${HEX.toUpperCase()}`,
    `t=${AT_S},v1=${HEX.slice(1)}`,
    `t=${AT_S},v1=${HEX},v1=${HEX}`,
    `t=1234567890123,v1=${HEX}`,
    `t=,v1=${HEX}`,
    `${RIGHT},${RIGHT}`,
    `${RIGHT}\n`,
  ])('throws SIGNATURE_MALFORMED for %j', (header) => {
    refuses(header, 'SIGNATURE_MALFORMED');
  });

  it.each([
    [`t=${AT_S},v1=${LATER}`, 'expected the HMAC of time and body, got SIGNATURE_MISMATCH'],
    ['x', 'expected t=, Unix seconds, v1= and 64 lower-case hex characters'],
    [undefined, 'expected gi-signature, got SIGNATURE_MISSING'],
  ])('says what was expected, and never what came: %s', (header, expected) => {
    expect(() => verify(header)).toThrow(`cannot verify gi-signature request: ${expected}`);
  });
});
