import fc from 'fast-check';
import { expect, it } from 'vitest';
import { interleavingProperty } from './gate-interleavings.ts';

const RUNS = 300;

it(`holds its promises in ${RUNS} interleavings of everybody at once`, async () => {
  await expect(fc.assert(interleavingProperty(), { numRuns: RUNS })).resolves.toBeUndefined();
}, 120_000);
