import type { RecordedCall } from '../../src/local/fault-board.ts';
import { allowanceOf } from '../../src/local/slack/rate-limits.ts';
import { FUNCTION_QUEUES } from '../../src/local/world-resources.ts';
import { type BenchWorld, startBenchWorld } from './bench-world.ts';
import { SLACK_CALL_MS } from './room.ts';
import { printTable } from './table.ts';

/** How long a drain may take in real time. Unit: ms. */
const PATIENCE_MS = 600_000;
const LOOK_EVERY_MS = 5;
/** No message of ours is delayed so long. Unit: ms. */
const HELD_FROM_MS = 86_400_000;
/** Nothing ran and nothing was ready for so many looks: only time is missing. */
const QUIET_LOOKS = 3;

/** How the calls of one method came through. Times in seconds of the world's clock. */
export type MethodDrain = {
  method: string;
  calls: number;
  refused: number;
  /** When the last of them was taken. */
  tookS: number;
  /** When it could have been at the earliest, by Slack's allowance alone. */
  atBestS: number;
};

/**
 * Opens `incidents` P1s at once with Slack's limits on, and waits until every room is complete.
 *
 * The world's clock is moved only while nothing runs and no message is ready, and no further than
 * to the next message that is due: what is skipped is waiting, never work.
 */
export async function measureDrain(
  incidents: number,
): Promise<{ drains: MethodDrain[]; isWhole: boolean }> {
  const world = await startBenchWorld({ responders: 8, limits: 'on', delivers: true });
  try {
    world.slack.board.plan({ match: '*', times: 0, delayMs: SLACK_CALL_MS });
    const startedMs = world.clock.nowMs();
    await Promise.all(
      Array.from({ length: incidents }, async (_, index) => {
        const { path, headers, body } = world.alert(index);
        const url = `${world.ready.urls.api}${path}`;
        const { status } = await fetch(url, { method: 'POST', headers, body });
        if (status !== 202)
          throw new Error(`cannot measure the drain: expected 202, got ${status}`);
      }),
    );
    const isWhole = await drain(world);
    return { drains: byMethod(world.slack.board.calls().calls, startedMs), isWhole };
  } finally {
    await world.close();
  }
}

/** @returns false when patience ended first */
async function drain(world: BenchWorld): Promise<boolean> {
  const giveUpAtMs = performance.now() + PATIENCE_MS;
  let quietLooks = 0;
  while (performance.now() < giveUpAtMs) {
    const { functions } = (await world.idle(0)).pending;
    const queues = FUNCTION_QUEUES.map((name) => world.aws.sqs.queue(name));
    const isReady = queues.some((queue) => queue.counts().visible > 0);
    const nowMs = world.clock.nowMs();
    const dueInMs = queues
      .flatMap((queue) => queue.peek())
      .map(({ visibleAtMs }) => visibleAtMs - nowMs);
    // A message in somebody's hands is due in years.
    const isHeld = dueInMs.some((inMs) => inMs > HELD_FROM_MS);
    const isQuiet = !isReady && !isHeld && Object.keys(functions).length === 0;
    quietLooks = isQuiet ? quietLooks + 1 : 0;
    if (quietLooks >= QUIET_LOOKS) {
      if (dueInMs.length === 0) return true;
      world.clock.advance(Math.max(1, Math.ceil(Math.min(...dueInMs))));
      quietLooks = 0;
    }
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
  return false;
}

/** @param startedMs - when the alerts were sent, on the world's clock */
export function byMethod(calls: readonly RecordedCall[], startedMs: number): MethodDrain[] {
  const methods = Map.groupBy(calls, ({ operation }) => operation);
  const drains = [...methods].map(([method, all]) => {
    const taken = all.filter(({ status }) => status === 200);
    const { perMin, burst, isPerChannel } = allowanceOf(method);
    const busiest = isPerChannel ? largestGroup(taken) : taken.length;
    return {
      method,
      calls: taken.length,
      refused: all.filter(({ status }) => status === 429).length,
      tookS: (Math.max(...taken.map(({ atMs }) => atMs)) - startedMs) / 1000,
      atBestS: (Math.max(0, busiest - burst) * 60) / perMin,
    };
  });
  return drains.sort((a, b) => b.atBestS - a.atBestS || b.calls - a.calls);
}

function largestGroup(calls: readonly RecordedCall[]): number {
  const channelOf = ({ args }: RecordedCall) => (args as { channel?: unknown } | null)?.channel;
  return Math.max(0, ...[...Map.groupBy(calls, channelOf).values()].map(({ length }) => length));
}

/** Prints how 100 simultaneous P1s drain, beside the best that Slack allows. */
export async function printDrain(incidents: number): Promise<void> {
  const { drains, isWhole } = await measureDrain(incidents);
  const rows = drains.map(({ method, calls, refused, tookS, atBestS }) => [
    method,
    String(calls),
    String(refused),
    atBestS.toFixed(0),
    tookS.toFixed(0),
    atBestS > 0 ? (tookS / atBestS).toFixed(2) : '',
  ]);
  printTable(
    `Drain: ${incidents} P1s at once, limits on; seconds until the last call of each method`,
    ['method', 'calls', 'refused', 'at best s', 'took s', 'ratio'],
    rows,
  );
  if (!isWhole) {
    process.stdout.write('Given up after 10 minutes, before all was done: the machine is busy.\n');
  }
}
