import { describe, expect, it } from 'vitest';
import { givenWorld, type Incident, SOME_TEXT } from './war-room.ts';

/*
 * The status page does not say what it did. Nothing is sent twice, and a human decides.
 */
const stage = givenWorld();

/** Longer than any attempt may still reach the page. */
const SURE_S = 120;

/** A P1 whose approved draft meets a page that misbehaves. */
async function givenApproved(fault: Parameters<typeof stage.fault>[1]): Promise<Incident> {
  const incident = await stage.givenP1();
  await incident.clicks('maya', 'incident_take_ic');
  await incident.givenDraft();
  stage.fault('statuspage', fault);
  const room = await incident.room();
  await stage.actors.clicks('priya.raman', room, { action: 'statuspage_approve' });
  await stage.settle(30_000);
  return incident;
}

async function writesOf(incident: Incident, act: () => Promise<unknown>): Promise<number> {
  const before = await stage.pageWrites();
  await act();
  await stage.settle(30_000);
  expect(incident.id).toMatch(/^inc-/);
  return (await stage.pageWrites()) - before;
}

describe('a page that took the request and did not answer', () => {
  it.each([
    ['never answers', { match: 'create_incident', answer: 'never' }],
    ['drops the connection', { match: 'create_incident', answer: 'drop' }],
    ['answers 503', { match: 'create_incident', effect: 'done', status: 503 }],
  ] as const)('%s: the IC is asked, adopts it, and it is there once', async (_how, fault) => {
    const incident = await givenApproved(fault);
    await incident.expectTrail(['STATUSPAGE_PUBLISH_STARTED', 'STATUSPAGE_PUBLISH_UNCONFIRMED']);
    await incident.expectRoomPost(/@?.*did not confirm the publication/);
    expect(await incident.count('STATUSPAGE_PUBLISHED')).toBe(0);
    const writes = await writesOf(incident, async () => {
      await stage.passes({ seconds: SURE_S });
      await incident.clicks('maya', 'statuspage_adopt');
    });
    expect(writes).toBe(0);
    const published = await incident.last('STATUSPAGE_PUBLISHED');
    expect(published.details.adopted).toBe(true);
    await incident.expectPage([SOME_TEXT]);
    await incident.expectRoomPost('The status page shows the approved text now');
  });

  it('is found for an update too, by what was there before', async () => {
    const incident = await stage.givenP1();
    await incident.clicks('maya', 'incident_take_ic');
    await incident.givenDraft();
    await incident.clicks('priya', 'statuspage_approve');
    await incident.says('jonas', 'draft identified A change caused it.');
    stage.fault('statuspage', { match: 'update_incident', answer: 'drop' });
    await incident.clicks('priya', 'statuspage_approve');
    expect(await incident.count('STATUSPAGE_PUBLISH_UNCONFIRMED')).toBe(1);
    await stage.passes({ seconds: SURE_S });
    await incident.clicks('maya', 'statuspage_adopt');
    expect((await incident.last('STATUSPAGE_PUBLISHED')).details.adopted).toBe(true);
    await incident.expectPage([SOME_TEXT, 'A change caused it.']);
  });
});

describe('a page that did nothing and did not answer', () => {
  const absent = { match: 'create_incident', effect: 'none', answer: 'drop' } as const;

  it('is declared absent by the IC; then it is drafted again', async () => {
    const incident = await givenApproved(absent);
    await incident.clicks('maya', 'statuspage_declare_absent');
    expect((await incident.last('STATUSPAGE_PUBLISH_FAILED')).details.reason).toContain(
      'declared absent',
    );
    await incident.expectPage([]);
    await incident.clicks('maya', 'statuspage_draft_again');
    expect(await incident.submits('maya', {})).toBeUndefined();
    expect(await writesOf(incident, () => incident.clicks('priya', 'statuspage_approve'))).toBe(1);
    await incident.expectPage([SOME_TEXT]);
  });

  it('is not adopted: nothing is found, and the IC is asked again', async () => {
    const incident = await givenApproved(absent);
    await stage.passes({ seconds: SURE_S });
    expect(await writesOf(incident, () => incident.clicks('maya', 'statuspage_adopt'))).toBe(0);
    expect(await incident.count('STATUSPAGE_PUBLISHED')).toBe(0);
    await incident.expectRoomPost('does not show the publication');
    expect(await incident.buttons(/^Status page update/)).toEqual([
      'statuspage_adopt',
      'statuspage_declare_absent',
    ]);
    await incident.expectPage([]);
  });

  it('is nobody’s to decide but the IC’s', async () => {
    const incident = await givenApproved(absent);
    await stage.passes({ seconds: SURE_S });
    await incident.clicks('jonas', 'statuspage_declare_absent');
    await incident.clicks('jonas', 'statuspage_adopt');
    expect(await incident.count('STATUSPAGE_APPROVAL_DENIED')).toBe(2);
    expect(await incident.count('STATUSPAGE_PUBLISH_FAILED')).toBe(0);
  });

  it('keeps every other draft of the incident from being published meanwhile', async () => {
    const incident = await givenApproved(absent);
    await incident.says('jonas', 'draft investigating Quite other words.');
    await writesOf(incident, () => incident.clicks('priya', 'statuspage_approve'));
    expect(await stage.actors.page().then((page) => page.length >= 0)).toBe(true);
    await incident.expectPage([]);
    expect(await incident.count('STATUSPAGE_PUBLISH_STARTED')).toBe(1);
  });
});

describe('a page that says what it did', () => {
  it.each([429, 420])('%i: nothing was executed; it is sent again later, once', async (status) => {
    const incident = await givenApproved({ match: 'create_incident', status, retryAfterS: 1 });
    expect(await incident.count('STATUSPAGE_PUBLISH_NOT_EXECUTED')).toBe(1);
    // One step: a second jump of the clock could pass the new attempt's deadline under its feet.
    await stage.passes({ seconds: 20 });
    await stage.until(
      'it is published',
      async () => (await incident.count('STATUSPAGE_PUBLISHED')) === 1,
    );
    await incident.expectPage([SOME_TEXT]);
    expect(await incident.count('STATUSPAGE_PUBLISH_STARTED')).toBe(2);
    expect(await incident.count('STATUSPAGE_PUBLISHED')).toBe(1);
  });

  it.each([400, 401, 404, 422])(
    '%i is final, said in the room, and not sent again',
    async (status) => {
      const incident = await givenApproved({ match: 'create_incident', status });
      await incident.expectTrail(['STATUSPAGE_PUBLISH_STARTED', 'STATUSPAGE_PUBLISH_FAILED']);
      await stage.passes({ minutes: 2 });
      expect(await incident.count('STATUSPAGE_PUBLISH_STARTED')).toBe(1);
      await incident.expectRoomPost('was not published');
      expect(await incident.buttons(/^Status page update/)).toEqual(['statuspage_draft_again']);
      await incident.expectPage([]);
    },
  );
});
