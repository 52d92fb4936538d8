import { personRefusalWords } from '../../domain/chat-refusal.ts';
import type { InviteOutcome } from '../../services/ports.ts';
import {
  refusedAnswerOf,
  type SlackAnswer,
  type SlackClient,
  slackCodeOf,
} from './slack-client.ts';
import { objectOf } from './view-fields.ts';

/** People one call may name. https://docs.slack.dev/reference/methods/conversations.invite */
const INVITED_AT_ONCE_MAX = 100;
/** Refusals that concern one person, not the channel or us. */
const OF_ONE_PERSON: ReadonlySet<string> = new Set([
  'already_in_channel',
  'cant_invite',
  'cant_invite_self',
  'user_not_found',
  'user_disabled',
  'user_is_restricted',
  'user_is_ultra_restricted',
  'ura_max_channels',
  'org_user_not_in_team',
  'user_team_not_in_channel',
]);

/**
 * Invites people in as few calls as Slack allows. Who is in already counts as invited. When one
 * person makes a whole call fail, the others are invited one by one.
 *
 * @throws {ChatError} when the channel or the app is the problem, not a person
 */
export async function invitePeople(
  client: SlackClient,
  channelId: string,
  userIds: readonly string[],
): Promise<InviteOutcome> {
  const people = [...new Set(userIds)];
  const outcome: InviteOutcome = { invited: [], failed: [] };
  for (let at = 0; at < people.length; at += INVITED_AT_ONCE_MAX) {
    const batch = people.slice(at, at + INVITED_AT_ONCE_MAX);
    for (const [userId, problem] of await inviteBatch(client, channelId, batch)) {
      if (problem === undefined) outcome.invited.push(userId);
      else outcome.failed.push({ userId, reason: personRefusalWords(problem) });
    }
  }
  return outcome;
}

type Result = [userId: string, problem: string | undefined];

async function inviteBatch(
  client: SlackClient,
  channelId: string,
  batch: readonly string[],
): Promise<Result[]> {
  const users = batch.join(',');
  try {
    const args = { channel: channelId, users, force: true };
    const problems = problemsIn(await client.call('conversations.invite', args));
    return batch.map((userId) => [userId, problems.get(userId)]);
  } catch (error) {
    const code = slackCodeOf(error) ?? '';
    if (!OF_ONE_PERSON.has(code)) throw error;
    const [only, ...others] = batch;
    if (only === undefined) return [];
    if (others.length === 0) return [[only, code === 'already_in_channel' ? undefined : code]];
    const problems = problemsIn(refusedAnswerOf(error) ?? {}, true);
    const results: Result[] = [];
    for (const userId of batch) {
      const known = problems.has(userId);
      if (known) results.push([userId, problems.get(userId)]);
      else results.push(...(await inviteBatch(client, channelId, [userId])));
    }
    return results;
  }
}

/** Per-user refusals. With `all`, also those who are in already, as no problem. */
function problemsIn(answer: SlackAnswer, all = false): Map<string, string | undefined> {
  const problems = new Map<string, string | undefined>();
  for (const each of Array.isArray(answer.errors) ? answer.errors : []) {
    const { user, error } = objectOf(each);
    if (typeof user !== 'string' || typeof error !== 'string') continue;
    if (error !== 'already_in_channel') problems.set(user, error);
    else if (all) problems.set(user, undefined);
  }
  return problems;
}
