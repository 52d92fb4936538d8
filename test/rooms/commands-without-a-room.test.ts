import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ANNOUNCEMENT_CHANNEL_ID } from '../../src/local/slack/slack-server.ts';
import { RoomsWorld } from './rooms-world.ts';

const MAYA = 'U04MAYAITO1';
const JONAS = 'U04JONASBRG';
const PRIYA = 'U04PRIYARMN';
const GRETA = 'U04GRETACTR';
let world: RoomsWorld;

beforeEach(async () => {
  world = await RoomsWorld.start();
});
afterEach(() => world.close());

const refuse = (match: string, error: string) =>
  void world.slack.board.plan({ match, error, times: 0 });
const stateOf = async (incidentId: string) => (await world.rows.readState(incidentId))!.state;
const typesOf = async (incidentId: string) =>
  (await world.events(incidentId)).map(({ type }) => type);
const says = (text: string, who = MAYA, where = ANNOUNCEMENT_CHANNEL_ID) =>
  world.says(who, where, text);
const room = async (incidentId: string) =>
  world.slack.workspace.channels.get((await stateOf(incidentId)).room?.channelId ?? '');

describe('conversations.create is refused once, and the alert fires on for three days', () => {
  it('is tried again by itself, and at once with each firing', async () => {
    refuse('conversations.create', 'token_revoked');
    const incidentId = await world.fires();
    await world.passes(2);
    expect((await stateOf(incidentId)).status).toBe('assembly_failed');
    const tries = () => world.slack.board.calls().counts['conversations.create'] ?? 0;
    for (let day = 1; day <= 3; day += 1) {
      world.clock.advance(86_400_000);
      const before = tries();
      await world.fires();
      expect(tries(), `day ${day}`).toBe(before + 1);
    }
    world.slack.board.clearFaults();
    await world.fires();
    expect((await stateOf(incidentId)).status).toBe('active');
    expect((await room(incidentId))?.members.has(JONAS)).toBe(true);
    expect(world.announcements.at(-1)).toMatch(
      /^The war room of “Checkout fails” .* is complete now/,
    );
  });

  it('counts the alarm in each minute until there is a room or an end', async () => {
    refuse('conversations.create', 'missing_scope');
    const incidentId = await world.fires();
    for (let minute = 0; minute < 3; minute += 1) {
      await world.passes(1);
      world.counted.clear();
      await world.passes(1);
      expect(world.counted).toContain('RoomLate');
    }
    expect(await says(`resolve ${incidentId} It was a test.`)).toBeUndefined();
    world.counted.clear();
    await world.passes(2);
    expect(world.counted).not.toContain('RoomLate');
  });
});

describe('commands in the announcement channel, for an incident without a room', () => {
  let incidentId: string;
  beforeEach(async () => {
    refuse('conversations.create', 'restricted_action');
    incidentId = await world.fires();
  });

  it('take its id, or mean the only one', async () => {
    expect(await says(`note ${incidentId} Disk is full`)).toBeUndefined();
    expect(await says('ic')).toBeUndefined();
    expect(await says('severity P2 it is one shop')).toBeUndefined();
    expect(await says(`RESOLVE ${incidentId.toUpperCase()} Rolled back.`, PRIYA)).toBeUndefined();
    const state = await stateOf(incidentId);
    expect(state).toMatchObject({ status: 'resolved', ic: MAYA, severity: 'P2' });
    expect(state.resolvedSummary).toBe('Rolled back.');
    expect(await says(`reopen ${incidentId} it is back`)).toBeUndefined();
    expect((await stateOf(incidentId)).status).not.toBe('resolved');
  });

  it('ask which one is meant when there are several', async () => {
    const other = await world.fires('G2');
    const asked = await says('resolve It is over.');
    expect(asked).toContain('Say which one behind the verb');
    expect(asked).toContain(incidentId);
    expect(asked).toContain(other);
    expect(await says(`resolve ${other} It is over.`)).toBeUndefined();
    expect((await stateOf(other)).status).toBe('resolved');
  });

  it.each([
    ['resolve', 'Type it like this: /incident-response resolve inc-'],
    ['note', 'Type it like this: /incident-response note inc-'],
    ['draft investigating Some payments fail.', 'That needs a war room'],
    [`invite <@${JONAS}>`, 'That needs a war room'],
    ['postmortem', 'That needs a war room'],
    ['resolve inc-aaaaaaaaaaaaaaaa over', 'There is no incident inc-aaaaaaaaaaaaaaaa'],
    ['resolve inc-aaaaaaaaaaaaaaa over', 'There is no incident inc-aaaaaaaaaaaaaaa.'],
    ['update INC-nonsense hi', 'There is no incident inc-nonsense.'],
    ['ic @greta', 'Choose people and groups from the list that Slack shows as you type “@”.'],
  ])('answer “%s” in words', async (text, answer) => {
    expect(await says(text)).toContain(answer);
    expect((await stateOf(incidentId)).status).toBe('assembly_failed');
  });

  it('are refused to guests, and mean nothing in other channels', async () => {
    expect(await says(`resolve ${incidentId} over`, GRETA)).toContain('guests may read');
    await says(`resolve ${incidentId} over`, MAYA, 'C0ELSEWHERE');
    expect((await stateOf(incidentId)).status).toBe('assembly_failed');
  });

  it('lead to the room once there is one that people can use', async () => {
    world.slack.board.clearFaults();
    await world.passes(2);
    const answer = await says(`resolve ${incidentId} over`);
    expect(answer).toContain('That incident has a war room');
    expect((await stateOf(incidentId)).status).toBe('active');
  });
});

describe('conversations.invite answers 500 for an hour', () => {
  it('names who was not invited, and brings them in afterwards', async () => {
    world.slack.board.plan({ match: 'conversations.invite', status: 500, times: 0 });
    const incidentId = await world.fires();
    await world.passes(60);
    const events = await world.events(incidentId);
    const failed = events.flatMap((event) =>
      event.type === 'RESPONDER_INVITE_FAILED' ? [event.details.who] : [],
    );
    expect(failed.toSorted()).toEqual([JONAS, MAYA]);
    expect(events.filter(({ type }) => type === 'ASSEMBLY_FAILED')).toHaveLength(1);
    expect((await stateOf(incidentId)).status).toBe('assembly_failed');
    const told = world.announcements.join('\n');
    expect(told).toMatch(/is not complete: .*Not invited: .*drive the incident here/);
    expect(told).not.toMatch(/Gave up|assemble|Please join/);
    world.slack.board.clearFaults();
    await world.passes(20);
    expect((await stateOf(incidentId)).status).toBe('active');
    expect([...(await room(incidentId))!.members]).toEqual(expect.arrayContaining([JONAS, MAYA]));
    expect((await room(incidentId))!.pins).toHaveLength(2);
  });
});

describe('users.lookupByEmail is refused', () => {
  it('the room is open, who is missing is named, and comes when they can be looked up', async () => {
    refuse('users.lookupByEmail', 'missing_scope');
    const incidentId = await world.fires();
    await world.passes(2);
    expect((await stateOf(incidentId)).status).toBe('active');
    const { id } = (await room(incidentId))!;
    expect(world.texts(id).join()).toMatch(/responder 1 of checkout-api .*lacks a permission/);
    expect(world.announcements.join()).toMatch(
      /first of all inviting people whom this app cannot look up: this app lacks a permission/,
    );
    expect(await typesOf(incidentId)).toContain('RESPONDER_INVITE_FAILED');
    world.slack.board.clearFaults();
    await world.passes(2);
    expect([...(await room(incidentId))!.members]).toEqual(expect.arrayContaining([JONAS, MAYA]));
  });
});

describe('a step the room can do without', () => {
  it('that is refused is one plain notice, however much happens', async () => {
    refuse('conversations.setTopic', 'restricted_action');
    const incidentId = await world.fires();
    const { id } = (await room(incidentId))!;
    for (const text of ['ic', 'severity P2 less', 'update We look.', 'severity P1 more']) {
      expect(await says(text, MAYA, id)).toBeUndefined();
      await world.passes(1);
    }
    const notices = world.announcements.filter((text) => !text.startsWith('P'));
    expect(notices).toHaveLength(1);
    expect(notices[0]).toMatch(
      /first of all the topic of the room: a setting of the Slack workspace does not allow this/,
    );
    expect((await stateOf(incidentId)).status).toBe('active');
    world.slack.board.clearFaults();
    await world.passes(3);
    expect((await room(incidentId))!.topic.value).toMatch(/^P1 \| active/);
  });
});

describe('the announcement channel takes nothing', () => {
  it('is an alarm, and the room opens all the same; it is told when it takes messages again', async () => {
    const channel = world.slack.workspace.channels.get(ANNOUNCEMENT_CHANNEL_ID)!;
    channel.isArchived = true;
    const incidentId = await world.fires();
    expect((await stateOf(incidentId)).status).toBe('active');
    expect(world.counted).toContain('EffectPutAside');
    expect(world.counted).toContain('PeopleNotTold');
    expect(world.announcements).toEqual([]);
    channel.isArchived = false;
    await world.passes(2);
    expect(world.announcements[0]).toBe('P1 Checkout fails: active');
  });
});

describe('Slack does not say who somebody is', () => {
  it.each(['missing_scope', 'internal_error'])(
    'with %s: the incident can be ended, and nobody gets a role',
    async (error) => {
      const incidentId = await world.fires();
      refuse('users.info', error);
      refuse('conversations.members', error);
      const { id } = (await room(incidentId))!;
      expect(await says('ic', MAYA, id)).toBeDefined();
      expect((await stateOf(incidentId)).ic).toBeNull();
      expect(await says('resolve Rolled back.', MAYA, id)).toBeUndefined();
      expect((await stateOf(incidentId)).status).toBe('resolved');
    },
  );
});

describe('the token is revoked in the middle of a life', () => {
  it('what happened meanwhile is in the room in its order, once it is good again', async () => {
    const incidentId = await world.fires();
    const { id } = (await room(incidentId))!;
    refuse('*', 'token_revoked');
    for (const text of ['note one', 'note two', 'note three']) {
      expect(await says(text, MAYA, id)).toBeUndefined();
      await world.passes(1);
    }
    expect(world.counted).toContain('PeopleNotTold');
    world.slack.board.clearFaults();
    await world.passes(3);
    const notes = world.texts(id).filter((text) => text.startsWith('Note by'));
    expect(notes.map((text) => text.split(': ')[1])).toEqual(['one', 'two', 'three']);
    expect(await typesOf(incidentId)).not.toContain('EFFECT_ABANDONED');
  });
});
