import { describe, expect, it } from 'vitest';
import type { Firing } from '../../src/local/samples/sample-alerts.ts';
import { endures, expectComplete, recovers } from './outage.ts';
import { givenWorld, type Incident, PEOPLE, SOME_TEXT } from './war-room.ts';

/*
 * Slack is down, or does what it is asked and the answer is lost. Afterwards the room is complete,
 * and nothing is in it twice.
 */
const stage = givenWorld();

async function expectCompleteRoom(incident: Incident): Promise<void> {
  const room = await stage.actors.channel(await incident.room());
  expect(room.members).toEqual(expect.arrayContaining(['U04MAYAITO1', 'U04JONASBRG']));
  expect(room.pins).toHaveLength(2);
  expect(room.topic).toContain('P1');
  expect(room.bookmarks.length).toBeGreaterThan(0);
  await incident.expectRoomPost('P1 checkout-api 5xx ratio above 5%');
  await incident.expectRoomPost('Checklist');
  expect(await incident.count('WAR_ROOM_CREATED')).toBe(1);
  expect(await incident.count('WAR_ROOM_ASSEMBLED')).toBe(1);
  expect(await incident.count('RESPONDER_INVITED')).toBe(2);
  expect(await incident.count('EFFECT_ABANDONED')).toBe(0);
  const rooms = (await stage.actors.channels()).filter(({ name }) =>
    name.endsWith(incident.id.slice(-6)),
  );
  expect(rooms).toHaveLength(1);
  const [announcements] = await stage.actors.channels();
  const posted = announcements?.messages.filter(({ metadata }) =>
    // A room that took over a minute, or nobody in it after three, is told there, too.
    JSON.stringify(metadata ?? {}).includes(`${incident.id}#1#announcement`),
  );
  expect(posted).toHaveLength(1);
}

const DOWN = [
  ['answers 503', { status: 503 }],
  ['says fatal_error', { error: 'fatal_error' }],
  ['drops every connection', { effect: 'none', answer: 'drop' }],
  ['limits every call', { status: 429, retryAfterS: 30 }],
] as const;

describe('Slack is down for five minutes', () => {
  it.each(DOWN)('and %s: an alert’s room is complete afterwards', async (_how, how) => {
    stage.fault('slack', { match: '*', times: 0, ...how });
    const firing = await stage.actors.fires('checkout-errors', 'escalation');
    const onRecord = async () => {
      const [id] = await stage.incidentsOf(firing.key);
      const trail = id ? await stage.actors.trail(id) : [];
      return trail.some(({ type }) => type === 'ALERT_RECEIVED');
    };
    await stage.until('the alert is on record', onRecord);
    for (let minute = 0; minute < 5; minute += 1) {
      stage.world.clock.advance(60_000);
      await stage.world.idle(200);
    }
    const incident = await stage.incidentOf(firing);
    expect(await incident.count('ALERT_RECEIVED')).toBe(1);
    expect(await incident.count('WAR_ROOM_CREATED')).toBe(0);
    stage.clearFaults();
    await recovers(stage, { minutes: 3 });
    await expectCompleteRoom(incident);
  });

  it('while the alert’s source goes on: every line is in the room afterwards, once', async () => {
    const incident = await stage.givenP1();
    stage.fault('slack', { match: '*', times: 0, status: 503 });
    for (const type of ['acknowledge', 'silence', 'unsilence', 'resolve'] as const) {
      stage.world.clock.advance(60_000);
      await stage.actors.sends(incident.firing, type);
      await stage.world.idle(2_000);
    }
    stage.clearFaults();
    await stage.passes({ minutes: 3 });
    await incident.expectRoomPost('acknowledged the alert');
    await incident.expectRoomPost(/silenced the alert/);
    await incident.expectRoomPost('no longer silenced');
    await incident.expectRoomPost('The alert was resolved by');
  });

  it('right after an approval: the page shows it meanwhile, the room afterwards', async () => {
    const incident = await stage.givenP1();
    await incident.givenDraft();
    stage.fault('slack', { match: 'chat.postMessage', times: 0, status: 503 });
    stage.fault('slack', { match: 'chat.update', times: 0, status: 503 });
    const room = await incident.room();
    await stage.actors.clicks('priya.raman', room, { action: 'statuspage_approve' });
    await stage.until('it is public', async () => (await incident.pageTexts()).length === 1);
    await incident.expectPage([SOME_TEXT]);
    stage.clearFaults();
    await stage.passes({ minutes: 3 });
    await incident.expectRoomPost('approved the status page text');
    await incident.expectRoomPost('The status page shows the approved text now');
    expect(await incident.buttons(/^Status page update/)).toEqual([]);
    expect(await stage.pageWrites()).toBe(1);
  });
});

describe('Slack is down for ten minutes', () => {
  it.each([
    ['answers 503', { status: 503 }],
    ['drops every connection', { effect: 'none', answer: 'drop' }],
    ['does what it is asked and drops the answer', { effect: 'done', answer: 'drop' }],
  ] as const)(
    'and %s: the rooms of all alerts are there afterwards, everything in them once',
    async (_how, how) => {
      const before = await stage.givenP1();
      stage.fault('slack', { match: '*', times: 0, ...how });
      // Typed in the last moment: taken, and then nobody can be asked who that was.
      const ack = await stage.actors.says(PEOPLE.maya, await before.room(), 'note Slack is slow');
      expect(ack).toMatchObject({ status: 200, body: '' });
      const firings: Firing[] = [];
      for (const sample of ['checkout-errors', 'payments-latency', 'website-errors']) {
        firings.push(await stage.actors.fires(sample, 'escalation'));
        await endures(stage, { minutes: 3 });
      }
      await endures(stage, { minutes: 1 });
      stage.clearFaults();
      await recovers(stage, { minutes: 12 });
      for (const firing of firings) {
        expect(firing).toMatchObject({ status: 202 });
        const incident = await stage.incidentOf(firing);
        expect(await incident.count('ALERT_RECEIVED')).toBe(1);
        await expectComplete(incident);
      }
      expect(await before.count('NOTE_ADDED')).toBe(1);
      await before.expectRoomPost('Slack is slow');
      expect(stage.world.aws.sqs.queue('incidents-dlq.fifo').peek()).toEqual([]);
    },
    300_000,
  );
});

describe('an answer of Slack is lost after it did what was asked', () => {
  it.each([
    'conversations.create',
    'conversations.invite',
    'conversations.setTopic',
    'chat.postMessage',
    'chat.update',
    'pins.add',
    'bookmarks.add',
  ])('%s: the room is complete, and nothing is in it twice', async (match) => {
    stage.fault('slack', { match, effect: 'done', answer: 'drop', times: 2 });
    const firing = await stage.actors.fires('checkout-errors', 'escalation');
    await stage.passes({ minutes: 2 });
    await expectCompleteRoom(await stage.incidentOf(firing));
  });

  it('for an approval card: there is one card', async () => {
    const incident = await stage.givenP1();
    stage.fault('slack', { match: 'chat.postMessage', effect: 'done', answer: 'drop' });
    await incident.givenDraft();
    await stage.passes({ minutes: 1 });
    await incident.expectRoomPost('waits for approval');
    await incident.clicks('priya', 'statuspage_approve');
    await incident.expectPage([SOME_TEXT]);
  });
});
