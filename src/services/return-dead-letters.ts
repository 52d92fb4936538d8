import { sha256Hex } from '../domain/ids.ts';
import type { DeadLetter, DeadLetters } from './dead-letters.ts';
import type { Clock, IncidentMessage, IncidentQueue, Log } from './ports.ts';

/**
 * Before the first return of a message: time for the cause to pass. Each further return waits twice as
 * long as the one before, so that the five outlast an outage of half an hour. Unit: ms.
 */
export const DEAD_FOR_MS = 60_000;
/** After as many, a message stays where it is, with the alarm, for people to look at. */
export const RETURNS_MAX = 5;
/** Messages that stay are told of again after this. Unit: ms. */
export const TOLD_AGAIN_MS = 4 * 3_600_000;
/** Batches of ten that one sweep looks at. */
const BATCHES_MAX = 10;

type News = Extract<IncidentMessage, { kind: 'dead_letters' }>;

export type ReturnDeadLettersDeps = {
  deadLetters: DeadLetters;
  queue: IncidentQueue;
  clock: Clock;
  log: Log;
};

/**
 * Sends back what incident-worker gave up on, a bounded number of times: on a bad night the cause
 * passes, and an alert must not wait for a person to move it. Has people told of what is sent back for
 * the first time, and of what stays.
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
  const letters = await received(deps.deadLetters, hasTime);
  const due = letters.filter((letter) => isDue(letter, deps.clock));
  const kept = letters.filter((letter) => !due.includes(letter));
  const stay = kept.filter(({ returns }) => returns >= RETURNS_MAX);
  // Before they are sent back: afterwards nobody knows that they were here.
  await tell(deps, { letters: due.filter(({ returns }) => returns === 0), stay: false });
  await tell(deps, { letters: stay, stay: true });
  let returned = 0;
  for (const letter of due) {
    if (!hasTime()) break;
    await deps.deadLetters.sendBack(letter);
    await deps.deadLetters.remove(letter);
    returned += 1;
  }
  // Only now: released earlier, the same ones would be received again in place of others.
  for (const letter of kept) await deps.deadLetters.release(letter);
  report(deps.log, { returned, stay: stay.length });
  return returned;
}

/**
 * Has the publisher asked again, by incident-worker, for what it gave up on. Only ids come back, and
 * the gate judges them as if they had never been away: what was published is not published again.
 *
 * @throws {DeliveryError} `QUEUE_UNAVAILABLE` (retryable): the rest is left to the next minute
 * @returns how many were taken out
 */
export async function returnDeadPublications(
  deps: ReturnDeadLettersDeps,
  hasTime: () => boolean,
): Promise<number> {
  const { deadLetters, queue, clock } = deps;
  let returned = 0;
  for (const letter of await received(deadLetters, hasTime)) {
    const ids = publicationOf(letter);
    if (!ids || clock.nowMs() - letter.sinceMs < DEAD_FOR_MS || !hasTime()) {
      await deadLetters.release(letter);
      continue;
    }
    await queue.send(
      { kind: 'publication_died', ...ids, diedAtMs: letter.sinceMs },
      {
        group: `work#${ids.incidentId}`,
        deduplicationId: sha256Hex(`died#${letter.deduplicationId}#${letter.sinceMs}`),
      },
    );
    await deadLetters.remove(letter);
    returned += 1;
  }
  return returned;
}

async function received(deadLetters: DeadLetters, hasTime: () => boolean): Promise<DeadLetter[]> {
  const letters: DeadLetter[] = [];
  for (let batch = 0; batch < BATCHES_MAX && hasTime(); batch += 1) {
    const some = await deadLetters.receive();
    if (some.length === 0) break;
    letters.push(...some);
  }
  return letters;
}

function isDue({ returns, sinceMs }: DeadLetter, clock: Clock): boolean {
  return returns < RETURNS_MAX && clock.nowMs() - sinceMs >= DEAD_FOR_MS * 2 ** returns;
}

/** Once for the same letters; while they stay, again every four hours and when one is added. */
async function tell(
  { queue, clock }: ReturnDeadLettersDeps,
  of: { letters: readonly DeadLetter[]; stay: boolean },
): Promise<void> {
  const bodies = of.letters.map(({ body }) => jsonOf(body));
  // News that cannot be told is no news to tell of.
  if (bodies.every(({ kind }) => kind === 'dead_letters')) return;
  const isAlert = ({ kind }: Body) => kind === 'alert' || kind === 'read_alert_group';
  const alerts = bodies.filter(isAlert).length;
  const requests = bodies.filter((body) => 'headers' in body).length;
  const newestMs = Math.max(...of.letters.map(({ sinceMs }) => sinceMs));
  const turn = Math.floor(clock.nowMs() / TOLD_AGAIN_MS);
  const name = of.stay ? `stay#${turn}#${newestMs}` : `back#${newestMs}`;
  const news: News = {
    kind: 'dead_letters',
    ...{ name, alerts, requests },
    others: bodies.length - alerts - requests,
    stay: of.stay,
    atMs: clock.nowMs(),
  };
  await queue.send(news, { group: 'dead-letters', deduplicationId: sha256Hex(name) });
}

type Body = Record<string, unknown>;

function jsonOf(text: string): Body {
  try {
    const read: unknown = JSON.parse(text);
    return typeof read === 'object' && read !== null ? (read as Body) : {};
  } catch {
    return {}; // Counted among the others.
  }
}

function publicationOf({ body }: DeadLetter) {
  const { incidentId, draftId, revision } = jsonOf(body);
  if (typeof incidentId !== 'string' || typeof draftId !== 'string') return undefined;
  return typeof revision === 'number' ? { incidentId, draftId, revision } : undefined;
}

function report(log: Log, { returned, stay }: { returned: number; stay: number }): void {
  if (returned > 0) {
    log.count('DeadLettersReturned');
    log.warn('messages were sent back from the dead-letter queue', { returned });
  }
  if (stay > 0) log.error('messages stay in the dead-letter queue', { stay });
}
