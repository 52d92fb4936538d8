import { describe, expect, it } from 'vitest';
import { SecretError, VerificationError } from '../../../src/domain/errors.ts';
import {
  standardWebhooksKey,
  verifyStandardWebhooks,
} from '../../../src/domain/verification/verify-standard-webhooks.ts';

// The vector that the reference libraries publish:
// https://github.com/standard-webhooks/standard-webhooks/tree/main/libraries
const SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
const ID = 'msg_p5jXN8AQM9LWM0D4loKWxJek';
const SIGNED_AT_S = 1_614_265_330;
const BODY = '{"test": 2432232314}';
const SIGNATURE = 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=';
/** Of another message, from the same libraries' tests. */
const OTHER = 'Ceo5qEr07ixe2NLpvHk3FH9bwy/WavXrAFQ/9tdO6mc=';

type Given = {
  id?: string | undefined;
  timestamp?: string | undefined;
  signature?: string | undefined;
  body?: string;
  nowMs?: number;
  secrets?: { value: string; notSignedAfterS?: number }[];
};
const verify = (given: Given = {}) => {
  const all = { id: ID, timestamp: String(SIGNED_AT_S), signature: SIGNATURE, ...given };
  return verifyStandardWebhooks({
    body: Buffer.from(given.body ?? BODY),
    headers: {
      'webhook-id': all.id,
      'webhook-timestamp': all.timestamp,
      'webhook-signature': all.signature,
    },
    secrets: given.secrets ?? [{ value: SECRET }],
    nowMs: given.nowMs ?? SIGNED_AT_S * 1000,
  });
};
const refuses = (given: Given, code: string) =>
  expect(() => verify(given)).toThrowWithCode(VerificationError, code);

describe('verifyStandardWebhooks()', () => {
  it("accepts the reference libraries' vector and tells the signed id", () => {
    expect(verify()).toEqual({ id: 'msg_p5jXN8AQM9LWM0D4loKWxJek' });
  });

  it('accepts any one of several signatures, and passes over versions it does not know', () => {
    const among = `v1,${OTHER} v2,${OTHER} ${SIGNATURE} v1,${OTHER}`;
    expect(() => verify({ signature: among })).not.toThrow();
    expect(() => verify({ signature: `v1a,anything ${SIGNATURE}` })).not.toThrow();
  });

  it('never accepts a right HMAC under another version', () => {
    const bare = SIGNATURE.slice('v1,'.length);
    for (const version of ['v1a', 'v2', 'V1', 'v01']) {
      refuses({ signature: `${version},${bare}` }, 'SIGNATURE_MALFORMED');
      refuses({ signature: `${version},${bare} v1,${OTHER}` }, 'SIGNATURE_MISMATCH');
    }
  });

  it('accepts 300 s on either side, and refuses 301 s', () => {
    expect(() => verify({ nowMs: (SIGNED_AT_S + 300) * 1000 + 999 })).not.toThrow();
    expect(() => verify({ nowMs: (SIGNED_AT_S - 300) * 1000 })).not.toThrow();
    refuses({ nowMs: (SIGNED_AT_S + 301) * 1000 }, 'TIMESTAMP_STALE');
    refuses({ nowMs: (SIGNED_AT_S - 301) * 1000 }, 'TIMESTAMP_IN_FUTURE');
  });

  it('throws for an absent header, whichever it is', () => {
    refuses({ id: undefined }, 'SIGNATURE_MISSING');
    refuses({ signature: undefined }, 'SIGNATURE_MISSING');
    refuses({ timestamp: undefined }, 'TIMESTAMP_MISSING');
  });

  it.each([
    ['nothing', ''],
    ['no version', SIGNATURE.slice(3)],
    ['an empty version', `,${SIGNATURE.slice(3)}`],
    ['two spaces', `${SIGNATURE}  ${SIGNATURE}`],
    ['a space behind it', `${SIGNATURE} `],
    ['no padding', SIGNATURE.slice(0, -1)],
    ['one byte less', `v1,${Buffer.alloc(31).toString('base64')}`],
    ['base64url', SIGNATURE.replace('+', '-').replace('/', '_')],
    // The same 32 bytes to a lenient decoder: the last two bits are not looked at.
    ['a last character that decodes alike', SIGNATURE.replace('E=', 'F=')],
    ['two headers joined', `${SIGNATURE},${SIGNATURE}`],
    ['hex', `v1,${'0'.repeat(64)}`],
    ['a trailing character', `${SIGNATURE}x`],
    ['a tab', SIGNATURE.replace(',', ',\t')],
    ['11 signatures', Array(11).fill(SIGNATURE).join(' ')],
    ['a sound one beside one that is not', `${SIGNATURE} v1,short`],
  ])('throws SIGNATURE_MALFORMED for %s', (_name, signature) => {
    refuses({ signature }, 'SIGNATURE_MALFORMED');
  });

  it('takes 10 signatures', () => {
    expect(() => verify({ signature: Array(10).fill(SIGNATURE).join(' ') })).not.toThrow();
  });

  it.each(['', 'msg.1', 'msg,1', `${ID},${ID}`, ' msg', 'mşg', 'm'.repeat(201)])(
    'throws SIGNATURE_MALFORMED for the id %j',
    (id) => refuses({ id }, 'SIGNATURE_MALFORMED'),
  );

  it('throws SIGNATURE_MISMATCH when id, time or body is another one', () => {
    refuses({ id: `${ID}x` }, 'SIGNATURE_MISMATCH');
    refuses({ timestamp: String(SIGNED_AT_S + 1) }, 'SIGNATURE_MISMATCH');
    refuses({ body: '{"test":2432232314}' }, 'SIGNATURE_MISMATCH');
    refuses({ body: `${BODY}\n` }, 'SIGNATURE_MISMATCH');
    refuses({ secrets: [] }, 'SIGNATURE_MISMATCH');
  });

  it('accepts a replaced secret up to its last signed second, not one later', () => {
    const until = (notSignedAfterS: number) => [{ value: SECRET, notSignedAfterS }];
    expect(() => verify({ secrets: until(SIGNED_AT_S) })).not.toThrow();
    refuses({ secrets: until(SIGNED_AT_S - 1) }, 'SIGNATURE_MISMATCH');
  });

  it('throws SECRET_MALFORMED when none of our secrets can be a key, and never before the checks', () => {
    const secrets = [{ value: 'not-a-whsec-secret' }];
    expect(() => verify({ secrets })).toThrowWithCode(SecretError, 'SECRET_MALFORMED');
    expect(() => verify({ secrets: [...secrets, { value: SECRET }] })).not.toThrow();
    refuses({ secrets, signature: 'v1,' }, 'SIGNATURE_MALFORMED');
  });
});

describe('standardWebhooksKey()', () => {
  const secretOf = (bytes: number) => `whsec_${Buffer.alloc(bytes, 7).toString('base64')}`;

  it('takes 24 to 64 bytes, as the specification has it', () => {
    expect(standardWebhooksKey(secretOf(23))).toBeUndefined();
    expect(standardWebhooksKey(secretOf(24))).toHaveLength(24);
    expect(standardWebhooksKey(secretOf(64))).toHaveLength(64);
    expect(standardWebhooksKey(secretOf(65))).toBeUndefined();
  });

  it.each([
    '',
    'whsec_',
    SECRET.slice('whsec_'.length),
    SECRET.toUpperCase(),
    `${SECRET} `,
    `${SECRET}\n`,
    SECRET.replace('K', '*'),
    `whsk_${SECRET.slice('whsec_'.length)}`,
  ])('does not take %j', (secret) => {
    expect(standardWebhooksKey(secret)).toBeUndefined();
  });
});

describe('what a refusal says', () => {
  it.each<[Given, string]>([
    [{ id: 'a.b' }, 'one id without full stop and comma, got SIGNATURE_MALFORMED'],
    [{ signature: `v1,${OTHER}` }, 'the HMAC of id, timestamp and body, got SIGNATURE_MISMATCH'],
    [
      { signature: 'v1,0' },
      'v1, and 32 bytes in base64, separated by single spaces, got SIGNATURE_MALFORMED',
    ],
  ])('is what was expected, and never what came: %j', (given, expected) => {
    expect(() => verify(given)).toThrow(
      `cannot verify standard-webhooks request: expected ${expected}`,
    );
  });

  it('of a secret without the form of a key is our own mistake, and stays one', () => {
    let thrown: unknown;
    try {
      verify({ secrets: [{ value: 'plain' }] });
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toBeInstanceOf(SecretError);
    const { code, message, retryable } = thrown as SecretError;
    expect({ code, message, retryable }).toEqual({
      code: 'SECRET_MALFORMED',
      message: 'cannot use secret: expected whsec_ and 24 to 64 bytes in base64, got another form',
      retryable: false,
    });
  });

  it.each([
    ['a sign before a version', `!v1a,x ${SIGNATURE}`],
    ['a comma in a value', `v1a,x,y ${SIGNATURE}`],
    ['more than 32 bytes', `v1,AAAA${OTHER} ${SIGNATURE}`],
  ])('is SIGNATURE_MALFORMED for %s, even beside a signature that holds', (_what, signature) => {
    refuses({ signature }, 'SIGNATURE_MALFORMED');
  });
});
