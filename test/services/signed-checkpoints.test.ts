import { describe, expect, it } from 'vitest';
import { GateWorld } from '../gate/gate-world.ts';
import { verifiedEvents } from '../gate/verified-events.ts';

/** A P1 whose next event has this number. */
async function givenNext(seq: number): Promise<GateWorld> {
  const world = await new GateWorld().open();
  for (let n = 3; n < seq; n += 1) await world.append('NOTE_ADDED', { text: `line ${n}` });
  return world;
}

describe('a signed event that is a checkpoint', () => {
  it.each([
    ['approval', 63],
    ['publication', 61],
  ])('is published and verifies: the %s is event 64', async (_what, draftSeq) => {
    const world = await givenNext(draftSeq);
    const card = await world.draft();
    expect(await world.publish(card)).toEqual(['published']);
    const checkpoint = (await world.events()).find(({ seq }) => seq === 64);
    expect(checkpoint?.type).toBe(
      draftSeq === 63 ? 'STATUSPAGE_DRAFT_APPROVED' : 'STATUSPAGE_PUBLISHED',
    );
    expect(checkpoint?.details).toHaveProperty('checkpoint');
    expect(await verifiedEvents(await world.events())).toBe('verified');
  });
});
