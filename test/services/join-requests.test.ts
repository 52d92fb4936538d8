import { beforeEach, describe, expect, it } from 'vitest';
import type { PersonKind } from '../../src/services/ports.ts';
import { clickOf, personRequest, plain } from './person-request.ts';
import { ANNOUNCEMENTS, useWorker } from './worker-world.ts';

const world = useWorker('memory');
const ROOM = 'C0ROOM1';
const [ANA, SAM] = ['U0ANA', 'U0SAM'];
let incidentId = '';
const members = () => world.chat.members.get(ROOM);
const events = () => world.trail.from(incidentId, 1);

/** Ana declared it; its room is open. */
beforeEach(async () => {
  const text = 'declare Checkout is down';
  const asked = personRequest({ by: ANA, channelId: ANNOUNCEMENTS, text });
  incidentId = (await world.worker().requests.act(asked, undefined)).incidentId ?? '';
  await world.worker().run.run(incidentId);
});

async function clicks(actionId: string, of: { by?: string; value?: object; in?: string } = {}) {
  const value = { incidentId, ...of.value };
  const click = clickOf({ by: of.by ?? SAM, channelId: of.in ?? ANNOUNCEMENTS, actionId, value });
  const { answer } = await world.worker().requests.act(click, undefined);
  await world.worker().run.run(incidentId);
  return plain(answer);
}

describe('joining where it is open', () => {
  it('invites the member who asks, on record by themselves, and says where', async () => {
    expect(await clicks('incident_join')).toEqual({
      kind: 'line',
      text: 'You are in #C0ROOM1 now.',
    });
    expect(members()).toContain(SAM);
    expect((await events()).findLast(({ type }) => type === 'RESPONDER_INVITED')).toMatchObject({
      actor: { kind: 'slack_user', id: SAM },
      details: { slackUserId: SAM, source: 'join' },
    });
  });

  it('says so to who is in it already', async () => {
    expect(await clicks('incident_join', { by: ANA })).toEqual({
      kind: 'line',
      text: 'You are in #C0ROOM1 already.',
    });
  });

  it.each<[PersonKind, string]>([
    ['guest', 'guests may read the room but not act in it'],
    ['foreign', 'only members of this workspace may act'],
    ['deactivated', 'this account is deactivated'],
  ])('refuses a %s in words, on record', async (kind, rule) => {
    world.chat.kinds.set(SAM, kind);
    expect(await clicks('incident_join')).toMatchObject({ kind: 'refusal', rule });
    expect(members()).not.toContain(SAM);
    expect((await events()).at(-1)).toMatchObject({
      type: 'COMMAND_DENIED',
      details: { command: 'join', rule },
    });
  });

  it('says why when the workspace lets nobody invite them', async () => {
    world.chat.refused.set(SAM, 'a guest of one channel');
    expect(await clicks('incident_join')).toEqual({
      kind: 'refusal',
      text: 'You could not be invited: a guest of one channel.',
    });
  });

  it('refuses while there is no room, and when it is over', async () => {
    const asked = personRequest({ by: ANA, channelId: ROOM, text: 'cancel a test' });
    await world.worker().requests.act(asked, undefined);
    expect(await clicks('incident_join')).toEqual({
      kind: 'refusal',
      text: 'This incident is over: there is nothing to join.',
    });
    const other = personRequest({ by: ANA, channelId: null, text: 'declare Search is slow' });
    incidentId = (await world.worker().requests.act(other, undefined)).incidentId ?? '';
    expect(await clicks('incident_join')).toMatchObject({
      text: 'The war room is still being opened; try again in a few seconds.',
    });
  });
});

describe('joining where the room decides', () => {
  beforeEach(() => {
    world.join = 'ask';
  });

  it('asks the room once, where a button invites', async () => {
    expect(await clicks('incident_join')).toMatchObject({
      text: 'The people in the room are asked to invite you.',
    });
    expect(await clicks('incident_join')).toMatchObject({
      text: 'You asked before; the people in the room can see it.',
    });
    expect(members()).not.toContain(SAM);
    expect(world.chat.posts.filter(({ message }) => 'buttons' in message)).toMatchObject([
      {
        channelId: ROOM,
        message: {
          text: [{ person: SAM }, { words: ' was not called and asks to join.' }],
          buttons: [{ actionId: 'incident_invite', label: 'Invite' }],
        },
      },
    ]);
    expect((await events()).filter(({ type }) => type === 'JOIN_REQUESTED')).toHaveLength(1);
    const invite = { by: ANA, in: ROOM, value: { userId: SAM } };
    expect(await clicks('incident_invite', invite)).toEqual({
      kind: 'line',
      text: 'Invited: @U0SAM.',
    });
    expect(members()).toContain(SAM);
  });

  it('takes an invitation from people of the room only', async () => {
    const answer = await clicks('incident_invite', { value: { userId: SAM } });
    expect(answer).toMatchObject({ rule: 'only members of this war room may do that' });
    expect(members()).not.toContain(SAM);
  });
});

it('joining where it is closed is refused, and says whom to ask', async () => {
  world.join = 'closed';
  expect(await clicks('incident_join')).toEqual({
    kind: 'refusal',
    text: 'Only who is called joins a war room here. Ask @U0ANA, who leads it, to invite you.',
  });
  expect(members()).not.toContain(SAM);
});
