import { beforeEach } from 'vitest';
import { ChatError } from '../../src/domain/errors.ts';
import type { JoinPolicy, Routing } from '../../src/domain/routing.ts';
import { type Sentence, textOf } from '../../src/domain/sentence.ts';
import { MemoryAuditTrail } from '../../src/local/memory/memory-audit-trail.ts';
import { MemoryIncidentRows } from '../../src/local/memory/memory-incident-rows.ts';
import { AssembleWarRoom } from '../../src/services/assemble-war-room.ts';
import { CallResponders } from '../../src/services/call-responders.ts';
import { ChainNotes } from '../../src/services/chain-notes.ts';
import { Declarations } from '../../src/services/declarations.ts';
import { DriftNotices } from '../../src/services/drift-notices.ts';
import { EscalationEffects } from '../../src/services/escalation-effects.ts';
import { FindPeople } from '../../src/services/find-people.ts';
import { sayFlapping } from '../../src/services/flapping-alerts.ts';
import { HinderedNotices } from '../../src/services/hindered-notices.ts';
import { IncidentCommands } from '../../src/services/incident-commands.ts';
import { IncidentEffects } from '../../src/services/incident-effects.ts';
import { IncidentRecord } from '../../src/services/incident-record.ts';
import { JoinRequests } from '../../src/services/join-requests.ts';
import { ObligationNotices } from '../../src/services/obligation-notices.ts';
import { Obligations } from '../../src/services/obligations.ts';
import { OpeningNotes } from '../../src/services/opening-notes.ts';
import { PagePeople } from '../../src/services/page-people.ts';
import type { Pager } from '../../src/services/pager.ts';
import { People } from '../../src/services/people.ts';
import { PersonRequests } from '../../src/services/person-requests.ts';
import type {
  ChatWorkspace,
  InviteOutcome,
  Log,
  Person,
  PersonKind,
  Schedules,
} from '../../src/services/ports.ts';
import { Postmortems } from '../../src/services/postmortems.ts';
import { Quarantine } from '../../src/services/quarantine.ts';
import { ReachSomebody } from '../../src/services/reach-somebody.ts';
import { Receipts } from '../../src/services/receipts.ts';
import { ReceiveAlert } from '../../src/services/receive-alert.ts';
import { RelatedIncidents, readingOf } from '../../src/services/related-incidents.ts';
import type {
  PersonHint,
  PersonHints,
  ResponderDirectory,
} from '../../src/services/responder-directory.ts';
import { Responders } from '../../src/services/responders.ts';
import type { RoomMessage } from '../../src/services/room-messages.ts';
import { RoomPosts } from '../../src/services/room-posts.ts';
import { RunEffects } from '../../src/services/run-effects.ts';
import { SharedComponents } from '../../src/services/shared-components.ts';
import { StormNotices } from '../../src/services/storm-notices.ts';
import { TwinIncidents } from '../../src/services/twin-incidents.ts';
import { UpdateReminders } from '../../src/services/update-reminders.ts';
import { ROUTING } from './alert-messages.ts';
import { type RecordWorld, useRecord } from './record-world.ts';
import { givenStorms } from './storm-world.ts';

export const ANNOUNCEMENTS = 'C0INCIDENTS';
export const MAYA = 'U0MAYA';

type Posted = { channelId: string; ts: string; effect: string; message: RoomMessage };

/** A chat workspace in memory that keeps what it was told, as Slack would. */
export class RoomKeeper {
  rooms: string[] = [];
  posts: Posted[] = [];
  deleted = new Set<string>();
  members = new Map<string, Set<string>>();
  topics: string[] = [];
  pins = new Set<string>();
  bookmarks = new Set<string>();
  whispers: { to: string; kind: string }[] = [];
  files: string[] = [];
  /** Of those files. */
  titles: string[] = [];
  /** Channels that refuse everything, with Slack's name for why. */
  closed = new Map<string, { code: ChatError['code']; refusal: string }>();
  people = new Map<string, Person>([
    ['maya.ito@example.com', { id: MAYA, name: 'Maya', email: null, kind: 'full' }],
  ]);

  async createRoom(name: string) {
    const adopted = this.rooms.includes(name);
    if (!adopted) this.rooms.push(name);
    const channelId = `C0ROOM${this.rooms.indexOf(name) + 1}`;
    this.members.set(channelId, this.members.get(channelId) ?? new Set());
    return { channelId, name, adopted };
  }
  async post(channelId: string, message: RoomMessage, effect: string) {
    this.#enter(channelId);
    const ts = `${this.posts.length + 1}.0`;
    this.posts.push({ channelId, ts, effect, message });
    return ts;
  }
  async findByEffect(channelId: string, effect: string) {
    this.#enter(channelId);
    const found = this.posts.find((p) => p.channelId === channelId && p.effect === effect);
    return found && !this.deleted.has(found.ts) ? found.ts : undefined;
  }
  async hasMessage(channelId: string, ts: string) {
    this.#enter(channelId);
    return this.posts.some(
      (p) => p.channelId === channelId && p.ts === ts && !this.deleted.has(ts),
    );
  }
  async update(channelId: string, ts: string, message: RoomMessage) {
    this.#enter(channelId);
    if (this.deleted.has(ts)) throw chatError('CHAT_NOT_FOUND');
    const post = this.posts.find((p) => p.ts === ts);
    if (post) post.message = message;
  }
  async whisper(channelId: string, to: string, message: RoomMessage) {
    this.#enter(channelId);
    this.whispers.push({ to, kind: message.kind });
  }
  async invite(channelId: string, userIds: readonly string[]): Promise<InviteOutcome> {
    this.#enter(channelId);
    const invited = userIds.filter((id) => !this.refused.has(id));
    for (const id of invited) this.members.get(channelId)?.add(id);
    const failed = userIds.flatMap((userId) => {
      const reason = this.refused.get(userId);
      return reason === undefined ? [] : [{ userId, reason }];
    });
    return { invited, failed };
  }
  async setTopic(channelId: string, topic: Sentence) {
    this.#enter(channelId);
    this.topics.push(textOf(topic));
  }
  async pin(channelId: string, ts: string) {
    this.#enter(channelId);
    this.pins.add(ts);
  }
  async addBookmarks(channelId: string, links: readonly { title: string }[]) {
    this.#enter(channelId);
    for (const { title } of links) this.bookmarks.add(title);
  }
  async person(userId: string): Promise<Person> {
    const kind = this.kinds.get(userId) ?? 'full';
    return { id: userId, name: userId, email: null, kind };
  }
  async personByEmail(email: string) {
    return this.people.get(email);
  }
  async *memberPages(): AsyncIterable<Person[]> {
    yield [...this.people].map(([email, person]) => ({ ...person, email }));
  }
  async groupMembers() {
    return new Map<string, ReadonlySet<string>>([['status-approvers', new Set(['U0LINA'])]]);
  }
  async groupIds(handles: readonly string[]) {
    return new Map(handles.map((handle) => [handle, `S0${handle.length}`]));
  }
  /** Members of user groups, by the group's id. */
  groups = new Map<string, string[]>();
  async membersOfGroup(groupId: string): Promise<readonly string[]> {
    const members = this.groups.get(groupId);
    if (!members) throw chatError('CHAT_NOT_FOUND');
    return members;
  }
  /** Whom the workspace does not let in, and why. */
  refused = new Map<string, string>();
  /** Who is no full member. */
  kinds = new Map<string, PersonKind>();
  async roomMembers(channelId: string) {
    this.#enter(channelId);
    return this.members.get(channelId) ?? new Set<string>();
  }
  async permalink(channelId: string, ts: string) {
    this.#enter(channelId);
    return `https://chat.example.com/${channelId}/${ts}`;
  }
  async postFile(channelId: string, file: { name: string; title: string }) {
    this.#enter(channelId);
    this.files.push(file.name);
    this.titles.push(file.title);
  }
  async hasFile(channelId: string, file: { name: string; title: string }) {
    this.#enter(channelId);
    return this.files.some((name, i) => name === file.name && this.titles[i] === file.title);
  }
  async respond() {}
  async updateForm() {}

  #enter(channelId: string): void {
    const closed = this.closed.get(channelId);
    if (!closed) return;
    const message = `cannot call chat: got ${closed.refusal}`;
    throw new ChatError({ ...closed, message, retryable: false, channelId });
  }

  /** How many messages of this kind there are. */
  count(kind: RoomMessage['kind'], channelId?: string): number {
    return this.posts.filter(
      (p) => p.message.kind === kind && (!channelId || p.channelId === channelId),
    ).length;
  }
  lines(channelId?: string): string[] {
    return this.posts.flatMap((p) =>
      p.message.kind === 'line' && (!channelId || p.channelId === channelId)
        ? [textOf(p.message.text)]
        : [],
    );
  }
}

/** Remembers schedules by name. */
export class ScheduleKeeper implements Schedules {
  due = new Map<string, { dueAtMs: number; message: unknown }>();
  async set({ name, dueAtMs, message }: Parameters<Schedules['set']>[0]) {
    this.due.set(name, { dueAtMs, message });
  }
  async remove(name: string) {
    this.due.delete(name);
  }
}

/** Person hints in memory. */
export class HintKeeper implements PersonHints {
  rows = new Map<string, PersonHint>();
  async read(key: string) {
    return this.rows.get(key);
  }
  async write(key: string, hint: PersonHint) {
    this.rows.set(key, hint);
  }
}

/** What a port's method does before its call goes through, and after. */
export type Hook = (port: string, method: string, when: 'before' | 'after') => void | Promise<void>;

export type Worker = {
  receive: ReceiveAlert;
  quarantine: Quarantine;
  run: RunEffects;
  effects: IncidentEffects;
  obligations: Obligations;
  reach: ReachSomebody;
  /** What people ask for; drafts and decisions have worlds of their own. */
  requests: PersonRequests;
};
export type WorkerWorld = RecordWorld & {
  chat: RoomKeeper;
  schedules: ScheduleKeeper;
  /** What is remembered about people, by key. */
  hints: HintKeeper;
  directories: ResponderDirectory[];
  /** How the call for people waits. */
  forMs(ms: number): Promise<void>;
  sent: unknown[];
  counted: string[];
  pager: Pager | undefined;
  /** Who may join a room without being called. */
  join: JoinPolicy;
  /** The worker's services, every port behind a hook. */
  worker(hook?: Hook, severity?: Routing['severity']): Worker;
};

/** @param store - `memory` for hundreds of runs in one test; its contract suite proves it alike */
export function useWorker(store: 'dynamodb' | 'memory' = 'dynamodb'): WorkerWorld {
  const world = useRecord() as WorkerWorld;
  const empty = () => {
    world.chat = new RoomKeeper();
    world.schedules = new ScheduleKeeper();
    world.hints = new HintKeeper();
    world.directories = [];
    // Only ever the loser of a race against calls in memory.
    world.forMs = (ms) => new Promise((resolve) => setTimeout(resolve, ms).unref());
    world.sent = [];
    world.counted = [];
    world.join = 'open';
    world.pager = undefined;
    if (store === 'dynamodb') return;
    const { clock } = world;
    const [trail, rows] = [new MemoryAuditTrail(), new MemoryIncidentRows()];
    const record = new IncidentRecord({ trail, rows, clock, pause: { forMs: async () => {} } });
    Object.assign(world, { trail, rows, record });
  };
  beforeEach(empty);
  const { restart } = world;
  world.restart = async () => {
    if (store === 'dynamodb') await restart();
    empty();
  };
  world.worker = (hook = () => {}, severity = []) => compose(world, hook, severity);
  return world;
}

/** @param refusal - Slack's own name for it */
export function chatError(code: ChatError['code'], retryable = false, refusal?: string): ChatError {
  const message = `cannot call chat: expected ok, got ${refusal ?? code}`;
  return new ChatError({ code, message, retryable, refusal });
}

function compose(world: WorkerWorld, hook: Hook, severity: Routing['severity']): Worker {
  const through = <T extends object>(port: string, target: T): T => hooked(port, target, hook);
  const trail = through('trail', world.trail);
  const rows = through('rows', world.rows);
  const chat = through('chat', world.chat) as ChatWorkspace;
  const schedules = through('schedules', world.schedules);
  const publications = through('publications', {
    send: async (message: unknown) => void world.sent.push(message),
  });
  const { clock } = world;
  const log: Log = { note() {}, warn() {}, error() {}, count: (name) => world.counted.push(name) };
  const routing = { ...ROUTING, severity: [...ROUTING.severity, ...severity] };
  const record = new IncidentRecord({ trail, rows, clock, pause: { forMs: async () => {} } });
  const policy = {
    digest: 'd'.repeat(64),
    decide: () => ({ allowed: false as const, policyIds: [], rule: 'nobody' }),
    ruleInWords: () => 'one approver',
    breakGlassInWords: () => undefined,
  };
  const quarantine = new Quarantine({ record, rows, schedules, clock });
  const shared = { announcementChannelId: ANNOUNCEMENTS, publicUrl: 'https://status.example.com' };
  const posts = new RoomPosts({
    chat,
    rows,
    trail,
    clock,
    policy,
    cards: { pageNow: async () => null },
    related: new RelatedIncidents({ reading: readingOf({ record, rows }), routing }),
    components: routing.components,
    ...shared,
  });
  const hints = through('hints', world.hints);
  const people = new FindPeople({ chat, hints, clock, log });
  const responders = new Responders({ record, rows, chat, people, pause: world });
  const calls = new CallResponders({
    ...{ record, trail, rows, chat, posts, routing },
    people,
    clock,
    pause: world,
    directories: world.directories,
  });
  const reach = new ReachSomebody({
    ...{ record, rows, posts, responders, chat, schedules, routing, clock, log },
    ...shared,
  });
  const hindered = new HinderedNotices({ posts, log, rootCommand: '/ir', ...shared });
  const assembly = new AssembleWarRoom({
    record,
    chat,
    posts,
    calls,
    reach,
    routing,
    clock,
    log,
    updateDueS: 1_800,
    hindered,
    rootCommand: '/ir',
    ...shared,
  });
  const storming = givenStorms({ record, rows, clock });
  const holders = new People({ chat, routing });
  const times = routing.approvals;
  const twins = new TwinIncidents({ rows, posts, log });
  const commands = new IncidentCommands({ record, clock, updateDueS: 1_800 });
  const effects = new IncidentEffects({
    escalation: new EscalationEffects({
      posts,
      responders,
      people: holders,
      chat,
      rows,
      schedules,
      times,
      ...shared,
    }),
    assembly,
    posts,
    responders,
    postmortems: new Postmortems({ record, trail, rows, chat, components: routing.components }),
    neighbours: new SharedComponents({ rows, posts, routing, log }),
    twins,
    drafts: { proposeResolution: async () => {}, withdrawOutlived: async () => {} } as never,
    receipts: new Receipts({ posts, rows, chat, log }),
    notes: new ChainNotes({ record, trail, rows }),
    hindered,
    drift: new DriftNotices({ posts, rows, log, ...shared }),
    obligations: new ObligationNotices({
      posts,
      people: holders,
      chat,
      rootCommand: '/ir',
      ...shared,
    }),
    reminders: new UpdateReminders({ posts, chat, clock, ...shared }),
    people: holders,
    calls,
    reach,
    context: NO_CONTEXT as never,
    storms: new StormNotices({ record, posts, queue: storming.queue, ...shared }),
    opening: new OpeningNotes({ rows, posts, routing, log }),
    chat,
    schedules,
    publications,
    times,
    log,
    ...shared,
  });
  const obligations = new Obligations({ record, clock, log, times });
  return {
    receive: new ReceiveAlert({ record, rows, routing, quarantine, storms: storming.storms }),
    quarantine,
    run: new RunEffects({
      ...{ record, trail, rows, effects, clock, log },
      atRest: async (incident) =>
        (await sayFlapping({ record, clock }, incident)) || obligations.bringInLine(incident),
    }),
    obligations,
    effects,
    reach,
    requests: new PersonRequests({
      ...{ record, rows, chat, responders, obligations, routing, clock, log },
      people: holders,
      commands,
      declarations: new Declarations({
        ...{ record, rows, commands, routing, clock },
        rootCommand: '/ir',
      }),
      pages: new PagePeople({ record, rows, people: holders, pager: world.pager }),
      joining: new JoinRequests({ record, responders, chat, policy: world.join }),
      drafts: {} as never,
      decisions: {} as never,
      announcementChannelId: ANNOUNCEMENTS,
      rootCommand: '/ir',
    }),
  };
}

/** Nothing is asked about a service. */
const NO_CONTEXT = {
  beside: (_opened: unknown, work: () => Promise<void>) => work(),
  ask: async () => {},
  post: async () => {},
};

function hooked<T extends object>(port: string, target: T, hook: Hook): T {
  return new Proxy(target, {
    get(of, name) {
      const value = Reflect.get(of, name, of);
      if (typeof value !== 'function') return value;
      // A list is read page by page; its hook would have to sit between the pages.
      if (name === 'memberPages') return value.bind(of);
      return async (...given: unknown[]) => {
        await hook(port, String(name), 'before');
        const result = await value.apply(of, given);
        await hook(port, String(name), 'after');
        return result;
      };
    },
  });
}
