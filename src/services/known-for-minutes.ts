import type { Clock } from './ports.ts';

/** How long who somebody is, or who is in a room, is remembered. Unit: ms. */
export const REMEMBERED_MS = 180_000;
/** Answers remembered at a time. */
const REMEMBERED_MAX = 1_000;

/**
 * Answers of the chat workspace, remembered for some minutes in the process: two hundred notes at once
 * must not wait for two hundred look-ups. Nothing that decides what customers read may ask it.
 */
export class KnownForMinutes<T> {
  readonly #clock: Clock;
  readonly #known = new Map<string, { answer: Promise<T>; untilMs: number }>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /**
   * The answer as remembered, else as asked now; who asks meanwhile waits for the same answer. One that
   * fails, or is not to be kept, is not remembered.
   * @param of.keeps - false: the next who wants to know asks again
   */
  async get(key: string, of: { ask: () => Promise<T>; keeps: (answer: T) => boolean }): Promise<T> {
    const nowMs = this.#clock.nowMs();
    const known = this.#known.get(key);
    if (known && known.untilMs > nowMs) {
      const answer = await known.answer;
      if (of.keeps(answer)) return answer;
    }
    if (this.#known.size >= REMEMBERED_MAX) this.#known.clear();
    const asked = of.ask();
    this.#known.set(key, { answer: asked, untilMs: nowMs + REMEMBERED_MS });
    const forget = () => {
      if (this.#known.get(key)?.answer === asked) this.#known.delete(key);
    };
    try {
      const answer = await asked;
      if (!of.keeps(answer)) forget();
      return answer;
    } catch (error) {
      forget();
      throw error;
    }
  }
}
