import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { VerificationError } from '../../../src/domain/errors.ts';
import { verifyPagerDuty } from '../../../src/domain/verification/verify-pagerduty.ts';

// The vector of PagerDuty's own client library:
// https://github.com/PagerDuty/go-pagerduty/blob/master/webhookv3/webhookv3_test.go
const SECRET = 'lDQHScfUeXUKaQRNF+8XIiDKZ7XX3itBAYzwU0TARw8lJqRnkKl2iB1anSb0Z+IK';
const BODY = readFileSync(new URL('../../fixtures/published/pagerduty-v3.json', import.meta.url));
const HEX = '0c0b9495b893a39e70d1fea2fe11fbe0a825f88b9f67846f6cc07dd2bc5476cd';
/** From the same tests: of another body. */
const OTHER = '7020c8a7ec668a9b7012bc3dd82e483394b038f4230acc6785efbf2a7d8bcaf5';

const verify = (header: string | undefined, of: { body?: Uint8Array; secrets?: string[] } = {}) =>
  verifyPagerDuty({
    body: of.body ?? BODY,
    headers: { 'x-pagerduty-signature': header },
    secrets: (of.secrets ?? [SECRET]).map((value) => ({ value })),
  });
const refuses = (header: string | undefined, code: string) =>
  expect(() => verify(header)).toThrowWithCode(VerificationError, code);

describe('verifyPagerDuty()', () => {
  it("accepts the client library's vector", () => {
    expect(() => verify(`v1=${HEX}`)).not.toThrow();
  });

  it('accepts any one of several signatures, and passes over versions it does not know', () => {
    expect(() => verify(`v1=${OTHER},v1=${HEX}`)).not.toThrow();
    expect(() => verify(`v1=${HEX},v1=${OTHER}`)).not.toThrow();
    expect(() => verify(`v2=anything,v1=${HEX}`)).not.toThrow();
    expect(() => verify(`v12=anything,v1=${HEX}`)).not.toThrow();
    expect(() => verify(`v1=${HEX}`, { secrets: ['another', SECRET] })).not.toThrow();
  });

  it('throws SIGNATURE_MISMATCH for the vector that must not verify, and for other bytes', () => {
    refuses(`v1=${OTHER}`, 'SIGNATURE_MISMATCH');
    const body = Buffer.concat([BODY, Buffer.from('\n')]);
    expect(() => verify(`v1=${HEX}`, { body })).toThrowWithCode(
      VerificationError,
      'SIGNATURE_MISMATCH',
    );
    expect(() => verify(`v1=${HEX}`, { secrets: [''] })).toThrowWithCode(
      VerificationError,
      'SIGNATURE_MISMATCH',
    );
  });

  it('throws SIGNATURE_MISSING without the header', () => {
    refuses(undefined, 'SIGNATURE_MISSING');
  });

  it.each([
    [`v1=${OTHER}`, 'expected the HMAC of the body, got SIGNATURE_MISMATCH'],
    [
      'v1=0',
      'expected v1= and 64 lower-case hex characters, comma-separated, got SIGNATURE_MALFORMED',
    ],
  ])('says what was expected, and never what came: %s', (header, expected) => {
    expect(() => verify(header)).toThrow(`cannot verify pagerduty request: ${expected}`);
  });

  it.each([
    ['nothing', ''],
    ['no version', HEX],
    ['another version', `v0=${HEX}`],
    ['a version in upper case', `V1=${HEX}`],
    ['upper case', `v1=${HEX.toUpperCase()}`],
    ['one character less', `v1=${HEX.slice(1)}`],
    ['one character more', `v1=${HEX}0`],
    ['a space after the comma', `v1=${OTHER}, v1=${HEX}`],
    ['a comma at the end', `v1=${HEX},`],
    ['the same header twice', `v1=${HEX},v1=${HEX}`],
    ['a sound one beside one that is not', `v1=${HEX},v1=short`],
    ['11 signatures', `v2=x,${Array.from({ length: 10 }, (_, i) => `v1=${i}${HEX.slice(1)}`)}`],
  ])('throws SIGNATURE_MALFORMED for %s', (_name, header) => {
    refuses(header, 'SIGNATURE_MALFORMED');
  });

  it('takes 10 signatures', () => {
    const others = Array.from({ length: 9 }, (_, i) => `v1=${i}${OTHER.slice(1)}`);
    expect(() => verify([...others, `v1=${HEX}`].join())).not.toThrow();
  });
});
