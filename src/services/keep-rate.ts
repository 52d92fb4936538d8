import { ChatError, codeOf } from '../domain/errors.ts';
import { nextPlace } from '../domain/rate-limit.ts';
import type { Bucket, BudgetRows, CallerContext } from './call-budget.ts';
import type { Clock, Log, Pause } from './ports.ts';

/** Waited inside an invocation while a person waits for the answer. Unit: ms. */
export const WAIT_IN_PROCESS_MS = 2_000;
/** The same while nobody does: a function that only waits is given back. Unit: ms. */
const WAIT_IN_BACKGROUND_MS = 250;
/** How far ahead an urgent incident's place is kept for it. Unit: ms. */
const KEPT_AHEAD_MS = 600_000;
/**
 * A kept place may be used this late: what nobody called for meanwhile is still in the other side's
 * bucket, which holds a minute. Unit: ms.
 */
const KEPT_FOR_MS = 45_000;
/** Rooms remembered whose bucket nobody else has touched yet. */
const NEW_CHANNELS_MAX = 1_000;

/**
 * Keeps calls of the chat workspace within its rate limits, together with every other invocation.
 *
 * A call takes its place before it is made. Work of the worst incidents keeps the place it was given
 * and comes back for it; other work stands in line, asks again when it is likely to be served, and
 * leaves half of each burst to the former. Of what decisions need, people's requests have a share of
 * their own, for when the rest is used up or kept. When the rows cannot be reached, calls go ahead: Slack
 * enforces its own limits.
 */
export class KeepRate {
  readonly #deps: {
    rows: BudgetRows;
    callers: CallerContext;
    clock: Clock;
    pause: Pause;
    log: Log;
  };
  /** Calls of one incident and bucket, one after another: each must see the place the last one kept. */
  readonly #lines = new Map<string, Promise<unknown>>();
  /** When the buckets of channels that were created here are full again. */
  readonly #newChannels = new Map<string, number>();

  constructor(deps: {
    rows: BudgetRows;
    callers: CallerContext;
    clock: Clock;
    pause: Pause;
    log: Log;
  }) {
    this.#deps = deps;
  }

  /**
   * Takes a place for one call; waits for it if it is close.
   * @throws {ChatError} `CHAT_RATE_LIMITED` with `retryAfterS`: the call MUST NOT be made before
   */
  async take(bucket: Bucket): Promise<void> {
    if (this.#takeOfNew(bucket)) return;
    const caller = this.#deps.callers.current();
    if (!caller) return this.#inTime(bucket);
    const line = `${caller.incidentId} ${bucket.name}`;
    const before = this.#lines.get(line) ?? Promise.resolve();
    const ask = () => this.#inTime(bucket);
    const turn = before.then(ask, ask);
    this.#lines.set(line, turn);
    try {
      await turn;
    } finally {
      if (this.#lines.get(line) === turn) this.#lines.delete(line);
    }
  }

  /** The other side refused a call: nobody else asks before it said. Never throws. */
  async refused(bucket: Bucket, retryAfterS: number): Promise<void> {
    const { rows, clock, log } = this.#deps;
    log.count('SlackRateLimitMet', { bucket: bucket.name.replace(/#.*$/, '') });
    try {
      const untilMs = clock.nowMs() + retryAfterS * 1000;
      await rows.block(bucket, untilMs);
      const own = peoplesOwn(bucket);
      if (own) await rows.block(own, untilMs);
    } catch (error) {
      log.warn('rate limit not shared', { code: codeOf(error) });
    }
  }

  /** A channel that was created just now: nobody else writes there yet, so its count is known here. */
  opened(bucket: Bucket): void {
    if (this.#newChannels.size >= NEW_CHANNELS_MAX) this.#newChannels.clear();
    this.#newChannels.set(bucket.name, 0);
  }

  /** The shared row learns of it meanwhile; the call need not wait for that. */
  #takeOfNew(bucket: Bucket): boolean {
    const fullAtMs = this.#newChannels.get(bucket.name);
    if (fullAtMs === undefined) return false;
    const { rows, clock } = this.#deps;
    const nowMs = clock.nowMs();
    const place = nextPlace(fullAtMs, { rule: bucket.rule, urgent: false, nowMs });
    if (place.atMs > nowMs) {
      this.#newChannels.delete(bucket.name);
      return false;
    }
    this.#newChannels.set(bucket.name, place.fullAtMs);
    rows.take(bucket, { urgent: true, nowMs, withinMs: WAIT_IN_PROCESS_MS }).catch(() => {});
    return true;
  }

  /** Resolves when the place is due, or at once when the rows do not answer. */
  async #inTime(bucket: Bucket): Promise<void> {
    const { pause, log } = this.#deps;
    let waitMs: number;
    try {
      waitMs = await this.#take(bucket);
    } catch (error) {
      if (error instanceof ChatError) throw error;
      log.warn('rate limit not reached', { code: codeOf(error), bucket: bucket.name });
      log.count('RateLimitUnreached');
      return;
    }
    if (waitMs > 0) await pause.forMs(waitMs);
  }

  /** @returns how long to wait for the place that was taken */
  async #take(bucket: Bucket): Promise<number> {
    const { rows, callers, clock } = this.#deps;
    const caller = callers.current();
    if (!caller) return this.#takeForPerson(bucket);
    const { urgent } = caller;
    const nowMs = clock.nowMs();
    const taken = await rows.take(bucket, { urgent, nowMs, withinMs: WAIT_IN_BACKGROUND_MS });
    if ('atMs' in taken) return taken.atMs - nowMs;
    const dueAtMs = nextPlace(taken.fullAtMs, { rule: bucket.rule, urgent, nowMs }).atMs;
    const of = { incidentId: caller.incidentId, dueAtMs };
    return caller.urgent ? this.#comeBackForOwn(bucket, of) : this.#standInLine(bucket, of);
  }

  /** At once of what is everybody's; else of what is people's own, if there is any. */
  async #takeForPerson(bucket: Bucket): Promise<number> {
    const nowMs = this.#deps.clock.nowMs();
    const own = peoplesOwn(bucket);
    const waits: number[] = [];
    for (const each of own ? [bucket, own] : [bucket]) {
      const withinMs = own && each !== own ? 0 : WAIT_IN_PROCESS_MS;
      const taken = await this.#deps.rows.take(each, { urgent: true, nowMs, withinMs });
      if ('atMs' in taken) return taken.atMs - nowMs;
      waits.push(nextPlace(taken.fullAtMs, { rule: each.rule, urgent: true, nowMs }).atMs - nowMs);
    }
    throw notYet(bucket, Math.min(...waits));
  }

  /**
   * Where the rest stands in line: a place in it holds nothing back from urgent calls, but says when
   * it is worth to ask again, so that many who wait ask seldom.
   */
  async #standInLine(bucket: Bucket, of: { incidentId: string; dueAtMs: number }): Promise<never> {
    const { rows, clock } = this.#deps;
    const { incidentId, dueAtMs } = of;
    const nowMs = clock.nowMs();
    const kept = await rows.readKept(incidentId, bucket.name);
    if (kept && kept.atMs - nowMs > WAIT_IN_BACKGROUND_MS) throw notYet(bucket, kept.atMs - nowMs);
    const line = { name: `${bucket.name}~line`, rule: { ...bucket.rule, burst: 1 } };
    const place = await rows.take(line, { urgent: false, nowMs, withinMs: KEPT_AHEAD_MS });
    const placeMs = 'atMs' in place ? place.atMs : nowMs + KEPT_AHEAD_MS;
    const atMs = Math.max(placeMs, dueAtMs);
    await rows.keep(incidentId, bucket.name, { atMs, used: false });
    throw notYet(bucket, atMs - nowMs);
  }

  /** Uses the place that was kept for this incident, or keeps one. */
  async #comeBackForOwn(
    bucket: Bucket,
    of: { incidentId: string; dueAtMs: number },
  ): Promise<number> {
    const { rows, clock } = this.#deps;
    const { incidentId } = of;
    const nowMs = clock.nowMs();
    const kept = await rows.readKept(incidentId, bucket.name);
    if (kept && !kept.used && nowMs - kept.atMs < KEPT_FOR_MS) {
      const waitMs = kept.atMs - nowMs;
      if (waitMs > WAIT_IN_BACKGROUND_MS) throw notYet(bucket, waitMs);
      if (await rows.use(incidentId, bucket.name, kept)) return Math.max(0, waitMs);
    }
    const place = await rows.take(bucket, { urgent: true, nowMs, withinMs: KEPT_AHEAD_MS });
    if (!('atMs' in place)) throw notYet(bucket, of.dueAtMs - nowMs);
    const waitMs = place.atMs - nowMs;
    if (waitMs <= WAIT_IN_BACKGROUND_MS) return waitMs;
    await rows.keep(incidentId, bucket.name, { atMs: place.atMs, used: false });
    throw notYet(bucket, waitMs);
  }
}

function peoplesOwn({ name, forPeople }: Bucket): Bucket | undefined {
  return forPeople && { name: `${name}~people`, rule: forPeople };
}

function notYet(bucket: Bucket, waitMs: number): ChatError {
  return new ChatError({
    code: 'CHAT_RATE_LIMITED',
    message: `cannot call ${bucket.name.replace(/#.*$/, '')}: expected a place, got one to wait for`,
    retryable: true,
    retryAfterS: Math.max(1, Math.ceil(waitMs / 1000)),
  });
}
