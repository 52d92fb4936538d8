import { describe, expect, it } from 'vitest';
import { fateOf } from '../../src/domain/effect-fate.ts';
import { ChatError, DeliveryError, SecretError, TrailError } from '../../src/domain/errors.ts';

const given = { message: 'no', retryable: false };
const refused = (refusal?: string) => new ChatError({ ...given, code: 'CHAT_REFUSED', refusal });
const unavailable = new ChatError({ ...given, code: 'CHAT_UNAVAILABLE', retryable: true });
const limited = new ChatError({ ...given, code: 'CHAT_RATE_LIMITED', retryable: true });
const DAY_MS = 86_400_000;

describe('fateOf()', () => {
  it.each([
    'not_authed',
    'invalid_auth',
    'account_inactive',
    'token_revoked',
    'token_expired',
    'missing_scope',
    'restricted_action',
    'not_in_channel',
    'channel_not_found',
    'is_archived',
    'user_is_restricted',
    'team_access_not_granted',
    'name_taken',
    'an_error_of_next_year',
    undefined,
  ])('puts aside at once what people can put right: %s', (refusal) => {
    expect(fateOf(refused(refusal), { openMs: 0, patienceMs: 60_000 })).toBe('aside');
  });

  it.each(['msg_too_long', 'invalid_blocks', 'no_text', 'not_pinnable'])(
    'gives up what is wrong with the request itself: %s',
    (refusal) => {
      expect(fateOf(refused(refusal), { openMs: 0, patienceMs: 60_000 })).toBe('never');
    },
  );

  it.each([
    ['Slack is out', unavailable],
    [
      'our rows are out',
      new DeliveryError({ ...given, code: 'ROWS_UNAVAILABLE', retryable: true }),
    ],
    ['an error nobody planned', new TypeError('x')],
  ])('waits for what may pass, and then puts it aside: %s', (_what, error) => {
    expect(fateOf(error, { openMs: 60_000, patienceMs: 60_000 })).toBe('again');
    expect(fateOf(error, { openMs: 60_001, patienceMs: 60_000 })).toBe('aside');
  });

  it('waits a day for a turn in the rate limits', () => {
    expect(fateOf(limited, { openMs: DAY_MS, patienceMs: 1 })).toBe('again');
    expect(fateOf(limited, { openMs: DAY_MS + 1, patienceMs: 1 })).toBe('aside');
  });

  it('never goes on without the trail, and gives up what cannot be written there', () => {
    const of = { openMs: 30 * DAY_MS, patienceMs: 1 };
    const code = (name: TrailError['code']) => new TrailError({ ...given, code: name });
    expect(fateOf(code('TRAIL_UNAVAILABLE'), of)).toBe('again');
    expect(fateOf(code('TRAIL_CORRUPT'), of)).toBe('again');
    expect(fateOf(code('EVENT_INVALID'), of)).toBe('never');
  });

  it('gives up what is not there, and what we refuse ourselves', () => {
    const of = { openMs: 0, patienceMs: 60_000 };
    expect(fateOf(new ChatError({ ...given, code: 'CHAT_NOT_FOUND' }), of)).toBe('never');
    expect(fateOf(new SecretError({ ...given, code: 'SECRET_MALFORMED' }), of)).toBe('never');
  });
});
