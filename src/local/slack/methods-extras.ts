import type { Args, Method } from './method.ts';
import { messageObject } from './methods-conversations.ts';
import { BOT_USER_ID } from './people.ts';
import { SlackError } from './slack-error.ts';
import type { Bookmark } from './workspace.ts';

/** Slack's limits, in items. */
const MAX_PINS = 100;
const MAX_BOOKMARKS = 100;

const pinsAdd: Method = ({ workspace }, args) => {
  const channel = workspace.joinedChannel(args.channel);
  const { ts } = workspace.message(channel, args.timestamp);
  if (channel.pins.some((pin) => pin.ts === ts)) throw new SlackError('already_pinned');
  if (channel.pins.length >= MAX_PINS) throw new SlackError('too_many_pins');
  channel.pins.push({ ts, created: workspace.nowS(), createdBy: BOT_USER_ID });
  return {};
};

const pinsRemove: Method = ({ workspace }, args) => {
  const channel = workspace.joinedChannel(args.channel);
  const { ts } = workspace.message(channel, args.timestamp);
  if (!channel.pins.some((pin) => pin.ts === ts)) throw new SlackError('no_pin');
  channel.pins = channel.pins.filter((pin) => pin.ts !== ts);
  return {};
};

const pinsList: Method = ({ workspace }, args) => {
  const channel = workspace.visibleChannel(args.channel);
  const items = channel.pins.map(({ ts, created, createdBy }) => ({
    type: 'message',
    channel: channel.id,
    created,
    created_by: createdBy,
    message: messageObject(workspace.message(channel, ts), channel, false),
  }));
  return { items };
};

const bookmarksAdd: Method = ({ workspace }, args) => {
  const channel = workspace.joinedChannel(args.channel_id);
  if (args.type !== 'link') throw new SlackError('invalid_bookmark_type');
  if (channel.bookmarks.length >= MAX_BOOKMARKS) throw new SlackError('too_many_bookmarks');
  const bookmark: Bookmark = {
    id: workspace.nextId('Bk'),
    channel_id: channel.id,
    title: checkedTitle(args),
    link: checkedLink(args.link),
    emoji: String(args.emoji ?? ''),
    type: 'link',
    date_created: workspace.nowS(),
    date_updated: 0,
    last_updated_by_user_id: BOT_USER_ID,
  };
  channel.bookmarks.push(bookmark);
  return { bookmark: { ...bookmark } };
};

const bookmarksEdit: Method = ({ workspace }, args) => {
  const channel = workspace.joinedChannel(args.channel_id);
  const bookmark = channel.bookmarks.find(({ id }) => id === args.bookmark_id);
  if (!bookmark) throw new SlackError('bookmark_not_found');
  if (args.title !== undefined) bookmark.title = checkedTitle(args);
  if (args.link !== undefined) bookmark.link = checkedLink(args.link);
  if (args.emoji !== undefined) bookmark.emoji = String(args.emoji);
  bookmark.date_updated = workspace.nowS();
  return { bookmark: { ...bookmark } };
};

const bookmarksRemove: Method = ({ workspace }, args) => {
  const channel = workspace.joinedChannel(args.channel_id);
  const kept = channel.bookmarks.filter(({ id }) => id !== args.bookmark_id);
  if (kept.length === channel.bookmarks.length) throw new SlackError('bookmark_not_found');
  channel.bookmarks = kept;
  return {};
};

const bookmarksList: Method = ({ workspace }, args) => {
  const channel = workspace.visibleChannel(args.channel_id);
  return { bookmarks: structuredClone(channel.bookmarks) };
};

function checkedTitle(args: Args): string {
  const title = args.title;
  if (typeof title !== 'string' || title === '') throw new SlackError('invalid_arguments');
  return title;
}

function checkedLink(link: unknown): string {
  if (typeof link !== 'string' || !/^(https?|slack):\/\/\S+$/.test(link)) {
    throw new SlackError('invalid_link');
  }
  return link;
}

const reactionsAdd: Method = ({ workspace }, args) => {
  const channel = workspace.joinedChannel(args.channel);
  const message = workspace.message(channel, args.timestamp);
  const name = String(args.name ?? '').replaceAll(':', '');
  if (!/^[a-z0-9_+'-]+$/.test(name)) throw new SlackError('invalid_name');
  message.reactions ??= [];
  let reaction = message.reactions.find((each) => each.name === name);
  if (reaction?.users.includes(BOT_USER_ID)) throw new SlackError('already_reacted');
  if (!reaction) {
    reaction = { name, users: [], count: 0 };
    message.reactions.push(reaction);
  }
  reaction.users.push(BOT_USER_ID);
  reaction.count = reaction.users.length;
  return {};
};

const reactionsRemove: Method = ({ workspace }, args) => {
  const channel = workspace.joinedChannel(args.channel);
  const message = workspace.message(channel, args.timestamp);
  const reaction = message.reactions?.find(({ name }) => name === args.name);
  if (!reaction?.users.includes(BOT_USER_ID)) throw new SlackError('no_reaction');
  reaction.users = reaction.users.filter((user) => user !== BOT_USER_ID);
  reaction.count = reaction.users.length;
  message.reactions = (message.reactions ?? []).filter(({ count }) => count > 0);
  return {};
};

/** Pins, bookmarks and reactions. */
export const EXTRA_METHODS: Record<string, Method> = {
  'pins.add': pinsAdd,
  'pins.remove': pinsRemove,
  'pins.list': pinsList,
  'bookmarks.add': bookmarksAdd,
  'bookmarks.edit': bookmarksEdit,
  'bookmarks.remove': bookmarksRemove,
  'bookmarks.list': bookmarksList,
  'reactions.add': reactionsAdd,
  'reactions.remove': reactionsRemove,
};
