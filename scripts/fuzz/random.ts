/** A reproducible source of choices: the same seed and number make the same case. */
export type Random = {
  /** An integer from 0 to below `n`. */
  below: (n: number) => number;
  /** True once in `n` times. */
  oneIn: (n: number) => boolean;
  pick: <T>(from: readonly T[]) => T;
};

/** The choices of one case. Mulberry32: small, quick, and good enough to choose with. */
export function randomOf(seed: number, number: number): Random {
  let state = (Math.imul(seed, 0x9e3779b1) ^ Math.imul(number + 1, 0x85ebca6b)) >>> 0;
  const below = (n: number): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % n;
  };
  return {
    below,
    oneIn: (n) => below(n) === 0,
    pick: (from) => from[below(from.length)]!,
  };
}
