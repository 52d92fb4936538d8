import { AsyncLocalStorage } from 'node:async_hooks';
import type { Caller, CallerContext } from '../../services/call-budget.ts';

/** Carries the caller along with the work, over every `await`, and apart from other invocations. */
export class AsyncCallerContext implements CallerContext {
  readonly #storage = new AsyncLocalStorage<Caller>();

  run<T>(caller: Caller, work: () => Promise<T>): Promise<T> {
    return this.#storage.run(caller, work);
  }

  current(): Caller | undefined {
    return this.#storage.getStore();
  }
}
