import type { WorldClock } from '../world-clock.ts';
import { type FunctionRunner, failureLine } from './function-runner.ts';

const SWEEP_EVERY_MS = 60_000;

/**
 * Invokes the sweeper each minute of the world's time. Moving the clock by an hour sweeps once, as
 * a sweep looks at what is due, not at how often it was missed.
 *
 * @returns stops the rule
 */
export function startSweepRule(of: {
  clock: WorldClock;
  sweeper: FunctionRunner;
  writeLog: (line: string) => void;
}): () => void {
  let cancel = () => {};
  const arm = () => {
    const dueAtMs = of.clock.nowMs() + SWEEP_EVERY_MS;
    cancel = of.clock.at(dueAtMs, () => {
      arm();
      // Counted as an error of the sweeper; the next minute tries again.
      of.sweeper
        .invoke(scheduledEvent(of.clock.nowMs()))
        .catch((error) => of.writeLog(failureLine('sweeper', error)));
    });
  };
  arm();
  return () => cancel();
}

/** https://docs.aws.amazon.com/lambda/latest/dg/services-cloudwatchevents.html */
function scheduledEvent(nowMs: number): object {
  return {
    version: '0',
    'detail-type': 'Scheduled Event',
    source: 'aws.events',
    account: '000000000000',
    time: new Date(nowMs).toISOString(),
    region: 'us-east-1',
    resources: [],
    detail: {},
  };
}
