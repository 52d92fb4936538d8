import { afterAll, describe, expect, it } from 'vitest';
import { breakGate, mendGates } from './broken-gate.ts';
import { REMOVAL_MISTAKES } from './gate-mistakes.ts';
import { runRemovals } from './removed-by-hand.ts';

const SEED = 20_261_130;

describe('a page incident that is removed and put back by hand', () => {
  it('is never opened a second time beside itself, and never in the way for ever, in 300 histories', async () => {
    expect(await runRemovals(300, SEED)).toBeUndefined();
  }, 120_000);
});

describe('a gate with a mistake about removals in it is found out', () => {
  afterAll(mendGates);

  it.each(REMOVAL_MISTAKES)(
    '$name',
    async ({ name, promise, breakages }) => {
      const modules = await breakGate(name, breakages);
      for (const seed of [1, 2, 3]) {
        expect((await runRemovals(100, seed, modules)) ?? `not found from seed ${seed}`).toMatch(
          promise,
        );
      }
    },
    120_000,
  );
});
