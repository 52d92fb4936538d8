import { createHash } from 'node:crypto';
import type { WorldClock } from '../world-clock.ts';
import {
  ANNOUNCEMENT_CHANNEL_ID,
  ANNOUNCEMENT_CHANNEL_NAME,
  APP_ACCOUNT,
  BOT_USER_ID,
  type Person,
  startingPeople,
  startingUserGroups,
  type UserGroup,
} from './people.ts';
import { SlackError } from './slack-error.ts';

/** Block Kit JSON: validated once when it arrives, then kept as it came. */
export type Block = Record<string, unknown>;

/** A message as Slack stores it; `ts` is unique in the workspace. */
export type Message = {
  type: 'message';
  ts: string;
  user: string;
  text: string;
  team: string;
  bot_id?: string;
  app_id?: string;
  blocks?: Block[];
  attachments?: unknown[];
  metadata?: Record<string, unknown>;
  edited?: { user: string; ts: string };
  thread_ts?: string;
  reactions?: { name: string; users: string[]; count: number }[];
  files?: Record<string, unknown>[];
};

export type Pin = { ts: string; created: number; createdBy: string };
export type Bookmark = Record<string, unknown> & { id: string };

/** A channel or a direct message (`isDirect`, one person and the app). */
export type Channel = {
  id: string;
  name: string;
  isPrivate: boolean;
  isDirect: boolean;
  isArchived: boolean;
  created: number;
  creator: string;
  topic: { value: string; creator: string; last_set: number };
  purpose: { value: string; creator: string; last_set: number };
  members: Set<string>;
  messages: Message[];
  pins: Pin[];
  bookmarks: Bookmark[];
};

/** How an ephemeral reached its one reader. */
export type EphemeralVia = 'ack' | 'response_url' | 'postEphemeral';

/** A message only one person saw. */
export type Ephemeral = {
  ts: string;
  channel: string;
  user: string;
  text: string;
  blocks?: Block[];
  via: EphemeralVia;
  thread_ts?: string;
  atMs: number;
};

/** An open modal, or a Home tab (`type: home`); `typed` is what the person has filled in so far. */
export type View = Record<string, unknown> & {
  id: string;
  hash: string;
  type: string;
  blocks: Block[];
  external_id: string;
  root_view_id: string;
};
export type OpenView = {
  user: string;
  view: View;
  typed: Record<string, Record<string, unknown>>;
  errors?: Record<string, string>;
};

/** A short-lived right to open a modal for one person. */
export type Trigger = { user: string; issuedAtMs: number; used: boolean; fromViewId?: string };

/** A short-lived webhook into one conversation. */
export type ResponseUrl = {
  user: string;
  channel: string;
  issuedAtMs: number;
  uses: number;
  originalTs?: string;
};

export type UploadedFile = { id: string; name: string; title: string; content: Buffer };

/** Everything the fake workspace holds. Starts with people and `#incidents`, and nothing else. */
export class Workspace {
  readonly clock: WorldClock;
  readonly people: Person[] = startingPeople();
  readonly userGroups: UserGroup[] = startingUserGroups();
  readonly channels = new Map<string, Channel>();
  readonly ephemerals: Ephemeral[] = [];
  /** Modal stacks, the visible one last, by user id. */
  readonly modals = new Map<string, OpenView[]>();
  readonly homes = new Map<string, OpenView>();
  readonly triggers = new Map<string, Trigger>();
  readonly responseUrls = new Map<string, ResponseUrl>();
  readonly files = new Map<string, UploadedFile>();
  /** Methods that the app lacks the permission for, with the permission. */
  missingScopes = new Map<string, string>();
  #lastTsMicros = 0;
  #counter = 0;

  constructor(clock: WorldClock) {
    this.clock = clock;
    const channel = this.addChannel({
      id: ANNOUNCEMENT_CHANNEL_ID,
      name: ANNOUNCEMENT_CHANNEL_NAME,
      isPrivate: false,
    });
    for (const { id, kind } of this.people) if (kind === 'full') channel.members.add(id);
  }

  nowS(): number {
    return Math.floor(this.clock.nowMs() / 1000);
  }

  /** A message timestamp: seconds and microseconds, unique and increasing. */
  nextTs(): string {
    this.#lastTsMicros = Math.max(this.clock.nowMs() * 1000, this.#lastTsMicros + 100);
    const seconds = Math.floor(this.#lastTsMicros / 1_000_000);
    return `${seconds}.${String(this.#lastTsMicros % 1_000_000).padStart(6, '0')}`;
  }

  /** A new id in Slack's look: the prefix and ten upper-case letters or digits. */
  nextId(prefix: string): string {
    return prefix + this.#opaque(prefix).slice(0, 10).toUpperCase();
  }

  /** 24 characters that name nothing, for trigger ids, hashes and response URLs. */
  nextOpaque(): string {
    return this.#opaque('opaque').slice(0, 24);
  }

  #opaque(seed: string): string {
    this.#counter += 1;
    return createHash('sha256').update(`${seed}:${this.#counter}`).digest('hex');
  }

  addChannel(input: {
    id?: string;
    name: string;
    isPrivate: boolean;
    isDirect?: boolean;
    creator?: string;
  }): Channel {
    const creator = input.creator ?? BOT_USER_ID;
    const empty = () => ({ value: '', creator: '', last_set: 0 });
    const channel: Channel = {
      id: input.id ?? this.nextId('C'),
      name: input.name,
      isPrivate: input.isPrivate,
      isDirect: input.isDirect ?? false,
      isArchived: false,
      created: this.nowS(),
      creator,
      topic: empty(),
      purpose: empty(),
      members: new Set([creator]),
      messages: [],
      pins: [],
      bookmarks: [],
    };
    this.channels.set(channel.id, channel);
    return channel;
  }

  /** The direct message between the app and one person, made on first use. */
  directMessage(user: string): Channel {
    for (const channel of this.channels.values()) {
      if (channel.isDirect && channel.members.has(user)) return channel;
    }
    const name = this.findPerson(user)?.name ?? user;
    const id = this.nextId('D');
    const channel = this.addChannel({ id, name, isPrivate: true, isDirect: true });
    channel.members.add(user);
    return channel;
  }

  findPerson(idOrName: unknown): Person | undefined {
    const wanted = String(idOrName).replace(/^@/, '');
    if ([APP_ACCOUNT.id, APP_ACCOUNT.name].includes(wanted)) return APP_ACCOUNT;
    return this.people.find(({ id, name, email }) => [id, name, email].includes(wanted));
  }

  findChannel(idOrName: unknown): Channel | undefined {
    const wanted = String(idOrName);
    const byId = this.channels.get(wanted);
    if (byId) return byId;
    const name = wanted.replace(/^#/, '');
    return [...this.channels.values()].find(
      (channel) => !channel.isDirect && channel.name === name,
    );
  }

  /** Slack puts apps out of a channel that is archived; unarchived, it is without them. */
  archive(channel: Channel): void {
    channel.isArchived = true;
    channel.members.delete(BOT_USER_ID);
  }

  /** A channel the app can see. @throws {SlackError} `channel_not_found` */
  visibleChannel(id: unknown): Channel {
    const channel = this.channels.get(String(id ?? ''));
    const hidden = channel?.isPrivate && !channel.members.has(BOT_USER_ID);
    if (!channel || hidden) throw new SlackError('channel_not_found');
    return channel;
  }

  /** A live channel the app is in. @throws `channel_not_found` `not_in_channel` `is_archived` */
  joinedChannel(id: unknown, options: { archived?: boolean } = {}): Channel {
    const channel = this.channels.get(String(id ?? ''));
    if (!channel) throw new SlackError('channel_not_found');
    if (channel.isArchived && !options.archived) throw new SlackError('is_archived');
    if (!channel.members.has(BOT_USER_ID)) throw new SlackError('not_in_channel');
    return channel;
  }

  /** @throws {SlackError} `message_not_found` */
  message(channel: Channel, ts: unknown): Message {
    const found = channel.messages.find((message) => message.ts === String(ts ?? ''));
    if (!found) throw new SlackError('message_not_found');
    return found;
  }

  issueTrigger(user: string, fromViewId?: string): string {
    const id = `${this.nowS()}.${this.#counter}.${this.nextOpaque()}`;
    const trigger: Trigger = { user, issuedAtMs: this.clock.nowMs(), used: false };
    if (fromViewId) trigger.fromViewId = fromViewId;
    this.triggers.set(id, trigger);
    return id;
  }

  /** @returns the last part of the response URL's path */
  issueResponseUrl(user: string, channel: string, originalTs?: string): string {
    const id = this.nextOpaque();
    const target: ResponseUrl = { user, channel, issuedAtMs: this.clock.nowMs(), uses: 0 };
    if (originalTs) target.originalTs = originalTs;
    this.responseUrls.set(id, target);
    return id;
  }

  addEphemeral(input: Omit<Ephemeral, 'ts' | 'atMs'>): Ephemeral {
    const ephemeral = { ts: this.nextTs(), atMs: this.clock.nowMs(), ...input };
    this.ephemerals.push(ephemeral);
    return ephemeral;
  }
}
