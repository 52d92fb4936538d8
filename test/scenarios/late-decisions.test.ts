import { describe, expect, it } from 'vitest';
import { endures, recovers } from './outage.ts';
import { givenWorld, PEOPLE } from './war-room.ts';

/*
 * Slack takes clicks and tells nothing: its API is out. Everybody's click is acknowledged, and taken
 * up when it is back.
 */
const stage = givenWorld();

describe('an approval and, 0.3 s later, a rejection while Slack is out for two minutes', () => {
  it('end in the rejection: nothing is published, and the approver is told so', async () => {
    const incident = await stage.givenP1();
    await incident.joins('tomas');
    await incident.givenDraft();
    const room = await incident.room();
    await stage.actors.clicks(PEOPLE.tomas, room, { action: 'statuspage_reject' });
    await stage.settle();
    stage.fault('slack', { match: '*', times: 0, status: 503 });
    const go = await stage.actors.clicks(PEOPLE.priya, room, { action: 'statuspage_approve' });
    stage.world.clock.advance(300);
    const stop = await stage.actors.submits(PEOPLE.tomas, { reason: 'This is not what we see.' });
    expect([go.status, stop.errors]).toEqual([200, undefined]);
    await endures(stage, { minutes: 2 });
    stage.clearFaults();
    await recovers(stage, { minutes: 3 });
    const { actor } = await incident.last('STATUSPAGE_APPROVAL_REJECTED');
    expect(actor.id).toBe(PEOPLE.tomas);
    expect(await incident.count('STATUSPAGE_PUBLISH_STARTED')).toBe(0);
    expect(await incident.pageTexts()).toEqual([]);
    await incident.expectTold('priya', 'this draft has been decided already (rejected)');
    await incident.expectRoomPost(/rejected the status page text.*This is not what we see/);
  }, 120_000);

  it('whose form cannot be opened is taken without its reason, and stops the text', async () => {
    const incident = await stage.givenP1();
    await incident.joins('tomas');
    await incident.givenDraft();
    const room = await incident.room();
    stage.fault('slack', { match: '*', times: 0, status: 503 });
    await stage.actors.clicks(PEOPLE.priya, room, { action: 'statuspage_approve' });
    stage.world.clock.advance(300);
    await stage.actors.clicks(PEOPLE.tomas, room, { action: 'statuspage_reject' });
    await endures(stage, { minutes: 2 });
    stage.clearFaults();
    await recovers(stage, { minutes: 3 });
    const { actor, details } = await incident.last('STATUSPAGE_APPROVAL_REJECTED');
    expect(actor.id).toBe(PEOPLE.tomas);
    expect(details.reason).toBe('no reason given: the form for it could not be opened');
    expect(await incident.pageTexts()).toEqual([]);
  }, 120_000);

  it('and an approval alone is published when Slack is back', async () => {
    const incident = await stage.givenP1();
    await incident.givenDraft();
    stage.fault('slack', { match: '*', times: 0, status: 503 });
    const room = await incident.room();
    await stage.actors.clicks(PEOPLE.priya, room, { action: 'statuspage_approve' });
    await endures(stage, { minutes: 2 });
    stage.clearFaults();
    await recovers(stage, { minutes: 3 });
    expect(await incident.count('STATUSPAGE_DRAFT_APPROVED')).toBe(1);
    expect(await stage.pageWrites()).toBe(1);
  }, 120_000);
});
