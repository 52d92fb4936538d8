import type { WorldClock } from '../world-clock.ts';
import { SlackError } from './slack-error.ts';

/** Calls a minute of Slack's tiers. https://docs.slack.dev/apis/web-api/rate-limits */
const TIER_2_PER_MIN = 20;
const TIER_3_PER_MIN = 50;
const TIER_4_PER_MIN = 100;
/** `chat.postMessage`: about one a second per channel, with short bursts. */
const POST_MESSAGE_PER_MIN = 60;
const POST_MESSAGE_BURST = 10;

const TIER_2 = new Set([
  'conversations.create',
  'conversations.archive',
  'conversations.unarchive',
  'conversations.rename',
  'conversations.setTopic',
  'conversations.setPurpose',
  'conversations.list',
  'pins.add',
  'pins.list',
  'pins.remove',
  'bookmarks.add',
  'bookmarks.edit',
  'bookmarks.remove',
  'usergroups.list',
  'usergroups.users.list',
  'users.list',
]);
const TIER_4 = new Set([
  'auth.test',
  'chat.postEphemeral',
  'views.open',
  'views.update',
  'views.push',
  'views.publish',
  'users.info',
  'conversations.members',
  'files.getUploadURLExternal',
  'files.completeUploadExternal',
]);

/** What Slack lets through of one method: `burst` at once, then `perMin`. */
export type Allowance = { perMin: number; burst: number; isPerChannel: boolean };

export function allowanceOf(method: string): Allowance {
  if (method === 'chat.postMessage') {
    return { perMin: POST_MESSAGE_PER_MIN, burst: POST_MESSAGE_BURST, isPerChannel: true };
  }
  const perMin = perMinuteOf(method);
  return { perMin, burst: perMin, isPerChannel: false };
}

type Bucket = { tokens: number; atMs: number };

/**
 * One token bucket per method, or per channel for `chat.postMessage`, on the world's clock.
 *
 * A bucket holds one minute's allowance, so a burst of that size passes and then the rate holds.
 */
export class RateLimits {
  readonly #clock: WorldClock;
  #buckets = new Map<string, Bucket>();

  constructor(clock: WorldClock) {
    this.#clock = clock;
  }

  /** Takes one call's token. @throws {SlackError} `ratelimited`, HTTP 429 with `Retry-After` */
  take(method: string, channel: string): void {
    const { perMin, burst: size, isPerChannel } = allowanceOf(method);
    const key = isPerChannel ? `${method} ${channel}` : method;
    const nowMs = this.#clock.nowMs();
    const bucket = this.#buckets.get(key) ?? { tokens: size, atMs: nowMs };
    const refilled = bucket.tokens + ((nowMs - bucket.atMs) * perMin) / 60_000;
    const tokens = Math.min(size, refilled);
    if (tokens < 1) {
      this.#buckets.set(key, { tokens, atMs: nowMs });
      const waitS = Math.max(1, Math.ceil(((1 - tokens) * 60) / perMin));
      const headers = { 'retry-after': String(waitS) };
      throw new SlackError('ratelimited', {}, { status: 429, headers });
    }
    this.#buckets.set(key, { tokens: tokens - 1, atMs: nowMs });
  }
}

function perMinuteOf(method: string): number {
  if (TIER_2.has(method)) return TIER_2_PER_MIN;
  return TIER_4.has(method) ? TIER_4_PER_MIN : TIER_3_PER_MIN;
}
