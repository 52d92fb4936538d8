import { describe, expect, it } from 'vitest';
import { VerificationError } from '../../../src/domain/errors.ts';
import { verifyGrafanaAlerting } from '../../../src/domain/verification/verify-grafana-alerting.ts';
import { hmacHex } from './sign.ts';

const SIGNED_AT_S = 1_773_480_430;
const BODY = Buffer.from('{"status":"firing"}');
const NAMES = {
  signature: 'x-grafana-alerting-signature',
  timestamp: 'x-grafana-alerting-timestamp',
};
const SIGNATURE = hmacHex('secret', `${SIGNED_AT_S}:`, BODY);

type Given = {
  signature?: string | undefined;
  timestamp?: string | undefined;
  nowMs?: number;
  secrets?: { value: string; notSignedAfterS?: number }[];
  body?: Buffer;
  untimed?: 'refuse' | 'accept';
};
const verify = (given: Given) => {
  const all = { signature: SIGNATURE, timestamp: String(SIGNED_AT_S), ...given };
  return verifyGrafanaAlerting({
    body: given.body ?? BODY,
    headers: { [NAMES.signature]: all.signature, [NAMES.timestamp]: all.timestamp },
    secrets: given.secrets ?? [{ value: 'secret' }],
    nowMs: given.nowMs ?? SIGNED_AT_S * 1000,
    names: NAMES,
    ...(given.untimed ? { untimed: given.untimed } : {}),
  });
};
const refuses = (given: Given, code: string) =>
  expect(() => verify(given)).toThrowWithCode(VerificationError, code);

describe('verifyGrafanaAlerting()', () => {
  it('accepts the HMAC of `<unix seconds>:<body>`', () => {
    expect(SIGNATURE).toBe('fb5ea1e557343bacfd1876133d7cbf3f20e4b5ca0cf98e9de0d3c007c92d4474');
    expect(() => verify({})).not.toThrow();
  });

  it('accepts 300 s on either side, and refuses 301 s', () => {
    expect(() => verify({ nowMs: (SIGNED_AT_S + 300) * 1000 + 999 })).not.toThrow();
    expect(() => verify({ nowMs: (SIGNED_AT_S - 300) * 1000 })).not.toThrow();
    refuses({ nowMs: (SIGNED_AT_S + 301) * 1000 }, 'TIMESTAMP_STALE');
    refuses({ nowMs: (SIGNED_AT_S - 301) * 1000 }, 'TIMESTAMP_IN_FUTURE');
  });

  it('throws SIGNATURE_MISSING and TIMESTAMP_MISSING for an absent header', () => {
    refuses({ signature: undefined }, 'SIGNATURE_MISSING');
    refuses({ timestamp: undefined }, 'TIMESTAMP_MISSING');
  });

  it.each(['', 'abc', '1.5', '-1', ' 1773480430', '1773480430, 1773480430', '1'.repeat(13)])(
    'throws TIMESTAMP_MALFORMED for %j',
    (timestamp) => refuses({ timestamp }, 'TIMESTAMP_MALFORMED'),
  );

  it('throws SIGNATURE_MALFORMED for a prefixed, joined or upper-case signature', () => {
    refuses({ signature: `sha256=${SIGNATURE}` }, 'SIGNATURE_MALFORMED');
    refuses({ signature: `${SIGNATURE}, ${SIGNATURE}` }, 'SIGNATURE_MALFORMED');
    refuses({ signature: SIGNATURE.toUpperCase() }, 'SIGNATURE_MALFORMED');
  });

  it('throws SIGNATURE_MISMATCH for a fresh timestamp on a captured signature', () => {
    refuses({ timestamp: String(SIGNED_AT_S + 1) }, 'SIGNATURE_MISMATCH');
  });

  it('throws SIGNATURE_MISMATCH for a signature without the timestamp in it', () => {
    refuses({ signature: hmacHex('secret', BODY) }, 'SIGNATURE_MISMATCH');
  });

  it('accepts a replaced secret up to its last signed second, not one later', () => {
    const until = (notSignedAfterS: number) => [{ value: 'secret', notSignedAfterS }];
    expect(() => verify({ secrets: until(SIGNED_AT_S) })).not.toThrow();
    refuses({ secrets: until(SIGNED_AT_S - 1) }, 'SIGNATURE_MISMATCH');
  });

  it.each<[Given, string]>([
    [{ signature: undefined }, 'x-grafana-alerting-signature, got SIGNATURE_MISSING'],
    [{ signature: '' }, '64 lower-case hex characters, got SIGNATURE_MALFORMED'],
    [{ secrets: [] }, 'the HMAC of timestamp and body, got SIGNATURE_MISMATCH'],
    [{ timestamp: undefined }, 'a timestamp header, got TIMESTAMP_MISSING'],
    [{ timestamp: 'abc' }, 'Unix seconds, got TIMESTAMP_MALFORMED'],
    [{ nowMs: 0 }, 'a timestamp within 300 s, got TIMESTAMP_IN_FUTURE'],
  ])('says of %j: expected %s', (given, words) => {
    const message = `cannot verify grafana-alerting request: expected ${words}`;
    expect(() => verify(given)).toThrow(message);
  });
});

// The inputs of the sender's own tests, signed by its formula with another implementation of HMAC:
// https://github.com/grafana/alerting/blob/main/http/hmac_test.go. Its clock stands at 0.
describe("the cases of the sender's own tests", () => {
  const timed = (body: string, signature: string) =>
    verify({ body: Buffer.from(body), signature, timestamp: '0', nowMs: 0 });
  const untimed = (body: string, signature: string, choice: 'refuse' | 'accept' = 'accept') =>
    verify({ body: Buffer.from(body), signature, timestamp: undefined, untimed: choice });

  it('“Valid signing with timestamp” and “Empty body with timestamp” verify', () => {
    expect(() =>
      timed('test message', 'ac18a483a582b60a883e974541afe25aa1026136163e94665649743324183ef1'),
    ).not.toThrow();
    expect(() =>
      timed('', 'e2f315c3aecb48bf08e9308c9c9637aaac3a16d0d7499de2cdc6ecd924064632'),
    ).not.toThrow();
  });

  it('“Valid signing without timestamp” and “Empty body without timestamp” verify if asked for', () => {
    const signature = '3bcebf43c85d20bba6e3b6ba278af1d2ba3ab0d57de271b0ad30b833e851c5a6';
    expect(() => untimed('test message', signature)).not.toThrow();
    expect(() =>
      untimed('', 'f9e66e179b6747ae54108f82f8ade8b3c25d76fd30afde6c395822c530196169'),
    ).not.toThrow();
    expect(() => untimed('test message', signature, 'refuse')).toThrowWithCode(
      VerificationError,
      'TIMESTAMP_MISSING',
    );
  });
});

describe('verifyGrafanaAlerting() told to accept requests without a timestamp', () => {
  const untimed = 'accept' as const;
  const timestamp = undefined;

  it('accepts the HMAC of the body alone, and no other', () => {
    const signature = hmacHex('secret', BODY);
    expect(() => verify({ untimed, timestamp, signature })).not.toThrow();
    refuses({ untimed, timestamp, signature, secrets: [] }, 'SIGNATURE_MISMATCH');
    expect(() => verify({ untimed, timestamp, signature, secrets: [] })).toThrow(
      'cannot verify grafana-alerting request: expected the HMAC of the body, got SIGNATURE_MISMATCH',
    );
    const body = Buffer.from('{"09:30":"a"}');
    expect(() =>
      verify({ untimed, timestamp, body, signature: hmacHex('secret', body) }),
    ).not.toThrow();
    refuses({ untimed, timestamp, signature: signature.toUpperCase() }, 'SIGNATURE_MALFORMED');
    refuses({ untimed, timestamp, signature: undefined }, 'SIGNATURE_MISSING');
  });

  it('refuses a timestamp that is there and does not verify', () => {
    const signature = hmacHex('secret', BODY);
    refuses({ untimed, signature }, 'SIGNATURE_MISMATCH');
    refuses({ untimed, signature, timestamp: '' }, 'TIMESTAMP_MALFORMED');
    refuses({ untimed, nowMs: (SIGNED_AT_S + 301) * 1000 }, 'TIMESTAMP_STALE');
    expect(() => verify({ untimed })).not.toThrow();
  });

  it('refuses a captured request whose timestamp was moved into the body', () => {
    const body = Buffer.concat([Buffer.from(`${SIGNED_AT_S}:`), BODY]);
    refuses({ untimed, timestamp, body }, 'SIGNATURE_MISMATCH');
  });

  it('refuses a timed signature without its timestamp', () => {
    refuses({ untimed, timestamp }, 'SIGNATURE_MISMATCH');
  });
});
