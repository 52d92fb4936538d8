import { describe, expect, it } from 'vitest';
import {
  ANNOUNCEMENT_CHANNEL_ID,
  BOT_USER_ID,
  TEAM_ID,
} from '../../src/local/slack/slack-server.ts';
import { givenWorld, type Incident, PEOPLE } from './war-room.ts';

const stage = givenWorld();

async function world(what: string, body: unknown): Promise<void> {
  const url = `${stage.world.ready.urls.slack}/_world/${what}`;
  const response = await fetch(url, { method: 'POST', body: JSON.stringify(body) });
  expect(response.status).toBe(200);
}

/** What the announcement channel was told of an incident in lines, its own message aside. */
async function announced(incident: Incident): Promise<string[]> {
  const room = await incident.room();
  const { messages } = await stage.actors.channel(ANNOUNCEMENT_CHANNEL_ID);
  return messages
    .map(({ text }) => text)
    .filter((text) => text.includes(room) && !text.startsWith('P1'));
}

describe('an Enterprise organisation', () => {
  it('a member whose click names another home workspace counts as a member', async () => {
    const incident = await stage.givenP1();
    const home = 'T0HOME0001';
    await world('grid', { user: PEOPLE.priya, home, teams: [home, TEAM_ID] });
    const draft = await incident.givenDraft('maya', 'Some payments fail.');
    await incident.clicks('priya', 'statuspage_approve', { value: JSON.stringify(draft) });
    await incident.expectPage(['Some payments fail.']);
    await incident.says('priya', 'note I am from the other workspace');
    await incident.expectRoomPost('I am from the other workspace');
    await world('grid', { user: PEOPLE.priya, home, teams: [home] });
    // What somebody says is taken from whom was known minutes ago.
    await stage.passes({ minutes: 6 });
    await incident.says('priya', 'note I was removed from yours');
    await incident.expectTold('priya', 'only members of this workspace');
    await incident.expectRoomPost('I was removed from yours', 0);
    await world('grid', { user: PEOPLE.priya, home: TEAM_ID, teams: [TEAM_ID] });
  });
});

describe('a room that the app is not in', () => {
  it('is named once with what to do; all that was missed comes in order, once, after it is back', async () => {
    const incident = await stage.givenP1();
    const room = await incident.room();
    await world('leave', { user: BOT_USER_ID, channel: room });
    await incident.says('maya', 'note The first missed');
    await incident.says('maya', 'severity P2 less harm');
    await incident.says('maya', 'update The second missed');
    await stage.passes({ minutes: 40 });
    const told = await announced(incident);
    expect(told, told.join('\n')).toHaveLength(1);
    expect(told[0]).toContain('taken out of');
    expect(told[0]).toContain('/invite');
    expect(await incident.types()).not.toContain('EFFECT_ABANDONED');
    await world('join', { user: BOT_USER_ID, channel: room });
    await stage.passes({ minutes: 1 });
    const posts = await incident.posts();
    const missed = ['The first missed', 'from P1 to P2', 'The second missed'];
    const places = missed.map((words) => posts.findIndex((text) => text.includes(words)));
    expect(places.toSorted((a, b) => a - b)).toEqual(places);
    for (const words of missed) await incident.expectRoomPost(words);
    const { topic } = await stage.actors.channel(room);
    expect(topic).toContain('P2');
    await stage.passes({ minutes: 5 });
    for (const words of missed) await incident.expectRoomPost(words);
  });

  it('is said again when it is left again, and commands typed in it count meanwhile', async () => {
    const incident = await stage.givenP1();
    const room = await incident.room();
    for (const round of [1, 2]) {
      await world('leave', { user: BOT_USER_ID, channel: room });
      await incident.says('maya', `note Typed while it was away ${round}`);
      expect((await announced(incident)).filter((text) => text.includes('/invite'))).toHaveLength(
        round,
      );
      await world('join', { user: BOT_USER_ID, channel: room });
      await stage.settle();
      await incident.expectRoomPost(`Typed while it was away ${round}`);
    }
    await world('leave', { user: BOT_USER_ID, channel: room });
    await incident.says('maya', 'resolve Rolled back');
    await incident.expectTold('maya', 'Done, and on record. It is not shown here yet');
    expect(await incident.types()).toContain('INCIDENT_RESOLVED');
  });
});

describe('a room that was changed by hand', () => {
  it('archived: the reason is said in words, and it goes on when it is unarchived', async () => {
    const incident = await stage.givenP1();
    const room = await incident.room();
    await world('archive', { channel: room });
    await incident.alertSays('resolve');
    const typed = `update ${incident.id} We meet in another channel`;
    await stage.actors.says(PEOPLE.maya, ANNOUNCEMENT_CHANNEL_ID, typed);
    await stage.settle();
    // Past the hour that what may pass by itself is tried; 90 min after the update this channel is
    // asked for the next one, which is another matter.
    await stage.passes({ minutes: 85 });
    const told = await announced(incident);
    expect(told, told.join('\n')).toHaveLength(1);
    expect(told[0]).toContain('archived');
    expect(told.join()).not.toMatch(/“line”|incident_card|is_archived|refresh/);
    await world('unarchive', { channel: room });
    await world('join', { user: BOT_USER_ID, channel: room });
    await stage.settle();
    await incident.expectRoomPost(/The alert .*resolved|resolved the alert/i, 1);
    await incident.expectRoomPost('We meet in another channel', 1);
  });

  it('renamed: nothing changes', async () => {
    const incident = await stage.givenP1();
    const room = await incident.room();
    await world('rename', { channel: room, name: 'renamed-by-hand' });
    await incident.says('maya', 'note Under another name');
    await incident.expectRoomPost('Under another name');
    expect(await announced(incident)).toEqual([]);
  });

  it('its card deleted: it is posted again, and pinned again', async () => {
    const incident = await stage.givenP1();
    const room = await incident.room();
    const cardOf = async () =>
      (await stage.actors.channel(room)).messages.find((message) =>
        JSON.stringify(message).includes(`${incident.id}#1#incident_card`),
      );
    const before = await cardOf();
    await world('delete', { channel: room, ts: before?.ts });
    await incident.says('maya', 'severity P2 less harm');
    const after = await cardOf();
    expect(after?.ts).not.toBe(before?.ts);
    const { pins } = (await stage.actors.channel(room)) as { pins?: { ts: string }[] };
    expect(pins?.map(({ ts }) => ts)).toContain(after?.ts);
  });
});

describe('an incident commander who left the workspace', () => {
  it('is reminded of in the room, and others take over', async () => {
    const incident = await stage.givenP1();
    await incident.says('jonas', 'ic');
    const jonas = stage.world.slack.workspace.people.find(({ id }) => id === PEOPLE.jonas)!;
    jonas.kind = 'deactivated';
    await stage.passes({ minutes: 95 });
    expect(await incident.types()).toContain('STATUS_REMINDER_ESCALATED');
    await incident.joins('lena');
    await incident.says('lena', 'ic');
    await incident.expectRoomPost('incident commander role went');
    expect((await announced(incident)).join()).not.toContain('Gave up');
    jonas.kind = 'full';
  });
});
