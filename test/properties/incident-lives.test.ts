import { describe, expect, it } from 'vitest';
import { runLives } from '../lives/run-lives.ts';

/** As many as fit a few seconds; `npm run prove:lives` plays 10,000 of its own. */
const HISTORIES = 200;

/*
 * Several incidents share one page, and people do whatever they may: whole lives, from the first alert
 * until nobody is left with anything to do.
 */
describe('lives of incidents', () => {
  it('no page is wrong and unasked, no text outlives its situation, no component is better than another incident says', async () => {
    const { found, counts } = await runLives({ from: 1, count: HISTORIES });
    expect(found).toBeUndefined();
    // Of a generator that does nothing, all of this would be true as well.
    expect(counts.publications).toBeGreaterThan(HISTORIES);
  }, 60_000);
});
