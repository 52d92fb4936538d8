import { incidentTimers, lostTimers } from '../domain/timers.ts';
import type { Clock, IncidentQueue, IncidentRows } from './ports.ts';
import { minuteOf, wakeEach } from './wake-each.ts';

/** Open incidents looked at in one run, newest first. */
const TIMED_READ_MAX = 1_000;

/**
 * Wakes open incidents of which a schedule was lost: it was not delivered a minute after it was due, or
 * never set. incident-worker does then what it should have brought. One query a run. Safe to repeat.
 * @returns how many were woken
 */
export async function wakeOverdue(
  {
    rows,
    queue,
    clock,
  }: { rows: Pick<IncidentRows, 'listTimed'>; queue: IncidentQueue; clock: Clock },
  hasTime: () => boolean,
): Promise<number> {
  if (!hasTime()) return 0;
  const nowMs = clock.nowMs();
  const open = await rows.listTimed(TIMED_READ_MAX);
  const due = open.filter((incident) => lostTimers(incidentTimers(incident), nowMs).length > 0);
  return wakeEach(queue, { due, why: 'overdue', minute: minuteOf(clock) }, hasTime);
}
