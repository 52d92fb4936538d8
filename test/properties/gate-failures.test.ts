import { describe, expect, it } from 'vitest';
import { ACTIONS, FATES, failingCallsOf, storyWithFailure } from './gate-failures.ts';

describe.each(ACTIONS)('%s', (action) => {
  it('touches every port often enough to be worth failing', async () => {
    const { calls } = await storyWithFailure({
      action,
      fate: 'vanished',
      call: 0,
      kind: 'lost before',
    });
    expect(calls.length).toBeGreaterThan(60);
    const ports = [...new Set(calls.map((call) => call.split('.')[0]))].sort();
    expect(ports).toEqual(['chat', 'page', 'publications', 'rows', 'signer', 'told', 'trail']);
  });

  // The calls are found out by running the story once: a new one is covered without anyone remembering.
  it.each(FATES)(
    'recovers by itself when any call fails in any way, and the page is %s: one effect',
    async (fate) => {
      const tried = await failingCallsOf({ action, fate });
      expect(tried.filter(({ broken }) => broken !== undefined)).toEqual([]);
      expect(tried.map(({ points }) => points).every((points) => points > 3)).toBe(true);
    },
    60_000,
  );
});
