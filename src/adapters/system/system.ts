import { randomUUID } from 'node:crypto';
import type { Clock, Ids, Log, Pause } from '../../services/ports.ts';

/** What every function needs from the machine it runs on. */
export type System = { clock: Clock; ids: Ids; pause: Pause; log: Log };

/** The real machine. The only place that reads time and chance. */
export function realSystem(log: Log): System {
  return {
    clock: { nowMs: () => Date.now() },
    ids: { unique: () => randomUUID() },
    pause: { forMs: (ms) => new Promise((resolve) => setTimeout(resolve, ms)) },
    log,
  };
}
