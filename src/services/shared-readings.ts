import type { Clock } from './ports.ts';

/** How long what was read serves others who may use it. Unit: ms. */
const READING_KEPT_MS = 60_000;
/** Readings kept at a time. */
const READINGS_MAX = 200;

type Reading = { begunAtMs: number; answer: Promise<unknown> };

/**
 * Readings of what costs scarce calls, kept for a minute in the process. Each is known by the instant it
 * began at, so that whoever needs the state after some instant never gets an older one, and many who
 * need it at once share one reading.
 */
export class SharedReadings {
  readonly #clock: Clock;
  readonly #kept = new Map<string, Reading>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /**
   * The newest reading, if it began after `readAfterMs` and not longer ago than a minute; else a new one.
   * One that is under way is waited for; if it fails, whoever waited reads for themselves.
   * @param readAfterMs - epoch ms; 0: whatever is kept will do; Infinity: always a new one
   * @throws what `read` throws; a failed reading is not kept
   */
  async get<T>(key: string, readAfterMs: number, read: () => Promise<T>): Promise<T> {
    const kept = this.#kept.get(key);
    const sinceMs = Math.max(readAfterMs, this.#clock.nowMs() - READING_KEPT_MS);
    if (!kept || kept.begunAtMs <= sinceMs) return this.#begin(key, read);
    try {
      return (await kept.answer) as T;
    } catch {
      return this.get(key, readAfterMs, read);
    }
  }

  /** The next one who asks reads anew. */
  forget(key: string): void {
    this.#kept.delete(key);
  }

  async #begin<T>(key: string, read: () => Promise<T>): Promise<T> {
    if (this.#kept.size >= READINGS_MAX) this.#kept.clear();
    const reading = { begunAtMs: this.#clock.nowMs(), answer: read() };
    this.#kept.set(key, reading);
    try {
      return await reading.answer;
    } catch (error) {
      if (this.#kept.get(key) === reading) this.#kept.delete(key);
      throw error;
    }
  }
}
