import type { Person, PersonKind } from '../../services/ports.ts';
import { objectOf } from './view-fields.ts';

/** Slack's own helper; its account does not say that it is a bot. */
const SLACKBOT = 'USLACKBOT';

/**
 * Reads a `user` object. Who is not plainly a full member of our workspace is something else.
 *
 * In an Enterprise organisation one account is in several workspaces: `enterprise_user.teams` (for
 * some tokens `teams`) names them all, and `team_id` is the home workspace or absent. Only they tell
 * a colleague from a person of a connected organisation: `is_stranger` is false for everybody who
 * shares a channel with us. https://docs.slack.dev/reference/objects/user-object,
 * https://github.com/abdolence/slack-morphism-rust/pull/215,
 * https://github.com/looker/lookerbot/issues/184
 */
export function slackPerson(user: Record<string, unknown>, ourTeamId: string): Person {
  const profile = objectOf(user.profile);
  const email = typeof profile.email === 'string' ? profile.email.trim().toLowerCase() : '';
  // Absent for some tokens; false is Slack's plain "nobody proved this address".
  const verified = user.is_email_confirmed !== false;
  const fullName = firstText([profile.real_name, user.real_name]);
  const name = firstText([profile.display_name, fullName, user.name]);
  return {
    id: String(user.id),
    name: name ?? String(user.id),
    ...(fullName === undefined ? {} : { fullName }),
    email: email !== '' && verified ? email : null,
    kind: kindOf(user, ourTeamId),
  };
}

function firstText(values: readonly unknown[]): string | undefined {
  return values.find((value): value is string => typeof value === 'string' && value !== '');
}

function kindOf(user: Record<string, unknown>, ourTeamId: string): PersonKind {
  if (user.deleted === true) return 'deactivated';
  if (user.is_stranger === true || !teamsOf(user).includes(ourTeamId)) return 'foreign';
  if (user.is_bot === true || user.id === SLACKBOT) return 'bot';
  return user.is_restricted === true || user.is_ultra_restricted === true ? 'guest' : 'full';
}

/** Every workspace that the account is in; the list decides where there is one. */
function teamsOf(user: Record<string, unknown>): readonly unknown[] {
  const lists = [objectOf(user.enterprise_user).teams, user.teams];
  const teams = lists.flatMap((list) => (Array.isArray(list) ? list : []));
  return teams.length > 0 ? teams : [user.team_id];
}
