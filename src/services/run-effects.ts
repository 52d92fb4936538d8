import type { AuditEvent } from '../domain/audit-event.ts';
import type { IncidentState } from '../domain/incident-state.ts';
import { countAwaited } from '../domain/timers.ts';
import type { CallerContext } from './call-budget.ts';
import {
  EffectFailures,
  type EffectFailuresDeps,
  isOpen,
  type Run,
  waitsBehind,
  waitsForRoom,
} from './effect-failures.ts';
import { BESIDE, effectsOf, type OnceEffect, type RefreshEffect } from './effect-plan.ts';
import { awaitsFlappedLine } from './flapping-alerts.ts';
import type { LoadedIncident } from './incident-record.ts';
import { asideRefresh, PutAside } from './put-aside.ts';
import { settleAll } from './settle-all.ts';

/** How often a run looks again for events that its own effects appended. */
const ROUNDS_MAX = 20;
/** How often a round goes on with what it appended itself, before it shows where things stand. */
const PASSES_MAX = 3;
/** Events whose effects one round does; the largest hold 350 KB each. */
const EVENTS_PER_ROUND = 100;

export type RunEffectsDeps = EffectFailuresDeps & {
  /** Told on whose behalf the chat is called. @default nobody is */
  callers?: CallerContext;
  /**
   * Decides what follows from where the incident stands once every effect is done.
   * @returns whether it appended something; MUST be safe to repeat
   */
  atRest?: (incident: IncidentState) => Promise<boolean>;
};

/**
 * The trail is the outbox: does what is open in (`actedSeq`, head], then advances `actedSeq`.
 *
 * Runs of one incident MUST NOT overlap; the queue's group `work#<incident>` sees to it. Safe to
 * repeat after a crash at any point: an effect done once has a journal row, one that was started is
 * looked for before it is repeated.
 *
 * What cannot be done for now is put aside, so that it holds up nothing else, and is done later in its
 * order: when it is due, when something new happens, or when it is hurried.
 */
export class RunEffects {
  readonly #deps: RunEffectsDeps;
  readonly #failures: EffectFailures;

  constructor(deps: RunEffectsDeps) {
    this.#deps = deps;
    this.#failures = new EffectFailures(deps);
  }

  /**
   * @param isHurried - what was put aside is tried now, whenever it is due
   * @throws a retryable coded error when something has to be tried again
   */
  async run(incidentId: string, isHurried = false): Promise<void> {
    const { record, rows } = this.#deps;
    const failed = new Set<string>();
    for (let round = 0; round < ROUNDS_MAX; round += 1) {
      const [incident, aside] = await Promise.all([
        record.load(incidentId),
        PutAside.read(this.#deps, incidentId),
      ]);
      if (!incident) return;
      const run: Run = { aside, failed };
      const { version } = incident.state;
      const isNew = incident.actedSeq < version;
      if (round === 0 && (isNew || isHurried || aside.isDue) && isOpen(incident, aside)) {
        if (await this.#onBehalf(incident, () => this.#failures.catchUp(incident, run))) continue;
      }
      if (!isNew) {
        if (await this.#deps.atRest?.(incident.state)) continue;
        return this.#settle(incident, aside);
      }
      let head: AuditEvent | undefined;
      try {
        head = await this.#onBehalf(incident, () => this.#act(incident, run));
      } finally {
        await aside.save();
      }
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
  async #act(incident: LoadedIncident, run: Run): Promise<AuditEvent | undefined> {
    const refresh = new Set<RefreshEffect>();
    const beside: { effect: OnceEffect; event: AuditEvent }[] = [];
    let newest = incident;
    let head: AuditEvent | undefined;
    let open = await this.#unacted(incident, incident.actedSeq);
    for (let passes = 0; open.length > 0 && passes < PASSES_MAX; ) {
      const done = await this.#doneBefore(open, run);
      // What is done while its refresh still waits must not keep from its turn what came after it.
      if (open.some((event) => isNews(event, done))) passes += 1;
      for (const event of open) {
        newest = await this.#actOn(event, newest, { ...run, done });
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
      this.#refresh(refresh, { head, incident: last, run }),
      ...beside.map(({ effect, event }) => this.#once(effect, { event, incident: last, run })),
    ]);
    return head;
  }

  /** Each part by itself: one that cannot be brought in line keeps no other from it. */
  async #refresh(
    wanted: ReadonlySet<RefreshEffect>,
    of: { head: AuditEvent; incident: LoadedIncident; run: Run },
  ): Promise<void> {
    const { head: event, incident, run } = of;
    const bring = async (part: RefreshEffect) => {
      const name = asideRefresh(part);
      // It was put aside and tried a moment ago.
      if (run.failed.has(name)) return;
      try {
        await this.#deps.effects.refresh(new Set([part]), incident);
        run.aside.removeAll(name);
      } catch (error) {
        await this.#failures.failed(
          { seq: event.seq, effect: name },
          { event, incident, run, error },
        );
      }
    };
    await settleAll([...wanted].map(bring));
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

  async #unacted({ state }: LoadedIncident, after: number): Promise<AuditEvent[]> {
    const { trail } = this.#deps;
    const read = await trail.from(state.incidentId, after + 1, EVENTS_PER_ROUND);
    // An event newer than the state it is acted on would be acted on without being known.
    return read.filter(({ seq }) => seq <= state.version);
  }

  /**
   * Which effects of these events were done or put aside before, read at once; nobody else does any
   * meanwhile.
   */
  async #doneBefore(events: readonly AuditEvent[], { aside }: Run): Promise<ReadonlySet<string>> {
    const wanted = events.flatMap((event) =>
      effectsOf(event).once.map((effect) => ({ event, effect })),
    );
    const read = wanted.map(async ({ event, effect }) => {
      if (aside.has({ seq: event.seq, effect })) return [keyOf(event, effect)];
      const step = await this.#deps.rows.readStep(event.incidentId, event.seq, effect);
      return step?.done ? [keyOf(event, effect)] : [];
    });
    return new Set((await Promise.all(read)).flat());
  }

  /** @returns the incident, newer if the event opened a room */
  async #actOn(
    event: AuditEvent,
    incident: LoadedIncident,
    run: Run & { done: ReadonlySet<string> },
  ): Promise<LoadedIncident> {
    let newest = incident;
    for (const effect of effectsOf(event).once) {
      if (BESIDE.has(effect) || run.done.has(keyOf(event, effect))) continue;
      await this.#once(effect, { event, incident: newest, run });
      // The line of an early event needs the room that was opened just now.
      if (effect === 'assemble') newest = await this.#newest(newest);
    }
    return newest;
  }

  async #newest(known: LoadedIncident): Promise<LoadedIncident> {
    return (await this.#deps.record.load(known.state.incidentId)) ?? known;
  }

  /** Does an effect that was not done before, and notes that it is done now, or put aside. */
  async #once(
    effect: OnceEffect,
    of: { event: AuditEvent; incident: LoadedIncident; run: Run },
  ): Promise<void> {
    const { event, incident, run } = of;
    const which = { seq: event.seq, effect };
    // What comes after it must not overtake it.
    if (waitsBehind(effect, run) || waitsForRoom(effect, incident, run.aside)) {
      if (run.aside.add(which)) return;
    }
    try {
      await this.#deps.effects.once(effect, event, incident);
    } catch (error) {
      if ((await this.#failures.failed(which, { ...of, error })) === 'aside') return;
    }
    await this.#failures.noteDone(event, effect);
  }

  /**
   * Nothing is open: the sweeper need not come back, unless something was put aside, a publication is
   * under way or looked for, or a draft waits for people, who are reminded even if no schedule ever
   * comes, or the page contradicts the record, or an alert flaps and the room must hear how it ended.
   */
  async #settle(incident: LoadedIncident, aside: PutAside): Promise<void> {
    const { state, unfinishedToken } = incident;
    if (!unfinishedToken || isOpen(incident, aside)) return;
    const underWay = state.drafts?.some(
      ({ status, attempt }) =>
        ['pending_approval', 'approved', 'publishing'].includes(status) ||
        (status === 'unconfirmed' && Boolean(attempt?.nextLookAt)),
    );
    if (underWay || state.obligation?.isOpen || awaitsFlappedLine(state)) return;
    // Its minute's surplus is counted though the schedule that asks for it may be lost.
    if (countAwaited(state, this.#deps.clock.nowMs())) return;
    await this.#deps.rows.clearUnfinished(state.incidentId, unfinishedToken);
  }
}

function isNews(event: AuditEvent, done: ReadonlySet<string>): boolean {
  return effectsOf(event).once.some((effect) => !done.has(keyOf(event, effect)));
}

function keyOf({ seq }: AuditEvent, effect: OnceEffect): string {
  return `${seq}#${effect}`;
}
