import { flag, type Method } from './method.ts';
import { pageOf } from './paging.ts';
import {
  APP_ACCOUNT,
  BOT_ID,
  BOT_USER_ID,
  TEAM_DOMAIN,
  TEAM_ID,
  userGroupObject,
  userObject,
} from './people.ts';
import { SlackError } from './slack-error.ts';

const authTest: Method = () => ({
  url: `https://${TEAM_DOMAIN}.slack.com/`,
  team: 'Example',
  user: APP_ACCOUNT.name,
  team_id: TEAM_ID,
  user_id: BOT_USER_ID,
  bot_id: BOT_ID,
  is_enterprise_install: false,
});

const usersInfo: Method = ({ workspace }, args) => {
  const id = String(args.user ?? '');
  const person = workspace.findPerson(id);
  if (!person || person.id !== id) throw new SlackError('user_not_found');
  return { user: userObject(person) };
};

const usersList: Method = ({ workspace }, args) => {
  const local = workspace.people.filter(({ kind }) => kind !== 'foreign');
  const { items, next } = pageOf([...local, APP_ACCOUNT], args);
  return {
    members: items.map(userObject),
    cache_ts: workspace.nowS(),
    response_metadata: { next_cursor: next },
  };
};

/** Slack finds neither deactivated nor foreign people by e-mail. */
const usersLookupByEmail: Method = ({ workspace }, args) => {
  const email = String(args.email ?? '').toLowerCase();
  const person = workspace.people.find((each) => email !== '' && each.email === email);
  if (!person || person.kind === 'deactivated' || person.kind === 'foreign') {
    throw new SlackError('users_not_found');
  }
  return { user: userObject(person) };
};

const userGroupsList: Method = ({ workspace }, args) => {
  const withUsers = flag(args.include_users);
  return { usergroups: workspace.userGroups.map((group) => userGroupObject(group, withUsers)) };
};

const userGroupsUsersList: Method = ({ workspace }, args) => {
  const group = workspace.userGroups.find(({ id }) => id === args.usergroup);
  if (!group) throw new SlackError('no_such_subteam');
  return { users: [...group.users] };
};

/** Who is who: the app itself, people and user groups. */
export const USER_METHODS: Record<string, Method> = {
  'auth.test': authTest,
  'users.info': usersInfo,
  'users.list': usersList,
  'users.lookupByEmail': usersLookupByEmail,
  'usergroups.list': userGroupsList,
  'usergroups.users.list': userGroupsUsersList,
};
