import { describe, expect, it } from 'vitest';
import { VerificationError } from '../../../src/domain/errors.ts';
import {
  verifySlackRequest,
  verifySlackRequestIgnoringAge,
} from '../../../src/domain/verification/verify-slack-request.ts';

// https://docs.slack.dev/authentication/verifying-requests-from-slack
const SECRET = '8f742231b10e8888abcd99yyyzzz85a5';
const SIGNED_AT_S = 1_531_420_618;
const SIGNATURE = 'v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503';
const BODY =
  'token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c';

type Given = {
  signature?: string | undefined;
  timestamp?: string | undefined;
  nowMs?: number;
  body?: string;
  secrets?: { value: string; notSignedAfterS?: number }[];
};
const request = (given: Given) => {
  const all = { signature: SIGNATURE, timestamp: String(SIGNED_AT_S), ...given };
  return {
    body: Buffer.from(given.body ?? BODY),
    headers: {
      'x-slack-signature': all.signature,
      'x-slack-request-timestamp': all.timestamp,
    },
    secrets: given.secrets ?? [{ value: SECRET }],
    nowMs: given.nowMs ?? SIGNED_AT_S * 1000,
  };
};
const refuses = (given: Given, code: string) =>
  expect(() => verifySlackRequest(request(given))).toThrowWithCode(VerificationError, code);

describe('verifySlackRequest()', () => {
  it("accepts Slack's published vector and tells when it was signed", () => {
    expect(verifySlackRequest(request({}))).toEqual({ signedAtS: 1_531_420_618 });
  });

  it('accepts 300 s; throws TIMESTAMP_STALE at 301 s and TIMESTAMP_IN_FUTURE at -301 s', () => {
    expect(() => verifySlackRequest(request({ nowMs: 1_531_420_918_999 }))).not.toThrow();
    expect(() => verifySlackRequest(request({ nowMs: 1_531_420_318_000 }))).not.toThrow();
    refuses({ nowMs: 1_531_420_919_000 }, 'TIMESTAMP_STALE');
    refuses({ nowMs: 1_531_420_317_999 }, 'TIMESTAMP_IN_FUTURE');
  });

  it('throws TIMESTAMP_MISSING, TIMESTAMP_MALFORMED and SIGNATURE_MISSING', () => {
    refuses({ timestamp: undefined }, 'TIMESTAMP_MISSING');
    refuses({ timestamp: '1531420618, 1531420618' }, 'TIMESTAMP_MALFORMED');
    refuses({ signature: undefined }, 'SIGNATURE_MISSING');
  });

  it.each([
    ['no version', SIGNATURE.slice(3)],
    ['another version', SIGNATURE.replace('v0', 'v1')],
    ['upper case', `v0=${SIGNATURE.slice(3).toUpperCase()}`],
    ['two headers joined', `${SIGNATURE}, ${SIGNATURE}`],
  ])('throws SIGNATURE_MALFORMED for %s', (_name, signature) => {
    refuses({ signature }, 'SIGNATURE_MALFORMED');
  });

  it('throws SIGNATURE_MISMATCH for one changed byte of body, time or secret', () => {
    refuses({ body: `${BODY} ` }, 'SIGNATURE_MISMATCH');
    refuses({ timestamp: '1531420619' }, 'SIGNATURE_MISMATCH');
    refuses({ secrets: [{ value: `${SECRET}x` }] }, 'SIGNATURE_MISMATCH');
  });

  it('accepts a replaced secret only for requests signed while it still held', () => {
    const until = (notSignedAfterS: number) => [{ value: SECRET, notSignedAfterS }];
    expect(() => verifySlackRequest(request({ secrets: until(SIGNED_AT_S) }))).not.toThrow();
    refuses({ secrets: until(SIGNED_AT_S - 1) }, 'SIGNATURE_MISMATCH');
  });
});

describe('the words of a refusal', () => {
  it.each<[Given, string]>([
    [{ signature: undefined }, 'x-slack-signature, got SIGNATURE_MISSING'],
    [{ signature: 'v1=' }, 'v0= and 64 lower-case hex characters, got SIGNATURE_MALFORMED'],
    [{ secrets: [] }, 'the HMAC of timestamp and body, got SIGNATURE_MISMATCH'],
  ])('of %j: expected %s', (given, words) => {
    const message = `cannot verify slack request: expected ${words}`;
    expect(() => verifySlackRequest(request(given))).toThrow(message);
  });
});

describe('verifySlackRequestIgnoringAge()', () => {
  it('accepts an old request, as it waited in a queue, and still checks the signature', () => {
    const old = request({ nowMs: 2_000_000_000_000 });
    expect(verifySlackRequestIgnoringAge(old)).toEqual({ signedAtS: 1_531_420_618 });
    expect(() =>
      verifySlackRequestIgnoringAge(request({ nowMs: 2_000_000_000_000, body: 'x' })),
    ).toThrowWithCode(VerificationError, 'SIGNATURE_MISMATCH');
  });
});
