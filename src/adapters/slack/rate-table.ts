import type { RateRule } from '../../domain/rate-limit.ts';
import type { Bucket } from '../../services/call-budget.ts';
import type { SlackMethod } from './scopes.ts';

/**
 * Slack's tiers, and what we allow ourselves: the tier's rate, and nine tenths of a minute's calls at
 * once. "Bursts are tolerated", says Slack without a number; the tenth covers calls that arrive
 * closer together than they were sent. https://docs.slack.dev/apis/web-api/rate-limits
 */
const TIER_2: RateRule = { perMinute: 20, burst: 18 };
/**
 * What people's requests alone may use of a method that each decision needs: the rest of the method's
 * tier is everybody's, and what follows from incidents cannot use all of it up, nor keep it for itself.
 */
const TIER_2_PEOPLE: RateRule = { perMinute: 8, burst: 6 };
const TIER_2_SHARED: RateRule = { perMinute: 12, burst: 12 };
const TIER_3: RateRule = { perMinute: 50, burst: 45 };
const TIER_4: RateRule = { perMinute: 100, burst: 90 };
/** "1 message per second per channel", short bursts tolerated. Same page, "Posting messages". */
const POSTING: RateRule = { perMinute: 60, burst: 8 };

/**
 * The tier of every method we call, as the method's own page says (docs.slack.dev/reference/methods)
 * and as `MethodsRateLimits.java` of slackapi/java-slack-sdk has it. Where Slack says "special" and
 * no number, the tier below what is likely.
 */
const RULES: Record<SlackMethod, RateRule> = {
  'auth.test': TIER_4,
  'bookmarks.add': TIER_2,
  'bookmarks.list': TIER_3,
  'chat.getPermalink': TIER_3,
  'chat.postEphemeral': TIER_4,
  'chat.postMessage': POSTING,
  'chat.update': TIER_3,
  'conversations.create': TIER_2,
  'conversations.history': TIER_3,
  'conversations.invite': TIER_3,
  'conversations.list': TIER_2,
  'conversations.members': TIER_4,
  'conversations.setTopic': TIER_2,
  'files.completeUploadExternal': TIER_4,
  'files.getUploadURLExternal': TIER_4,
  'pins.add': TIER_2,
  'usergroups.list': TIER_2_SHARED,
  'usergroups.users.list': TIER_2_SHARED,
  'users.info': TIER_4,
  'users.list': TIER_2,
  'users.lookupByEmail': TIER_3,
  'views.open': TIER_4,
  'views.update': TIER_4,
};

const FOR_PEOPLE: Partial<Record<SlackMethod, RateRule>> = {
  'usergroups.list': TIER_2_PEOPLE,
  'usergroups.users.list': TIER_2_PEOPLE,
};

/** One bucket a method; for messages one a channel. */
export function bucketOf(method: SlackMethod, channel: string | undefined): Bucket {
  const rule = RULES[method];
  if (method === 'chat.postMessage') return { name: `${method}#${channel ?? ''}`, rule };
  const forPeople = FOR_PEOPLE[method];
  return { name: method, rule, ...(forPeople ? { forPeople } : {}) };
}
