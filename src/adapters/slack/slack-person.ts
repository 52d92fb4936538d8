import type { Person, PersonKind } from '../../services/ports.ts';
import { objectOf } from './view-fields.ts';

/** Slack's own helper; its account does not say that it is a bot. */
const SLACKBOT = 'USLACKBOT';

/** Reads a `user` object. Who is not plainly a full member of our workspace is something else. */
export function slackPerson(user: Record<string, unknown>, ourTeamId: string | undefined): Person {
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

function kindOf(user: Record<string, unknown>, ourTeamId: string | undefined): PersonKind {
  if (user.deleted === true) return 'deactivated';
  const elsewhere = ourTeamId !== undefined && user.team_id !== ourTeamId;
  if (user.is_stranger === true || elsewhere) return 'foreign';
  if (user.is_bot === true || user.id === SLACKBOT) return 'bot';
  return user.is_restricted === true || user.is_ultra_restricted === true ? 'guest' : 'full';
}
