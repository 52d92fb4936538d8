import { beforeEach, describe, expect, it } from 'vitest';
import { requestPublication } from '../../src/services/request-publication.ts';
import { GateWorld } from '../gate/gate-world.ts';

let world: GateWorld;

beforeEach(async () => {
  world = await new GateWorld().open('P1');
});

/** Asks for every event of the story, twice, and gives what the queue then holds. */
async function requested(): Promise<unknown[]> {
  world.publications.take();
  const fresh = new GateWorld().publications;
  const state = await world.state();
  for (const event of await world.events()) {
    await requestPublication(fresh, { event, state });
    await requestPublication(fresh, { event, state });
  }
  return fresh.take();
}

describe('requestPublication()', () => {
  it('sends ids only, once, for an approval that still stands', async () => {
    await world.draft('Another.');
    const card = await world.draft();
    await world.decide('approve', card);
    expect(await requested()).toEqual([
      { incidentId: 'inc-aaaaaaaaaaaaaaaa', draftId: card.draftId, revision: 1 },
    ]);
  });

  it('sends nothing for an approval that was overtaken', async () => {
    const card = await world.draft();
    await world.decide('approve', card);
    await world.decide('reject', card, { by: 'U0CAL' });
    expect(await requested()).toEqual([]);
  });

  it('sends the approval of another draft, not the overtaken one beside it', async () => {
    const overtaken = await world.draft();
    await world.decide('approve', overtaken);
    await world.decide('reject', overtaken, { by: 'U0CAL' });
    const card = await world.draft('Another.');
    await world.decide('approve', card);
    expect(await requested()).toEqual([
      { incidentId: 'inc-aaaaaaaaaaaaaaaa', draftId: card.draftId, revision: 1 },
    ]);
  });

  it('sends a wish to look, and no other command', async () => {
    const card = await world.draft();
    await world.decide('approve', card);
    world.page.fates.push('vanished');
    await world.deliverAll();
    await world.append('COMMAND_RECEIVED', { command: 'menu' });
    await world.append('COMMAND_RECEIVED', { command: 'statuspage_adopt' });
    await world.append('COMMAND_RECEIVED', { command: 'statuspage_adopt', draftId: 'd' });
    await world.append('COMMAND_RECEIVED', { command: 'statuspage_adopt', revision: 1 });
    await world.append('COMMAND_RECEIVED', { command: 'menu', draftId: 'd', revision: 1 });
    expect(await requested()).toEqual([]);
    await world.decide('adopt', card, { by: 'U0DEE' });
    expect(await requested()).toEqual([
      { incidentId: 'inc-aaaaaaaaaaaaaaaa', draftId: card.draftId, revision: 1 },
    ]);
  });
});
