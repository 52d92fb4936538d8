import { describe, expect, it } from 'vitest';
import { SecretError, VerificationError } from '../../src/domain/errors.ts';
import type { AcceptableSecret } from '../../src/domain/verification/signed-request.ts';
import {
  type PreviousRule,
  SecretCache,
  SLACK_PREVIOUS_RULE,
  verifyWithRotation,
} from '../../src/services/secret-cache.ts';
import type { SecretVersion } from '../../src/services/secret-source.ts';

const HOUR_MS = 3_600_000;
const WEBHOOK_RULE: PreviousRule = { kind: 'for', overlapMs: 24 * HOUR_MS };
/** The start of every test. Epoch milliseconds. */
const START_MS = 1_800_000_000_000;

/** A secret in a store that can be rotated, broken and slowed down; and its cache. */
function givenSecret(of: { rule?: PreviousRule; ageMs?: number; secretId?: string } = {}) {
  const store = {
    nowMs: START_MS,
    calls: [] as string[],
    failures: { current: false, previous: false },
    isMalformed: false,
    counted: [] as string[],
    current: { versionId: 'v1', value: 'one', createdAtMs: START_MS - (of.ageMs ?? HOUR_MS) },
    previous: undefined as SecretVersion | undefined,
    rotate(value: string) {
      store.previous = store.current;
      const versionId = `v${Number(store.current.versionId.slice(1)) + 1}`;
      store.current = { versionId, value, createdAtMs: store.nowMs };
    },
  };
  const unavailable = () =>
    new SecretError({ code: 'SECRET_UNAVAILABLE', message: 'out', retryable: true });
  const malformed = () =>
    new SecretError({ code: 'SECRET_MALFORMED', message: 'odd', retryable: false });
  const cache = new SecretCache(
    {
      source: {
        current: async () => {
          store.calls.push('current');
          if (store.failures.current) throw unavailable();
          if (store.isMalformed) throw malformed();
          return store.current;
        },
        previous: async () => {
          store.calls.push('previous');
          if (store.failures.previous) throw unavailable();
          return store.previous;
        },
      },
      clock: { nowMs: () => store.nowMs },
      log: {
        note: () => {},
        warn: () => {},
        error: () => {},
        count: (metric, labels) => {
          // Each of these counts names the secret, as the alarm must.
          expect(labels?.secret).toBe('webhook');
          store.counted.push(labels?.code === undefined ? metric : `${metric} ${labels.code}`);
        },
      },
    },
    { secretId: of.secretId ?? 'webhook', previousRule: of.rule ?? WEBHOOK_RULE },
  );
  const values = async () => (await cache.acceptable()).secrets.map(({ value }) => value);
  const send = (value: string) => verifyWithRotation(cache, (secrets) => check(secrets, value));
  return { store, cache, values, send };
}

function check(secrets: readonly AcceptableSecret[], value: string): string {
  if (secrets.some((secret) => secret.value === value)) return 'verified';
  throw new VerificationError({ code: 'SIGNATURE_MISMATCH', message: 'no', retryable: false });
}

describe('SecretCache', () => {
  it('fetches at first use with two calls, and again at 300 s, not at 299.999 s', async () => {
    const { store, values } = givenSecret();
    expect(await values()).toEqual(['one']);
    store.nowMs += 299_999;
    await values();
    expect(store.calls).toEqual(['current', 'previous']);
    store.nowMs += 1;
    await values();
    expect(store.calls).toEqual(['current', 'previous', 'current', 'previous']);
  });

  it('fetches once for callers that arrive together', async () => {
    const { store, values } = givenSecret();
    await Promise.all([values(), values(), values()]);
    expect(store.calls).toEqual(['current', 'previous']);
  });

  it('accepts the replaced version until the new one was stored for the overlap', async () => {
    const { store, values } = givenSecret();
    store.rotate('two');
    expect(await values()).toEqual(['two', 'one']);
    store.nowMs = START_MS + 24 * HOUR_MS - 1;
    expect(await values()).toEqual(['two', 'one']);
    store.nowMs += 1;
    expect(await values()).toEqual(['two']);
  });

  it('counts the overlap from when the version was stored, not from when it was seen', async () => {
    const { store, values } = givenSecret();
    store.rotate('two');
    store.nowMs += 24 * HOUR_MS;
    expect(await values()).toEqual(['two']);
  });

  it('neither asks for nor accepts the replaced version when the overlap is 0', async () => {
    const { store, values } = givenSecret({ rule: { kind: 'for', overlapMs: 0 } });
    store.rotate('two');
    expect(await values()).toEqual(['two']);
    expect(store.calls).toEqual(['current']);
  });

  it('stops accepting a revoked version at the next refresh', async () => {
    const { store, values } = givenSecret();
    store.rotate('two');
    await values();
    store.previous = undefined;
    store.nowMs += 300_000;
    expect(await values()).toEqual(['two']);
  });

  it("binds Slack's replaced secret to requests signed before the rotation + 5 min", async () => {
    const { store, cache } = givenSecret({ rule: SLACK_PREVIOUS_RULE });
    store.rotate('two');
    expect((await cache.acceptable()).secrets).toEqual([
      { value: 'two' },
      { value: 'one', notSignedAfterS: 1_800_000_299 },
    ]);
  });

  it("rounds Slack's last second down when the rotation fell inside one", async () => {
    const { store, cache } = givenSecret({ rule: SLACK_PREVIOUS_RULE });
    store.nowMs += 1;
    store.rotate('two');
    expect((await cache.acceptable()).secrets[1]!.notSignedAfterS).toBe(1_800_000_300);
  });

  it('tells the value in use for a secret that we present', async () => {
    const { store, cache } = givenSecret();
    store.rotate('two');
    expect(await cache.current()).toBe('two');
  });

  it('takes a version seen under both labels, mid-rotation, for one', async () => {
    const { store, values } = givenSecret();
    store.previous = store.current;
    expect(await values()).toEqual(['one']);
  });
});

describe('SecretCache of a stored value that is no secret', () => {
  const ARN = 'arn:aws:secretsmanager:eu-central-1:123456789012:secret:incident-response-acme/';

  it.each(['webhook', 'incident-response/webhook', `${ARN}webhook-AbCdEf`])(
    'throws SECRET_MALFORMED, counts it under the name of %s, and asks again after 30 s',
    async (secretId) => {
      const { store, cache, values } = givenSecret({ secretId });
      store.isMalformed = true;
      await expect(cache.current()).rejects.toMatchObject({
        code: 'SECRET_MALFORMED',
        message: 'cannot use secret: expected a fetched version, got one that must be stored anew',
        // Somebody can repair it while the work waits.
        retryable: true,
      });
      expect(store.counted).toEqual(['SecretMalformed']);
      store.isMalformed = false;
      store.nowMs += 30_000;
      expect(await values()).toEqual(['one']);
    },
  );

  it('goes on with the last good one, and says so at each refresh', async () => {
    const { store, values } = givenSecret();
    await values();
    store.isMalformed = true;
    store.nowMs += 300_000;
    expect(await values()).toEqual(['one']);
    store.nowMs += 30_000;
    expect(await values()).toEqual(['one']);
    expect(store.counted).toEqual(['SecretMalformed', 'SecretMalformed']);
  });

  it('is an outage again when the store is out after that', async () => {
    const { store, cache } = givenSecret();
    store.isMalformed = true;
    await expect(cache.current()).rejects.toThrowWithCode(SecretError, 'SECRET_MALFORMED');
    store.failures.current = true;
    await expect(cache.current()).rejects.toThrowWithCode(SecretError, 'SECRET_UNAVAILABLE');
  });

  it('counts a value that its scheme cannot use, and knows a repaired one at once', async () => {
    const { store, cache, values } = givenSecret();
    await values();
    const verify = (secrets: readonly AcceptableSecret[]) => {
      if (secrets[0]?.value !== 'one') return 'verified';
      throw new SecretError({ code: 'SECRET_MALFORMED', message: 'no key', retryable: false });
    };
    await expect(verifyWithRotation(cache, verify)).rejects.toThrowWithCode(
      SecretError,
      'SECRET_MALFORMED',
    );
    expect(store.counted).toEqual(['SecretMalformed']);
    store.rotate('two');
    store.nowMs += 30_000;
    expect(await verifyWithRotation(cache, verify)).toBe('verified');
  });
});

describe('SecretCache while Secrets Manager is out', () => {
  it('throws SECRET_UNAVAILABLE when nothing was ever fetched, and asks again next time', async () => {
    const { store, cache, values } = givenSecret();
    store.failures = { current: true, previous: true };
    await expect(cache.acceptable()).rejects.toThrowWithCode(SecretError, 'SECRET_UNAVAILABLE');
    await expect(cache.current()).rejects.toThrowWithCode(SecretError, 'SECRET_UNAVAILABLE');
    store.failures = { current: false, previous: false };
    expect(await values()).toEqual(['one']);
  });

  it('calls that retryable, and says what is missing without naming the secret', async () => {
    const { store, cache } = givenSecret();
    store.failures.current = true;
    await expect(cache.current()).rejects.toMatchObject({
      message: 'cannot use secret: expected a fetched version, got none',
      retryable: true,
    });
  });

  it('serves the last good versions on, counts it, and asks again after 30 s', async () => {
    const { store, values } = givenSecret();
    store.rotate('two');
    await values();
    store.failures.current = true;
    store.nowMs += 300_000;
    store.calls = [];
    expect(await values()).toEqual(['two', 'one']);
    expect(store.counted).toEqual(['SecretRefreshFailed SECRET_UNAVAILABLE']);
    store.nowMs += 29_999;
    await values();
    expect(store.calls).toEqual(['current', 'previous']);
    store.nowMs += 1;
    await values();
    expect(store.calls).toHaveLength(4);
  });

  it('keeps the previous version it knows when only that call fails', async () => {
    const { store, values } = givenSecret();
    store.rotate('two');
    await values();
    store.failures.previous = true;
    store.nowMs += 300_000;
    expect(await values()).toEqual(['two', 'one']);
    expect(store.counted).toEqual(['SecretRefreshFailed SECRET_UNAVAILABLE']);
  });

  it('knows the version it used itself as the previous one after a rotation', async () => {
    const { store, values } = givenSecret();
    await values();
    store.failures.previous = true;
    store.nowMs += 300_000;
    store.rotate('two');
    expect(await values()).toEqual(['two', 'one']);
  });

  it('serves the current version alone when the other could not be read at first', async () => {
    const { store, values } = givenSecret();
    store.rotate('two');
    store.failures.previous = true;
    expect(await values()).toEqual(['two']);
  });

  it('asks again after 30 s, not 300 s, when only the replaced version could not be read', async () => {
    const { store, values } = givenSecret();
    store.rotate('two');
    store.failures.previous = true;
    await values();
    store.failures.previous = false;
    store.nowMs += 29_999;
    expect(await values()).toEqual(['two']);
    expect(store.calls).toEqual(['current', 'previous']);
    store.nowMs += 1;
    expect(await values()).toEqual(['two', 'one']);
  });
});

describe('verifyWithRotation()', () => {
  it('finds a new secret at once: a failed check forces one refresh and one retry', async () => {
    const { store, send } = givenSecret();
    expect(await send('one')).toBe('verified');
    store.nowMs += 1_000;
    store.rotate('two');
    expect(await send('two')).toBe('verified');
    expect(await send('one')).toBe('verified');
    expect(store.calls).toHaveLength(4);
  });

  it('throws SIGNATURE_MISMATCH when the retry fails too', async () => {
    const { store, send } = givenSecret();
    await send('one');
    await expect(send('bad')).rejects.toThrowWithCode(VerificationError, 'SIGNATURE_MISMATCH');
    expect(store.calls).toHaveLength(4);
  });

  it('makes at most one forced refresh in 30 s of 1,000 bad signatures', async () => {
    const { store, send } = givenSecret();
    await send('one');
    store.calls = [];
    const flood = () => Promise.allSettled(Array.from({ length: 500 }, () => send('bad')));
    await flood();
    store.nowMs += 29_999;
    await flood();
    expect(store.calls).toEqual(['current', 'previous']);
    store.nowMs += 1;
    await flood();
    expect(store.calls).toHaveLength(4);
  });

  it('accepts a new secret within 30 s of a rotation even during a flood', async () => {
    const { store, send } = givenSecret();
    await send('one');
    await Promise.allSettled([send('bad')]);
    store.rotate('two');
    store.nowMs += 29_999;
    await expect(send('two')).rejects.toThrowWithCode(VerificationError, 'SIGNATURE_MISMATCH');
    store.nowMs += 1;
    expect(await send('two')).toBe('verified');
  });

  it('tells that a second forced refresh within 30 s brought nothing to check against', async () => {
    const { store, cache } = givenSecret();
    expect(await cache.refreshAfterFailedCheck()).toBe(true);
    store.nowMs += 29_999;
    expect(await cache.refreshAfterFailedCheck()).toBe(false);
  });

  it('asks once more for a request whose replaced secret could not be fetched for it', async () => {
    const { store, send } = givenSecret();
    store.rotate('two');
    store.failures.previous = true;
    const sent = send('one');
    store.failures.previous = false;
    expect(await sent).toBe('verified');
    expect(store.calls).toHaveLength(4);
  });

  it('does not ask twice for a request whose secrets were fetched for it', async () => {
    const { store, send } = givenSecret();
    await expect(send('bad')).rejects.toThrowWithCode(VerificationError, 'SIGNATURE_MISMATCH');
    expect(store.calls).toEqual(['current', 'previous']);
  });

  it('joins a refresh under way instead of starting another', async () => {
    const { store, cache, send } = givenSecret();
    await send('one');
    store.rotate('two');
    const [first, second] = await Promise.all([
      cache.refreshAfterFailedCheck(),
      cache.refreshAfterFailedCheck(),
    ]);
    expect([first, second]).toEqual([true, true]);
    expect(store.calls).toHaveLength(4);
  });

  it('refuses a stale request at once: no new secret could cure it', async () => {
    const { store, cache, send } = givenSecret();
    await send('one');
    const stale = new VerificationError({
      code: 'TIMESTAMP_STALE',
      message: 'old',
      retryable: false,
    });
    const verify = () => {
      throw stale;
    };
    await expect(verifyWithRotation(cache, verify)).rejects.toBe(stale);
    expect(store.calls).toHaveLength(2);
  });

  it('passes on what is no refusal', async () => {
    const { cache } = givenSecret();
    const verify = () => {
      throw new TypeError('a mistake');
    };
    await expect(verifyWithRotation(cache, verify)).rejects.toThrow('a mistake');
  });

  it('throws SECRET_UNAVAILABLE, never a refusal, without any secret', async () => {
    const { store, send } = givenSecret();
    store.failures = { current: true, previous: true };
    await expect(send('one')).rejects.toThrowWithCode(SecretError, 'SECRET_UNAVAILABLE');
  });

  it('still judges by the last good secrets when the forced refresh fails', async () => {
    const { store, send } = givenSecret();
    await send('one');
    store.failures = { current: true, previous: true };
    await expect(send('bad')).rejects.toThrowWithCode(VerificationError, 'SIGNATURE_MISMATCH');
    expect(await send('one')).toBe('verified');
  });
});
