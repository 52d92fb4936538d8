import { describe, expect, it } from 'vitest';
import { editsPage, foundAbout, givenPublished, sweeps, todaysIntake } from './other-hand.ts';
import { givenWorld } from './war-room.ts';

/*
 * A page without a public API: the publisher looks, with its own key.
 */
const stage = givenWorld({ limits: 'on' }, { variables: { PAGE_DRIFT: 'publisher' } });

describe('the publisher looks at the page', () => {
  it('and says nothing of what was published here', async () => {
    const incident = await givenPublished(stage);
    await sweeps(stage, 2);
    await incident.says('jonas', 'draft resolved It works again.');
    await incident.clicks('priya', 'statuspage_approve');
    await sweeps(stage, 3);
    expect(await foundAbout(stage, incident.pageId)).toEqual([]);
    expect(stage.countOf('statuspage', 'public_incidents')).toBe(0);
    expect(stage.countOf('statuspage', 'list_incidents')).toBeGreaterThan(0);
  });

  it('and finds what another hand did to ours, once', async () => {
    const incident = await givenPublished(stage);
    await editsPage(stage, { incidentId: incident.pageId, body: 'All is well.' });
    await sweeps(stage, 1);
    const [found] = await foundAbout(stage, incident.pageId);
    expect(found?.incidentId).toBe(incident.id);
    expect(found?.actor).toEqual({ kind: 'system', id: 'publisher' });
    expect(found?.details.kind).toBe('foreign_update');
    await incident.expectRoomPost('🔴 The status page is not what was published');
    await sweeps(stage, 4);
    expect(await foundAbout(stage, incident.pageId)).toHaveLength(1);
  });

  it('and finds an incident of another hand while one of ours is open', async () => {
    const incident = await givenPublished(stage);
    const { id } = await editsPage(stage, { name: 'We are down', body: 'Sorry.' });
    const chain = todaysIntake(stage);
    await sweeps(stage, 4);
    const found = await foundAbout(stage, id);
    expect(found.map(({ incidentId }) => incidentId)).toEqual([chain]);
    expect(found[0]?.details.kind).toBe('foreign_incident');
    await incident.expectRoomPost(id);
  });
});
