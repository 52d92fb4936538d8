import { PUT_ASIDE_MAX } from '../domain/limits.ts';
import type { RefreshEffect } from './effect-plan.ts';
import type { Clock, IncidentRows } from './ports.ts';

/** The row that holds the list: of the incident's first event. */
const ROW = [1, 'put_aside'] as const;
const RETRY_MIN_MS = 60_000;
const RETRY_MAX_MS = 3_600_000;
/** A wait is so many times shorter than the time that was waited already. */
const GROWTH = 4;

type Deps = { rows: Pick<IncidentRows, 'readStep' | 'writeStep'>; clock: Clock };

/** How a part that is kept in line is named among effects. */
const REFRESH = 'refresh ';

/** An effect of one event, or one part that is kept in line, as `asideRefresh` names it. */
export type AsideEffect = { seq: number; effect: string };

/** The name under which a part that is kept in line is put aside. */
export function asideRefresh(part: RefreshEffect): string {
  return `${REFRESH}${part}`;
}

/** The part that such a name stands for; undefined: it is the name of an effect of one event. */
export function refreshPart(effect: string): RefreshEffect | undefined {
  return effect.startsWith(REFRESH) ? (effect.slice(REFRESH.length) as RefreshEffect) : undefined;
}

/**
 * The effects of one incident that could not be done for now, in the order of their events. In memory
 * until `save`, which MUST come before the incident's effects count as done.
 */
export class PutAside {
  readonly #deps: Deps;
  readonly #incidentId: string;
  readonly #keys: Map<string, AsideEffect>;
  #sinceMs: number;
  #triedAtMs: number;
  #isChanged = false;

  private constructor(
    deps: Deps,
    of: { incidentId: string; keys: string[]; sinceMs: number; triedAtMs: number },
  ) {
    this.#deps = deps;
    this.#incidentId = of.incidentId;
    this.#keys = new Map(of.keys.map((key) => [key, effectOf(key)]));
    this.#sinceMs = of.sinceMs;
    this.#triedAtMs = of.triedAtMs;
  }

  static async read(deps: Deps, incidentId: string): Promise<PutAside> {
    const {
      keys = '',
      sinceMs,
      triedAtMs,
    } = (await deps.rows.readStep(incidentId, ...ROW))?.result ?? {};
    return new PutAside(deps, {
      incidentId,
      keys: keys.split('\n').filter((key) => key !== ''),
      sinceMs: Number(sinceMs ?? 0),
      triedAtMs: Number(triedAtMs ?? 0),
    });
  }

  get effects(): readonly AsideEffect[] {
    return [...this.#keys.values()].sort((a, b) => a.seq - b.seq);
  }

  /** Since when there has always been one of them: the name of this time of trouble. Epoch ms. */
  get sinceMs(): number {
    return this.#sinceMs;
  }

  /** How long the oldest of them has been put aside. Unit: ms. */
  get waitedMs(): number {
    return this.#deps.clock.nowMs() - this.#sinceMs;
  }

  /** Whether it is time to try again: waits grow from a minute to an hour. */
  get isDue(): boolean {
    const grown = (this.#triedAtMs - this.#sinceMs) / GROWTH;
    const waitMs = Math.min(RETRY_MAX_MS, Math.max(RETRY_MIN_MS, grown));
    return this.#deps.clock.nowMs() - this.#triedAtMs >= waitMs;
  }

  has({ seq, effect }: AsideEffect): boolean {
    return this.#keys.has(keyOf({ seq, effect }));
  }

  /** @returns false when there are too many to remember another one */
  add(effect: AsideEffect): boolean {
    if (this.has(effect)) return true;
    if (this.#keys.size >= PUT_ASIDE_MAX) return false;
    const nowMs = this.#deps.clock.nowMs();
    if (this.#keys.size === 0) this.#sinceMs = nowMs;
    // A part that is kept in line is brought there once, for whichever event.
    if (refreshPart(effect.effect)) this.removeAll(effect.effect);
    this.#keys.set(keyOf(effect), effect);
    this.#triedAtMs = nowMs;
    this.#isChanged = true;
    return true;
  }

  remove(effect: AsideEffect): void {
    this.#isChanged = this.#keys.delete(keyOf(effect)) || this.#isChanged;
  }

  /** Removes every effect of this name. */
  removeAll(name: string): void {
    for (const each of this.effects) if (each.effect === name) this.remove(each);
  }

  /** Notes that they were tried just now. */
  tried(): void {
    this.#triedAtMs = this.#deps.clock.nowMs();
    this.#isChanged = true;
  }

  async save(): Promise<void> {
    if (!this.#isChanged) return;
    const done = this.#keys.size === 0;
    const keys = [...this.#keys.keys()].join('\n');
    const times = { sinceMs: `${this.#sinceMs}`, triedAtMs: `${this.#triedAtMs}` };
    const result: Record<string, string> = done ? {} : { keys, ...times };
    await this.#deps.rows.writeStep(this.#incidentId, ...ROW, { done, result });
    this.#isChanged = false;
  }
}

function keyOf({ seq, effect }: AsideEffect): string {
  return `${seq}#${effect}`;
}

function effectOf(key: string): AsideEffect {
  const at = key.indexOf('#');
  return { seq: Number(key.slice(0, at)), effect: key.slice(at + 1) };
}
