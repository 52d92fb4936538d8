import type { AuditEvent } from '../domain/audit-event.ts';
import { fateOf } from '../domain/effect-fate.ts';
import { DirectoryError } from '../domain/errors.ts';
import { sha256Hex } from '../domain/ids.ts';
import type { IncidentState, InRoom } from '../domain/incident-state.ts';
import { ROOM_FAILED_AFTER_MS } from '../domain/limits.ts';
import type { Routing } from '../domain/routing.ts';
import { hinderedWords } from './hindered-notices.ts';
import type { IncidentRecord } from './incident-record.ts';
import { notCalledLine } from './not-called-line.ts';
import { type Fact, OrderedFacts } from './ordered-facts.ts';
import type { AuditTrail, Clock, IncidentRows } from './ports.ts';
import {
  type AskedSource,
  type Called,
  type CallOutcome,
  ResponderCall,
  type ResponderCallDeps,
} from './responder-call.ts';
import type {
  CalledTo,
  Candidate,
  ResponderDirectory,
  SourceAnswer,
} from './responder-directory.ts';
import { invitedFact, WORKER } from './responders.ts';
import type { RoomPosts } from './room-posts.ts';

/**
 * How long one source may take in all. OnCall needs up to five calls one after another, from a function
 * that may just have started; nobody who is known already waits for it. Unit: ms.
 */
const DIRECTORY_DEADLINE_MS = 4_000;
/** Journal row of an opening that could not look up everybody. */
const LOOK_UPS = 'look_ups';
/** Rosters remembered in the process. */
const CALLED_MAX = 2_000;
/** How many early events may carry a roster when the room is assembled. */
const EARLY_EVENTS = 50;

export type CallRespondersDeps = ResponderCallDeps & {
  record: IncidentRecord;
  trail: AuditTrail;
  rows: IncidentRows;
  posts: RoomPosts;
  routing: Routing;
  directories: readonly ResponderDirectory[];
  clock: Clock;
};

/** Source of whoever leads an incident that has no room yet. */
const LEADS = 'incident commander';

/** The event a call belongs to; its journal holds the line about who could not be called. */
type CallEvent = Pick<AuditEvent, 'incidentId' | 'seq' | 'commandId' | 'at'>;
/** Effects that call people. */
type CallEffect = 'assemble' | 'call_missing' | 'invite_roster' | 'call_service';

/**
 * Who is called to an incident: the alert's own people, those of the service in `routing.json`, and
 * those of every directory that answers in time. A source that fails is named; a guess replaces none.
 */
export class CallResponders {
  readonly #deps: CallRespondersDeps;

  /** Rosters that a call takes in. */
  readonly #rosters = new WeakMap<ResponderCall, readonly string[]>();
  /** Rosters whose people were all called by this process: their own event need not do it again. */
  readonly #called = new Set<string>();

  constructor(deps: CallRespondersDeps) {
    this.#deps = deps;
  }

  /** Starts a call for a new incident; there need not be a room yet. Never throws. */
  begin(opened: CallEvent, state: IncidentState): ResponderCall {
    const { declaredBy, ic } = state;
    const rosters: string[] = [];
    const asked: AskedSource[] = [
      this.#asked('alert', this.#early(opened.incidentId, rosters)),
      ...this.#sources(state),
      ...(declaredBy ? [this.#asked('declare', named(declaredBy, 'declare'))] : []),
      ...(ic && ic !== declaredBy ? [this.#asked(LEADS, named(ic, LEADS))] : []),
    ];
    const call = new ResponderCall(this.#deps, asked);
    this.#rosters.set(call, rosters);
    return call;
  }

  /** Calls the people whom one later delivery names. Safe to repeat. @throws as `finish` */
  async callFor(event: CallEvent, state: InRoom): Promise<void> {
    if (this.#called.has(keyOf(event))) return;
    await this.#callNow(event, state, 'invite_roster');
  }

  /** Calls the people of the service that the incident is about now. Safe to repeat. @throws as `finish` */
  async callService(event: CallEvent, state: InRoom): Promise<void> {
    await this.#callNow(event, state, 'call_service');
  }

  /**
   * Invites whom a call finds, once each, with every outcome on record; those who could not be called
   * are named in the room in one line.
   * @param of.isOpening - who cannot be looked up for long does not keep the room from being open
   * @returns who was invited by this call
   * @throws what keeps somebody from being looked up for now: to be called again
   */
  async finish(
    call: ResponderCall,
    of: {
      event: CallEvent;
      channelId: string;
      state: IncidentState;
      facts: OrderedFacts;
      isOpening?: true;
    },
  ): Promise<readonly Called[]> {
    const { event, channelId, state, facts } = of;
    const recorded: Promise<unknown>[] = [];
    const outcome = await call.invite({
      channelId,
      already: state.invited,
      onInvited: (called) => recorded.push(facts.append(called.map(invitedFact))),
    });
    // Whom an outage hides for long is said and sought later, like whom a refusal hides.
    const isLate = outcome.retry !== undefined && this.#isLasting(outcome.retry, event);
    const notCalled = isLate ? [...outcome.notCalled, ...call.unknown] : outcome.notCalled;
    const failures = failureFacts(event, { ...outcome, notCalled });
    if (failures.length > 0) recorded.push(facts.append(failures));
    await Promise.all(recorded);
    // While somebody may be found yet, the line would not be whole.
    if (outcome.retry !== undefined && !isLate) throw outcome.retry;
    const text = notCalledLine({ ...outcome, notCalled });
    if (text) {
      await this.#deps.posts.once(event, 'not_called', channelId, { kind: 'line', text });
    }
    const hindered = isLate ? outcome.retry : outcome.hindered;
    if (hindered !== undefined) {
      if (!of.isOpening) throw hindered;
      // A room is no less open for somebody who cannot be looked up: `callMissing` comes for them.
      const { rows } = this.#deps;
      await rows.writeStep(event.incidentId, event.seq, LOOK_UPS, { done: false, result: {} });
    }
    for (const key of this.#rosters.get(call) ?? []) this.#remember(key);
    return outcome.invited;
  }

  /**
   * Puts on record, by name, everybody who should be called and could not be invited, and why. Looks
   * them up anew. Safe to repeat.
   * @returns them, by id or name
   */
  async putOnRecord(
    event: CallEvent,
    state: IncidentState,
    { error, of }: { error: unknown; of: CallEffect },
  ): Promise<string[]> {
    const call = this.#started(event, state, of);
    const why = hinderedWords(error).why;
    const left = await call.left(state.invited, state.room ? why : `there is no war room: ${why}`);
    const facts = failureFacts(event, { notCalled: left, lost: [] });
    await this.#deps.record.runAll<string>(event.incidentId, facts);
    return [...new Set(left.map(({ who }) => who))];
  }

  /** Who is responsible for the service, as every source but the alert says. */
  #sources({ incidentId, service, alertGroup }: IncidentState): AskedSource[] {
    return [
      this.#asked('routing', Promise.resolve(this.#ofService(service))),
      ...this.#deps.directories.map((directory) => ({
        name: directory.name,
        isAtHand: false,
        answer: this.#answerOf(directory, { incidentId, service, alertGroup }),
      })),
    ];
  }

  /**
   * Calls again whom the opening could not look up, if there is anybody. Safe to repeat.
   * @throws as `finish`
   */
  async callMissing(opened: CallEvent, state: InRoom): Promise<void> {
    const { rows } = this.#deps;
    const left = await rows.readStep(opened.incidentId, opened.seq, LOOK_UPS);
    if (!left || left.done) return;
    await this.#callNow(opened, state, 'call_missing');
    await rows.writeStep(opened.incidentId, opened.seq, LOOK_UPS, { done: true, result: {} });
  }

  async #callNow(event: CallEvent, state: InRoom, of: CallEffect): Promise<void> {
    const call = this.#started(event, state, of);
    const facts = new OrderedFacts(this.#deps.record, event.incidentId);
    await this.finish(call, { event, channelId: state.room.channelId, state, facts });
  }

  /** A call for those whom an effect calls. */
  #started(event: CallEvent, state: IncidentState, of: CallEffect): ResponderCall {
    switch (of) {
      case 'assemble':
      case 'call_missing':
        return this.begin(event, state);
      case 'invite_roster': {
        const roster = this.#deps.rows.readRoster(event.incidentId, event.commandId);
        return new ResponderCall(this.#deps, [this.#asked('alert', roster)]);
      }
      case 'call_service':
        return new ResponderCall(this.#deps, this.#sources(state));
    }
  }

  /** Whether what may pass by itself has not passed for long. */
  #isLasting(error: unknown, { at }: CallEvent): boolean {
    const openMs = this.#deps.clock.nowMs() - Date.parse(at);
    return fateOf(error, { openMs, patienceMs: ROOM_FAILED_AFTER_MS }) !== 'again';
  }

  #remember(key: string): void {
    this.#called.add(key);
    const [oldest] = this.#called;
    if (this.#called.size > CALLED_MAX) this.#called.delete(oldest as string);
  }

  /** A source's own deadlines are per call; this one is for all of it. */
  async #answerOf(directory: ResponderDirectory, incident: CalledTo): Promise<SourceAnswer> {
    const late = this.#deps.pause.forMs(DIRECTORY_DEADLINE_MS).then(() => {
      throw new DirectoryError({
        code: 'DIRECTORY_UNAVAILABLE',
        message: `cannot ask ${directory.name}: expected an answer within 4 s, got none`,
        retryable: true,
      });
    });
    // A late end of what was given up is nobody's concern.
    late.catch(() => {});
    const answer = directory.peopleFor(incident);
    answer.catch(() => {});
    return (await Promise.race([answer, late])) ?? { people: [], unresolved: [] };
  }

  #asked(name: string, people: Promise<readonly Candidate[]>): AskedSource {
    const answer = people.then((named) => ({ people: named, unresolved: [] }));
    return { name, isAtHand: true, answer };
  }

  /** Deliveries that came before the room carry people too. */
  async #early(incidentId: string, rosters: string[]): Promise<Candidate[]> {
    const { trail, rows } = this.#deps;
    const events = await trail.from(incidentId, 1, EARLY_EVENTS);
    rosters.push(...events.map(keyOf));
    const read = events.map(({ commandId }) => rows.readRoster(incidentId, commandId));
    return (await Promise.all(read)).flat();
  }

  #ofService(name: string | null): Candidate[] {
    const service = this.#deps.routing.services.find((each) => each.name === name);
    return (service?.responders ?? []).map(({ email }, index) => ({
      email,
      reference: `responder ${index + 1} of ${service?.name}`,
      source: 'routing',
    }));
  }
}

function keyOf({ incidentId, commandId }: CallEvent): string {
  return `${incidentId}#${commandId}`;
}

/** Who is known by id; elsewhere a name is no more than a name. */
async function named(userId: string, source: string): Promise<Candidate[]> {
  return [{ email: null, userId, reference: userId, source }];
}

function failureFacts(
  event: CallEvent,
  { notCalled, lost }: Pick<CallOutcome, 'notCalled' | 'lost'>,
): Fact[] {
  return [
    ...lost.map(
      (details): Fact => ({
        commandId: `${event.commandId}#directory#${details.source}`,
        actor: WORKER,
        decide: () => ({ append: 'DIRECTORY_LOOKUP_FAILED', details }),
      }),
    ),
    ...notCalled.map(
      (details): Fact => ({
        commandId: `not_invited#${details.source}#${sha256Hex(details.who)}`,
        actor: WORKER,
        decide: () => ({ append: 'RESPONDER_INVITE_FAILED', details }),
      }),
    ),
  ];
}
