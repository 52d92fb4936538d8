import { type Args, flag, type Method } from './method.ts';
import { pageOf } from './paging.ts';
import { BOT_USER_ID, TEAM_ID } from './people.ts';
import { SlackError } from './slack-error.ts';
import type { Channel, Message } from './workspace.ts';

/** Slack's limits, in characters. */
const MAX_CHANNEL_NAME = 80;
const MAX_TOPIC = 250;
/** Pages of `conversations.history` and `replies` hold at most this many messages. */
const MAX_HISTORY_PAGE = 999;

/** A `channel` object as the conversations methods return it. */
export function channelObject(channel: Channel): Record<string, unknown> {
  if (channel.isDirect) {
    const user = [...channel.members].find((id) => id !== BOT_USER_ID);
    return { id: channel.id, created: channel.created, is_im: true, is_archived: false, user };
  }
  return {
    id: channel.id,
    name: channel.name,
    name_normalized: channel.name,
    is_channel: !channel.isPrivate,
    is_group: channel.isPrivate,
    is_im: false,
    is_mpim: false,
    is_private: channel.isPrivate,
    is_archived: channel.isArchived,
    is_general: false,
    is_member: channel.members.has(BOT_USER_ID),
    is_shared: false,
    is_ext_shared: false,
    created: channel.created,
    creator: channel.creator,
    context_team_id: TEAM_ID,
    topic: { ...channel.topic },
    purpose: { ...channel.purpose },
  };
}

const create: Method = ({ workspace }, args) => {
  const name = checkedName(args.name);
  // Archived channels keep their names, so an old drill can be in the way.
  if (workspace.findChannel(`#${name}`)) throw new SlackError('name_taken');
  const channel = workspace.addChannel({ name, isPrivate: flag(args.is_private) });
  return { channel: channelObject(channel) };
};

function checkedName(value: unknown): string {
  const name = typeof value === 'string' ? value : '';
  if (name === '') throw new SlackError('invalid_name_required');
  if (name.length > MAX_CHANNEL_NAME) throw new SlackError('invalid_name_maxlength');
  if (/^[-_]+$/.test(name)) throw new SlackError('invalid_name_punctuation');
  if (!/^[\p{Ll}\p{Lo}\p{N}_-]+$/u.test(name)) throw new SlackError('invalid_name_specials');
  return name;
}

const setTopic: Method = ({ workspace }, args) => {
  const channel = workspace.joinedChannel(args.channel);
  const value = String(args.topic ?? '');
  if (value.length > MAX_TOPIC) throw new SlackError('too_long');
  channel.topic = { value, creator: BOT_USER_ID, last_set: workspace.nowS() };
  return { channel: channelObject(channel) };
};

const setPurpose: Method = ({ workspace }, args) => {
  const channel = workspace.joinedChannel(args.channel);
  const value = String(args.purpose ?? '');
  if (value.length > MAX_TOPIC) throw new SlackError('too_long');
  channel.purpose = { value, creator: BOT_USER_ID, last_set: workspace.nowS() };
  return { purpose: value, channel: channelObject(channel) };
};

const info: Method = ({ workspace }, args) => {
  const channel = workspace.visibleChannel(args.channel);
  const count = flag(args.include_num_members) ? { num_members: channel.members.size } : {};
  return { channel: { ...channelObject(channel), ...count } };
};

const list: Method = ({ workspace }, args) => {
  const types = String(args.types ?? 'public_channel').split(',');
  const known = ['public_channel', 'private_channel', 'mpim', 'im'];
  if (types.some((type) => !known.includes(type.trim()))) throw new SlackError('invalid_types');
  const wanted = new Set(types.map((type) => type.trim()));
  const seen = [...workspace.channels.values()].filter((channel) => {
    if (flag(args.exclude_archived) && channel.isArchived) return false;
    if (channel.isDirect) return wanted.has('im');
    if (!channel.isPrivate) return wanted.has('public_channel');
    return wanted.has('private_channel') && channel.members.has(BOT_USER_ID);
  });
  const { items, next } = pageOf(seen, args);
  const channels = items.map((channel) => ({
    ...channelObject(channel),
    num_members: channel.members.size,
  }));
  return { channels, response_metadata: { next_cursor: next } };
};

const members: Method = ({ workspace }, args) => {
  const channel = workspace.visibleChannel(args.channel);
  const { items, next } = pageOf([...channel.members], args);
  return { members: items, response_metadata: { next_cursor: next } };
};

const history: Method = ({ workspace }, args) => {
  const channel = workspace.joinedChannel(args.channel, { archived: true });
  const top = channel.messages.filter(({ ts, thread_ts }) => !thread_ts || thread_ts === ts);
  const newestFirst = top.filter(inWindow(args)).reverse();
  return { ...messagePage(newestFirst, channel, args), pin_count: channel.pins.length };
};

const replies: Method = ({ workspace }, args) => {
  const channel = workspace.joinedChannel(args.channel, { archived: true });
  const parent = String(args.ts ?? '');
  const thread = channel.messages.filter(
    ({ ts, thread_ts }) => ts === parent || thread_ts === parent,
  );
  if (thread.length === 0) throw new SlackError('thread_not_found');
  return messagePage(thread.filter(inWindow(args)), channel, args);
};

/** Slack leaves both ends out unless `inclusive`. */
function inWindow(args: Args): (message: Message) => boolean {
  const oldest = Number(args.oldest ?? 0);
  const latest = args.latest ? Number(args.latest) : Number.POSITIVE_INFINITY;
  const inclusive = flag(args.inclusive);
  return ({ ts }) => {
    const at = Number(ts);
    if (inclusive && (ts === args.oldest || ts === args.latest)) return true;
    return at > oldest && at < latest;
  };
}

function messagePage(messages: Message[], channel: Channel, args: Args): Record<string, unknown> {
  const limit = Math.min(Number(args.limit ?? 100) || 100, MAX_HISTORY_PAGE);
  const { items, next } = pageOf(messages, { ...args, limit });
  const withMetadata = flag(args.include_all_metadata);
  return {
    messages: items.map((message) => messageObject(message, channel, withMetadata)),
    has_more: next !== '',
    ...(next ? { response_metadata: { next_cursor: next } } : {}),
  };
}

/** A `message` object; metadata only where the caller asked for it, as in Slack. */
export function messageObject(
  message: Message,
  channel: Channel,
  withMetadata: boolean,
): Record<string, unknown> {
  const { metadata, ...rest } = message;
  const thread = channel.messages.filter(
    ({ ts, thread_ts }) => thread_ts === message.ts && ts !== message.ts,
  );
  const latest = thread.at(-1)?.ts;
  const pinned = channel.pins.some(({ ts }) => ts === message.ts);
  return {
    ...structuredClone(rest),
    ...(metadata && withMetadata ? { metadata: structuredClone(metadata) } : {}),
    ...(latest ? { thread_ts: message.ts, reply_count: thread.length, latest_reply: latest } : {}),
    ...(pinned ? { pinned_to: [channel.id] } : {}),
  };
}

/** Making, describing and reading conversations. */
export const CONVERSATION_METHODS: Record<string, Method> = {
  'conversations.create': create,
  'conversations.setTopic': setTopic,
  'conversations.setPurpose': setPurpose,
  'conversations.info': info,
  'conversations.list': list,
  'conversations.members': members,
  'conversations.history': history,
  'conversations.replies': replies,
};
