import { expect, it } from 'vitest';
import { runInterleavings } from './gate-interleavings.ts';

/** A slice of what `npm run prove:gate` looks at: always the same, so that a failure stays one. */
const RUNS = 400;
const SEED = 20_261_122;

it(`holds its promises in ${RUNS} interleavings of everybody at once`, async () => {
  const { runs, broken } = await runInterleavings(RUNS, SEED);
  expect(broken).toBeUndefined();
  expect(runs).toBe(RUNS);
}, 120_000);
