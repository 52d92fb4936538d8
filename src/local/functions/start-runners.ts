import { jsonLog } from '../../adapters/system/json-log.ts';
import type { System } from '../../adapters/system/system.ts';
import { FUNCTION_NAMES, type FunctionName } from '../../config.ts';
import type { WorldClock } from '../world-clock.ts';
import { FUNCTION_TIMEOUT_S } from '../world-resources.ts';
import { createHandler } from './function-handlers.ts';
import type { FunctionRunner } from './function-runner.ts';
import { InlineRunner } from './inline-runner.ts';
import { ProcessRunner } from './process-runner.ts';

/** Every function, ready to be invoked. */
export type Runners = {
  byName: Readonly<Record<FunctionName, FunctionRunner>>;
  /** Ends a function's process; nothing happens for a caller that is no process. */
  kill(caller: string): void;
  /** @see ProcessRunner.freeze */
  freeze(name: FunctionName): () => void;
  close(): Promise<void>;
};

/** How the functions run, and on what. */
export type RunnersOptions = {
  mode: 'inline' | 'process';
  system: System;
  clock: WorldClock;
  environmentOf: (name: FunctionName) => Record<string, string>;
  /** What a function's own process runs: `function-process.ts`, or a bundle of it. */
  processEntry?: string | undefined;
  writeLog: (line: string) => void;
};

/** Starts all functions. @throws {ConfigError} when one of them refuses its configuration */
export async function startRunners(options: RunnersOptions): Promise<Runners> {
  const processes = new Map<string, ProcessRunner>();
  const entries = FUNCTION_NAMES.map(async (name): Promise<[FunctionName, FunctionRunner]> => {
    const environment = options.environmentOf(name);
    const timeoutMs = FUNCTION_TIMEOUT_S * 1000;
    if (options.mode === 'process') {
      const runner = new ProcessRunner({ ...options, name, environment, timeoutMs });
      processes.set(name, runner);
      await runner.start();
      return [name, runner];
    }
    const { clock, system, writeLog } = options;
    const log = jsonLog({ functionName: name, clock, write: writeLog });
    const handler = await createHandler(name, environment, { ...system, log });
    return [name, new InlineRunner({ name, handler, timeoutMs })];
  });
  const close = async () => {
    await Promise.all([...processes.values()].map((runner) => runner.close()));
  };
  const settled = await Promise.allSettled(entries);
  const refused = settled.find((result) => result.status === 'rejected');
  if (refused) {
    await close();
    throw refused.reason;
  }
  const runners = Object.fromEntries(await Promise.all(entries));
  return {
    byName: runners as Record<FunctionName, FunctionRunner>,
    kill: (caller) => processes.get(caller)?.kill(),
    freeze: (name) => processes.get(name)?.freeze() ?? (() => {}),
    close,
  };
}
