/** The workspace the app is installed in. */
export const TEAM_ID = 'T04EXAMPLE1';
/** The workspace's sub-domain of slack.com. */
export const TEAM_DOMAIN = 'example';
/** The workspace of the one foreign person. */
export const FOREIGN_TEAM_ID = 'T09PARTNER1';
/** The app's own bot user, bot id and app id. */
export const BOT_USER_ID = 'U04IRAPPBOT';
export const BOT_ID = 'B04IRAPPBOT';
export const APP_ID = 'A04IRAPP001';
/** The Enterprise organisation that the workspace is in, for people who are in several of its workspaces. */
export const ENTERPRISE = { id: 'E04EXAMPLE1', name: 'Example Organisation' };
/** `#incidents`, the announcement channel that exists when the world starts. */
export const ANNOUNCEMENT_CHANNEL_ID = 'C04EXAMPLE1';
export const ANNOUNCEMENT_CHANNEL_NAME = 'incidents';

/** What a person is to the workspace; only `full` people may drive incidents. */
export type PersonKind = 'full' | 'guest' | 'bot' | 'deactivated' | 'foreign';

/** One account. `name` is the Slack handle. */
export type Person = {
  id: string;
  name: string;
  realName: string;
  email: string;
  kind: PersonKind;
  timeZone: string;
  /** Where the account is in several workspaces of one Enterprise organisation. */
  grid?: { home: string; teams: string[] };
};

/** One Slack user group; the product derives a role from its handle. */
export type UserGroup = { id: string; handle: string; name: string; role: string; users: string[] };

function person(id: string, realName: string, kind: PersonKind, timeZone: string): Person {
  const name = realName.toLowerCase().replace(' ', '.');
  const domain = kind === 'foreign' ? 'partner.example.net' : 'example.com';
  return { id, name, realName, email: `${name}@${domain}`, kind, timeZone };
}

/** The people of a new workspace; no two worlds share the objects. */
export function startingPeople(): Person[] {
  return [
    person('U04MAYAITO1', 'Maya Ito', 'full', 'Asia/Tokyo'),
    person('U04JONASBRG', 'Jonas Berg', 'full', 'Europe/Stockholm'),
    person('U04PRIYARMN', 'Priya Raman', 'full', 'Asia/Kolkata'),
    person('U04TOMASNVK', 'Tomas Novak', 'full', 'Europe/Prague'),
    person('U04LENAFSCH', 'Lena Fischer', 'full', 'Europe/Berlin'),
    person('U04SAMOKAFR', 'Sam Okafor', 'full', 'Africa/Lagos'),
    person('U04ANASILVA', 'Ana Silva', 'full', 'America/Sao_Paulo'),
    person('U04OMARHDDD', 'Omar Haddad', 'deactivated', 'Asia/Amman'),
    person('U04GRETACTR', 'Greta Contractor', 'guest', 'Europe/Vienna'),
    { ...person('U04DEPLOYBT', 'Deploy Bot', 'bot', 'Etc/UTC'), name: 'deploybot', email: '' },
    person('U09PAULREED', 'Paul Reed', 'foreign', 'America/Chicago'),
  ];
}

/** The user groups of a new workspace. */
export function startingUserGroups(): UserGroup[] {
  return [
    {
      id: 'S04APPROVER',
      handle: 'status-approvers',
      name: 'Status page approvers',
      role: 'status-approver',
      users: ['U04MAYAITO1', 'U04PRIYARMN', 'U04TOMASNVK', 'U04ANASILVA'],
    },
    {
      id: 'S04COMMANDR',
      handle: 'incident-commanders',
      name: 'Incident commanders',
      role: 'incident-commander',
      users: ['U04TOMASNVK', 'U04LENAFSCH'],
    },
  ];
}

/** The app's own account, as `users.info` shows it. */
export const APP_ACCOUNT: Person = {
  id: BOT_USER_ID,
  name: 'incident-response',
  realName: 'Incident Response',
  email: '',
  kind: 'bot',
  timeZone: 'Etc/UTC',
};

/** A `user` object as `users.info` and `users.list` return it. */
export function userObject(account: Person): Record<string, unknown> {
  const foreign = account.kind === 'foreign';
  const bot = account.kind === 'bot';
  const guest = account.kind === 'guest';
  const deleted = account.kind === 'deactivated';
  const [firstName, lastName = ''] = account.realName.split(' ');
  const team = teamOf(account);
  return {
    id: account.id,
    // Of an account in several workspaces Slack names all of them, and no single one.
    ...(account.grid ? gridFields(account.id, account.grid.teams) : { team_id: team }),
    name: account.name,
    deleted,
    ...(deleted ? {} : { color: '3c8c69', tz: account.timeZone }),
    real_name: account.realName,
    profile: {
      title: '',
      real_name: account.realName,
      real_name_normalized: account.realName,
      display_name: account.name,
      display_name_normalized: account.name,
      first_name: firstName,
      last_name: lastName,
      team,
      ...(bot ? { api_app_id: APP_ID, bot_id: botIdOf(account) } : { email: account.email }),
    },
    is_admin: false,
    is_owner: false,
    is_primary_owner: false,
    is_restricted: guest,
    is_ultra_restricted: false,
    is_bot: bot,
    is_app_user: false,
    is_email_confirmed: !bot && !foreign,
    ...(foreign ? { is_stranger: true } : {}),
    updated: 1_773_400_000,
  };
}

/** The workspace an account belongs to; of several, its home. */
export function teamOf(account: Person): string {
  return account.grid?.home ?? (account.kind === 'foreign' ? FOREIGN_TEAM_ID : TEAM_ID);
}

/** As `users.info` answers in an Enterprise organisation: https://github.com/looker/lookerbot/issues/184 */
function gridFields(id: string, teams: string[]): Record<string, unknown> {
  const enterprise = { enterprise_id: ENTERPRISE.id, enterprise_name: ENTERPRISE.name };
  const there = { id, ...enterprise, is_admin: false, is_owner: false, teams: [...teams] };
  return { enterprise_user: there, ...enterprise, teams: [...teams] };
}

function botIdOf(account: Person): string {
  return account.id === BOT_USER_ID ? BOT_ID : 'B04DEPLOYBT';
}

/** A `usergroup` object as `usergroups.list` returns it. */
export function userGroupObject(group: UserGroup, includeUsers: boolean): Record<string, unknown> {
  return {
    id: group.id,
    team_id: TEAM_ID,
    is_usergroup: true,
    is_subteam: true,
    name: group.name,
    description: '',
    handle: group.handle,
    is_external: false,
    date_create: 1_773_400_000,
    date_update: 1_773_400_000,
    date_delete: 0,
    auto_type: null,
    created_by: 'U04LENAFSCH',
    user_count: group.users.length,
    ...(includeUsers ? { users: [...group.users] } : {}),
  };
}
