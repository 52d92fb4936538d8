import { describe, expect, it } from 'vitest';
import { editsPage, foundAbout, givenPublished, sweeps } from './other-hand.ts';
import { givenWorld, SOME_TEXT } from './war-room.ts';

/*
 * Another hand takes our incident off the status page, with and without the sweeper having looked; and
 * Statuspage refuses what was approved.
 */
const stage = givenWorld();

describe('our incident is removed from the page by hand', () => {
  it('found by the sweeper: the next draft opens a new one, when it is approved', async () => {
    const incident = await givenPublished(stage);
    await incident.says('jonas', 'draft identified A change caused it.');
    await editsPage(stage, { incidentId: incident.pageId, remove: true });
    await sweeps(stage, 5);
    expect(await foundAbout(stage, incident.pageId)).toMatchObject([
      { details: { kind: 'removed', whole: true } },
    ]);
    await incident.expectRoomPost('when it is approved it opens a new incident on the page');
    await incident.clicks('priya', 'statuspage_approve');
    await incident.expectTold('priya', 'the incident on the page that this adds to was removed');
    await incident.says('jonas', 'draft identified It is still going on.');
    await incident.clicks('priya', 'statuspage_approve');
    await incident.expectPage(['It is still going on.']);
    await incident.says('jonas', 'draft monitoring It is better.');
    await incident.clicks('priya', 'statuspage_approve');
    await incident.expectPage(['It is still going on.', 'It is better.']);
    await sweeps(stage, 5);
    expect(await foundAbout(stage, incident.pageId)).toHaveLength(1);
  }, 120_000);

  it('a moment ago: the draft that finds it fails in words, the next one opens a new one', async () => {
    const incident = await givenPublished(stage);
    await editsPage(stage, { incidentId: incident.pageId, remove: true });
    await incident.says('jonas', 'draft identified A change caused it.');
    await incident.clicks('priya', 'statuspage_approve');
    await incident.expectRoomPost('the incident is no longer on the status page: draft again');
    await incident.says('jonas', 'draft identified A change caused it.');
    await incident.clicks('priya', 'statuspage_approve');
    await incident.expectPage(['A change caused it.']);
  }, 60_000);
});

describe('Statuspage refuses what was approved', () => {
  it('a revoked key: the room is told that, and what to do', async () => {
    const incident = await stage.givenP1();
    await incident.givenDraft();
    stage.fault('statuspage', { match: '*', status: 401, times: 0 });
    await incident.clicks('priya', 'statuspage_approve');
    await incident.expectRoomPost(
      'The status page text was not published: the status page refused the request: ' +
        'Statuspage does not accept our API key; it was revoked or is wrong',
    );
    stage.clearFaults();
    await incident.givenDraft();
    await incident.clicks('priya', 'statuspage_approve');
    await incident.expectPage([SOME_TEXT]);
  });

  it('a component it does not know: the room reads its name and where it is configured', async () => {
    const incident = await stage.givenP1();
    await incident.givenDraft();
    const { request } = (await incident.last('STATUSPAGE_DRAFT_CREATED')).details;
    const [id] = request.body.incident.component_ids;
    const error = `component ${id} does not exist`;
    stage.fault('statuspage', { match: 'create_incident', status: 422, error });
    await incident.clicks('priya', 'statuspage_approve');
    await incident.expectRoomPost(
      /does not know the component “[A-Z].*” \(.+\), or not in that state/,
    );
    await incident.expectRoomPost('correct config/routing.json');
  });
});
