import { beforeEach, describe, expect, it } from 'vitest';
import type { PersonKind } from '../../src/services/ports.ts';
import { personRequest, plain } from './person-request.ts';
import { declareCommand, INCIDENT } from './record-world.ts';
import { chatError, type Hook, MAYA, useWorker } from './worker-world.ts';

const world = useWorker('memory');
const ROOM = 'C0ROOM1';
const LENA = 'U0LENA';
const events = () => world.trail.from(INCIDENT, 1);
const types = async () => (await events()).map(({ type }) => type);
const members = () => world.chat.members.get(ROOM);

/** Maya declared it and leads it; its room is open. */
beforeEach(async () => {
  await world.record.run(declareCommand('declare', { service: null, severityIsDefault: true }));
  await world.worker().run.run(INCIDENT);
});

async function says(text: string, of: { by?: string; hook?: Hook } = {}) {
  const { requests } = world.worker(of.hook);
  const request = personRequest({ by: of.by ?? MAYA, channelId: ROOM, text });
  return plain((await requests.act(request, undefined)).answer);
}

describe('ic @person', () => {
  it('invites the person to the room before they lead', async () => {
    expect(await says(`ic <@${LENA}>`)).toBeNull();
    expect(members()).toContain(LENA);
    expect((await events()).slice(-2)).toMatchObject([
      { type: 'RESPONDER_INVITED', details: { slackUserId: LENA } },
      { type: 'ROLE_HANDED_OVER', details: { from: MAYA, to: LENA } },
    ]);
  });

  it.each<[PersonKind, string]>([
    ['guest', 'guests may read the room but not act in it'],
    ['bot', 'bots may not act'],
    ['deactivated', 'this account is deactivated'],
  ])('refuses a %s, with the reason, and invites nobody', async (kind, reason) => {
    world.chat.kinds.set(LENA, kind);
    expect(await says(`ic <@${LENA}>`)).toEqual({
      kind: 'refusal',
      text: `That person cannot lead: ${reason}.`,
    });
    expect(members()).not.toContain(LENA);
    expect(await types()).not.toContain('ROLE_HANDED_OVER');
  });

  it('refuses whom the workspace lets nobody invite, with its reason, on record by name', async () => {
    world.chat.refused.set(LENA, 'Slack does not let us invite them');
    expect(await says(`ic <@${LENA}>`)).toEqual({
      kind: 'refusal',
      text: '@U0LENA cannot lead, as they cannot be invited here: Slack does not let us invite them.',
    });
    expect((await events()).at(-1)).toMatchObject({
      type: 'RESPONDER_INVITE_FAILED',
      details: { who: LENA, source: 'command', reason: 'Slack does not let us invite them' },
    });
  });

  it('invites nobody for a person who may not move the role', async () => {
    world.chat.members.get(ROOM)?.add('U0SAM');
    expect(await says(`ic <@${LENA}>`, { by: 'U0SAM' })).toMatchObject({ kind: 'refusal' });
    expect(members()).not.toContain(LENA);
  });

  it('hands the role over while nobody can be invited, and invites once that works', async () => {
    const isOut: Hook = (_port, method) => {
      if (method === 'invite') throw chatError('CHAT_UNAVAILABLE', true);
    };
    expect(await says(`ic <@${LENA}>`, { hook: isOut })).toBeNull();
    expect(await types()).toContain('ROLE_HANDED_OVER');
    expect(members()).not.toContain(LENA);
    await world.worker().run.run(INCIDENT);
    expect(members()).toContain(LENA);
  });

  it('says in the room when it turns out later that they cannot be invited', async () => {
    const isOut: Hook = (_port, method) => {
      if (method === 'invite') throw chatError('CHAT_UNAVAILABLE', true);
    };
    await says(`ic <@${LENA}>`, { hook: isOut });
    world.chat.refused.set(LENA, 'a guest of one channel');
    await world.worker().run.run(INCIDENT);
    expect(world.chat.lines(ROOM)).toContain(
      '@U0LENA leads this incident and could not be invited here: a guest of one channel. ' +
        'Hand the role to somebody who is here.',
    );
  });

  it('asks for no invitation of somebody who is there already', async () => {
    world.chat.members.get(ROOM)?.add(LENA);
    await says(`ic <@${LENA}>`);
    expect((await types()).filter((type) => type === 'RESPONDER_INVITED')).toHaveLength(1);
  });
});

describe('invite @group', () => {
  const GROUP = 'S0DB';

  it('invites its members, names who was not and why, and puts both on record', async () => {
    world.chat.groups.set(GROUP, ['U0A', 'U0B', 'U0GUEST', 'U0NO']);
    world.chat.kinds.set('U0GUEST', 'guest');
    world.chat.refused.set('U0NO', 'not a member of this workspace');
    expect(await says(`invite <!subteam^${GROUP}|@db>`)).toEqual({
      kind: 'refusal',
      text:
        'Invited: @U0A, @U0B. Could not invite @U0GUEST: guests may read the room but not act ' +
        'in it; @U0NO: not a member of this workspace.',
    });
    expect((await events()).filter(({ type }) => type.startsWith('RESPONDER_'))).toMatchObject([
      { details: { slackUserId: MAYA } },
      { details: { slackUserId: 'U0A', source: 'command' } },
      { details: { slackUserId: 'U0B' } },
      { type: 'RESPONDER_INVITE_FAILED', details: { who: 'U0GUEST' } },
      { type: 'RESPONDER_INVITE_FAILED', details: { who: 'U0NO' } },
    ]);
  });

  it.each([
    [100, 'Could not'],
    [101, 'Could not invite 1 more of the group: a group is invited up to its 100th member.'],
  ])('of a group of %i invites 100', async (size, words) => {
    world.chat.groups.set(
      GROUP,
      Array.from({ length: size }, (_, index) => `U0P${index}`),
    );
    const answer = await says(`invite <!subteam^${GROUP}>`);
    expect(members()?.size).toBe(101);
    expect(answer).toMatchObject({ kind: size === 100 ? 'line' : 'refusal' });
    expect(JSON.stringify(answer).includes(words)).toBe(size !== 100);
  });

  it.each<[string, string[] | undefined, string]>([
    ['nobody is in', [], 'it has no members'],
    ['does not exist', undefined, 'the workspace knows no such group'],
  ])('of a group that %s says so', async (_case, people, reason) => {
    if (people) world.chat.groups.set(GROUP, people);
    expect(await says(`invite <!subteam^${GROUP}>`)).toEqual({
      kind: 'refusal',
      text: `Could not invite the group: ${reason}.`,
    });
  });

  it('tells the asker who was invited, and says so again of who is there already', async () => {
    const told = { kind: 'line', text: 'Invited: @U0LENA.' };
    expect(await says(`invite <@${LENA}>`)).toEqual(told);
    expect(await says(`invite <@${LENA}>`)).toEqual(told);
    expect((await types()).filter((type) => type === 'RESPONDER_INVITED')).toHaveLength(2);
  });
});
