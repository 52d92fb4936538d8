import { describe, expect, it } from 'vitest';
import { givenWorld, type Incident, PEOPLE } from './war-room.ts';

const stage = givenWorld();

async function remindersTo(who: keyof typeof PEOPLE, incident: Incident): Promise<number> {
  const room = await incident.room();
  const seen = await stage.actors.ephemerals(PEOPLE[who]);
  return seen.filter(({ channel, text }) => channel === room && /update is due/.test(text)).length;
}

describe('the update reminder', () => {
  it('comes to the IC alone when 30 minutes passed without an update, and again', async () => {
    const incident = await stage.givenP1();
    await incident.clicks('maya', 'incident_take_ic');
    await stage.passes({ minutes: 28 });
    expect(await remindersTo('maya', incident)).toBe(0);
    await stage.passes({ minutes: 3 });
    expect(await remindersTo('maya', incident)).toBe(1);
    expect(await remindersTo('jonas', incident)).toBe(0);
    await stage.passes({ minutes: 30 });
    expect(await remindersTo('maya', incident)).toBe(2);
    expect(await incident.count('STATUS_REMINDER_SENT')).toBe(2);
  });

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
