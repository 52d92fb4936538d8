import { flag, type Method, type MethodContext } from './method.ts';
import { channelObject } from './methods-conversations.ts';
import { ANNOUNCEMENT_CHANNEL_ID, BOT_USER_ID } from './people.ts';
import { SlackError } from './slack-error.ts';
import type { Channel } from './workspace.ts';

/** People one `conversations.invite` call may name. */
const MAX_INVITES = 100;

/**
 * Invites people. Without `force` one bad id means that nobody is invited; with it the good ones
 * are. Either way the bad ones are named in `errors`; it is `ok` only if somebody came in.
 */
const invite: Method = (context, args) => {
  const channel = context.workspace.joinedChannel(args.channel);
  if (channel.isDirect) throw new SlackError('method_not_supported_for_channel_type');
  const users = [...new Set(listOf(args.users))];
  if (users.length === 0) throw new SlackError('no_user');
  if (users.length > MAX_INVITES) throw new SlackError('too_many_users');
  const errors: { user: string; ok: false; error: string }[] = [];
  const good: string[] = [];
  for (const user of users) {
    const error = inviteError(context, channel, user);
    if (error) errors.push({ user, ok: false, error });
    else good.push(user);
  }
  const first = errors[0];
  if (first && (good.length === 0 || !flag(args.force))) {
    throw new SlackError(first.error, { errors });
  }
  for (const user of good) channel.members.add(user);
  return { channel: channelObject(channel), ...(first ? { errors } : {}) };
};

function inviteError(
  { workspace }: MethodContext,
  channel: Channel,
  id: string,
): string | undefined {
  if (id === BOT_USER_ID) return 'cant_invite_self';
  const person = workspace.people.find((each) => each.id === id);
  if (!person) return 'user_not_found';
  if (channel.members.has(id)) return 'already_in_channel';
  if (person.kind === 'deactivated') return 'cant_invite';
  if (person.kind === 'foreign') return 'org_user_not_in_team';
  return undefined;
}

function listOf(value: unknown): string[] {
  const text = Array.isArray(value) ? value.join(',') : String(value ?? '');
  return text
    .split(',')
    .map((id) => id.trim())
    .filter((id) => id !== '');
}

const kick: Method = ({ workspace }, args) => {
  const channel = workspace.joinedChannel(args.channel);
  const user = String(args.user ?? '');
  if (user === BOT_USER_ID) throw new SlackError('cant_kick_self');
  if (!workspace.people.some(({ id }) => id === user)) throw new SlackError('user_not_found');
  if (!channel.members.delete(user)) throw new SlackError('not_in_channel');
  return { errors: {} };
};

const join: Method = ({ workspace }, args) => {
  const channel = workspace.visibleChannel(args.channel);
  if (channel.isPrivate) throw new SlackError('method_not_supported_for_channel_type');
  if (channel.isArchived) throw new SlackError('is_archived');
  if (channel.members.has(BOT_USER_ID)) {
    return { channel: channelObject(channel), warning: 'already_in_channel' };
  }
  channel.members.add(BOT_USER_ID);
  return { channel: channelObject(channel) };
};

const leave: Method = ({ workspace }, args) => {
  const channel = workspace.visibleChannel(args.channel);
  if (!channel.members.delete(BOT_USER_ID)) return { not_in_channel: true };
  return {};
};

const archive: Method = ({ workspace }, args) => {
  const known = workspace.channels.get(String(args.channel ?? ''));
  if (known?.isArchived) throw new SlackError('already_archived');
  const channel = workspace.joinedChannel(args.channel);
  if (channel.id === ANNOUNCEMENT_CHANNEL_ID) throw new SlackError('restricted_action');
  workspace.archive(channel);
  return {};
};

/** Archiving puts apps out of the channel, so that none can undo it with its own token. */
const unarchive: Method = ({ workspace }, args) => {
  const channel = workspace.joinedChannel(args.channel, { archived: true });
  if (!channel.isArchived) throw new SlackError('not_archived');
  channel.isArchived = false;
  return {};
};

/** Opens the direct message with one person. */
const open: Method = ({ workspace }, args) => {
  const [user, ...others] = listOf(args.users);
  if (!user || others.length > 0) throw new SlackError('users_list_not_supplied');
  const person = workspace.people.find(({ id }) => id === user);
  if (!person) throw new SlackError('user_not_found');
  if (person.kind === 'deactivated') throw new SlackError('user_disabled');
  return { channel: channelObject(workspace.directMessage(user)) };
};

/** Who is in a conversation, and whether it lives. */
export const MEMBERSHIP_METHODS: Record<string, Method> = {
  'conversations.invite': invite,
  'conversations.kick': kick,
  'conversations.join': join,
  'conversations.leave': leave,
  'conversations.archive': archive,
  'conversations.unarchive': unarchive,
  'conversations.open': open,
};
