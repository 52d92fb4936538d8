import type { WorldClock } from '../world-clock.ts';

/** "1 request / second / token, on a 60 second rolling window" (developer.statuspage.io). */
const WINDOW_MS = 60_000;
const REQUESTS_PER_WINDOW = 60;

/** Counts each token's requests over the rolling window. Refused requests are not counted. */
export class RequestBudget {
  readonly #clock: WorldClock;
  readonly #spentAtMs = new Map<string, number[]>();

  constructor(deps: { clock: WorldClock }) {
    this.#clock = deps.clock;
  }

  /** @returns false when this token has spent its 60 requests of the last 60 s */
  take(token: string): boolean {
    const nowMs = this.#clock.nowMs();
    const spent = (this.#spentAtMs.get(token) ?? []).filter((atMs) => atMs > nowMs - WINDOW_MS);
    const allowed = spent.length < REQUESTS_PER_WINDOW;
    if (allowed) spent.push(nowMs);
    this.#spentAtMs.set(token, spent);
    return allowed;
  }
}
