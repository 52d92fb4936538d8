import type { AuditEvent } from '../domain/audit-event.ts';
import { ChatError, CodedError, codeOf, reasonOf, TrailError } from '../domain/errors.ts';
import type { IncidentState } from '../domain/incident-state.ts';
import { EFFECT_ABANDONED_AFTER_MS, TURN_AWAITED_MS } from '../domain/limits.ts';
import type { CallerContext } from './call-budget.ts';
import {
  BESIDE,
  effectsOf,
  type OnceEffect,
  type RefreshEffect,
  WITHOUT_ROW,
} from './effect-plan.ts';
import type { IncidentRecord, LoadedIncident } from './incident-record.ts';
import type { AuditTrail, Clock, IncidentRows, Log } from './ports.ts';
import { WORKER } from './responders.ts';
import { settleAll } from './settle-all.ts';

/** Does one kind of effect. Throws a retryable coded error to be called again later. */
export interface Effects {
  once(effect: OnceEffect, event: AuditEvent, incident: LoadedIncident): Promise<void>;
  refresh(effects: ReadonlySet<RefreshEffect>, incident: LoadedIncident): Promise<void>;
}

/** How often a run looks again for events that its own effects appended. */
const ROUNDS_MAX = 20;
/** How often a round goes on with what it appended itself, before it shows where things stand. */
const PASSES_MAX = 3;
/** Events whose effects one round does; the largest hold 350 KB each. */
const EVENTS_PER_ROUND = 100;
/** From then on it is noted when an incident last waited for its turn. Unit: ms. */
const WAIT_NOTED_AFTER_MS = EFFECT_ABANDONED_AFTER_MS / 2;
/** Journal row that says so, of the incident's first event: what waits holds up all behind it. */
const WAITED = [1, 'waited'] as const;

/**
 * The trail is the outbox: does what is open in (`actedSeq`, head], then advances `actedSeq`.
 *
 * Runs of one incident MUST NOT overlap; the queue's group `work#<incident>` sees to it. Safe to
 * repeat after a crash at any point: an effect done once has a journal row, one that was started is
 * looked for before it is repeated.
 */
export class RunEffects {
  readonly #deps: {
    record: IncidentRecord;
    trail: AuditTrail;
    rows: IncidentRows;
    effects: Effects;
    clock: Clock;
    log: Log;
    callers?: CallerContext;
    atRest?: (incident: IncidentState) => Promise<boolean>;
  };

  constructor(deps: {
    record: IncidentRecord;
    trail: AuditTrail;
    rows: IncidentRows;
    effects: Effects;
    clock: Clock;
    log: Log;
    /** Told on whose behalf the chat is called. @default nobody is */
    callers?: CallerContext;
    /**
     * Decides what follows from where the incident stands once every effect is done.
     * @returns whether it appended something; MUST be safe to repeat
     */
    atRest?: (incident: IncidentState) => Promise<boolean>;
  }) {
    this.#deps = deps;
  }

  /** @throws a retryable coded error when something has to be tried again */
  async run(incidentId: string): Promise<void> {
    const { record, rows } = this.#deps;
    for (let round = 0; round < ROUNDS_MAX; round += 1) {
      const incident = await record.load(incidentId);
      if (!incident) return;
      const { version } = incident.state;
      if (incident.actedSeq >= version) {
        if (await this.#deps.atRest?.(incident.state)) continue;
        return this.#settle(incidentId, incident);
      }
      const head = await this.#onBehalf(incident, () => this.#act(incident));
      await rows.advanceActed(incidentId, head?.seq ?? version);
    }
  }

  /** In the chat's rate limits the worst incidents come before the rest. */
  #onBehalf<T>({ state }: LoadedIncident, work: () => Promise<T>): Promise<T> {
    const { callers } = this.#deps;
    const caller = { incidentId: state.incidentId, urgent: state.severity === 'P1' };
    return callers ? callers.run(caller, work) : work();
  }

  /**
   * Does what is open, and what that appends: what is shown is brought in line once, after all of it.
   * @returns the last event whose effects are done
   */
  async #act(incident: LoadedIncident): Promise<AuditEvent | undefined> {
    const refresh = new Set<RefreshEffect>();
    const beside: { effect: OnceEffect; event: AuditEvent }[] = [];
    let newest = incident;
    let head: AuditEvent | undefined;
    let open = await this.#open(incident, incident.actedSeq);
    for (let passes = 0; open.length > 0 && passes < PASSES_MAX; ) {
      const done = await this.#doneBefore(open);
      // What is done while its refresh still waits must not keep from its turn what came after it.
      if (open.some((event) => isNews(event, done))) passes += 1;
      for (const event of open) {
        newest = await this.#actOn(event, newest, done);
        const plan = effectsOf(event);
        for (const effect of plan.refresh) refresh.add(effect);
        for (const effect of plan.once) {
          if (BESIDE.has(effect) && !done.has(keyOf(event, effect))) beside.push({ effect, event });
        }
      }
      head = open.at(-1) as AuditEvent;
      // What was appended meanwhile must be shown too.
      [newest, open] = await this.#goOn(newest, head.seq);
    }
    if (!head) return head;
    const last = newest;
    await settleAll([
      this.#refresh(refresh, head, last),
      ...beside.map(({ effect, event }) => this.#once(effect, event, last)),
    ]);
    return head;
  }

  async #refresh(
    wanted: ReadonlySet<RefreshEffect>,
    head: AuditEvent,
    incident: LoadedIncident,
  ): Promise<void> {
    if (wanted.size === 0) return;
    try {
      await this.#deps.effects.refresh(wanted, incident);
    } catch (error) {
      if (!(await this.#giveUp(error, head))) throw error;
      await this.#abandon(head, `refresh ${[...wanted].join(' ')}`, error);
    }
  }

  /** The incident as it is now, and what is open in it after an event. */
  async #goOn(known: LoadedIncident, after: number): Promise<[LoadedIncident, AuditEvent[]]> {
    const { incidentId } = known.state;
    const [newest, read] = await Promise.all([
      this.#newest(known),
      this.#deps.trail.from(incidentId, after + 1, EVENTS_PER_ROUND),
    ]);
    return [newest, read.filter(({ seq }) => seq <= newest.state.version)];
  }

  async #open({ state }: LoadedIncident, after: number): Promise<AuditEvent[]> {
    const { trail } = this.#deps;
    const read = await trail.from(state.incidentId, after + 1, EVENTS_PER_ROUND);
    // An event newer than the state it is acted on would be acted on without being known.
    return read.filter(({ seq }) => seq <= state.version);
  }

  /** Which effects of these events were done before, read at once; nobody else does any meanwhile. */
  async #doneBefore(events: readonly AuditEvent[]): Promise<ReadonlySet<string>> {
    const wanted = events.flatMap((event) =>
      effectsOf(event).once.map((effect) => ({ event, effect })),
    );
    const read = wanted.map(async ({ event, effect }) => {
      const step = await this.#deps.rows.readStep(event.incidentId, event.seq, effect);
      return step?.done ? [keyOf(event, effect)] : [];
    });
    return new Set((await Promise.all(read)).flat());
  }

  /** @returns the incident, newer if the event opened a room */
  async #actOn(
    event: AuditEvent,
    incident: LoadedIncident,
    done: ReadonlySet<string>,
  ): Promise<LoadedIncident> {
    let newest = incident;
    for (const effect of effectsOf(event).once) {
      if (BESIDE.has(effect) || done.has(keyOf(event, effect))) continue;
      await this.#once(effect, event, newest);
      // The line of an early event needs the room that was opened just now.
      if (effect === 'assemble') newest = await this.#newest(newest);
    }
    return newest;
  }

  async #newest(known: LoadedIncident): Promise<LoadedIncident> {
    return (await this.#deps.record.load(known.state.incidentId)) ?? known;
  }

  /** Does an effect that was not done before, and notes that it is done now. */
  async #once(effect: OnceEffect, event: AuditEvent, incident: LoadedIncident): Promise<void> {
    const { rows, effects } = this.#deps;
    const { incidentId, seq } = event;
    try {
      await effects.once(effect, event, incident);
    } catch (error) {
      if (!(await this.#giveUp(error, event))) throw error;
      await this.#abandon(event, effect, error);
    }
    // A post keeps its own row of that name, with where it stands.
    if (!WITHOUT_ROW.has(effect) && (await rows.readStep(incidentId, seq, effect))?.done) return;
    await rows.writeStep(incidentId, seq, effect, { done: true, result: {} });
  }

  /**
   * Permanent at first sight, or open for an hour; an error nobody planned too, as it would hold up
   * everything behind it for ever. Only a trail that cannot be written cannot take "abandoned".
   *
   * The time that the incident waited for its turn in the chat's rate limits is no part of that hour:
   * the first failure after the turn came at last would be the end.
   */
  async #giveUp(error: unknown, { incidentId, at }: AuditEvent): Promise<boolean> {
    const { rows, clock } = this.#deps;
    if (error instanceof TrailError && error.code !== 'EVENT_INVALID') return false;
    if (error instanceof CodedError && !error.retryable) return true;
    const nowMs = clock.nowMs();
    const openMs = nowMs - Date.parse(at);
    if (error instanceof ChatError && error.code === 'CHAT_RATE_LIMITED') {
      // Nothing is wrong with what waits for its turn, and the turn comes.
      if (openMs > TURN_AWAITED_MS) return true;
      if (openMs <= WAIT_NOTED_AFTER_MS) return false;
      await rows.writeStep(incidentId, ...WAITED, { done: false, result: { atMs: `${nowMs}` } });
      return false;
    }
    if (openMs <= EFFECT_ABANDONED_AFTER_MS) return false;
    const waited = await rows.readStep(incidentId, ...WAITED);
    return nowMs - Number(waited?.result.atMs ?? 0) > EFFECT_ABANDONED_AFTER_MS;
  }

  async #abandon(event: AuditEvent, effect: string, error: unknown): Promise<void> {
    const { record, log } = this.#deps;
    const code = codeOf(error);
    log.error('effect abandoned', { incidentId: event.incidentId, seq: event.seq, effect, code });
    log.count('EffectAbandoned', { code });
    // A notice about a notice that cannot be posted would go on for ever.
    if (event.type === 'EFFECT_ABANDONED') return;
    await record.run({
      incidentId: event.incidentId,
      commandId: `abandoned#${event.seq}#${effect}`.slice(0, 300),
      actor: WORKER,
      decide: () => ({
        append: 'EFFECT_ABANDONED',
        details: { effectOfSeq: event.seq, effect, reason: reasonOf(error) },
      }),
    });
  }

  /**
   * Nothing is open: the sweeper need not come back, unless a publication is under way or
   * looked for, or a draft waits for people, who are reminded even if no schedule ever comes, or the
   * page contradicts the record.
   */
  async #settle(incidentId: string, incident: LoadedIncident): Promise<void> {
    if (!incident.unfinishedToken) return;
    const underWay = incident.state.drafts?.some(
      ({ status, attempt }) =>
        ['pending_approval', 'approved', 'publishing'].includes(status) ||
        (status === 'unconfirmed' && Boolean(attempt?.nextLookAt)),
    );
    if (underWay || incident.state.obligation?.isOpen) return;
    await this.#deps.rows.clearUnfinished(incidentId, incident.unfinishedToken);
  }
}

function isNews(event: AuditEvent, done: ReadonlySet<string>): boolean {
  return effectsOf(event).once.some((effect) => !done.has(keyOf(event, effect)));
}

function keyOf({ seq }: AuditEvent, effect: OnceEffect): string {
  return `${seq}#${effect}`;
}
