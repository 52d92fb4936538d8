import { checkMessageBlocks } from './block-kit.ts';
import { isObject } from './block-kit-elements.ts';
import type { Args, Method } from './method.ts';
import { messageObject } from './methods-conversations.ts';
import { APP_ID, BOT_ID, BOT_USER_ID, TEAM_DOMAIN, TEAM_ID } from './people.ts';
import { SlackError } from './slack-error.ts';
import type { Block, Channel, Message, Workspace } from './workspace.ts';

/** Slack's limits: characters of `text`, and bytes of a message's metadata. */
const MAX_TEXT = 40_000;
const MAX_METADATA_BYTES = 8_000;
const MAX_ATTACHMENTS = 100;

/** What a message shows, checked. */
export type Content = { text: string; blocks?: Block[]; attachments?: unknown[] };

/** Checks text and blocks. @throws `no_text` `msg_too_long` `invalid_blocks` … */
export function checkedContent(workspace: Workspace, args: Args): Content {
  const text = typeof args.text === 'string' ? args.text : '';
  const { blocks, attachments } = args;
  const content: Content = { text };
  if (Array.isArray(attachments) && attachments.length > 0) {
    if (attachments.length > MAX_ATTACHMENTS) throw new SlackError('too_many_attachments');
    content.attachments = attachments;
  }
  if (blocks !== undefined) content.blocks = withIds(workspace, checkMessageBlocks(blocks));
  const empty = !content.blocks?.length && !content.attachments;
  if (text === '' && empty) throw new SlackError('no_text');
  if (text.length > MAX_TEXT) throw new SlackError('msg_too_long');
  return content;
}

/** Gives every block and interactive element the ids Slack makes up when the app gave none. */
export function withIds(workspace: Workspace, blocks: Block[]): Block[] {
  const fresh = () => workspace.nextOpaque().slice(0, 5);
  return structuredClone(blocks).map((block) => {
    const elements = [block.accessory, block.element];
    if (block.type === 'actions') elements.push(...(block.elements as unknown[]));
    for (const element of elements) {
      if (isObject(element) && element.type !== 'image') element.action_id ??= fresh();
    }
    return { ...block, block_id: block.block_id ?? fresh() };
  });
}

/** Appends a message of the app to a conversation. */
export function post(
  workspace: Workspace,
  channel: Channel,
  content: Content,
  more: Partial<Message> = {},
): Message {
  const message: Message = {
    type: 'message',
    ts: workspace.nextTs(),
    user: BOT_USER_ID,
    bot_id: BOT_ID,
    app_id: APP_ID,
    team: TEAM_ID,
    ...content,
    ...more,
  };
  channel.messages.push(message);
  return message;
}

/** @throws `invalid_metadata_format` `metadata_too_large` */
function checkedMetadata(value: unknown): Record<string, unknown> | undefined {
  if (value === undefined) return undefined;
  if (!isObject(value)) throw new SlackError('invalid_metadata_format');
  if (Object.keys(value).length === 0) return {};
  const { event_type: type, event_payload: payload } = value;
  if (typeof type !== 'string' || type === '' || !isObject(payload)) {
    throw new SlackError('invalid_metadata_format');
  }
  if (JSON.stringify(value).length > MAX_METADATA_BYTES) throw new SlackError('metadata_too_large');
  return { event_type: type, event_payload: payload };
}

/** Posting takes a channel id, a `#name`, or a person's id for a direct message. */
function postTarget(workspace: Workspace, args: Args): Channel {
  const given = String(args.channel ?? '');
  const person = workspace.people.find(({ id }) => id === given);
  if (person) return workspace.directMessage(person.id);
  const channel = workspace.findChannel(given);
  return workspace.joinedChannel(channel?.id ?? given);
}

const postMessage: Method = ({ workspace }, args) => {
  const channel = postTarget(workspace, args);
  const content = checkedContent(workspace, args);
  const metadata = checkedMetadata(args.metadata);
  const more: Partial<Message> = {};
  if (metadata && Object.keys(metadata).length > 0) more.metadata = metadata;
  const thread = args.thread_ts;
  if (thread) {
    const found = channel.messages.some(({ ts }) => ts === thread);
    if (!found) throw new SlackError('thread_not_found');
    more.thread_ts = String(thread);
  }
  const message = post(workspace, channel, content, more);
  return {
    channel: channel.id,
    ts: message.ts,
    message: messageObject(message, channel, true),
  };
};

/** Fields left out keep what they were: blocks, attachments and metadata. */
const update: Method = ({ workspace }, args) => {
  const channel = workspace.joinedChannel(args.channel, { archived: true });
  if (channel.isArchived) throw new SlackError('is_inactive');
  const message = workspace.message(channel, args.ts);
  if (message.user !== BOT_USER_ID) throw new SlackError('cant_update_message');
  const content = checkedContent(workspace, args);
  const metadata = checkedMetadata(args.metadata);
  message.text = content.text;
  if (content.blocks) message.blocks = content.blocks;
  if (content.attachments) message.attachments = content.attachments;
  if (metadata && Object.keys(metadata).length === 0) delete message.metadata;
  else if (metadata) message.metadata = metadata;
  message.edited = { user: BOT_USER_ID, ts: workspace.nextTs() };
  return {
    channel: channel.id,
    ts: message.ts,
    text: message.text,
    message: messageObject(message, channel, true),
  };
};

const remove: Method = ({ workspace }, args) => {
  const channel = workspace.joinedChannel(args.channel);
  const message = workspace.message(channel, args.ts);
  if (message.user !== BOT_USER_ID) throw new SlackError('cant_delete_message');
  channel.messages = channel.messages.filter((each) => each !== message);
  channel.pins = channel.pins.filter(({ ts }) => ts !== message.ts);
  return { channel: channel.id, ts: message.ts };
};

const postEphemeral: Method = ({ workspace }, args) => {
  const channel = postTarget(workspace, args);
  const user = String(args.user ?? '');
  if (!channel.members.has(user)) throw new SlackError('user_not_in_channel');
  const content = checkedContent(workspace, args);
  const thread = args.thread_ts ? { thread_ts: String(args.thread_ts) } : {};
  const ephemeral = workspace.addEphemeral({
    channel: channel.id,
    user,
    via: 'postEphemeral',
    text: content.text,
    ...(content.blocks ? { blocks: content.blocks } : {}),
    ...thread,
  });
  return { message_ts: ephemeral.ts };
};

const getPermalink: Method = ({ workspace }, args) => {
  const channel = workspace.visibleChannel(args.channel);
  const message = workspace.message(channel, args.message_ts);
  return { channel: channel.id, permalink: permalink(channel, message.ts) };
};

/** A message's web address, as Slack builds it. */
function permalink(channel: Channel, ts: string): string {
  return `https://${TEAM_DOMAIN}.slack.com/archives/${channel.id}/p${ts.replace('.', '')}`;
}

/** Writing, changing and removing messages. */
export const CHAT_METHODS: Record<string, Method> = {
  'chat.postMessage': postMessage,
  'chat.update': update,
  'chat.delete': remove,
  'chat.postEphemeral': postEphemeral,
  'chat.getPermalink': getPermalink,
};
