import { applyEvent } from '../domain/apply-event.ts';
import type { DetailsOf } from '../domain/audit-event.ts';
import { type Actor, type AuditEvent, type EventType, sealEvent } from '../domain/audit-event.ts';
import { TrailError } from '../domain/errors.ts';
import { GENESIS_HASH } from '../domain/hash-chain.ts';
import type { IncidentState } from '../domain/incident-state.ts';
import { APPEND_ATTEMPTS_MAX } from '../domain/limits.ts';
import type { AppliedCommand, AuditTrail, Clock, IncidentRows, Pause } from './ports.ts';

/** Events read and projected at a time. */
const PAGE_MAX = 100;

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

  constructor(deps: { trail: AuditTrail; rows: IncidentRows; clock: Clock; pause: Pause }) {
    this.#deps = deps;
  }

  /**
   * The incident as of its newest event. Reads the projection, then the event it ends with and
   * those after it, and stores the projection if it was behind. One that does not end with an event of
   * the trail is folded anew. All reads are consistent.
   *
   * @throws {TrailError} `TRAIL_UNAVAILABLE`, `TRAIL_CORRUPT`
   */
  async load(incidentId: string): Promise<LoadedIncident | undefined> {
    const { trail, rows } = this.#deps;
    const row = await rows.readState(incidentId);
    const meta = { actedSeq: row?.actedSeq ?? 0, unfinishedToken: row?.unfinishedToken ?? null };
    let state = row && row.state.version > 0 ? row.state : undefined;
    let page = await trail.from(incidentId, state?.version ?? 1, PAGE_MAX);
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
      if (page.length < PAGE_MAX || newer.length === 0) return state && { state, ...meta };
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
    const { trail, rows, clock } = this.#deps;
    let marked = false;
    for (let attempt = 0; attempt < APPEND_ATTEMPTS_MAX; attempt += 1) {
      const loaded = await this.load(command.incidentId);
      const repeated = loaded && (await this.#repeated(command, loaded.state));
      if (repeated) return repeated;
      const state = loaded?.state;
      const next: NextPlace = {
        seq: (state?.version ?? 0) + 1,
        prevHash: state?.headHash ?? GENESIS_HASH,
        at: new Date(clock.nowMs()).toISOString(),
      };
      const decision = await command.decide(state, next);
      if ('decline' in decision) return { kind: 'declined', because: decision.decline, state };
      if (!marked) {
        // Before the append: if we die right after it, the sweeper still finds the incident.
        await rows.markUnfinished(command.incidentId, command.commandId, clock.nowMs());
        marked = true;
      }
      const event = this.#seal(command, decision, next);
      if ((await trail.insert(event)) === 'inserted') {
        return { kind: 'appended', event, state: await this.#projected(state, event) };
      }
      const ours = await trail.get(event.incidentId, event.seq);
      // The answer to our own insert was lost and the SDK sent it again: the event there is ours.
      if (ours?.hash === event.hash) {
        return { kind: 'appended', event, state: await this.#projected(state, event) };
      }
      await this.#deps.pause.forMs(jitterMs(command.commandId, attempt));
    }
    throw new TrailError({
      code: 'TRAIL_CONTENDED',
      message: `cannot append to ${command.incidentId}: lost ${APPEND_ATTEMPTS_MAX} races for the next number`,
      retryable: true,
    });
  }

  #seal<D>(
    command: Command<D>,
    decision: Exclude<Decision<D>, { decline: D }>,
    next: NextPlace,
  ): AuditEvent {
    return sealEvent({
      incidentId: command.incidentId,
      seq: next.seq,
      type: decision.append,
      at: next.at,
      actor: decision.actor ?? command.actor,
      commandId: command.commandId,
      details: decision.details,
      prevHash: next.prevHash,
    } as Parameters<typeof sealEvent>[0]);
  }

  async #repeated<D>(
    command: Command<D>,
    state: IncidentState,
  ): Promise<CommandOutcome<D> | undefined> {
    const { trail, rows } = this.#deps;
    const seq = await rows.appliedSeq(command.incidentId, command.commandId);
    if (seq === undefined) return undefined;
    const event = await trail.get(command.incidentId, seq);
    if (event?.commandId !== command.commandId) {
      throw new TrailError({
        code: 'TRAIL_CORRUPT',
        message: `cannot repeat a command of ${command.incidentId}: event ${seq} is not the one it made`,
        retryable: false,
      });
    }
    // A concurrent delivery may have applied it after our look at the state.
    const newer = seq > state.version ? (await this.load(command.incidentId))?.state : undefined;
    return { kind: 'repeated', event, state: newer ?? state };
  }

  async #projected(before: IncidentState | undefined, event: AuditEvent): Promise<IncidentState> {
    const { state, applied } = catchUp(before, [event]);
    await this.#deps.rows.project(state, applied);
    return state;
  }
}

/** Folds newer events into a state. */
export function catchUp(
  known: IncidentState | undefined,
  newer: readonly AuditEvent[],
): { state: IncidentState; applied: AppliedCommand[] } {
  let state = known;
  for (const event of newer) state = applyEvent(state, event);
  if (!state) throw new RangeError('cannot project: expected at least one event, got none');
  return {
    state,
    applied: newer.map(({ commandId, seq, type, at }) => ({ commandId, seq, type, at })),
  };
}

/** Spreads losers of a race, without chance: by who they are and how often they lost. */
function jitterMs(commandId: string, attempt: number): number {
  let mix = attempt + 1;
  for (let i = 0; i < commandId.length; i += 1) mix = (mix * 31 + commandId.charCodeAt(i)) % 9973;
  return mix % (10 * Math.min(attempt + 1, 10));
}
