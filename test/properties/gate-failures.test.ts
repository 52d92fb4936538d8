import { describe, expect, it } from 'vitest';
import { storyWithFailure } from './gate-failures.ts';

const { calls } = await storyWithFailure(0, 'before');
const EVERY_CALL = Array.from({ length: calls }, (_, index) => index + 1);

it('the story touches every port often enough to be worth failing', () => {
  expect(calls).toBeGreaterThan(20);
});

describe.each(['before', 'after'] as const)('when a call fails %s its effect', (moment) => {
  it.each(EVERY_CALL)('call %i: one approval, one publication, never two sends', async (n) => {
    const { broken, world } = await storyWithFailure(n, moment);
    expect(broken).toBeUndefined();
    expect(world.page.sent).toHaveLength(1);
  });
});
