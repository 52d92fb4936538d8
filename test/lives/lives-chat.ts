import { ChatError } from '../../src/domain/errors.ts';
import type { ChatWorkspace, InviteOutcome, Person } from '../../src/services/ports.ts';
import type { RoomMessage } from '../../src/services/room-messages.ts';

/**
 * Who lives here. Ada and Ben approve, Cal leads and approves, Dee leads, Eve has no role. Dee and
 * Eve are who the shipped routing calls.
 */
export const CAST: Record<string, Person> = {
  U0ADA: person('U0ADA', 'ada@example.com'),
  // Ada's other account: the same person by every rule of mail.
  U0ADA2: person('U0ADA2', 'ada+status@example.com'),
  U0BEN: person('U0BEN', 'ben@example.com'),
  U0CAL: person('U0CAL', 'cal@example.com'),
  U0DEE: person('U0DEE', 'maya.ito@example.com'),
  U0EVE: person('U0EVE', 'jonas.berg@example.com'),
  U0NOMAIL: person('U0NOMAIL', null),
};
export const IDS = Object.keys(CAST);
export const APPROVERS = ['U0ADA', 'U0ADA2', 'U0BEN', 'U0CAL'] as const;
export const COMMANDERS = ['U0CAL', 'U0DEE'] as const;

const GROUPS: Record<string, readonly string[]> = {
  'status-approvers': APPROVERS,
  'incident-commanders': COMMANDERS,
};

type Posted = { channelId: string; effect: string; message: RoomMessage };

/** A workspace in memory: everybody is in every room, and every message is kept as it stands. */
export class LivesChat implements ChatWorkspace {
  readonly posts = new Map<string, Posted>();
  readonly #rooms = new Map<string, string>();
  readonly #files = new Set<string>();
  #nextTs = 0;

  async createRoom(name: string) {
    const adopted = this.#rooms.has(name);
    const channelId = this.#rooms.get(name) ?? `C0ROOM${this.#rooms.size + 1}`;
    this.#rooms.set(name, channelId);
    return { channelId, name, adopted };
  }
  async post(channelId: string, message: RoomMessage, effect: string) {
    this.#nextTs += 1;
    const ts = `${this.#nextTs}.0`;
    this.posts.set(ts, { channelId, message, effect });
    return ts;
  }
  async findByEffect(channelId: string, effect: string) {
    return [...this.posts].find(
      ([, post]) => post.channelId === channelId && post.effect === effect,
    )?.[0];
  }
  async update(channelId: string, ts: string, message: RoomMessage) {
    const post = this.posts.get(ts);
    if (post?.channelId !== channelId) throw notFound();
    post.message = message;
  }
  /** Somebody who may deletes the newest card but so many. */
  deletes(nth: number): void {
    const cards = [...this.posts].filter(([, { message }]) => message.kind === 'approval_card');
    const ts = cards.at(-1 - nth)?.[0];
    if (ts) this.posts.delete(ts);
  }
  async whisper() {}
  async respond() {}
  async invite(_channelId: string, userIds: readonly string[]): Promise<InviteOutcome> {
    return { invited: [...userIds], failed: [] };
  }
  async setTopic() {}
  async pin() {}
  async addBookmarks() {}
  async person(userId: string): Promise<Person> {
    const found = CAST[userId];
    if (!found) throw notFound();
    return found;
  }
  async personByEmail(email: string) {
    return Object.values(CAST).find((one) => one.email === email);
  }
  async *memberPages(): AsyncIterable<Person[]> {
    yield Object.values(CAST);
  }
  async groupMembers(handles: readonly string[]) {
    return new Map(handles.map((handle) => [handle, new Set(GROUPS[handle] ?? [])]));
  }
  async membersOfGroup() {
    return [];
  }
  async groupIds(handles: readonly string[]) {
    return new Map(handles.map((handle) => [handle, `S0${handle.length}`]));
  }
  async roomMembers() {
    return new Set(IDS);
  }
  async permalink(channelId: string, ts: string) {
    return `https://chat.example.com/${channelId}/${ts}`;
  }
  async postFile(_channelId: string, file: { name: string }) {
    this.#files.add(file.name);
  }
  async hasFile(_channelId: string, file: { name: string }) {
    return this.#files.has(file.name);
  }
  async hasMessage(channelId: string, ts: string) {
    return this.posts.get(ts)?.channelId === channelId;
  }
  async updateForm() {}
}

function person(id: string, email: string | null): Person {
  return { id, name: id.toLowerCase(), email, kind: 'full' };
}

function notFound(): ChatError {
  return new ChatError({
    code: 'CHAT_NOT_FOUND',
    message: 'cannot find it: expected a message or a person, got none',
    retryable: false,
  });
}
