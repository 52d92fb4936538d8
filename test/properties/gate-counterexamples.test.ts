import { expect, it } from 'vitest';
import { GateWorld } from '../gate/gate-world.ts';
import { pageError } from '../gate/memory-page.ts';

/**
 * Histories that interleavings found a broken promise in, each in its shortest form.
 */
it('a look that took long does not undo what a later one counted, and looking goes on', async () => {
  const world = await new GateWorld().open('P1');
  const card = await world.draft('Words that get lost.', { notify: true });
  await world.decide('approve', card);
  world.page.fates.push('vanished');
  await world.deliver(card);
  world.nowMs += 18_000;
  // The first look cannot ask the page, and hears so only after the second look has.
  world.page.readErrors.push(pageError('PAGE_OUTCOME_UNKNOWN', null));
  const answered = Promise.withResolvers<void>();
  const asked = Promise.withResolvers<void>();
  let looks = 0;
  world.intercept = async (call, perform) => {
    if (call !== 'page.recent') return perform();
    looks += 1;
    if (looks > 1) return perform();
    const failing = perform().finally(() => answered.promise);
    asked.resolve();
    return failing;
  };
  const slow = world.deliver(card);
  await asked.promise;
  await world.deliver(card);
  answered.resolve();
  await slow;
  const attempt = async () => (await world.state()).drafts[0]!.attempt;
  expect(await attempt()).toMatchObject({ looks: 1, unasked: 0 });
  // Two more looks, and then a person is asked.
  for (let look = 0; look < 2; look += 1) {
    world.nowMs += 30_000;
    await world.deliver(card);
  }
  expect(await attempt()).toMatchObject({ looks: 3, nextLookAt: null });
});
