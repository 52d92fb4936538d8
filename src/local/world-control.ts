import { performance } from 'node:perf_hooks';
import type { FunctionName } from '../config.ts';
import type { SqsStandIn } from './aws/sqs-stand-in.ts';
import {
  ControlError,
  type FakeRequest,
  json,
  parseJsonBody,
  type RunningServer,
  startFakeServer,
} from './fake-server.ts';
import type { Reply } from './fault-board.ts';
import type { FunctionCounts, FunctionRunner } from './functions/function-runner.ts';
import type { WorldClock } from './world-clock.ts';
import { FUNCTION_QUEUES } from './world-resources.ts';

/** What keeps the world from being idle: messages by queue, invocations by function. */
export type Pending = { queues: Record<string, number>; functions: Record<string, number> };
export type IdleAnswer = { idle: boolean; waitedMs: number; pending: Pending };

/** The parts of the world that its control API looks at. */
export type WorldParts = {
  clock: WorldClock;
  sqs: SqsStandIn;
  runners: Readonly<Record<FunctionName, FunctionRunner>>;
};

const DEFAULT_IDLE_TIMEOUT_MS = 10_000;
const MAX_IDLE_TIMEOUT_MS = 600_000;
/** How often idleness is looked at. Two looks in a row must agree: a request may be on its way. */
const LOOK_EVERY_MS = 10;

/** Starts the world's own control API. @throws the listen error, e.g. EADDRINUSE */
export function startWorldControl(parts: WorldParts, port: number): Promise<RunningServer> {
  return startFakeServer((request) => answer(parts, request), port);
}

/** Counts by function, as `GET /_world/functions` tells them. */
export function countFunctions(parts: WorldParts): Record<string, FunctionCounts> {
  return Object.fromEntries(
    Object.entries(parts.runners).map(([name, runner]) => [name, runner.stats.counts()]),
  );
}

/**
 * Waits, in real time, until no message is visible, in flight or due within 60 s of the world's
 * time, and no function runs. Dead letters and later schedules do not count.
 */
export async function waitUntilIdle(parts: WorldParts, timeoutMs: number): Promise<IdleAnswer> {
  const startedMs = performance.now();
  let quietLooks = 0;
  for (;;) {
    const pending = lookForPending(parts);
    const isQuiet = [pending.queues, pending.functions].every((of) => Object.keys(of).length === 0);
    quietLooks = isQuiet ? quietLooks + 1 : 0;
    const waitedMs = Math.round(performance.now() - startedMs);
    if (quietLooks >= 2) return { idle: true, waitedMs, pending };
    if (waitedMs >= timeoutMs) return { idle: false, waitedMs, pending };
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
}

function lookForPending({ sqs, runners }: WorldParts): Pending {
  const queues: Record<string, number> = {};
  for (const name of FUNCTION_QUEUES) {
    const { visible, inFlight, delayed, soon } = sqs.queue(name).counts();
    // `soon` counts messages in flight again; what is neither is a delay still to come.
    const count = visible + Math.max(soon, inFlight, Math.min(delayed, soon));
    if (count > 0) queues[name] = count;
  }
  const functions: Record<string, number> = {};
  for (const [name, runner] of Object.entries(runners)) {
    if (runner.stats.inFlight > 0) functions[name] = runner.stats.inFlight;
  }
  return { queues, functions };
}

async function answer(parts: WorldParts, request: FakeRequest): Promise<Reply> {
  switch (`${request.method} ${request.path}`) {
    case 'GET /_world/functions':
      return json(200, countFunctions(parts));
    case 'GET /_world/clock':
      return json(200, { nowMs: parts.clock.nowMs() });
    case 'POST /_world/clock': {
      const advanceMs = integer(parseJsonBody(request), 'advanceMs', Number.MAX_SAFE_INTEGER);
      return json(200, { nowMs: parts.clock.advance(advanceMs) });
    }
    case 'POST /_world/idle': {
      const given = { timeoutMs: DEFAULT_IDLE_TIMEOUT_MS, ...parseJsonBody(request) };
      const timeoutMs = integer(given, 'timeoutMs', MAX_IDLE_TIMEOUT_MS);
      return json(200, await waitUntilIdle(parts, timeoutMs));
    }
    default:
      throw new ControlError(404, `cannot ${request.method} ${request.path}: not found`);
  }
}

function integer(body: Record<string, unknown>, name: string, max: number): number {
  const value = body[name];
  if (Number.isSafeInteger(value) && (value as number) >= 0 && (value as number) <= max) {
    return value as number;
  }
  throw new ControlError(400, `cannot read ${name}: expected an integer from 0 to ${max}`);
}
