import { sha256Hex } from '../domain/ids.ts';
import type { Clock, IncidentQueue } from './ports.ts';
import { settleAll } from './settle-all.ts';

/** Wakes sent at a time. */
const WAKES_AT_ONCE = 10;
const MINUTE_MS = 60_000;

/** The minute in which a run of the sweeper is. */
export function minuteOf(clock: Clock): number {
  return Math.floor(clock.nowMs() / MINUTE_MS);
}

/**
 * Sends incidents to incident-worker while there is time. Safe to repeat: for one reason an incident
 * is woken once a minute.
 * @returns how many were woken
 */
export async function wakeEach(
  queue: IncidentQueue,
  of: {
    due: readonly { incidentId: string }[];
    why: 'sweep' | 'open-on-page' | 'overdue';
    minute: number;
  },
  hasTime: () => boolean,
): Promise<number> {
  const wake = (incidentId: string) =>
    queue.send(
      { kind: 'sweep', incidentId },
      {
        group: `work#${incidentId}`,
        deduplicationId: sha256Hex(`${of.why}#${incidentId}#${of.minute}`),
      },
    );
  let woken = 0;
  while (woken < of.due.length && hasTime()) {
    const batch = of.due.slice(woken, woken + WAKES_AT_ONCE);
    await settleAll(batch.map(({ incidentId }) => wake(incidentId)));
    woken += batch.length;
  }
  return woken;
}
