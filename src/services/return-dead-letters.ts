import type { DeadLetter, DeadLetters } from './dead-letters.ts';
import type { Clock, Log } from './ports.ts';

/**
 * Before the first return of a message: time for the cause to pass. Each further return waits twice as
 * long as the one before, so that the five outlast an outage of half an hour. Unit: ms.
 */
export const DEAD_FOR_MS = 60_000;
/** After as many, a message stays where it is, with the alarm, for people to look at. */
export const RETURNS_MAX = 5;
/** Batches of ten that one sweep looks at. */
const BATCHES_MAX = 10;

export type ReturnDeadLettersDeps = { deadLetters: DeadLetters; clock: Clock; log: Log };

/**
 * Sends back what incidents.fifo gave up on, a bounded number of times: on a bad night the cause
 * passes, and an alert must not wait for a person to move it.
 *
 * Nothing is lost at any point: a message is removed only after its copy is durable, and whatever is
 * handled twice is recorded once.
 *
 * @throws {DeliveryError} `QUEUE_UNAVAILABLE` (retryable): the rest is left to the next minute
 * @returns how many were sent back
 */
export async function returnDeadLetters(
  deps: ReturnDeadLettersDeps,
  hasTime: () => boolean,
): Promise<number> {
  let returned = 0;
  const kept: DeadLetter[] = [];
  for (let batch = 0; batch < BATCHES_MAX && hasTime(); batch += 1) {
    const letters = await deps.deadLetters.receive();
    if (letters.length === 0) break;
    for (const letter of letters) {
      if (isDue(letter, deps.clock)) {
        await deps.deadLetters.sendBack(letter);
        await deps.deadLetters.remove(letter);
        returned += 1;
      } else {
        kept.push(letter);
      }
    }
  }
  // Only now: released earlier, the same ones would be received again in place of others.
  for (const letter of kept) await deps.deadLetters.release(letter);
  report(deps.log, { returned, stay: kept.filter(({ returns }) => returns >= RETURNS_MAX).length });
  return returned;
}

function isDue({ returns, sinceMs }: DeadLetter, clock: Clock): boolean {
  return returns < RETURNS_MAX && clock.nowMs() - sinceMs >= DEAD_FOR_MS * 2 ** returns;
}

function report(log: Log, { returned, stay }: { returned: number; stay: number }): void {
  if (returned > 0) {
    log.count('DeadLettersReturned');
    log.warn('messages were sent back from the dead-letter queue', { returned });
  }
  if (stay > 0) log.error('messages stay in the dead-letter queue', { stay });
}
