import { type ChildProcess, fork } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PROJECT_ROOT } from '../../cdk/function-bundle.ts';
import { FUNCTION_NAMES, type FunctionName } from '../../src/config.ts';
import type { BenchWorld } from './bench-world.ts';
import type { BundleName, Bundles } from './bundles.ts';

const PROCESS = join(PROJECT_ROOT, 'scripts/bench/measured-process.js');

/** What one process said of itself. */
export type Take = {
  wallMs: number;
  cpuMs: number;
  /** Peak of the whole process so far. */
  rssMb: number;
  answers: unknown[];
};

/** A new process answers one event. @throws {Error} when it answers anything but success */
export async function measureOnce(of: {
  name: BundleName;
  world: BenchWorld;
  bundles: Bundles;
  event: unknown;
}): Promise<Take> {
  const file = join(tmpdir(), `bench-event-${randomBytes(8).toString('hex')}.json`);
  await writeFile(file, JSON.stringify(of.event));
  try {
    const child = start(of, [file]);
    const take = (await next(child, of.name)) as Take;
    await new Promise((resolve) =>
      child.exitCode === null ? child.once('exit', resolve) : resolve(0),
    );
    return checked(of.name, take);
  } finally {
    await rm(file);
  }
}

/** A process that stays, and answers batches of events. */
export async function startMeasured(of: { name: BundleName; world: BenchWorld; bundles: Bundles }) {
  const child = start(of, []);
  await next(child, of.name);
  return {
    answer: async (events: readonly unknown[]): Promise<Take> => {
      child.send([...events]);
      return checked(of.name, (await next(child, of.name)) as Take);
    },
    end: () => child.kill(),
  };
}

/** A yardstick plays `alert-webhook`, and is given its secret. */
function start(
  { name, world, bundles }: { name: BundleName; world: BenchWorld; bundles: Bundles },
  args: readonly string[],
): ChildProcess {
  const owner = FUNCTION_NAMES.find((known): known is FunctionName => known === name);
  const env = {
    ...world.environmentOf(owner ?? 'alert-webhook'),
    ...world.tlsEnvironment,
    BENCH_SECRET: world.ready.secrets.oncallHmac,
    // OnCall's API allows a sweep a minute, and a bench sweeps all the time.
    ...(name === 'sweeper' ? { ONCALL_API_URL: '' } : {}),
  };
  // Logs of the function are of no interest; what goes wrong is.
  const stdio = ['ignore', 'ignore', 'inherit', 'ipc'] as const;
  return fork(PROCESS, [bundles[name].file, ...args], { env, execArgv: [], stdio: [...stdio] });
}

function next(child: ChildProcess, name: string): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const failed = (code: number | null) =>
      reject(new Error(`cannot measure ${name}: its process ended with ${code}`));
    child.once('exit', failed);
    child.once('message', (message) => {
      child.off('exit', failed);
      resolve(message);
    });
  });
}

function checked(name: string, take: Take): Take {
  for (const answer of take.answers) {
    const { statusCode, batchItemFailures = [] } = (answer ?? {}) as {
      statusCode?: number;
      batchItemFailures?: unknown[];
    };
    if ((statusCode ?? 200) >= 300 || batchItemFailures.length > 0) {
      throw new Error(`cannot measure ${name}: expected success, got ${JSON.stringify(answer)}`);
    }
  }
  return take;
}
