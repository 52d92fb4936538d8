/** How long a FIFO queue remembers what it took. Unit: ms. */
const REMEMBERED_MS = 300_000;
/** As the functions do: after the third failed delivery the sweeper asks anew. */
const DELIVERIES_MAX = 3;
/** A message that failed comes back after this. Unit: ms. */
const BACK_AFTER_MS = 4_000;

type Waiting<M> = { message: M; deliveries: number; visibleAtMs: number };

/** A FIFO queue on a clock that tests move: repeated ids are dropped, what failed comes back. */
export class LivesQueue<M> {
  readonly #nowMs: () => number;
  readonly #seen = new Map<string, number>();
  #waiting: Waiting<M>[] = [];

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  put(message: M, deduplicationId: string): void {
    const nowMs = this.#nowMs();
    const seenMs = this.#seen.get(deduplicationId);
    if (seenMs !== undefined && nowMs - seenMs < REMEMBERED_MS) return;
    this.#seen.set(deduplicationId, nowMs);
    this.#waiting.push({ message: structuredClone(message), deliveries: 0, visibleAtMs: nowMs });
  }

  get size(): number {
    return this.#waiting.length;
  }

  /** Delivers the oldest message that may be taken now. @returns whether there was one */
  async deliverOne(handle: (message: M) => Promise<'done' | 'again'>): Promise<boolean> {
    const nowMs = this.#nowMs();
    const at = this.#waiting.findIndex(({ visibleAtMs }) => visibleAtMs <= nowMs);
    const [taken] = at < 0 ? [] : this.#waiting.splice(at, 1);
    if (!taken) return false;
    taken.deliveries += 1;
    if ((await handle(taken.message)) === 'again' && taken.deliveries < DELIVERIES_MAX) {
      this.#waiting.push({ ...taken, visibleAtMs: this.#nowMs() + BACK_AFTER_MS });
    }
    return true;
  }
}
