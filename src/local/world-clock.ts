/**
 * The one clock of the embedded world.
 *
 * It runs with real time and is only ever moved forward. Functions, fakes, rate buckets, queue
 * visibility, schedules and expiries all read it, so advancing it makes all of it fall due at once.
 */
export class WorldClock {
  #offsetMs = 0;
  #timers = new Set<WorldTimer>();
  #realTimer: NodeJS.Timeout | undefined;
  #listeners = new Set<(offsetMs: number) => void>();

  nowMs(): number {
    return Date.now() + this.#offsetMs;
  }

  /** How far the world is ahead of real time, for child processes. */
  get offsetMs(): number {
    return this.#offsetMs;
  }

  /** Moves time forward and fires what fell due, in order of due time. @returns the new time */
  advance(ms: number): number {
    if (!Number.isSafeInteger(ms) || ms < 0) {
      throw new RangeError(`cannot advance the clock: expected advanceMs >= 0, got ${ms}`);
    }
    this.#offsetMs += ms;
    for (const listener of this.#listeners) listener(this.#offsetMs);
    this.#fireDue();
    return this.nowMs();
  }

  /** Calls `listener` with the new offset after each advance. @returns an unsubscribe function */
  onAdvance(listener: (offsetMs: number) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Runs `action` once when the world's time reaches `atMs`. @returns a cancel function */
  at(atMs: number, action: () => void): () => void {
    const timer: WorldTimer = { atMs, action };
    this.#timers.add(timer);
    this.#arm();
    return () => {
      this.#timers.delete(timer);
      this.#arm();
    };
  }

  /** Resolves after `ms` of the world's time. */
  sleep(ms: number): Promise<void> {
    return new Promise((resolve) => this.at(this.nowMs() + ms, resolve));
  }

  /** Stops the real timer. Pending actions never run. */
  close(): void {
    this.#timers.clear();
    clearTimeout(this.#realTimer);
  }

  #fireDue(): void {
    const now = this.nowMs();
    const due = [...this.#timers].filter((timer) => timer.atMs <= now);
    due.sort((a, b) => a.atMs - b.atMs);
    for (const timer of due) {
      this.#timers.delete(timer);
      timer.action();
    }
    this.#arm();
  }

  #arm(): void {
    clearTimeout(this.#realTimer);
    let next = Number.POSITIVE_INFINITY;
    for (const timer of this.#timers) next = Math.min(next, timer.atMs);
    if (next === Number.POSITIVE_INFINITY) return;
    // setTimeout's own ceiling is 2^31-1 ms; a far timer re-arms when that passes.
    const waitMs = Math.min(Math.max(0, next - this.nowMs()), 2_000_000_000);
    this.#realTimer = setTimeout(() => this.#fireDue(), waitMs);
    this.#realTimer.unref();
  }
}

type WorldTimer = { atMs: number; action: () => void };
