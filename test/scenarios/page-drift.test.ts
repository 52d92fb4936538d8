import { describe, expect, it } from 'vitest';
import type { AuditEvent } from '../../src/domain/audit-event.ts';
import { givenWorld, type Incident, SOME_TEXT } from './war-room.ts';

/*
 * Another hand on the status page. It is found within one sweep, told, and never put right.
 */
const stage = givenWorld();

type Shown = { id: string; name: string; status: string; incident_updates: { id: string }[] };

/** The page, edited by somebody who is not us. */
async function editsPage(edit: Record<string, unknown>): Promise<Shown> {
  const url = `${stage.world.ready.urls.statuspage}/_world/edit`;
  const response = await fetch(url, { method: 'POST', body: JSON.stringify(edit) });
  expect(response.status).toBe(200);
  return (await response.json()) as Shown;
}

/** A P1 with one text on the page, long enough ago for the page to have caught up. */
async function givenPublished(): Promise<Incident & { pageId: string }> {
  const incident = await stage.givenP1();
  await incident.clicks('maya', 'incident_take_ic');
  await incident.givenDraft();
  await incident.clicks('priya', 'statuspage_approve');
  const { statuspageIncidentId } = (await incident.last('STATUSPAGE_PUBLISHED')).details;
  return Object.assign(incident, { pageId: statuspageIncidentId });
}

/** One sweep, and all that follows from it. */
async function sweeps(times = 1): Promise<void> {
  for (let n = 0; n < times; n += 1) await stage.passes({ seconds: 61 });
}

async function driftOn(chain: string): Promise<DriftFound[]> {
  const trail = await stage.actors.trail(chain);
  return trail.filter((event) => event.type === 'STATUSPAGE_DRIFT_FOUND');
}
type DriftFound = Extract<AuditEvent, { type: 'STATUSPAGE_DRIFT_FOUND' }>;

/** What was found about one incident on the page, wherever it stands. */
async function foundAbout(pageId: string): Promise<DriftFound[]> {
  const trails = [...(await stage.actors.trails()).values()].flat();
  return trails.filter(
    (event): event is DriftFound =>
      event.type === 'STATUSPAGE_DRIFT_FOUND' && event.details.statuspageIncidentId === pageId,
  );
}

function today(): string {
  const day = new Date(stage.world.clock.nowMs()).toISOString().slice(0, 10);
  return `intake-${day.replaceAll('-', '')}`;
}

describe('the page shows what we published', () => {
  it('says nothing, through create, update, resolve and many sweeps', async () => {
    const incident = await givenPublished();
    await sweeps(2);
    await incident.says('jonas', 'draft identified A change caused it.');
    await incident.clicks('priya', 'statuspage_approve');
    await sweeps(2);
    await incident.says('jonas', 'draft resolved It works again.');
    await incident.clicks('priya', 'statuspage_approve');
    await sweeps(5);
    expect((await incident.pageTexts()).length).toBe(3);
    expect(await foundAbout(incident.pageId)).toEqual([]);
  });

  it('says nothing while it did not confirm, nor once that is settled', async () => {
    const incident = await stage.givenP1();
    await incident.clicks('maya', 'incident_take_ic');
    await incident.givenDraft();
    stage.fault('statuspage', { match: 'create_incident', answer: 'drop' });
    await incident.clicks('priya', 'statuspage_approve');
    expect(await incident.count('STATUSPAGE_PUBLISH_UNCONFIRMED')).toBeGreaterThan(0);
    const [shown] = await stage.actors.page();
    await sweeps(4);
    expect(await foundAbout(String((shown as unknown as Shown).id))).toEqual([]);
  });

  it('says nothing when the page cannot be read, and the sweeper goes on', async () => {
    const incident = await givenPublished();
    stage.fault('statuspage', { match: 'public_incidents', status: 503, times: 100 });
    await sweeps(4);
    expect(await foundAbout(incident.pageId)).toEqual([]);
  });
});

describe('another hand', () => {
  it('opens an incident: on the day’s intake chain once, and told to everybody', async () => {
    const incident = await givenPublished();
    const { id } = await editsPage({ name: 'We are down', status: 'identified', body: 'Sorry.' });
    const chain = today();
    await sweeps(1);
    const [found] = (await driftOn(chain)).filter((e) => e.details.statuspageIncidentId === id);
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
    await sweeps(8);
    expect(await foundAbout(id)).toHaveLength(1);
    await editsPage({ incidentId: id, status: 'resolved', body: 'It was nothing.' });
    await sweeps(8);
    expect(await foundAbout(id)).toHaveLength(2);
  });

  it('adds an update to ours: on its own trail once, red in its room, and left as it is', async () => {
    const incident = await givenPublished();
    await editsPage({ incidentId: incident.pageId, body: 'All is well, trust me.' });
    const writes = await stage.pageWrites();
    await sweeps(1);
    const [found] = await driftOn(incident.id);
    expect(found?.details).toMatchObject({ kind: 'foreign_update', publicationId: null });
    expect(JSON.stringify(found)).not.toContain('trust me');
    await incident.expectRoomPost(/^🔴 The status page is not what was published/);
    await incident.expectRoomPost('Nothing is changed automatically');
    await sweeps(8);
    expect(await foundAbout(incident.pageId)).toHaveLength(1);
    expect(await stage.pageWrites()).toBe(writes);
  });

  it('changes the words of ours', async () => {
    const incident = await givenPublished();
    const [shown] = (await stage.actors.page()) as unknown as Shown[];
    const updateId = shown?.incident_updates[0]?.id;
    await sweeps(1);
    await editsPage({ incidentId: incident.pageId, updateId, body: 'Nothing happened.' });
    await sweeps(8);
    const found = await foundAbout(incident.pageId);
    expect(found.map(({ details }) => details.kind)).toEqual(['edited']);
    const { publicationId } = (await incident.last('STATUSPAGE_PUBLISHED')).details;
    expect(found[0]?.details.publicationId).toBe(publicationId);
    expect(found[0]?.incidentId).toBe(incident.id);
  });

  it('changes its title', async () => {
    const incident = await givenPublished();
    await editsPage({ incidentId: incident.pageId, name: 'A glitch' });
    await sweeps(8);
    const found = await foundAbout(incident.pageId);
    expect(found.map(({ details }) => details.difference)).toEqual([
      'the title of the incident was changed',
    ]);
  });

  it('takes an update of ours off the page', async () => {
    const incident = await givenPublished();
    await incident.says('jonas', 'draft identified A change caused it.');
    await incident.clicks('priya', 'statuspage_approve');
    await stage.passes({ minutes: 4 });
    const shown = ((await stage.actors.page()) as unknown as Shown[]).find(
      ({ id }) => id === incident.pageId,
    );
    const updateId = shown?.incident_updates.at(-1)?.id;
    await editsPage({ incidentId: incident.pageId, updateId, remove: true });
    await sweeps(8);
    const found = await foundAbout(incident.pageId);
    expect(found.map(({ details }) => details.kind)).toEqual(['removed']);
  });

  it('takes a resolved incident of ours off the page, days later', async () => {
    const incident = await givenPublished();
    await incident.says('jonas', 'draft resolved It works again.');
    await incident.clicks('priya', 'statuspage_approve');
    await stage.passes({ minutes: 1 });
    stage.world.clock.advance(5 * 86_400_000);
    await sweeps(1);
    await editsPage({ incidentId: incident.pageId, remove: true });
    await sweeps(8);
    const found = await foundAbout(incident.pageId);
    expect(found.map(({ details }) => details.difference)).toEqual([
      'the incident that was published is no longer on the page',
    ]);
  });

  it('is believed by nobody who only says so', async () => {
    const incident = await givenPublished();
    const look = { kind: 'look_at_page', statuspageIncidentId: incident.pageId };
    const group = `work#${incident.id}`;
    await stage.sends('incidents', { ...look, incidentId: incident.id }, group);
    await stage.sends('incidents', { ...look, incidentId: today() }, 'work#intake');
    await stage.sends('incidents', { ...look, statuspageIncidentId: 'nosuch' }, 'work#intake');
    await stage.settle();
    expect(await foundAbout(incident.pageId)).toEqual([]);
    await incident.expectPage([SOME_TEXT]);
  });
});
