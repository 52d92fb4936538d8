import { afterAll, describe, expect, it } from 'vitest';
import { breakGate, mendGates } from './broken-gate.ts';
import { runInterleavings } from './gate-interleavings.ts';
import { MISTAKES } from './gate-mistakes.ts';
import { FOUND_WITHIN } from './mistakes-found.ts';

/** Not one lucky seed: each of these finds every mistake by itself. */
const SEEDS = [1, 2, 3];

describe('a gate with a mistake in it is found out', () => {
  afterAll(mendGates);

  it.each(MISTAKES)(
    '$name',
    async ({ name, promise, breakages }) => {
      const modules = await breakGate(name, breakages);
      for (const seed of SEEDS) {
        const { broken } = await runInterleavings(FOUND_WITHIN, seed, modules);
        expect(broken ?? `not found from seed ${seed}`).toMatch(promise);
      }
    },
    120_000,
  );

  it('a breakage that no longer fits the source is not taken for a finding', async () => {
    const gone = [{ file: 'gate-view.ts', from: 'text that is not there', to: '' }];
    await expect(breakGate('misfit', gone)).rejects.toThrow('cannot break gate-view.ts');
  });
});
