import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { FromMatrixProcess, ToMatrixProcess } from './matrix-messages.ts';

/** A telling that takes longer hangs. Unit: ms of real time. */
const ANSWER_WITHIN_MS = 900_000;

/** Processes that play stories at the same time. */
export class MatrixPool {
  readonly #members: Member[];
  readonly #processEntry: string | undefined;

  /** @param processEntry - what a function's process runs, if not the source */
  constructor(size: number, processEntry: string | undefined) {
    this.#processEntry = processEntry;
    this.#members = Array.from({ length: size }, () => new Member());
  }

  /**
   * Lets every process work until there is nothing left to do.
   *
   * @param next - what to ask next; undefined when this process is done
   */
  async work(next: () => { ask: ToMatrixProcess; take: Take } | undefined): Promise<void> {
    await Promise.all(
      this.#members.map(async (member) => {
        const more = { processEntry: this.#processEntry };
        for (let job = next(); job; job = next()) {
          job.take(await member.ask({ ...job.ask, ...more }));
        }
      }),
    );
  }

  close(): void {
    for (const member of this.#members) member.close();
  }
}

/** Takes an answer; one that failed too. */
export type Take = (answer: FromMatrixProcess) => void;

/** One process, and another one after it hung. */
class Member {
  #child: ChildProcess | undefined;

  async ask(message: ToMatrixProcess): Promise<FromMatrixProcess> {
    this.#child ??= fork(fileURLToPath(new URL('./matrix-process.ts', import.meta.url)), [], {
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    const child = this.#child;
    const answer = await new Promise<FromMatrixProcess>((resolve) => {
      const fail = (reason: string) => resolve({ kind: 'failed', reason });
      const timer = setTimeout(() => fail('it hangs'), ANSWER_WITHIN_MS);
      const done = (result: FromMatrixProcess) => {
        clearTimeout(timer);
        child.removeAllListeners();
        resolve(result);
      };
      child.once('message', done);
      child.once('exit', (code) => done({ kind: 'failed', reason: `it ended with ${code}` }));
      child.send(message);
    });
    // What failed outside of a story may have left anything behind.
    if (answer.kind === 'failed') this.close();
    return answer;
  }

  close(): void {
    const child = this.#child;
    this.#child = undefined;
    // The world's own processes end when their channel closes.
    child?.kill('SIGKILL');
  }
}
