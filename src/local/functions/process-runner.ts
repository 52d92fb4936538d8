import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { ConfigError } from '../../config.ts';
import type { WorldClock } from '../world-clock.ts';
import {
  FunctionKilledError,
  type FunctionRunner,
  FunctionStats,
  withTimeout,
} from './function-runner.ts';
import type { FromProcess, ToProcess } from './process-messages.ts';

const DEFAULT_ENTRY = fileURLToPath(new URL('./function-process.ts', import.meta.url));

type Waiting = { resolve: (answer: unknown) => void; reject: (error: Error) => void };

/** One life of the function's process. */
type Life = { child: ChildProcess; ready: Promise<void>; waiting: Map<number, Waiting> };

/**
 * Runs a function in its own process, so that it can be killed at any instant. A killed process
 * takes every invocation in it along; the next invocation starts a new one.
 */
export class ProcessRunner implements FunctionRunner {
  readonly name: string;
  readonly stats = new FunctionStats();
  readonly #of: {
    name: string;
    environment: Record<string, string>;
    clock: WorldClock;
    timeoutMs: number;
    /** What the process runs. @default `function-process.ts` */
    processEntry?: string | undefined;
    writeLog: (line: string) => void;
  };
  readonly #unsubscribe: () => void;
  #life: Life | undefined;
  readonly #frozen = new Set<ChildProcess>();
  #lastId = 0;
  #isClosed = false;

  constructor(of: {
    name: string;
    environment: Record<string, string>;
    clock: WorldClock;
    timeoutMs: number;
    /** What the process runs. @default `function-process.ts` */
    processEntry?: string | undefined;
    writeLog: (line: string) => void;
  }) {
    this.name = of.name;
    this.#of = of;
    this.#unsubscribe = of.clock.onAdvance((offsetMs) => {
      const children = [...this.#frozen, ...(this.#life ? [this.#life.child] : [])];
      for (const child of children) send(child, { kind: 'clock', offsetMs });
    });
  }

  /** Starts the process. @throws {ConfigError} what the function says of its configuration */
  async start(): Promise<void> {
    this.#life ??= this.#begin();
    await this.#life.ready;
  }

  invoke(event: unknown): Promise<unknown> {
    const { name, timeoutMs } = this.#of;
    return this.stats.measure(() => withTimeout(name, timeoutMs, () => this.#ask(event)));
  }

  /** Ends the process at once with SIGKILL, as if the machine under it were gone. */
  kill(): void {
    const life = this.#life;
    if (!life) return;
    life.child.kill('SIGKILL');
    this.#end(life);
  }

  /**
   * Stops the process in the middle of whatever it does, and gives up on it: its invocations fail,
   * and the next one starts another process.
   * @returns wakes it, to go on where it was, with nobody waiting for its answers
   */
  freeze(): () => void {
    const life = this.#life;
    if (!life) return () => {};
    const { child } = life;
    this.#frozen.add(child);
    child.once('exit', () => this.#frozen.delete(child));
    child.kill('SIGSTOP');
    this.#end(life);
    return () => void child.kill('SIGCONT');
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#unsubscribe();
    for (const frozen of this.#frozen) frozen.kill('SIGKILL');
    const child = this.#life?.child;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await ended;
  }

  async #ask(event: unknown): Promise<unknown> {
    if (this.#isClosed) throw new FunctionKilledError(this.#of.name);
    if (!this.#life) {
      this.stats.restarted();
      this.#life = this.#begin();
    }
    const life = this.#life;
    this.#lastId += 1;
    const id = this.#lastId;
    const answer = new Promise((resolve, reject) => life.waiting.set(id, { resolve, reject }));
    // The answer may fail, by a kill, while this waits for the process to be ready.
    answer.catch(() => {});
    await life.ready;
    send(life.child, { kind: 'invoke', id, event });
    return answer;
  }

  #begin(): Life {
    const { name, environment, clock, processEntry = DEFAULT_ENTRY } = this.#of;
    const child = fork(processEntry, [name], {
      env: environment,
      execArgv: [],
      // The world's stdout belongs to its one line of JSON.
      stdio: ['ignore', 2, 2, 'ipc'],
    });
    send(child, { kind: 'clock', offsetMs: clock.offsetMs });
    const waiting: Life['waiting'] = new Map();
    const ready = new Promise<void>((resolve, reject) => {
      child.on('message', (message: FromProcess) => {
        if (message.kind === 'ready') resolve();
        else if (message.kind === 'refused') {
          reject(
            message.isConfiguration ? new ConfigError(message.message) : new Error(message.message),
          );
        } else this.#receive(waiting, message);
      });
      child.once('exit', () => reject(new FunctionKilledError(name)));
      child.once('error', reject);
    });
    ready.catch(() => {});
    const life = { child, ready, waiting };
    child.once('exit', () => this.#end(life));
    return life;
  }

  #receive(waiting: Life['waiting'], message: FromProcess): void {
    if (message.kind === 'log') {
      this.#of.writeLog(message.line);
      return;
    }
    if (message.kind !== 'answered' && message.kind !== 'failed') return;
    const asked = waiting.get(message.id);
    waiting.delete(message.id);
    if (message.kind === 'answered') asked?.resolve(message.answer);
    else asked?.reject(Object.assign(new Error(message.message), { stack: message.stack }));
  }

  #end(life: Life): void {
    if (this.#life === life) this.#life = undefined;
    for (const { reject } of life.waiting.values()) reject(new FunctionKilledError(this.#of.name));
    life.waiting.clear();
  }
}

/** A process that is gone cannot be told anything; its invocations are rejected by its exit. */
function send(child: ChildProcess, message: ToProcess): void {
  if (child.connected) child.send(message, () => {});
}
