import type { WorldClock } from './world-clock.ts';

/** A planned misbehaviour of a fake. See `FaultBoard.plan` for the accepted fields. */
export type Fault = {
  match: string;
  caller?: string;
  nth?: number;
  times?: number;
  delayMs?: number;
  answerDelayMs?: number;
  effect?: 'none' | 'done';
  status?: number;
  error?: string;
  retryAfterS?: number;
  answer?: 'drop' | 'never';
  kill?: 'before' | 'after';
};

/** One recorded call at a fake. `args` never holds a secret; `status` is 0 for a dropped answer. */
export type RecordedCall = {
  operation: string;
  caller: string;
  atMs: number;
  args: unknown;
  status: number;
  faulted: boolean;
};

/** What a fake answers: HTTP status, headers and body. */
export type Reply = { status: number; headers?: Record<string, string>; body: string | Buffer };
/** What the transport must do: send a reply, close the connection, or hold it open for ever. */
export type Outcome = { kind: 'reply'; reply: Reply } | { kind: 'drop' } | { kind: 'never' };

/** Builds the vendor's own error shape from a fault's `status`, `error` and `retryAfterS`. */
export type FaultReply = (fault: {
  status?: number;
  error?: string;
  retryAfterS?: number;
}) => Reply;

const FIELDS: Record<string, (value: unknown) => boolean> = {
  match: (v) => typeof v === 'string' && v.length > 0,
  caller: (v) => typeof v === 'string' && v.length > 0,
  nth: (v) => Number.isSafeInteger(v) && (v as number) >= 1,
  times: (v) => Number.isSafeInteger(v) && (v as number) >= 0,
  delayMs: (v) => Number.isSafeInteger(v) && (v as number) >= 0,
  answerDelayMs: (v) => Number.isSafeInteger(v) && (v as number) >= 0,
  effect: (v) => v === 'none' || v === 'done',
  status: (v) => Number.isSafeInteger(v) && (v as number) >= 100 && (v as number) <= 599,
  error: (v) => typeof v === 'string' && v.length > 0,
  retryAfterS: (v) => Number.isSafeInteger(v) && (v as number) >= 0,
  answer: (v) => v === 'drop' || v === 'never',
  kill: (v) => v === 'before' || v === 'after',
};

/** Thrown for a fault that is not of the documented form; fakes answer 400 with its message. */
export class FaultError extends Error {}

/** Checks a fault as posted. @throws {FaultError} naming the field, what was expected and got */
export function parseFault(input: unknown): Fault {
  if (typeof input !== 'object' || input === null || Array.isArray(input)) {
    throw new FaultError('cannot plan fault: expected a JSON object');
  }
  for (const [key, value] of Object.entries(input)) {
    const check = FIELDS[key];
    if (!check) {
      throw new FaultError(
        `cannot plan fault: expected fields ${Object.keys(FIELDS).join(' ')}, got ${key}`,
      );
    }
    if (!check(value)) {
      throw new FaultError(`cannot plan fault: bad value for ${key}: ${JSON.stringify(value)}`);
    }
  }
  if (!('match' in input)) throw new FaultError('cannot plan fault: expected match, got nothing');
  return input as Fault;
}

type PlannedFault = { fault: Fault; seen: number; hits: number };

/** Limits the log of one fake, so a long demo does not grow without end. */
const MAX_RECORDED_CALLS = 50_000;

/**
 * The call log and the planned faults of one fake.
 *
 * Order for a faulted call: wait `delayMs` → `kill: before` → the operation, if `effect` is
 * `done` → `kill: after` → wait `answerDelayMs` → the answer.
 */
export class FaultBoard {
  readonly #clock: WorldClock;
  readonly #faultReply: FaultReply;
  #kill: ((caller: string) => void) | undefined;
  #calls: RecordedCall[] = [];
  #counts = new Map<string, number>();
  #faults: PlannedFault[] = [];

  constructor(deps: {
    clock: WorldClock;
    faultReply: FaultReply;
    /** Ends the calling function's process; absent when functions run inline. */
    kill?: ((caller: string) => void) | undefined;
  }) {
    this.#clock = deps.clock;
    this.#faultReply = deps.faultReply;
    this.#kill = deps.kill;
  }

  /** @throws {FaultError} on an unknown field, a bad value, or `kill` without processes */
  plan(input: unknown): Fault {
    const fault = parseFault(input);
    if (fault.kill && !this.#kill) {
      throw new FaultError('cannot plan fault: kill needs --functions=process');
    }
    this.#faults.push({ fault, seen: 0, hits: 0 });
    return fault;
  }

  /** Takes back what was planned, by the very object that `plan` gave back. */
  withdraw(fault: Fault): void {
    this.#faults = this.#faults.filter((planned) => planned.fault !== fault);
  }

  faults(): (Fault & { hits: number })[] {
    return this.#faults.map(({ fault, hits }) => ({ ...fault, hits }));
  }

  clearFaults(): void {
    this.#faults = [];
  }

  calls(): { calls: RecordedCall[]; counts: Record<string, number> } {
    return { calls: [...this.#calls], counts: Object.fromEntries(this.#counts) };
  }

  clearCalls(): void {
    this.#calls = [];
    this.#counts.clear();
  }

  /** Records one call and runs it under the first planned fault that hits it. */
  async run(
    call: { operation: string; caller: string; args: unknown },
    perform: () => Promise<Reply>,
  ): Promise<Outcome> {
    const record: RecordedCall = { ...call, atMs: this.#clock.nowMs(), status: 0, faulted: false };
    this.#record(record);
    const fault = this.#hit(call);
    if (!fault) return this.#reply(record, await perform());
    record.faulted = true;
    if (fault.delayMs) await this.#clock.sleep(fault.delayMs);
    if (fault.kill === 'before') return this.#killed(call.caller);
    const failing = (fault.status ?? 0) >= 400 || fault.error !== undefined;
    const effect = fault.effect ?? (failing ? 'none' : 'done');
    const normal = effect === 'done' ? await perform() : undefined;
    if (fault.kill === 'after') return this.#killed(call.caller);
    if (fault.answerDelayMs) await this.#clock.sleep(fault.answerDelayMs);
    if (fault.answer) return { kind: fault.answer };
    if (fault.status !== undefined || fault.error !== undefined) {
      return this.#reply(record, this.#faultReply(fault));
    }
    return this.#reply(record, normal ?? this.#faultReply({ status: 500 }));
  }

  #killed(caller: string): Outcome {
    this.#kill?.(caller);
    return { kind: 'drop' };
  }

  #reply(record: RecordedCall, reply: Reply): Outcome {
    record.status = reply.status;
    return { kind: 'reply', reply };
  }

  #record(call: RecordedCall): void {
    this.#calls.push(call);
    if (this.#calls.length > MAX_RECORDED_CALLS) this.#calls.shift();
    this.#counts.set(call.operation, (this.#counts.get(call.operation) ?? 0) + 1);
  }

  #hit(call: { operation: string; caller: string }): Fault | undefined {
    let chosen: Fault | undefined;
    for (const planned of this.#faults) {
      const { fault } = planned;
      if (fault.match !== '*' && fault.match !== call.operation) continue;
      if (fault.caller !== undefined && fault.caller !== call.caller) continue;
      planned.seen += 1;
      const first = fault.nth ?? 1;
      const times = fault.times ?? 1;
      const inRange = planned.seen >= first && (times === 0 || planned.seen < first + times);
      if (!chosen && inRange) {
        planned.hits += 1;
        chosen = fault;
      }
    }
    return chosen;
  }
}
