import { ChatError } from '../../domain/errors.ts';
import type { Sentence } from '../../domain/sentence.ts';
import type { Form } from '../../services/forms.ts';
import type {
  ChatWorkspace,
  Clock,
  InviteOutcome,
  Person,
  RoomLink,
  TextFile,
} from '../../services/ports.ts';
import type { RoomMessage } from '../../services/room-messages.ts';
import { settleAll } from '../../services/settle-all.ts';
import { SharedReadings } from '../../services/shared-readings.ts';
import { sendOnce } from '../http/send-once.ts';
import { invitePeople } from './invite-people.ts';
import { cut } from './render/block-kit.ts';
import { sentenceText } from './render/markup.ts';
import { renderForm } from './render/render-form.ts';
import { renderMessage } from './render/render-message.ts';
import { answerResponseUrl } from './response-url.ts';
import { SlackClient, type SlackClientOptions, slackCodeOf } from './slack-client.ts';
import { slackPerson } from './slack-person.ts';
import { objectOf } from './view-fields.ts';

export type SlackWorkspaceOptions = SlackClientOptions & {
  /** Where response URLs must live. */
  responseOrigin: string;
  /** Our workspace: people of any other are foreign. */
  teamId: string;
  /** Ids of user groups by handle, as they were pinned; a handle that is not among them is free. */
  pinnedGroups?: Readonly<Record<string, string>>;
  /** Told of a pinned handle that names another group by now. */
  onGroupMoved?: (handle: string) => void;
  /** With it, readings of user groups are kept for a minute, for those who may use them. */
  clock?: Clock;
};

/** Metadata of messages that are looked for before they are posted again. */
const EFFECT_EVENT_TYPE = 'incident_effect';
/** Pages read at most, and entries in one; Slack advises ≤ 200. */
const PAGES_MAX = 25;
const PAGE_SIZE = 200;
/** https://docs.slack.dev/reference/methods/conversations.setTopic */
const TOPIC_MAX = 250;
/** Mentions and links are ours to make: Slack must not find more in the text. */
const AS_WRITTEN = { parse: 'none', link_names: false, mrkdwn: false } as const;
/** Stands for a group whose handle another one took. */
const MOVED = Symbol('moved');
/** Under which the list of all user groups is kept. */
const ALL_GROUPS = 'groups';
const NO_PREVIEWS = { unfurl_links: false, unfurl_media: false } as const;

/** The Slack workspace: what we say is rendered here; no service knows blocks or markup. */
export class SlackWorkspace implements ChatWorkspace {
  readonly #client: SlackClient;
  readonly #options: SlackWorkspaceOptions;
  readonly #readings: SharedReadings | undefined;
  #ownUserId: string | undefined;

  constructor(options: SlackWorkspaceOptions) {
    this.#options = options;
    this.#client = new SlackClient(options);
    this.#readings = options.clock && new SharedReadings(options.clock);
  }

  async createRoom(name: string) {
    try {
      const args = { name, is_private: true };
      const { channel } = await this.#client.call('conversations.create', args);
      const { id, name: given } = objectOf(channel);
      return { channelId: String(id), name: String(given ?? name), adopted: false };
    } catch (error) {
      if (!(error instanceof ChatError) || error.code !== 'CHAT_NAME_TAKEN') throw error;
      const channelId = await this.#findOwnRoom(name);
      if (channelId === undefined) throw error;
      return { channelId, name, adopted: true };
    }
  }

  async post(channelId: string, message: RoomMessage, effect: string): Promise<string> {
    const { ts } = await this.#client.call('chat.postMessage', {
      channel: channelId,
      ...renderMessage(message),
      ...AS_WRITTEN,
      ...NO_PREVIEWS,
      metadata: { event_type: EFFECT_EVENT_TYPE, event_payload: { effect } },
    });
    return String(ts);
  }

  async findByEffect(channelId: string, effect: string): Promise<string | undefined> {
    const own = await this.#ownUser();
    const args = { channel: channelId, include_all_metadata: true };
    for await (const page of this.#pages('conversations.history', args)) {
      for (const each of listIn(page.messages)) {
        const metadata = objectOf(each.metadata);
        const ours = each.user === own && metadata.event_type === EFFECT_EVENT_TYPE;
        if (ours && objectOf(metadata.event_payload).effect === effect) return String(each.ts);
      }
    }
    return undefined;
  }

  async hasMessage(channelId: string, ts: string): Promise<boolean> {
    const only = { oldest: ts, latest: ts, inclusive: true, limit: 1 };
    const { messages } = await this.#client.call('conversations.history', {
      channel: channelId,
      ...only,
    });
    // Of a deleted message that has replies Slack keeps the place, and says so.
    return listIn(messages).some((each) => each.ts === ts && each.subtype !== 'tombstone');
  }

  async hasFile(channelId: string, of: Pick<TextFile, 'name' | 'title'>): Promise<boolean> {
    const own = await this.#ownUser();
    for await (const page of this.#pages('conversations.history', { channel: channelId })) {
      for (const each of listIn(page.messages)) {
        const files = listIn(each.files);
        const isIt = (file: Record<string, unknown>) =>
          file.name === of.name && unescaped(String(file.title)) === of.title;
        if (each.user === own && files.some(isIt)) return true;
      }
    }
    return false;
  }

  async update(channelId: string, ts: string, message: RoomMessage): Promise<void> {
    const { parse, link_names } = AS_WRITTEN;
    const place = { channel: channelId, ts };
    await this.#client.call('chat.update', {
      ...place,
      ...renderMessage(message),
      parse,
      link_names,
    });
  }

  async whisper(channelId: string, userId: string, message: RoomMessage): Promise<void> {
    const { parse, link_names } = AS_WRITTEN;
    const place = { channel: channelId, user: userId };
    await this.#client.call('chat.postEphemeral', {
      ...place,
      ...renderMessage(message),
      parse,
      link_names,
    });
  }

  async respond(responseUrl: string, message: RoomMessage): Promise<void> {
    const { responseOrigin: origin, timeoutMs } = this.#options;
    await answerResponseUrl(responseUrl, renderMessage(message), { origin, timeoutMs });
  }

  invite(channelId: string, userIds: readonly string[]): Promise<InviteOutcome> {
    return invitePeople(this.#client, channelId, userIds);
  }

  async setTopic(channelId: string, topic: Sentence): Promise<void> {
    const args = { channel: channelId, topic: cut(sentenceText(topic), TOPIC_MAX) };
    await this.#client.call('conversations.setTopic', args);
  }

  async pin(channelId: string, ts: string): Promise<void> {
    try {
      await this.#client.call('pins.add', { channel: channelId, timestamp: ts });
    } catch (error) {
      if (slackCodeOf(error) !== 'already_pinned') throw error;
    }
  }

  async addBookmarks(channelId: string, links: readonly RoomLink[], isNew = false): Promise<void> {
    if (links.length === 0) return;
    const place = { channel_id: channelId };
    const { bookmarks } = isNew ? {} : await this.#client.call('bookmarks.list', place);
    const present = new Set(listIn(bookmarks).map(({ title }) => title));
    const missing = new Map(links.map((link) => [link.title, link]));
    const added = [...missing.values()].filter(({ title }) => !present.has(title));
    await settleAll(
      added.map(({ title, url }) =>
        this.#client.call('bookmarks.add', { ...place, title, link: url, type: 'link' }),
      ),
    );
  }

  async person(userId: string): Promise<Person> {
    const { user } = await this.#client.call('users.info', { user: userId });
    return slackPerson(objectOf(user), this.#options.teamId);
  }

  async personByEmail(email: string): Promise<Person | undefined> {
    try {
      const { user } = await this.#client.call('users.lookupByEmail', { email });
      return slackPerson(objectOf(user), this.#options.teamId);
    } catch (error) {
      if (slackCodeOf(error) === 'users_not_found') return undefined;
      throw error;
    }
  }

  async *memberPages(pagesMax: number): AsyncIterable<Person[]> {
    for await (const { members } of this.#pages('users.list', {}, pagesMax)) {
      yield listIn(members).map((user) => slackPerson(user, this.#options.teamId));
    }
  }

  async groupMembers(
    handles: readonly string[],
    readAfterMs = Number.POSITIVE_INFINITY,
  ): Promise<Map<string, ReadonlySet<string>>> {
    const members = new Map<string, ReadonlySet<string>>();
    if (handles.length === 0) return members;
    const groups = await this.#groups(readAfterMs);
    for (const handle of new Set(handles)) {
      const id = this.#groupId(groups, handle);
      if (id === undefined) {
        this.#readings?.forget(ALL_GROUPS);
        throw unknownGroup(handle);
      }
      if (id === MOVED) continue;
      members.set(handle, new Set(await this.membersOfGroup(id, readAfterMs)));
    }
    return members;
  }

  membersOfGroup(
    groupId: string,
    readAfterMs = Number.POSITIVE_INFINITY,
  ): Promise<readonly string[]> {
    return this.#reading(`members ${groupId}`, readAfterMs, async () => {
      const { users } = await this.#client.call('usergroups.users.list', { usergroup: groupId });
      return Array.isArray(users) ? users.map(String) : [];
    });
  }

  #groups(readAfterMs: number): Promise<Record<string, unknown>[]> {
    return this.#reading(ALL_GROUPS, readAfterMs, async () =>
      listIn((await this.#client.call('usergroups.list')).usergroups),
    );
  }

  #reading<T>(key: string, readAfterMs: number, read: () => Promise<T>): Promise<T> {
    return this.#readings?.get(key, readAfterMs, read) ?? read();
  }

  async groupIds(
    handles: readonly string[],
    readAfterMs = Number.POSITIVE_INFINITY,
  ): Promise<Map<string, string>> {
    if (handles.length === 0) return new Map();
    const groups = await this.#groups(readAfterMs);
    return new Map(
      [...new Set(handles)].flatMap((handle) => {
        const id = this.#groupId(groups, handle);
        return id === undefined || id === MOVED ? [] : [[handle, id] as const];
      }),
    );
  }

  /** A pinned group is known by its id, whatever it is called; its handle must name no other. */
  #groupId(groups: Record<string, unknown>[], handle: string): string | undefined | typeof MOVED {
    const { pinnedGroups = {}, onGroupMoved } = this.#options;
    const pinned = Object.hasOwn(pinnedGroups, handle) ? pinnedGroups[handle] : undefined;
    const named = groups.find((each) => each.handle === handle);
    if (pinned === undefined) return named && String(named.id);
    if (named && named.id !== pinned) {
      onGroupMoved?.(handle);
      return MOVED;
    }
    return groups.some(({ id }) => id === pinned) ? pinned : undefined;
  }

  async roomMembers(channelId: string): Promise<ReadonlySet<string>> {
    const members = new Set<string>();
    for await (const page of this.#pages('conversations.members', { channel: channelId })) {
      for (const id of Array.isArray(page.members) ? page.members : []) members.add(String(id));
    }
    return members;
  }

  async permalink(channelId: string, ts: string): Promise<string> {
    const args = { channel: channelId, message_ts: ts };
    return String((await this.#client.call('chat.getPermalink', args)).permalink);
  }

  async postFile(channelId: string, file: TextFile): Promise<void> {
    const announced = await this.#client.call('files.getUploadURLExternal', {
      filename: file.name,
      length: Buffer.byteLength(file.text, 'utf8'),
    });
    const outcome = await sendOnce({
      url: String(announced.upload_url),
      method: 'POST',
      headers: { 'content-type': 'application/octet-stream' },
      body: file.text,
      timeoutMs: this.#options.timeoutMs,
    });
    const got = outcome.kind === 'answer' ? `status ${outcome.status}` : outcome.reason;
    if (got !== 'status 200') {
      throw new ChatError({
        code: 'CHAT_UNAVAILABLE',
        message: `cannot upload file: expected status 200, got ${got}`,
        retryable: true,
      });
    }
    await this.#client.call('files.completeUploadExternal', {
      files: [{ id: String(announced.file_id), title: file.title }],
      channel_id: channelId,
    });
  }

  async updateForm(viewId: string, form: Form): Promise<void> {
    try {
      await this.#client.call('views.update', { view_id: viewId, view: renderForm(form) });
    } catch (error) {
      // The person closed it meanwhile.
      if (slackCodeOf(error) !== 'not_found') throw error;
    }
  }

  /** A room of this name that this app created and still is in; undefined when it is not ours. */
  async #findOwnRoom(name: string): Promise<string | undefined> {
    const own = await this.#ownUser();
    const args = { types: 'private_channel', exclude_archived: true };
    for await (const page of this.#pages('conversations.list', args)) {
      const room = listIn(page.channels).find((each) => each.name === name);
      if (room) return room.creator === own ? String(room.id) : undefined;
    }
    return undefined;
  }

  async #ownUser(): Promise<string> {
    this.#ownUserId ??= String((await this.#client.call('auth.test')).user_id);
    return this.#ownUserId;
  }

  async *#pages(
    method: 'conversations.list' | 'conversations.history' | 'conversations.members' | 'users.list',
    args: Record<string, unknown>,
    pagesMax = PAGES_MAX,
  ) {
    let cursor = '';
    for (let page = 0; page < pagesMax; page += 1) {
      const from = cursor === '' ? {} : { cursor };
      const answer = await this.#client.call(method, { ...args, ...from, limit: PAGE_SIZE });
      yield answer;
      cursor = String(objectOf(answer.response_metadata).next_cursor ?? '');
      if (cursor === '') return;
    }
  }
}

function listIn(value: unknown): Record<string, unknown>[] {
  return Array.isArray(value) ? value.map(objectOf) : [];
}

/** Slack may give back a title with the three characters escaped that are markup to it. */
function unescaped(title: string): string {
  return title.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&');
}

function unknownGroup(handle: string): ChatError {
  return new ChatError({
    code: 'CHAT_NOT_FOUND',
    message: `cannot read user group: expected one with handle ${handle}, got none`,
    retryable: false,
  });
}
