import { performance } from 'node:perf_hooks';

/** Runs one function, in this process or in its own. */
export interface FunctionRunner {
  readonly name: string;
  readonly stats: FunctionStats;
  /**
   * Runs the function once. Several invocations may run at a time.
   *
   * @throws {FunctionKilledError} when the function's process ended under the invocation
   */
  invoke(event: unknown): Promise<unknown>;
  /** Ends the function for good. */
  close(): Promise<void>;
}

/** The function's process ended before it answered. */
export class FunctionKilledError extends Error {
  constructor(name: string) {
    super(`cannot finish ${name}: its process was killed`);
    this.name = 'FunctionKilledError';
  }
}

/** What `GET /_world/functions` tells of one function. Durations are milliseconds of real time. */
export type FunctionCounts = {
  invocations: number;
  errors: number;
  inFlight: number;
  restarts: number;
  lastDurationMs: number | null;
  p50Ms: number | null;
  p95Ms: number | null;
};

/** How many durations the percentiles look back on. */
const MAX_DURATIONS = 1_000;

/** Counts of one function. An answer that names failed messages is not an error, as on AWS. */
export class FunctionStats {
  #invocations = 0;
  #errors = 0;
  #inFlight = 0;
  #restarts = 0;
  readonly #durations: number[] = [];

  get inFlight(): number {
    return this.#inFlight;
  }

  restarted(): void {
    this.#restarts += 1;
  }

  /** Counts one invocation around `run`. */
  async measure<T>(run: () => Promise<T>): Promise<T> {
    const startedMs = performance.now();
    this.#invocations += 1;
    this.#inFlight += 1;
    try {
      return await run();
    } catch (error) {
      this.#errors += 1;
      throw error;
    } finally {
      this.#inFlight -= 1;
      this.#durations.push(Math.round((performance.now() - startedMs) * 10) / 10);
      if (this.#durations.length > MAX_DURATIONS) this.#durations.shift();
    }
  }

  counts(): FunctionCounts {
    const sorted = [...this.#durations].sort((a, b) => a - b);
    const percentile = (share: number) =>
      sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? null;
    return {
      invocations: this.#invocations,
      errors: this.#errors,
      inFlight: this.#inFlight,
      restarts: this.#restarts,
      lastDurationMs: this.#durations.at(-1) ?? null,
      p50Ms: percentile(0.5),
      p95Ms: percentile(0.95),
    };
  }
}

/** The log line for an invocation that failed, as Lambda itself would write one. */
export function failureLine(name: string, error: unknown): string {
  const { message, stack = '' } = error instanceof Error ? error : new Error(String(error));
  const frames = stack.split('\n').slice(1, MAX_LOGGED_FRAMES + 1);
  return JSON.stringify({
    level: 'WARN',
    message: 'invocation failed',
    function: name,
    reason: message,
    frames: frames.map((frame) => frame.trim()),
  });
}

/** Enough to find the line at fault. */
const MAX_LOGGED_FRAMES = 5;

/** Rejects when `run` takes longer than the function's time-out, in real time. */
export async function withTimeout<T>(
  name: string,
  timeoutMs: number,
  run: () => Promise<T>,
): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(
      () => reject(new Error(`cannot finish ${name}: expected ${timeoutMs} ms at most`)),
      timeoutMs,
    );
    timer.unref();
  });
  try {
    return await Promise.race([run(), late]);
  } finally {
    clearTimeout(timer);
  }
}
