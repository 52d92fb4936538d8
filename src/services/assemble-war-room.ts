import type { AuditEvent } from '../domain/audit-event.ts';
import { fateOf } from '../domain/effect-fate.ts';
import { codeOf, reasonOf } from '../domain/errors.ts';
import type { IncidentState, InRoom } from '../domain/incident-state.ts';
import { ROOM_FAILED_AFTER_MS } from '../domain/limits.ts';
import { reachedPeople } from '../domain/reach.ts';
import { roomName } from '../domain/room-name.ts';
import type { Routing } from '../domain/routing.ts';
import { channel, joined, person, type Sentence, say, words } from '../domain/sentence.ts';
import type { CallResponders } from './call-responders.ts';
import { causeOf, type HinderedNotices, hinderedWords } from './hindered-notices.ts';
import type { IncidentRecord } from './incident-record.ts';
import { nameOf } from './not-called-line.ts';
import { type Fact, OrderedFacts } from './ordered-facts.ts';
import type { ChatWorkspace, Clock, Log, RoomLink } from './ports.ts';
import type { ReachSomebody } from './reach-somebody.ts';
import type { ResponderCall } from './responder-call.ts';
import { WORKER } from './responders.ts';
import type { Opening, RoomPosts } from './room-posts.ts';
import { settleAll } from './settle-all.ts';

/** Until then the sources of responders are asked while the room is made. Unit: ms. */
const ASKED_EARLY_MS = 10_000;

export type AssembleWarRoomDeps = {
  record: IncidentRecord;
  chat: ChatWorkspace;
  posts: RoomPosts;
  calls: CallResponders;
  reach: ReachSomebody;
  routing: Routing;
  clock: Clock;
  log: Log;
  hindered: Pick<HinderedNotices, 'tellOnce'>;
  publicUrl: string;
  updateDueS: number;
  rootCommand: string;
};

/** People named in a notice. */
const NAMED_MAX = 15;

/** One incident while its room is opened. */
type Assembly = {
  opened: AuditEvent;
  /** As it will be once the room is on record. */
  state: InRoom;
  opening: Opening;
  facts: OrderedFacts;
  call: ResponderCall;
  /** Steps that wait for their turn in the chat's rate limits, after the room is open. */
  deferred: Set<string>;
  /** Facts on their way to the record; awaited before the room counts as assembled. */
  recorded: Promise<unknown>[];
};

/** What a room can wait for; the refresh after its assembly brings it in line. */
const DEFERRABLE = new Set(['topic', 'announcement', 'pin', 'pin checklist', 'bookmarks']);

/**
 * Opens an incident's war room, with as few calls one after another as there can be: the channel,
 * while people are looked up; then card, invitation, topic, checklist and announcement at once; then
 * pins, and bookmarks last. Facts go on record in their order meanwhile. Usable after the card and
 * the first invitation.
 *
 * Safe to repeat from any point: the channel is found by its name, cards by their metadata, people
 * are invited once, and each fact is one event.
 * @throws {ChatError} to be resumed, whatever the reason; `failed` tells people
 */
export class AssembleWarRoom {
  readonly #deps: AssembleWarRoomDeps;

  constructor(deps: AssembleWarRoomDeps) {
    this.#deps = deps;
  }

  /** @param known - the incident as of an event that is not older than `opened` */
  async assemble(opened: AuditEvent, known: IncidentState): Promise<void> {
    const facts = new OrderedFacts(this.#deps.record, opened.incidentId);
    const begin = () => this.#deps.calls.begin(opened, known);
    let call = this.#waitsInLine(opened, known) ? undefined : begin();
    // Nothing waits for it but the end.
    const timed = this.#deps.reach.begin(known);
    try {
      const room = await this.#openRoom({ opened, known, facts });
      call ??= begin();
      await this.#furnish({ ...room, call });
      await timed;
    } catch (error) {
      // What goes on in the background would meet its own repetition.
      await Promise.all([call?.ended(), timed]);
      // What was done so far is on record before anybody says what was not.
      await facts.append([]).catch(() => {});
      throw error;
    }
    if (known.status === 'assembly_failed') await this.#recovered(opened.incidentId);
  }

  /**
   * The room could not be opened, or nobody be invited to it, for now: that is on record, with the name
   * of everybody who was not invited, and the announcement channel is told why and what to do, once
   * a cause. Safe to repeat.
   * @throws {TrailError} what has to be on record could not be appended
   */
  async failed(opened: AuditEvent, known: IncidentState, error: unknown): Promise<void> {
    const { record, calls, log, hindered, rootCommand } = this.#deps;
    // A room that does not come is as late as one can be.
    log.count('RoomLate', { code: codeOf(error) });
    const incident = (await record.load(opened.incidentId))?.state ?? known;
    const isFirst = incident.status !== 'assembly_failed';
    const left = isFirst
      ? await calls.putOnRecord(opened, incident, { error, of: 'assemble' })
      : [];
    await record.run({
      incidentId: opened.incidentId,
      commandId: `${opened.commandId}#assembly_failed`,
      actor: WORKER,
      decide: () => ({ append: 'ASSEMBLY_FAILED', details: { reason: reasonOf(error) } }),
    });
    const { incidentId } = incident;
    const name = `assembly_failed_notice#${causeOf(error)}`;
    await hindered.tellOnce(incidentId, name, failedWords(incident, { error, left, rootCommand }));
  }

  /** Whoever was told that there is no room is told where it is. */
  async #recovered(incidentId: string): Promise<void> {
    const state = (await this.#deps.record.load(incidentId))?.state;
    if (!state?.room) return;
    const name = say`“${words(state.title)}” (${state.severity})`;
    const where = channel(state.room.channelId);
    await this.#deps.hindered.tellOnce(
      incidentId,
      'assembly_recovered_notice',
      say`The war room of ${name} is complete now: ${where}. Please go on there.`,
    );
  }

  /**
   * A room that was not there at once is come back for, perhaps often. The sources of responders have
   * limits of their own, so they are asked again only when it is there.
   */
  #waitsInLine(opened: AuditEvent, { room }: IncidentState): boolean {
    const openMs = this.#deps.clock.nowMs() - Date.parse(opened.at);
    return room === null && openMs > ASKED_EARLY_MS;
  }

  async #openRoom(of: {
    opened: AuditEvent;
    known: IncidentState;
    facts: OrderedFacts;
  }): Promise<Omit<Assembly, 'call'>> {
    const { opened, known, facts } = of;
    const { chat, posts } = this.#deps;
    const begun = posts.begin(opened.incidentId);
    const created = known.room ? undefined : chat.createRoom(roomName(known));
    await settleAll([begun, ...(created ? [created] : [])]);
    const [before, made] = await Promise.all([begun, created]);
    const opening = { before, isNewRoom: made?.adopted === false };
    if (!made) {
      const state = known as InRoom;
      return { opened, state, opening, facts, deferred: new Set(), recorded: [] };
    }
    const { channelId, name: channelName, adopted } = made;
    const status = known.status === 'triggered' ? 'assembling' : known.status;
    const state = { ...known, status, room: { channelId, channelName } } as const;
    const details = { channelId, channelName, adopted };
    const recorded = facts.append([
      {
        commandId: `${opened.commandId}#room`,
        actor: WORKER,
        decide: () => ({ append: 'WAR_ROOM_CREATED', details }),
      },
    ]);
    return { opened, state, opening, facts, deferred: new Set(), recorded: [recorded] };
  }

  async #furnish(assembly: Assembly): Promise<void> {
    const { opened, state, facts, call, opening, deferred, recorded } = assembly;
    const { posts, calls, reach, updateDueS, clock } = this.#deps;
    const { channelId } = state.room;
    const nextUpdateDueAt = new Date(clock.nowMs() + updateDueS * 1000).toISOString();
    const done = asAssembled(state, nextUpdateDueAt);
    const card = posts.open(state, 'incident_card', opening);
    const invited = calls.finish(call, {
      ...{ event: opened, channelId, state, facts },
      isOpening: true,
    });
    const extra = (name: string, step: Promise<unknown>) => this.#extra(assembly, name, step);
    await settleAll([
      card,
      after(invited, (called) =>
        isReached(state, called) ? reach.end(state.incidentId) : Promise.resolve(),
      ),
      invited,
      extra('topic', posts.topic(done)),
      extra('announcement', posts.open(state, 'announcement', opening)),
      extra('checklist', this.#checklist(assembly)),
      extra(
        'pin',
        after(card, (ts) => posts.pin(state, 'incident_card', ts)),
      ),
      extra(
        'default_severity',
        after(card, () => this.#sayDefaultSeverity(opened, state)),
      ),
      extra(
        'bookmarks',
        after(card, () => posts.bookmarks(state, this.#links(state), opening.isNewRoom)),
      ),
    ]);
    const reached = new Set([...state.invited, ...(await invited).map(({ userId }) => userId)]);
    const assembled = facts.append([
      ...(reached.size === 0 ? [reach.factAtOnce(opened)] : []),
      {
        commandId: `${opened.commandId}#assembled`,
        actor: WORKER,
        decide: () => ({
          append: 'WAR_ROOM_ASSEMBLED',
          details: {
            channelId,
            invited: reached.size,
            nextUpdateDueAt,
            ...(deferred.size > 0 ? { deferred: [...deferred].sort() } : {}),
          },
        }),
      },
    ]);
    await settleAll([...recorded, assembled]);
  }

  /**
   * A step the room can do without: what has to wait for its turn, or cannot be done for now, is left
   * to the refresh after the assembly, and the room is no less open.
   */
  async #extra(
    { opened, deferred }: Pick<Assembly, 'opened' | 'deferred'>,
    name: string,
    step: Promise<unknown>,
  ): Promise<void> {
    try {
      await step;
    } catch (error) {
      const openMs = this.#deps.clock.nowMs() - Date.parse(opened.at);
      const fate = fateOf(error, { openMs, patienceMs: ROOM_FAILED_AFTER_MS });
      const isLimited = codeOf(error) === 'CHAT_RATE_LIMITED';
      // Nobody waits for a pin: the room is complete, and it comes when it can.
      if (!DEFERRABLE.has(name) || (fate === 'again' && !isLimited)) throw error;
      deferred.add(name);
    }
  }

  async #checklist(assembly: Assembly): Promise<void> {
    const { opened, state, opening, facts, recorded } = assembly;
    const { posts, routing } = this.#deps;
    const items = isPinned(state)
      ? state.checklist
      : [...routing.checklist.map((item) => ({ item, done: false, by: null })), ...state.checklist];
    if (items.length === 0) return;
    const ts = await posts.open({ ...state, checklist: items }, 'checklist', opening);
    await this.#extra(assembly, 'pin checklist', posts.pin(state, 'checklist', ts));
    const pinned: Fact = {
      commandId: `${opened.commandId}#checklist`,
      actor: WORKER,
      decide: (incident) =>
        incident && isPinned(incident)
          ? { decline: 'pinned already' }
          : {
              append: 'CHECKLIST_PINNED',
              details: { messageTs: ts, items: routing.checklist },
            },
    };
    recorded.push(facts.append([pinned]));
  }

  async #sayDefaultSeverity(opened: AuditEvent, state: InRoom): Promise<void> {
    if (!state.severityIsDefault) return;
    await this.#deps.posts.once(opened, 'default_severity', state.room.channelId, {
      kind: 'line',
      text: say`${whyDefault(state)}, so the default ${state.severity} was assumed. Change it with the severity command.`,
    });
  }

  /** Brings in what had to wait for its turn. Safe to repeat. */
  furnish(state: IncidentState): Promise<void> {
    return this.#deps.posts.furnish(state, this.#links(state));
  }

  #links(state: IncidentState): RoomLink[] {
    const { publicUrl } = this.#deps;
    const alert = state.alertGroup?.link;
    return [
      ...(alert && /^https?:\/\//.test(alert) ? [{ title: 'Alert', url: alert }] : []),
      { title: 'Public status page', url: publicUrl },
    ];
  }
}

/** What the announcement channel is told of an incident without a room that people can use. */
function failedWords(
  { incidentId, title, severity, room, invited }: IncidentState,
  of: { error: unknown; left: readonly string[]; rootCommand: string },
): Sentence {
  const { why, todo } = hinderedWords(of.error);
  const name = say`“${words(title)}” (${severity})`;
  const what = room
    ? say`The war room ${channel(room.channelId)} of ${name} is not complete: ${words(why)}.`
    : say`There is no war room for ${name}: ${words(why)}.`;
  const names = joined(of.left.slice(0, NAMED_MAX).map(nameOf), ', ');
  const more = of.left.length > NAMED_MAX ? say` and ${of.left.length - NAMED_MAX} more` : '';
  const insiders = joined(invited.slice(0, NAMED_MAX).map(person), ', ');
  const command = words(of.rootCommand);
  return joined(
    [
      what,
      say`${words(todo)}It is tried again by itself, and at once when the alert fires again.`,
      ...(of.left.length > 0 ? [say`Not invited: ${names}${more}.`] : []),
      ...(room && invited.length > 0 ? [say`${insiders} can let others in.`] : []),
      say`Meet in this channel until then, and drive the incident here:`,
      say`“${command} update ${words(incidentId)} <text>”, or note, ic, severity, mitigate, resolve.`,
    ],
    ' ',
  );
}

/** Runs a step after another one; what made the first fail is that one's to tell. */
async function after<T>(first: Promise<T>, then: (result: T) => Promise<void>): Promise<void> {
  const [result] = await Promise.allSettled([first]);
  if (result.status === 'fulfilled') await then(result.value);
}

/** Whether anybody came whom the incident waited for. */
function isReached(state: IncidentState, called: readonly { userId: string }[]): boolean {
  const invited = [...state.invited, ...called.map(({ userId }) => userId)];
  return reachedPeople({ ...state, invited }).length > 0;
}

/** Whoever could have said how severe it is. */
function whyDefault({ declaredBy }: IncidentState): Sentence {
  return declaredBy
    ? say`${person(declaredBy)}: you gave no severity`
    : say`The alert names no severity we know`;
}

/** What the topic of the open room says: set once, it costs one call of the few there are. */
function asAssembled(state: InRoom, dueAt: string): InRoom {
  const isOpening = ['triggered', 'assembling', 'assembly_failed'].includes(state.status);
  const nudge = { dueAt, silencedUntil: state.nudge?.silencedUntil ?? null };
  return { ...state, status: isOpening ? 'active' : state.status, nudge };
}

/** A review that a broken glass asks for may be there before the checklist itself. */
function isPinned({ checklist }: IncidentState): boolean {
  return checklist.some((entry) => !entry.review);
}
