import { codeOf, isRetryable } from '../domain/errors.ts';
import type {
  Clock,
  IncidentQueue,
  IncidentRows,
  Log,
  OutboxDrain,
  UnfinishedIncident,
} from './ports.ts';
import { minuteOf, wakeEach } from './wake-each.ts';

/** Rows drained in one run; a minute later the next run takes more. */
export const DRAINED_MAX = 200;
/**
 * Unfinished incidents woken in one run: always the newest ones, and of the others as many in turn,
 * so that those that wait a day for people hide nobody.
 */
export const NEWEST_SWEPT_MAX = 100;
export const OTHERS_SWEPT_MAX = 300;
/** Index entries read for that, oldest first. */
export const UNFINISHED_READ_MAX = 2_000;
/** The function stops taking on work after this, well inside its time-out. Unit: ms. */
export const SWEEP_BUDGET_MS = 20_000;
/** An incident without a war room is late after this. Unit: ms. */
export const ROOM_LATE_MS = 60_000;

export type SweepDeps = {
  outbox: OutboxDrain;
  queue: IncidentQueue;
  rows: Pick<IncidentRows, 'listUnfinished'>;
  /** Sends back what the queue gave up on. @returns how many messages */
  returnDeadLetters: (hasTime: () => boolean) => Promise<number>;
  /** Has the publisher asked again for what it gave up on. @returns how many messages */
  returnDeadPublications: (hasTime: () => boolean) => Promise<number>;
  /** Compares the alert source's open groups with ours. @returns how many are to be read again */
  reconcileAlerts: (hasTime: () => boolean) => Promise<number>;
  /** Wakes incidents of which a schedule was lost. @returns how many */
  wakeOverdue: (hasTime: () => boolean) => Promise<number>;
  /** Wakes incidents that the page may show as open though they are over. @returns how many */
  wakeOpenOnPage: (hasTime: () => boolean) => Promise<number>;
  /** Compares the page with what was published. @returns how many incidents are to be looked at */
  watchPage: (hasTime: () => boolean) => Promise<number>;
  clock: Clock;
  log: Log;
};

/** What one run did. */
export type SweepReport = {
  drained: number;
  waiting: number;
  /** Messages sent back from the dead-letter queues. */
  returned: number;
  /** Incidents woken. */
  swept: number;
  /** Unfinished incidents without a war room a minute after they were opened. */
  roomless: number;
  /** Alert groups that incident-worker is to read from their source. */
  reconciled: number;
  /** Incidents on the page that incident-worker is to look at. */
  suspected: number;
  /** Error codes of the parts that failed, and were left to the next run. */
  failures: string[];
};

/**
 * One sweep: what the outbox holds, and what the queue gave up on, goes to the queue; every unfinished
 * incident is woken; the alert source's open groups and the page are compared with our record.
 *
 * Bounded in number and time. Safe to run twice at once: messages carry the same deduplication ids,
 * and a row is removed only after the queue has it. One part failing does not stop the other.
 */
export async function sweep(deps: SweepDeps): Promise<SweepReport> {
  const startedAtMs = deps.clock.nowMs();
  const hasTime = () => deps.clock.nowMs() - startedAtMs < SWEEP_BUDGET_MS;
  const failures: string[] = [];
  /** Runs one part; a failure is noted and leaves the part to the next minute. */
  const attempt = async (act: string, part: () => Promise<number>) => {
    try {
      return await part();
    } catch (error) {
      deps.log.error(`cannot ${act}`, { code: codeOf(error) });
      failures.push(codeOf(error));
      return 0;
    }
  };
  const drained = await attempt('drain outbox', () => drainOutbox(deps, hasTime));
  const waiting = await attempt('count outbox', () => deps.outbox.countWaiting());
  if (waiting > 0) {
    deps.log.count('OutboxWaiting');
    deps.log.warn('alerts wait in the outbox', { waiting });
  }
  let returned = await attempt('return dead letters', () => deps.returnDeadLetters(hasTime));
  returned += await attempt('return dead publications', () => deps.returnDeadPublications(hasTime));
  const unfinished: UnfinishedIncident[] = [];
  let swept = await attempt('wake incidents', async () => {
    unfinished.push(...(await deps.rows.listUnfinished(UNFINISHED_READ_MAX)));
    return wakeUnfinished(deps, unfinished, hasTime);
  });
  swept += await attempt('wake what is overdue', () => deps.wakeOverdue(hasTime));
  const roomless = countRoomless(deps, unfinished);
  const reconciled = await attempt('reconcile alerts', () => deps.reconcileAlerts(hasTime));
  swept += await attempt('wake what the page shows', () => deps.wakeOpenOnPage(hasTime));
  // Last: nobody waits for it, and a page that answers slowly holds up nothing.
  const suspected = await attempt('watch the page', () => deps.watchPage(hasTime));
  return { drained, waiting, returned, swept, roomless, reconciled, suspected, failures };
}

async function drainOutbox(deps: SweepDeps, hasTime: () => boolean): Promise<number> {
  let drained = 0;
  let refusal: unknown;
  for (const row of await deps.outbox.list(DRAINED_MAX)) {
    if (!hasTime()) break;
    try {
      await deps.queue.send(row.message, { group: row.group, deduplicationId: row.id });
    } catch (error) {
      // The queue is out, and the rows are safe where they are.
      if (isRetryable(error)) throw error;
      // It takes this one never; what waits behind it is not to wait for ever.
      refusal ??= error;
      continue;
    }
    await deps.outbox.remove(row.id);
    drained += 1;
  }
  if (refusal !== undefined) throw refusal;
  return drained;
}

async function wakeUnfinished(
  deps: SweepDeps,
  unfinished: readonly UnfinishedIncident[],
  hasTime: () => boolean,
): Promise<number> {
  const minute = minuteOf(deps.clock);
  const due = dueIn(unfinished, minute);
  return wakeEach(deps.queue, { due, why: 'sweep', minute }, hasTime);
}

/** Accepted alerts whose people have nowhere to meet yet. They were woken; this is for the alarm. */
function countRoomless(deps: SweepDeps, unfinished: readonly UnfinishedIncident[]): number {
  const lateBeforeMs = deps.clock.nowMs() - ROOM_LATE_MS;
  const late = unfinished.filter(
    ({ roomlessSinceMs = Number.POSITIVE_INFINITY }) => roomlessSinceMs <= lateBeforeMs,
  );
  if (late.length > 0) {
    deps.log.count('RoomLate');
    deps.log.error('war rooms are late', { roomless: late.length });
  }
  return late.length;
}

/** Whose turn it is in this minute; `all` is oldest first. */
function dueIn(all: readonly UnfinishedIncident[], minute: number): UnfinishedIncident[] {
  const newest = all.slice(-NEWEST_SWEPT_MAX);
  const others = all.slice(0, -NEWEST_SWEPT_MAX);
  const from = others.length > 0 ? (minute * OTHERS_SWEPT_MAX) % others.length : 0;
  const turn = [...others.slice(from), ...others.slice(0, from)];
  return [...newest, ...turn.slice(0, OTHERS_SWEPT_MAX)];
}
