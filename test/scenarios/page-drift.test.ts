import { describe, expect, it } from 'vitest';
import {
  editsPage,
  foundAbout,
  givenPublished,
  type Shown,
  sweeps,
  todaysIntake,
} from './other-hand.ts';
import { givenWorld, SOME_TEXT } from './war-room.ts';

/*
 * Another hand on the status page. It is found within one sweep, told, and never put right.
 */
const stage = givenWorld();

describe('the page shows what we published', () => {
  it('says nothing, through create, update, resolve and many sweeps', async () => {
    const incident = await givenPublished(stage);
    await sweeps(stage, 2);
    await incident.says('jonas', 'draft identified A change caused it.');
    await incident.clicks('priya', 'statuspage_approve');
    await sweeps(stage, 2);
    await incident.says('jonas', 'draft resolved It works again.');
    await incident.clicks('priya', 'statuspage_approve');
    await sweeps(stage, 5);
    expect((await incident.pageTexts()).length).toBe(3);
    expect(await foundAbout(stage, incident.pageId)).toEqual([]);
  });

  it('says nothing while it did not confirm, nor once that is settled', async () => {
    const incident = await stage.givenP1();
    await incident.clicks('maya', 'incident_take_ic');
    await incident.givenDraft();
    stage.fault('statuspage', { match: 'create_incident', answer: 'drop' });
    await incident.clicks('priya', 'statuspage_approve');
    expect(await incident.count('STATUSPAGE_PUBLISH_UNCONFIRMED')).toBeGreaterThan(0);
    const [shown] = await stage.actors.page();
    await sweeps(stage, 4);
    expect(await foundAbout(stage, String((shown as unknown as Shown).id))).toEqual([]);
  });

  it('says nothing when the page cannot be read, and the sweeper goes on', async () => {
    const incident = await givenPublished(stage);
    stage.fault('statuspage', { match: 'public_incidents', status: 503, times: 100 });
    await sweeps(stage, 4);
    expect(await foundAbout(stage, incident.pageId)).toEqual([]);
  });
});

describe('another hand', () => {
  it('opens an incident: on the day’s intake chain once, and told to everybody', async () => {
    const incident = await givenPublished(stage);
    const { id } = await editsPage(stage, {
      name: 'We are down',
      status: 'identified',
      body: 'Sorry.',
    });
    const chain = todaysIntake(stage);
    await sweeps(stage, 1);
    const [found] = await foundAbout(stage, id);
    expect(found?.incidentId).toBe(chain);
    expect(found?.details).toEqual({
      statuspageIncidentId: id,
      kind: 'foreign_incident',
      publicationId: null,
      difference:
        'an incident that was not published from here is on the page (status identified, 1 update)',
      link: expect.stringMatching(new RegExp(`/incidents/${id}$`)),
    });
    await incident.expectRoomPost(id);
    const { messages } = await stage.actors.channel('C04EXAMPLE1');
    expect(messages.filter(({ text }) => text.includes(id))).toHaveLength(1);
    await sweeps(stage, 8);
    expect(await foundAbout(stage, id)).toHaveLength(1);
    await editsPage(stage, { incidentId: id, status: 'resolved', body: 'It was nothing.' });
    await sweeps(stage, 8);
    expect(await foundAbout(stage, id)).toHaveLength(2);
  });

  it('adds an update to ours: on its own trail once, red in its room, and left as it is', async () => {
    const incident = await givenPublished(stage);
    await editsPage(stage, { incidentId: incident.pageId, body: 'All is well, trust me.' });
    const writes = await stage.pageWrites();
    await sweeps(stage, 1);
    const [found] = await foundAbout(stage, incident.pageId);
    expect(found?.incidentId).toBe(incident.id);
    expect(found?.details).toMatchObject({ kind: 'foreign_update', publicationId: null });
    expect(JSON.stringify(found)).not.toContain('trust me');
    await incident.expectRoomPost(/^🔴 The status page is not what was published/);
    await incident.expectRoomPost('Nothing is changed automatically');
    await sweeps(stage, 8);
    expect(await foundAbout(stage, incident.pageId)).toHaveLength(1);
    expect(await stage.pageWrites()).toBe(writes);
  });

  it('changes the words of ours', async () => {
    const incident = await givenPublished(stage);
    const [shown] = (await stage.actors.page()) as unknown as Shown[];
    const updateId = shown?.incident_updates[0]?.id;
    await sweeps(stage, 1);
    await editsPage(stage, { incidentId: incident.pageId, updateId, body: 'Nothing happened.' });
    await sweeps(stage, 8);
    const found = await foundAbout(stage, incident.pageId);
    expect(found.map(({ details }) => details.kind)).toEqual(['edited']);
    const { publicationId } = (await incident.last('STATUSPAGE_PUBLISHED')).details;
    expect(found[0]?.details.publicationId).toBe(publicationId);
    expect(found[0]?.incidentId).toBe(incident.id);
  });

  it('changes its title', async () => {
    const incident = await givenPublished(stage);
    await editsPage(stage, { incidentId: incident.pageId, name: 'A glitch' });
    await sweeps(stage, 8);
    const found = await foundAbout(stage, incident.pageId);
    expect(found.map(({ details }) => details.difference)).toEqual([
      'the title of the incident was changed',
    ]);
  });

  it('takes an update of ours off the page', async () => {
    const incident = await givenPublished(stage);
    await incident.says('jonas', 'draft identified A change caused it.');
    await incident.clicks('priya', 'statuspage_approve');
    await stage.passes({ minutes: 4 });
    const shown = ((await stage.actors.page()) as unknown as Shown[]).find(
      ({ id }) => id === incident.pageId,
    );
    const updateId = shown?.incident_updates.at(-1)?.id;
    await editsPage(stage, { incidentId: incident.pageId, updateId, remove: true });
    await sweeps(stage, 8);
    const found = await foundAbout(stage, incident.pageId);
    expect(found.map(({ details }) => details.kind)).toEqual(['removed']);
  });

  it('takes a resolved incident of ours off the page, days later', async () => {
    const incident = await givenPublished(stage);
    await incident.says('jonas', 'draft resolved It works again.');
    await incident.clicks('priya', 'statuspage_approve');
    await stage.passes({ minutes: 1 });
    stage.world.clock.advance(5 * 86_400_000);
    await sweeps(stage, 1);
    await editsPage(stage, { incidentId: incident.pageId, remove: true });
    await sweeps(stage, 8);
    const found = await foundAbout(stage, incident.pageId);
    expect(found.map(({ details }) => details.difference)).toEqual([
      'the incident that was published is no longer on the page',
    ]);
  });

  it('is believed by nobody who only says so', async () => {
    const incident = await givenPublished(stage);
    const look = { kind: 'look_at_page', statuspageIncidentId: incident.pageId };
    const group = `work#${incident.id}`;
    await stage.sends('incidents', { ...look, incidentId: incident.id }, group);
    await stage.sends('incidents', { ...look, incidentId: todaysIntake(stage) }, 'work#intake');
    await stage.sends('incidents', { ...look, statuspageIncidentId: 'nosuch' }, 'work#intake');
    await stage.settle();
    expect(await foundAbout(stage, incident.pageId)).toEqual([]);
    await incident.expectPage([SOME_TEXT]);
  });
});
