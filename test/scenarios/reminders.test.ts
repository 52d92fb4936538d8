import { describe, expect, it } from 'vitest';
import { ANNOUNCEMENT_CHANNEL_ID } from '../../src/local/slack/slack-server.ts';
import { givenWorld, type Incident, PEOPLE } from './war-room.ts';

const stage = givenWorld();

/** Two hours of minutes take their time on a busy machine. Unit: ms, real time. */
const TWO_HOURS_MS = 180_000;

/** What the announcement channel was told about this incident's missing updates. */
async function overdueAnnounced(incident: Incident): Promise<string[]> {
  const { messages } = await stage.actors.channel(ANNOUNCEMENT_CHANNEL_ID);
  const room = await incident.room();
  return messages
    .filter(({ text }) => text.includes('No update on') && text.includes(room))
    .map(({ text }) => text);
}

async function remindersTo(who: keyof typeof PEOPLE, incident: Incident): Promise<number> {
  const room = await incident.room();
  const seen = await stage.actors.ephemerals(PEOPLE[who]);
  return seen.filter(({ channel, text }) => channel === room && /update is due/.test(text)).length;
}

describe('the update reminder', () => {
  it('comes to the IC alone when 30 minutes passed without an update', async () => {
    const incident = await stage.givenP1();
    await incident.clicks('maya', 'incident_take_ic');
    await stage.passes({ minutes: 28 });
    expect(await remindersTo('maya', incident)).toBe(0);
    await stage.passes({ minutes: 3 });
    expect(await remindersTo('maya', incident)).toBe(1);
    expect(await remindersTo('jonas', incident)).toBe(0);
    expect(await incident.count('STATUS_REMINDER_SENT')).toBe(1);
  });

  it('says how long ago the last update was, not how often one is due (R15)', async () => {
    const incident = await stage.givenP1();
    await incident.clicks('maya', 'incident_take_ic');
    await incident.says('maya', 'update Looking at the database');
    stage.world.clock.advance(68 * 60_000);
    await stage.settle();
    await stage.passes({ seconds: 5 });
    await incident.expectTold('maya', 'An update is due: the last one was 68 min ago.');
  });

  it(
    'unanswered goes to the room, then to everybody, then to the IC again; an update ends that',
    async () => {
      const incident = await stage.givenP1();
      await incident.clicks('maya', 'incident_take_ic');
      await stage.passes({ minutes: 31 });
      expect(await remindersTo('maya', incident)).toBe(1);
      await stage.passes({ minutes: 30 });
      const room =
        /^<@U04MAYAITO1>, <@U04JONASBRG>: an update is overdue: the last one was 6\d min ago/;
      await incident.expectRoomPost(room);
      await stage.passes({ minutes: 30 });
      expect(await overdueAnnounced(incident)).toEqual([
        expect.stringMatching(/^No update on P1 “.*”: the last one was 9\d min ago/),
      ]);
      await stage.passes({ minutes: 30 });
      expect(await remindersTo('maya', incident)).toBe(2);
      const escalated = (await incident.trail()).flatMap((event) =>
        event.type === 'STATUS_REMINDER_ESCALATED' ? [event.details.to] : [],
      );
      expect(escalated).toEqual(['room', 'announcement']);

      await incident.says('maya', 'update Found it');
      await stage.passes({ minutes: 31 });
      expect(await remindersTo('maya', incident)).toBe(3);
      await incident.expectRoomPost(room);
      expect(await overdueAnnounced(incident)).toHaveLength(1);
    },
    TWO_HOURS_MS,
  );

  it('starts anew with an update, by command and by form', async () => {
    const incident = await stage.givenP1();
    await incident.clicks('maya', 'incident_take_ic');
    await stage.passes({ minutes: 20 });
    await incident.says('maya', 'update Looking at the database');
    await incident.expectRoomPost('Looking at the database');
    await stage.passes({ minutes: 20 });
    expect(await remindersTo('maya', incident)).toBe(0);
    await incident.clicks('maya', 'incident_update');
    expect(await incident.submits('maya', { text: 'Still looking' })).toBeUndefined();
    await stage.passes({ minutes: 28 });
    expect(await remindersTo('maya', incident)).toBe(0);
    await stage.passes({ minutes: 4 });
    expect(await remindersTo('maya', incident)).toBe(1);
  });

  it.each(['silence 2h', 'snooze 2h'])(
    '%s: really silent for two hours, then back',
    async (text) => {
      const incident = await stage.givenP1();
      await incident.clicks('maya', 'incident_take_ic');
      await incident.says('maya', text);
      await incident.expectRoomPost('silenced the update reminder until');
      await stage.passes({ minutes: 115 });
      expect(await remindersTo('maya', incident)).toBe(0);
      expect(await incident.count('STATUS_REMINDER_SENT')).toBe(0);
      expect(await incident.count('STATUS_REMINDER_SUPPRESSED')).toBeGreaterThan(0);
      await stage.passes({ minutes: 40 });
      expect(await remindersTo('maya', incident)).toBeGreaterThan(0);
    },
  );

  it('is silenced by its own button, for half an hour', async () => {
    const incident = await stage.givenP1();
    await incident.clicks('maya', 'incident_take_ic');
    await stage.passes({ minutes: 31 });
    const room = await incident.room();
    const reminder = stage.world.slack.workspace.ephemerals.findLast(
      ({ user, channel, text }) => user === PEOPLE.maya && channel === room && /is due/.test(text),
    );
    await incident.clicks('maya', 'reminder_silence', { ts: reminder?.ts ?? '' });
    await incident.expectTrail(['STATUS_REMINDER_SENT', 'STATUS_REMINDER_SILENCED']);
    await stage.passes({ minutes: 29 });
    expect(await remindersTo('maya', incident)).toBe(1);
  });

  it('without an IC asks the room to take the role', async () => {
    const incident = await stage.givenP1();
    await stage.passes({ minutes: 31 });
    await incident.expectRoomPost('nobody is incident commander');
  });

  it('does not come any more once the incident is over', async () => {
    const incident = await stage.givenP1();
    await incident.clicks('maya', 'incident_take_ic');
    await incident.says('maya', 'resolve Done');
    await stage.passes({ minutes: 65 });
    expect(await incident.count('STATUS_REMINDER_SENT')).toBe(0);
    const schedules = stage.world.aws.scheduler.schedules().map(({ name }) => name);
    expect(schedules.filter((name) => name.includes(incident.id))).toEqual([]);
  });
});
