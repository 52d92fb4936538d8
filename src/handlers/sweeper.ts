import type { System } from '../adapters/system/system.ts';
import type { Environment } from '../config.ts';
import { type SweepReport, sweep } from '../services/sweep.ts';
import { composeSweeper } from './compose-sweeper.ts';

/**
 * The function that runs each minute: drains the outbox and wakes unfinished incidents.
 * @throws {ConfigError} when the environment is not complete
 */
export function createSweeper(
  environment: Environment,
  system: System,
): (event?: unknown) => Promise<SweepReport> {
  const parts = composeSweeper(environment, system);
  return () => sweep(parts);
}
