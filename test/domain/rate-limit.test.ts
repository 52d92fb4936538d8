import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  blockedUntil,
  intervalMs,
  nextPlace,
  type RateRule,
  toleranceMs,
} from '../../src/domain/rate-limit.ts';

const TIER_2: RateRule = { perMinute: 20, burst: 18 };

/** Makes calls at the given instants, each at its place. @returns when they were made */
function calls(rule: RateRule, askedAtMs: readonly number[], urgent = true): number[] {
  let fullAtMs = 0;
  return askedAtMs.map((nowMs) => {
    const place = nextPlace(fullAtMs, { rule, urgent, nowMs });
    fullAtMs = place.fullAtMs;
    return place.atMs;
  });
}

describe('nextPlace()', () => {
  it('gives the whole burst at once, and then one place an interval', () => {
    const at = calls(
      TIER_2,
      Array.from({ length: 21 }, () => 1_000_000),
    );
    expect(at.slice(0, 18)).toEqual(Array.from({ length: 18 }, () => 1_000_000));
    expect(at.slice(18)).toEqual([1_003_000, 1_006_000, 1_009_000]);
  });

  it('keeps half of the burst for urgent calls', () => {
    const at = calls(
      TIER_2,
      Array.from({ length: 10 }, () => 1_000_000),
      false,
    );
    expect(at.slice(0, 9)).toEqual(Array.from({ length: 9 }, () => 1_000_000));
    expect(at[9]).toBe(1_003_000);
    const full = 1_000_000 + 9 * 3_000;
    expect(nextPlace(full, { rule: TIER_2, urgent: true, nowMs: 1_000_000 }).atMs).toBe(1_000_000);
    expect(nextPlace(full, { rule: TIER_2, urgent: false, nowMs: 1_000_000 }).atMs).toBe(1_003_000);
  });

  it('a burst of one has no reserve to keep', () => {
    expect(toleranceMs({ perMinute: 60, burst: 1 }, false)).toBe(0);
    expect(intervalMs({ perMinute: 60, burst: 1 })).toBe(1_000);
  });
});

describe('blockedUntil()', () => {
  it('lets nobody call before the other side said, urgent or not', () => {
    const full = blockedUntil(0, TIER_2, 2_000_000);
    expect(nextPlace(full, { rule: TIER_2, urgent: true, nowMs: 1_990_000 }).atMs).toBe(2_000_000);
    expect(nextPlace(full, { rule: TIER_2, urgent: true, nowMs: 2_000_000 }).atMs).toBe(2_000_000);
    expect(nextPlace(full, { rule: TIER_2, urgent: true, nowMs: 1_999_999 }).atMs).toBe(2_000_000);
  });

  it('never opens what is closed for longer', () => {
    expect(blockedUntil(9_000_000, TIER_2, 2_000_000)).toBe(9_000_000);
  });
});

const rules = fc.record({
  perMinute: fc.constantFrom(1, 20, 50, 60, 100),
  burst: fc.integer({ min: 1, max: 90 }),
});
const asked = fc
  .array(fc.integer({ min: 0, max: 5_000 }), { minLength: 1, maxLength: 200 })
  .map((gaps) => {
    let at = 1_000_000;
    return gaps.map((gap) => {
      at += gap;
      return at;
    });
  });

describe('whatever is asked and when', () => {
  it('in no window are there more calls than the burst and what comes back in it', () => {
    fc.assert(
      fc.property(rules, asked, fc.boolean(), (rule, at, urgent) => {
        const made = calls(rule, at, urgent).sort((a, b) => a - b);
        for (let from = 0; from < made.length; from += 1) {
          for (let to = from; to < made.length; to += 1) {
            const windowMs = (made[to] as number) - (made[from] as number);
            const may = rule.burst + windowMs / intervalMs(rule);
            if (to - from + 1 > may + 1e-6) return false;
          }
        }
        return true;
      }),
    );
  });

  it('wastes nothing: a call waits only while the burst is used up, and then no longer than for one', () => {
    fc.assert(
      fc.property(rules, asked, (rule, at) => {
        const made = calls(rule, at);
        return made.every((instant, index) => {
          const waited = instant - (at[index] as number);
          if (waited <= 0) return true;
          // As many calls before it as the limit allows up to its own instant.
          const before = made.slice(0, index).filter((other) => {
            return other > instant - rule.burst * intervalMs(rule) - 1e-6;
          });
          return before.length >= rule.burst;
        });
      }),
    );
  });
});
