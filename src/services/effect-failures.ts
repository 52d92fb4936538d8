import type { AuditEvent } from '../domain/audit-event.ts';
import { type Fate, fateOf } from '../domain/effect-fate.ts';
import { codeOf, reasonOf } from '../domain/errors.ts';
import {
  EFFECT_ABANDONED_AFTER_MS,
  EFFECT_PUT_ASIDE_AFTER_MS,
  ROOM_FAILED_AFTER_MS,
} from '../domain/limits.ts';
import { isOver } from '../domain/transitions.ts';
import {
  CALLS_PEOPLE,
  IN_ROOM,
  type OnceEffect,
  PLACE_VARIES,
  type RefreshEffect,
  WITHOUT_ROW,
} from './effect-plan.ts';
import type { IncidentRecord, LoadedIncident } from './incident-record.ts';
import type { AuditTrail, Clock, IncidentRows, Log } from './ports.ts';
import { type AsideEffect, type PutAside, refreshPart } from './put-aside.ts';
import { WORKER } from './responders.ts';

/** Does one kind of effect. Throws a retryable coded error to be called again later. */
export interface Effects {
  once(effect: OnceEffect, event: AuditEvent, incident: LoadedIncident): Promise<void>;
  refresh(effects: ReadonlySet<RefreshEffect>, incident: LoadedIncident): Promise<void>;
  /**
   * An effect, or a part that is kept in line, cannot be done for now: people are told why, once a
   * cause and time of trouble, which `sinceMs` names. Safe to repeat. Throws only when what it has to
   * put on record cannot be appended.
   */
  putAside(
    effect: OnceEffect | RefreshEffect,
    of: { event: AuditEvent; incident: LoadedIncident; error: unknown; sinceMs: number },
  ): Promise<void>;
}

/** One run over an incident: what waits from earlier, and what failed in this run already. */
export type Run = { aside: PutAside; failed: Set<string> };

/** From then on it is noted when an incident last waited for its turn. Unit: ms. */
const WAIT_NOTED_AFTER_MS = ROOM_FAILED_AFTER_MS / 2;
/** Journal row that says so, of the incident's first event: what waits holds up all behind it. */
const WAITED = [1, 'waited'] as const;

export type EffectFailuresDeps = {
  record: IncidentRecord;
  trail: AuditTrail;
  rows: IncidentRows;
  effects: Effects;
  clock: Clock;
  log: Log;
};

/** What becomes of effects that fail: tried again, put aside and caught up later, or given up. */
export class EffectFailures {
  readonly #deps: EffectFailuresDeps;

  constructor(deps: EffectFailuresDeps) {
    this.#deps = deps;
  }

  /** Notes that an effect of an event is done. */
  async noteDone({ incidentId, seq }: AuditEvent, effect: OnceEffect): Promise<void> {
    const { rows } = this.#deps;
    // A post keeps its own row of that name, with where it stands.
    if (!WITHOUT_ROW.has(effect) && (await rows.readStep(incidentId, seq, effect))?.done) return;
    await rows.writeStep(incidentId, seq, effect, { done: true, result: {} });
  }

  /** @throws what is to be tried again before anything else */
  async failed(
    which: AsideEffect,
    of: { event: AuditEvent; incident: LoadedIncident; run: Run; error: unknown },
  ): Promise<Fate> {
    const { event, incident, run, error } = of;
    const fate = await this.#fateOf(error, event, which.effect);
    if (fate === 'again') throw error;
    if (fate === 'aside' && run.aside.add(which)) {
      await this.#tellAside(which, { event, incident, error, sinceMs: run.aside.sinceMs });
      run.failed.add(which.effect);
      return fate;
    }
    await this.#abandon(event, which.effect, reasonOf(error));
    return 'never';
  }

  async #tellAside({ effect }: AsideEffect, of: Parameters<Effects['putAside']>[1]): Promise<void> {
    const { log, effects } = this.#deps;
    const { incidentId, seq } = of.event;
    const code = codeOf(of.error);
    log.warn('effect put aside', { incidentId, seq, effect, code, reason: reasonOf(of.error) });
    log.count('EffectPutAside', { code });
    await effects.putAside(refreshPart(effect) ?? (effect as OnceEffect), of);
  }

  /**
   * What was put aside, in the order of its events; of effects that fail alike only the first is tried.
   * @returns whether anything of it is done now
   */
  async catchUp(incident: LoadedIncident, run: Run): Promise<boolean> {
    const { aside } = run;
    let newest = incident;
    let isCaughtUp = false;
    aside.tried();
    try {
      for (const which of aside.effects) {
        if (waitsBehind(which.effect, run) || waitsForRoom(which.effect, newest, aside)) continue;
        const event = await this.#deps.trail.get(incident.state.incidentId, which.seq);
        if (!event) {
          aside.remove(which);
          continue;
        }
        if (!(await this.#retry(which, { event, incident: newest, run }))) continue;
        isCaughtUp = true;
        if (which.effect === 'assemble') newest = await this.#newest(newest);
      }
    } finally {
      await aside.save();
    }
    return isCaughtUp;
  }

  /** @returns whether it is done now */
  async #retry(
    which: AsideEffect,
    of: { event: AuditEvent; incident: LoadedIncident; run: Run },
  ): Promise<boolean> {
    const { effects } = this.#deps;
    const { event, incident, run } = of;
    const { effect } = which;
    try {
      const part = refreshPart(effect);
      if (part) await effects.refresh(new Set([part]), incident);
      else {
        await effects.once(effect as OnceEffect, event, incident);
        await this.noteDone(event, effect as OnceEffect);
      }
      run.aside.remove(which);
      return true;
    } catch (error) {
      const fate = fateOf(error, { openMs: run.aside.waitedMs, patienceMs: -1 });
      if (fate === 'again') throw error;
      const isTooOld = run.aside.waitedMs > EFFECT_ABANDONED_AFTER_MS;
      if (!CALLS_PEOPLE.has(effect) && (fate === 'never' || isTooOld)) {
        run.aside.remove(which);
        await this.#abandon(event, effect, reasonOf(error));
        return false;
      }
      run.failed.add(effect);
      await this.#tellAside(which, { event, incident, error, sinceMs: run.aside.sinceMs });
      return false;
    }
  }

  /**
   * The time that the incident waited for its turn in the chat's rate limits counts for nothing: the
   * first failure after the turn came at last would be the end.
   */
  async #fateOf(error: unknown, { incidentId, at }: AuditEvent, effect: string): Promise<Fate> {
    const { rows, clock } = this.#deps;
    const nowMs = clock.nowMs();
    const calls = CALLS_PEOPLE.has(effect);
    const patienceMs = calls ? ROOM_FAILED_AFTER_MS : EFFECT_PUT_ASIDE_AFTER_MS;
    const openMs = nowMs - Date.parse(at);
    const fate = fateOf(error, { openMs, patienceMs });
    if (codeOf(error) === 'CHAT_RATE_LIMITED') {
      if (fate === 'again' && openMs > WAIT_NOTED_AFTER_MS) {
        await rows.writeStep(incidentId, ...WAITED, { done: false, result: { atMs: `${nowMs}` } });
      }
      return fate;
    }
    // Without its room an incident is nothing to people: that is never given up.
    if (fate === 'never' && calls) return 'aside';
    if (fate !== 'aside' || openMs <= patienceMs) return fate;
    const waited = await rows.readStep(incidentId, ...WAITED);
    return fateOf(error, { openMs: nowMs - Number(waited?.result.atMs ?? 0), patienceMs });
  }

  async #abandon(event: AuditEvent, effect: string, reason: string): Promise<void> {
    const { record, log } = this.#deps;
    log.error('effect abandoned', { incidentId: event.incidentId, seq: event.seq, effect, reason });
    log.count('EffectAbandoned');
    // A notice about a notice that cannot be posted would go on for ever.
    if (event.type === 'EFFECT_ABANDONED') return;
    await record.run({
      incidentId: event.incidentId,
      commandId: `abandoned#${event.seq}#${effect}`.slice(0, 300),
      actor: WORKER,
      decide: () => ({
        append: 'EFFECT_ABANDONED',
        details: { effectOfSeq: event.seq, effect, reason },
      }),
    });
  }

  async #newest(known: LoadedIncident): Promise<LoadedIncident> {
    return (await this.#deps.record.load(known.state.incidentId)) ?? known;
  }
}

/** Whether one like it failed in this run, which it must not overtake. */
export function waitsBehind(effect: string, { failed }: Run): boolean {
  return failed.has(effect) && !PLACE_VARIES.has(effect);
}

/** Whether anything that was put aside can be tried as things stand. */
export function isOpen(incident: LoadedIncident, aside: PutAside): boolean {
  return aside.effects.some(({ effect }) => !waitsForRoom(effect, incident, aside));
}

/** An incident that ended without a room needs none, unless it is taken up again. */
export function waitsForRoom(effect: string, { state }: LoadedIncident, aside: PutAside): boolean {
  if (state.room || !aside.has(ASSEMBLY)) return false;
  return effect === ASSEMBLY.effect ? isOver(state) : IN_ROOM.has(effect);
}

/** The room of an incident, which its first event asks for. */
const ASSEMBLY: AsideEffect = { seq: 1, effect: 'assemble' };
