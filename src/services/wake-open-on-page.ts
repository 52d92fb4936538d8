import type { Clock, IncidentQueue, IncidentRows } from './ports.ts';
import { minuteOf, wakeEach } from './wake-each.ts';

/** Index entries of one month that are read. */
const PUBLISHED_READ_MAX = 500;
/** How far back a page incident is looked for that nobody ended: one of these months each minute. */
export const MONTHS_LOOKED_BACK = 24;

export type WakeOpenOnPageDeps = {
  rows: Pick<IncidentRows, 'listPublished'>;
  queue: IncidentQueue;
  clock: Clock;
};

/**
 * Wakes incidents whose last publication in one month left the page open, another month each minute.
 * What is over and woken by nothing else, because an older version ended it, is found so;
 * incident-worker decides by the trail. One query a run. Safe to repeat.
 * @returns how many were woken
 */
export async function wakeOpenOnPage(
  { rows, queue, clock }: WakeOpenOnPageDeps,
  hasTime: () => boolean,
): Promise<number> {
  if (!hasTime()) return 0;
  const minute = minuteOf(clock);
  const month = monthBefore(clock.nowMs(), minute % MONTHS_LOOKED_BACK);
  const due = (await rows.listPublished(month, PUBLISHED_READ_MAX)).filter(
    ({ publications }) => (publications?.at(-1)?.status ?? 'resolved') !== 'resolved',
  );
  return wakeEach(queue, { due, why: 'open-on-page', minute }, hasTime);
}

/** `YYYY-MM`, so many months before an instant. */
function monthBefore(nowMs: number, months: number): string {
  const now = new Date(nowMs);
  return new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() - months, 1))
    .toISOString()
    .slice(0, 7);
}
