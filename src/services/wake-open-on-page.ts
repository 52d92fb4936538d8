import { sha256Hex } from '../domain/ids.ts';
import type { Clock, IncidentQueue, IncidentRows } from './ports.ts';
import { settleAll } from './settle-all.ts';

/** Index entries of one month that are read. */
const PUBLISHED_READ_MAX = 500;
/** How far back a page incident is looked for that nobody ended: one of these months each minute. */
export const MONTHS_LOOKED_BACK = 24;
const WAKES_AT_ONCE = 10;
const MINUTE_MS = 60_000;

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
  const nowMs = clock.nowMs();
  const minute = Math.floor(nowMs / MINUTE_MS);
  const month = monthBefore(nowMs, minute % MONTHS_LOOKED_BACK);
  const open = (await rows.listPublished(month, PUBLISHED_READ_MAX)).filter(
    ({ publications }) => (publications?.at(-1)?.status ?? 'resolved') !== 'resolved',
  );
  let woken = 0;
  while (woken < open.length && hasTime()) {
    const batch = open.slice(woken, woken + WAKES_AT_ONCE);
    await settleAll(
      batch.map(({ incidentId }) =>
        queue.send(
          { kind: 'sweep', incidentId },
          {
            group: `work#${incidentId}`,
            deduplicationId: sha256Hex(`open-on-page#${incidentId}#${minute}`),
          },
        ),
      ),
    );
    woken += batch.length;
  }
  return woken;
}

/** `YYYY-MM`, so many months before an instant. */
function monthBefore(nowMs: number, months: number): string {
  const now = new Date(nowMs);
  return new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() - months, 1))
    .toISOString()
    .slice(0, 7);
}
