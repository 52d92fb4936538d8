/**
 * A rate limit as a bucket that a virtual clock keeps (GCRA): one number says all there is to know,
 * so that many callers can share it in one row and one conditional write.
 * https://en.wikipedia.org/wiki/Generic_cell_rate_algorithm
 */

/** So many calls a minute on the long run, and so many at once after a pause. */
export type RateRule = { perMinute: number; burst: number };

/** When the bucket would be full again if nobody called. Epoch ms; 0: it is full. */
export type FullAt = number;

/** Share of the burst that only urgent calls may use, so that they come before the rest. */
const RESERVED_SHARE = 0.5;

/** Time in which one place comes back. Unit: ms. */
export function intervalMs({ perMinute }: RateRule): number {
  return 60_000 / perMinute;
}

/** How far ahead the bucket may be when a call is made at once. Unit: ms. */
export function toleranceMs(rule: RateRule, urgent: boolean): number {
  const burst = urgent ? rule.burst : Math.max(1, Math.floor(rule.burst * (1 - RESERVED_SHARE)));
  return (burst - 1) * intervalMs(rule);
}

/** A place in the bucket: the call may be made from then on. Epoch ms. */
export type Place = { atMs: number; fullAtMs: FullAt };

/**
 * The next place for one more call: at once while the burst lasts, else when one comes back.
 * Nothing is taken by asking; whoever takes it stores `fullAtMs`, if nobody else did meanwhile.
 */
export function nextPlace(
  fullAtMs: FullAt,
  of: { rule: RateRule; urgent: boolean; nowMs: number },
): Place {
  const { rule, urgent, nowMs } = of;
  return {
    atMs: Math.max(nowMs, fullAtMs - toleranceMs(rule, urgent)),
    fullAtMs: Math.max(fullAtMs, nowMs) + intervalMs(rule),
  };
}

/** The bucket after the other side said it takes nothing before `untilMs`. */
export function blockedUntil(fullAtMs: FullAt, rule: RateRule, untilMs: number): FullAt {
  return Math.max(fullAtMs, untilMs + toleranceMs(rule, true));
}
