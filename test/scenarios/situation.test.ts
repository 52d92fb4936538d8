import { describe, expect, it } from 'vitest';
import { type CardValue, givenWorld, type Incident } from './war-room.ts';

/*
 * A text does not outlive its situation: whoever clicks on a card of before is told what changed, on
 * record, and nothing goes to the page.
 */
const stage = givenWorld();

async function givenPublished(): Promise<Incident> {
  const incident = await stage.givenP1();
  await incident.givenDraft();
  await incident.clicks('priya', 'statuspage_approve');
  await incident.expectPage(['Some payments fail. We are looking for the cause.']);
  return incident;
}

/** Priya clicks as a card of before still shows it to her: a newer draft lends its button. */
async function clicksOld(incident: Incident, draft: CardValue): Promise<void> {
  await incident.says('maya', 'draft resolved All is well again.');
  await incident.clicks('priya', 'statuspage_approve', { value: JSON.stringify(draft) });
}

describe('resolved, then reopened (R2)', () => {
  it('the proposed “resolved” is withdrawn, its old card refused, the page stays as it is', async () => {
    const incident = await givenPublished();
    await incident.says('maya', 'resolve payments work again');
    const proposed = await incident.card();
    await incident.says('maya', 'reopen it is down again');
    expect((await incident.last('STATUSPAGE_DRAFT_WITHDRAWN')).details).toMatchObject({
      draftId: proposed.draftId,
      because: 'reopened',
    });
    await incident.expectRoomPost(
      'The status page text was withdrawn: the incident was reopened after this was written',
    );
    await clicksOld(incident, proposed);
    await incident.expectTold('priya', 'the incident was reopened after this was written');
    expect((await incident.last('STATUSPAGE_APPROVAL_DENIED')).details.reason).toBe(
      'SITUATION_CHANGED',
    );
    await incident.expectPage(['Some payments fail. We are looking for the cause.']);
  });

  it('even before the worker came to it: while Slack is out, the click is refused by name', async () => {
    const incident = await givenPublished();
    await incident.says('maya', 'resolve payments work again');
    const proposed = await incident.card();
    stage.fault('slack', { match: 'chat.postMessage', times: 0, status: 503 });
    await stage.actors.says('U04MAYAITO1', await incident.room(), 'reopen it is down again');
    await stage.until('it is withdrawn', async () =>
      (await incident.types()).includes('STATUSPAGE_DRAFT_WITHDRAWN'),
    );
    stage.clearFaults();
    await stage.passes({ minutes: 1 });
    await clicksOld(incident, proposed);
    expect(await incident.count('STATUSPAGE_PUBLISHED')).toBe(1);
  });
});

describe('mitigated, then reopened', () => {
  it('the fix that did not hold is withdrawn, the room told, and what is written anew goes out', async () => {
    const incident = await stage.givenP1();
    await incident.says('maya', 'mitigate rolled back');
    await incident.says(
      'maya',
      'draft monitoring The fix works and all payments go through again.',
    );
    const fixed = await incident.card();
    await incident.says('maya', 'reopen the fix did not hold');
    expect((await incident.last('STATUSPAGE_DRAFT_WITHDRAWN')).details).toMatchObject({
      draftId: fixed.draftId,
      because: 'reopened',
    });
    await incident.expectRoomPost(
      'The status page text was withdrawn: the incident was reopened after this was written',
    );
    await incident.says('maya', 'draft investigating Payments fail again.');
    await incident.clicks('priya', 'statuspage_approve', { value: JSON.stringify(fixed) });
    await incident.expectTold('priya', 'the incident was reopened after this was written');
    await incident.clicks('priya', 'statuspage_approve');
    await incident.expectPage(['Payments fail again.']);
  });
});

describe('cancelled (R3)', () => {
  it('what waits is withdrawn and cannot be approved', async () => {
    const incident = await stage.givenP1();
    const draft = await incident.givenDraft();
    const writes = await stage.pageWrites();
    await incident.says('maya', 'cancel false alarm');
    // Nothing of it is public, so nothing has to be ended there.
    expect(await incident.count('STATUSPAGE_DRAFT_CREATED')).toBe(1);
    expect((await incident.last('STATUSPAGE_DRAFT_WITHDRAWN')).details).toMatchObject({
      because: 'cancelled',
    });
    await clicksOld(incident, draft);
    expect(await stage.pageWrites()).toBe(writes);
    expect((await incident.last('STATUSPAGE_APPROVAL_DENIED')).details).toMatchObject({
      draftId: draft.draftId,
      reason: 'SITUATION_CHANGED',
    });
  });

  it('with an open incident on the page: its end is proposed and goes out', async () => {
    const incident = await givenPublished();
    await incident.says('maya', 'cancel false alarm');
    expect((await incident.last('STATUSPAGE_DRAFT_CREATED')).details).toMatchObject({
      action: 'resolve',
      origin: 'template',
    });
    await incident.clicks('priya', 'statuspage_approve');
    expect(await incident.pageTexts()).toHaveLength(2);
  });
});
