import { applyEvent } from '../domain/apply-event.ts';
import type { DetailsOf } from '../domain/audit-event.ts';
import { type Actor, type AuditEvent, type EventType, sealEvent } from '../domain/audit-event.ts';
import { TrailError } from '../domain/errors.ts';
import { GENESIS_HASH } from '../domain/hash-chain.ts';
import type { IncidentState } from '../domain/incident-state.ts';
import { APPEND_ATTEMPTS_MAX } from '../domain/limits.ts';
import type { Standing } from '../domain/standing.ts';
import type { AppliedCommand, AuditTrail, Clock, IncidentRows, Pause } from './ports.ts';
import { readStanding, withCheckpoint } from './read-standing.ts';

/** Events read and projected at a time. */
const PAGE_MAX = 100;
/** Incidents whose place is remembered in the process. */
const SEEN_MAX = 500;

/** One incident as of the newest event on its trail. */
export type LoadedIncident = {
  state: IncidentState;
  actedSeq: number;
  unfinishedToken: string | null;
};

/** Where an event would be written, for facts that sign their own place in the chain. */
export type NextPlace = { seq: number; prevHash: string; at: string };

/** What a command wants: append one event, or nothing, with the caller's own reason. */
export type Decision<D> =
  | {
      [T in EventType]: { append: T; details: DetailsOf<T>; actor?: Actor };
    }[EventType]
  | { decline: D };

export type Command<D> = {
  incidentId: string;
  /** Derived from what arrived, never random: the same command never makes a second event. */
  commandId: string;
  actor: Actor;
  /**
   * Decides on the state at the head of the trail. Called again, with the newer state, whenever
   * another writer took the next number first. MUST NOT have effects.
   */
  decide(incident: IncidentState | undefined, next: NextPlace): Decision<D> | Promise<Decision<D>>;
};

export type CommandOutcome<D> =
  | { kind: 'appended'; event: AuditEvent; state: IncidentState }
  /** The command was applied before; `event` is what it made then. */
  | { kind: 'repeated'; event: AuditEvent; state: IncidentState }
  | { kind: 'declined'; because: D; state: IncidentState | undefined };

/**
 * The record of incidents: decide on the newest state, append at head + 1, project.
 *
 * The number of the event is the compare-and-swap: a writer that loses it reads the winner's event,
 * decides again and tries the next number. Nothing changes state without an event.
 */
export class IncidentRecord {
  readonly #deps: { trail: AuditTrail; rows: IncidentRows; clock: Clock; pause: Pause };

  /** Where the trail of an incident was last read to. Only tells where to look first. */
  readonly #seen = new Map<string, number>();

  constructor(deps: { trail: AuditTrail; rows: IncidentRows; clock: Clock; pause: Pause }) {
    this.#deps = deps;
  }

  /**
   * The incident as of its newest event. Reads the projection, and the event it ends with and those
   * after it (at the same time where the process remembers which that is), and stores the projection
   * if it was behind. One that does not end with an event of
   * the trail is folded anew. All reads are consistent.
   *
   * @throws {TrailError} `TRAIL_UNAVAILABLE`, `TRAIL_CORRUPT`
   */
  async load(incidentId: string): Promise<LoadedIncident | undefined> {
    const { trail, rows } = this.#deps;
    const guess = this.#seen.get(incidentId);
    const [row, ahead] = await Promise.all([
      rows.readState(incidentId),
      guess === undefined ? undefined : trail.from(incidentId, guess, PAGE_MAX),
    ]);
    const meta = { actedSeq: row?.actedSeq ?? 0, unfinishedToken: row?.unfinishedToken ?? null };
    let state = row && row.state.version > 0 ? row.state : undefined;
    const first = state?.version ?? 1;
    let page = ahead && guess === first ? ahead : await trail.from(incidentId, first, PAGE_MAX);
    if (state && page[0]?.hash !== state.headHash) {
      // A projection of another trail, or ahead of this one: appending after it would leave a gap.
      state = undefined;
      page = await trail.from(incidentId, 1, PAGE_MAX);
    }
    // Page by page, so that a long trail whose projection was lost is caught up even if we die.
    for (;;) {
      const known = state?.version ?? 0;
      const newer = page.filter(({ seq }) => seq > known);
      if (newer.length > 0) {
        const next = catchUp(state, newer);
        await rows.project(next.state, next.applied);
        state = next.state;
      }
      if (page.length < PAGE_MAX || newer.length === 0) {
        this.#remember(incidentId, state?.version ?? 1);
        return state && { state, ...meta };
      }
      page = await trail.from(incidentId, (page.at(-1) as AuditEvent).seq + 1, PAGE_MAX);
    }
  }

  /**
   * Runs one command. Durable when it resolves `appended`: the event is on the trail.
   * Safe to repeat: a command that was applied before gives its first event back as `repeated`.
   *
   * @throws {TrailError} `TRAIL_CONTENDED` (retryable) after too many lost races,
   *   `TRAIL_UNAVAILABLE` (retryable), `TRAIL_CORRUPT`, `EVENT_INVALID`
   */
  async run<D>(command: Command<D>): Promise<CommandOutcome<D>> {
    const { incidentId, ...one } = command;
    const [outcome] = await this.runAll(incidentId, [one]);
    return outcome as CommandOutcome<D>;
  }

  /**
   * Runs commands of one incident in this order, with one look at the trail for as long as no other
   * writer comes between. Each is decided on the state after the one before it, and makes at most
   * one event, as with `run`. Not all or nothing: when it throws, some may be applied; safe to repeat.
   *
   * @throws {TrailError} as `run`
   */
  async runAll<D>(
    incidentId: string,
    commands: readonly Omit<Command<D>, 'incidentId'>[],
  ): Promise<CommandOutcome<D>[]> {
    const outcomes: CommandOutcome<D>[] = [];
    const mark = { isSet: false };
    for (let attempt = 0; attempt < APPEND_ATTEMPTS_MAX; attempt += 1) {
      const left = commands.slice(outcomes.length).map((command) => ({ ...command, incidentId }));
      const [first] = left;
      if (!first) return outcomes;
      const done = await this.#pass(incidentId, left, mark);
      outcomes.push(...done);
      if (done.length === left.length) return outcomes;
      const loser = left[done.length] as Command<D>;
      await this.#deps.pause.forMs(jitterMs(loser.commandId, attempt));
    }
    throw new TrailError({
      code: 'TRAIL_CONTENDED',
      message: `cannot append to ${incidentId}: lost ${APPEND_ATTEMPTS_MAX} races for the next number`,
      retryable: true,
    });
  }

  /**
   * What decides who may publish, as of event `seq`, from the trail and not from the projection, which
   * can be edited. One query, whatever the length of the trail.
   * @throws {TrailError} `TRAIL_UNAVAILABLE`, `TRAIL_CORRUPT`
   */
  async standing(incidentId: string, seq: number): Promise<Standing> {
    const readFrom = (id: string, fromSeq: number) => this.#deps.trail.from(id, fromSeq);
    const standing = await readStanding(readFrom, incidentId, seq);
    if (standing) return standing;
    throw new TrailError({
      code: 'TRAIL_CORRUPT',
      message: `cannot read ${incidentId}: expected ${seq} events, got fewer`,
      retryable: false,
    });
  }

  /**
   * Service and declarer of an incident, from the first event of its trail.
   * @throws {TrailError} `TRAIL_UNAVAILABLE`, `TRAIL_CORRUPT`
   */
  async opening(incidentId: string): Promise<Opening> {
    const first = await this.#deps.trail.get(incidentId, 1);
    return first ? openingOf(first) : { service: null, declaredBy: null };
  }

  /**
   * Whether the trail of an incident has a first event.
   * @throws {TrailError} `TRAIL_UNAVAILABLE`, `TRAIL_CORRUPT`
   */
  async exists(incidentId: string): Promise<boolean> {
    return (await this.#deps.trail.get(incidentId, 1)) !== undefined;
  }

  #remember(incidentId: string, version: number): void {
    this.#seen.delete(incidentId);
    this.#seen.set(incidentId, version);
    const [oldest] = this.#seen.keys();
    if (this.#seen.size > SEEN_MAX) this.#seen.delete(oldest as string);
  }

  /** Runs commands until one loses the next number to another writer. @returns outcomes so far */
  async #pass<D>(
    incidentId: string,
    commands: readonly Command<D>[],
    mark: { isSet: boolean },
  ): Promise<CommandOutcome<D>[]> {
    const { trail, rows, clock } = this.#deps;
    const { state: loaded, applied } = await this.#look(incidentId, commands);
    const outcomes: CommandOutcome<D>[] = [];
    const appended: AuditEvent[] = [];
    let state = loaded;
    for (const [index, command] of commands.entries()) {
      const before = await this.#repeated(command, { state, seq: applied[index], appended });
      if (before) {
        outcomes.push(before);
        continue;
      }
      const next: NextPlace = {
        seq: (state?.version ?? 0) + 1,
        prevHash: state?.headHash ?? GENESIS_HASH,
        at: new Date(clock.nowMs()).toISOString(),
      };
      const decision = await command.decide(state, next);
      if ('decline' in decision) {
        outcomes.push({ kind: 'declined', because: decision.decline, state });
        continue;
      }
      if (!mark.isSet) {
        // Before the append: if we die right after it, the sweeper still finds the incident.
        await rows.markUnfinished(incidentId, command.commandId, clock.nowMs());
        mark.isSet = true;
      }
      const event = await this.#seal(command, decision, next);
      if ((await trail.insert(event)) === 'taken') {
        const there = await trail.get(incidentId, event.seq);
        // The answer to our own insert was lost and the SDK sent it again: the event is ours then.
        if (there?.hash !== event.hash) break;
      }
      state = applyEvent(state, event);
      appended.push(event);
      outcomes.push({ kind: 'appended', event, state });
    }
    if (state && appended.length > 0) {
      await rows.project(state, appliedBy(appended));
      this.#remember(incidentId, state.version);
    }
    return outcomes;
  }

  /** The state, and which events these commands made before. */
  async #look<D>(
    incidentId: string,
    commands: readonly Command<D>[],
  ): Promise<{ state: IncidentState | undefined; applied: (number | undefined)[] }> {
    const state = (await this.load(incidentId))?.state;
    if (!state) return { state, applied: [] };
    const applied = await Promise.all(
      commands.map(({ commandId }) => this.#deps.rows.appliedSeq(incidentId, commandId)),
    );
    // A concurrent delivery may have applied one after our look at the state.
    const isOlder = applied.some((seq) => seq !== undefined && seq > state.version);
    const newer = isOlder ? (await this.load(incidentId))?.state : undefined;
    return { state: newer ?? state, applied };
  }

  async #seal<D>(
    command: Command<D>,
    decision: Exclude<Decision<D>, { decline: D }>,
    next: NextPlace,
  ): Promise<AuditEvent> {
    const { incidentId } = command;
    const open = {
      incidentId,
      seq: next.seq,
      type: decision.append,
      at: next.at,
      actor: decision.actor ?? command.actor,
      commandId: command.commandId,
      details: decision.details,
      prevHash: next.prevHash,
    } as Parameters<typeof sealEvent>[0];
    const { trail } = this.#deps;
    return sealEvent(await withCheckpoint((id, seq) => trail.from(id, seq), open));
  }

  async #repeated<D>(
    { incidentId, commandId }: Command<D>,
    of: {
      state: IncidentState | undefined;
      seq: number | undefined;
      appended: readonly AuditEvent[];
    },
  ): Promise<CommandOutcome<D> | undefined> {
    const { state, seq } = of;
    if (!state) return undefined;
    const own = of.appended.find((event) => event.commandId === commandId);
    if (own) return { kind: 'repeated', event: own, state };
    if (seq === undefined) return undefined;
    const event = await this.#deps.trail.get(incidentId, seq);
    if (event?.commandId !== commandId) {
      throw new TrailError({
        code: 'TRAIL_CORRUPT',
        message: `cannot repeat a command of ${incidentId}: event ${seq} is not the one it made`,
        retryable: false,
      });
    }
    return { kind: 'repeated', event, state };
  }
}

/** What the first event of an incident says for good. */
export type Opening = { service: string | null; declaredBy: string | null };

export function openingOf(first: AuditEvent): Opening {
  if (first.type === 'INCIDENT_OPENED') return { service: first.details.service, declaredBy: null };
  if (first.type !== 'INCIDENT_DECLARED') return { service: null, declaredBy: null };
  return { service: first.details.service, declaredBy: first.actor.id };
}

/** Folds newer events into a state. */
export function catchUp(
  known: IncidentState | undefined,
  newer: readonly AuditEvent[],
): { state: IncidentState; applied: AppliedCommand[] } {
  let state = known;
  for (const event of newer) state = applyEvent(state, event);
  if (!state) throw new RangeError('cannot project: expected at least one event, got none');
  return { state, applied: appliedBy(newer) };
}

function appliedBy(events: readonly AuditEvent[]): AppliedCommand[] {
  return events.map(({ commandId, seq, type, at }) => ({ commandId, seq, type, at }));
}

/** Spreads losers of a race, without chance: by who they are and how often they lost. */
function jitterMs(commandId: string, attempt: number): number {
  let mix = attempt + 1;
  for (let i = 0; i < commandId.length; i += 1) mix = (mix * 31 + commandId.charCodeAt(i)) % 9973;
  return mix % (10 * Math.min(attempt + 1, 10));
}
