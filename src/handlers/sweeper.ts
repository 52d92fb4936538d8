import type { System } from '../adapters/system/system.ts';
import type { Environment } from '../config.ts';
import { type SweepReport, sweep } from '../services/sweep.ts';
import { composeSweeper } from './compose-sweeper.ts';

/**
 * The function that runs each minute: drains the outbox and wakes unfinished incidents.
 *
 * It does all it can, and then fails if a part failed, so that the alarm on its errors tells.
 * @throws {ConfigError} when the environment is not complete
 */
export function createSweeper(
  environment: Environment,
  system: System,
): (event?: unknown) => Promise<SweepReport> {
  const parts = composeSweeper(environment, system);
  return async () => {
    const report = await sweep(parts);
    const { failures } = report;
    if (failures.length === 0) return report;
    throw new Error(`cannot finish sweep: expected every part, got ${failures.join(' ')}`);
  };
}
