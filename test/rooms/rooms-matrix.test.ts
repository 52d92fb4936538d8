import { describe, expect, it } from 'vitest';
import { shuffled } from '../../scripts/shuffled.ts';
import { allRefusals, playRefusal } from './play-refusal.ts';

/*
 * A slice of `npm run prove:rooms`: each Slack method refused with each of 14 names, from each step on.
 */
const SLICE = 16;
/** Some play an outage of an hour, a minute at a time. Unit: ms. */
const CASE_MS = 120_000;
const slice = shuffled(allRefusals(), 7).slice(0, SLICE);

describe('a method of Slack is refused for good', () => {
  it.each(slice)(
    '$method: $error, from $step on, $ending',
    async (refused) => {
      expect(await playRefusal(refused)).toEqual([]);
    },
    CASE_MS,
  );
});
