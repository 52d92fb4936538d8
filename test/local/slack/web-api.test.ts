import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { clientOf, givenSlack, refusal, type SlackWorld } from './slack-world.ts';

const MAYA = 'U04MAYAITO1';
const JONAS = 'U04JONASBRG';
const BOT = 'U04IRAPPBOT';
const ROOM = 'C04EXAMPLE1';

let world: SlackWorld;
beforeEach(async () => {
  world = await givenSlack();
});
afterEach(() => world.close());

async function givenRoom(name = 'inc-20260314-checkout'): Promise<string> {
  const { channel } = await world.client.conversations.create({ name, is_private: true });
  return channel?.id ?? '';
}

describe('authentication', () => {
  it('answers auth.test to a known token and invalid_auth to another', async () => {
    expect(await world.client.auth.test()).toMatchObject({ ok: true, user_id: BOT });
    const stranger = clientOf(world.slack, 'xoxb-stolen');
    expect(await refusal(stranger.auth.test())).toMatchObject({ error: 'invalid_auth' });
    const missing = await world.post('/api/auth.test', {});
    expect(missing.body).toEqual({ ok: false, error: 'not_authed' });
    const unknown = world.client.apiCall('no.such.method');
    expect(await refusal(unknown)).toMatchObject({ error: 'unknown_method' });
  });
});

describe('conversations.create', () => {
  it.each([
    ['', 'invalid_name_required'],
    ['a'.repeat(81), 'invalid_name_maxlength'],
    ['Inc-1', 'invalid_name_specials'],
    ['inc 1', 'invalid_name_specials'],
    ['---', 'invalid_name_punctuation'],
    ['incidents', 'name_taken'],
  ])('refuses the name %s with %s', async (name, error) => {
    expect(await refusal(world.client.conversations.create({ name }))).toMatchObject({ error });
  });

  it('takes 80 characters, and an archived channel keeps its name', async () => {
    const name = 'a'.repeat(80);
    const channel = await givenRoom(name);
    await world.client.conversations.archive({ channel });
    const again = world.client.conversations.create({ name });
    expect(await refusal(again)).toMatchObject({ error: 'name_taken' });
  });
});

describe('conversations.invite', () => {
  it('brings people in, and says who is in already', async () => {
    const channel = await givenRoom();
    await world.client.conversations.invite({ channel, users: `${MAYA},${JONAS}` });
    const { members } = await world.client.conversations.members({ channel });
    expect(members).toEqual([BOT, MAYA, JONAS]);
    const again = world.client.conversations.invite({ channel, users: MAYA });
    expect(await refusal(again)).toMatchObject({
      error: 'already_in_channel',
      errors: [{ user: MAYA, ok: false, error: 'already_in_channel' }],
    });
  });

  it('with force invites the good ones and names the others; without it nobody', async () => {
    const channel = await givenRoom();
    const users = `${MAYA},U0NOBODY,${BOT},U04OMARHDDD,U09PAULREED`;
    const plain = await refusal(world.client.conversations.invite({ channel, users }));
    expect(plain).toMatchObject({ ok: false, error: 'user_not_found' });
    expect((await world.client.conversations.members({ channel })).members).toEqual([BOT]);
    const forced = await world.client.conversations.invite({ channel, users, force: true });
    expect(forced.errors?.map(({ error }) => error)).toEqual([
      'user_not_found',
      'cant_invite_self',
      'cant_invite',
      'org_user_not_in_team',
    ]);
    expect((await world.client.conversations.members({ channel })).members).toEqual([BOT, MAYA]);
  });

  it('takes at most 100 people a call', async () => {
    const channel = await givenRoom();
    const some = (count: number) =>
      Array.from({ length: count }, (_, index) => `U0NO${index}`).join(',');
    const invite = (users: string) =>
      refusal(world.client.conversations.invite({ channel, users }));
    expect(await invite(some(100))).toMatchObject({ error: 'user_not_found' });
    expect(await invite(some(101))).toMatchObject({ error: 'too_many_users' });
  });
});

describe('a room', () => {
  it('takes a topic of 250 characters and refuses 251', async () => {
    const channel = await givenRoom();
    await world.client.conversations.setTopic({ channel, topic: 't'.repeat(250) });
    const long = world.client.conversations.setTopic({ channel, topic: 't'.repeat(251) });
    expect(await refusal(long)).toMatchObject({ error: 'too_long' });
  });

  it('is closed to writers once archived, and archived only once', async () => {
    const channel = await givenRoom();
    await world.client.conversations.archive({ channel });
    const post = world.client.chat.postMessage({ channel, text: 'late' });
    expect(await refusal(post)).toMatchObject({ error: 'is_archived' });
    const again = world.client.conversations.archive({ channel });
    expect(await refusal(again)).toMatchObject({ error: 'already_archived' });
  });

  it('that the app has left refuses its messages', async () => {
    const channel = await givenRoom();
    await world.client.conversations.leave({ channel });
    const post = world.client.chat.postMessage({ channel, text: 'out' });
    expect(await refusal(post)).toMatchObject({ error: 'not_in_channel' });
    const nowhere = world.client.chat.postMessage({ channel: 'C0NOWHERE', text: 'out' });
    expect(await refusal(nowhere)).toMatchObject({ error: 'channel_not_found' });
  });

  it('is listed by type, page by page', async () => {
    await givenRoom('inc-1');
    await givenRoom('inc-2');
    const types = 'private_channel,public_channel';
    const first = await world.client.conversations.list({ types, limit: 2 });
    expect(first.channels?.map(({ name }) => name)).toEqual(['incidents', 'inc-1']);
    const cursor = first.response_metadata?.next_cursor ?? '';
    const second = await world.client.conversations.list({ types, limit: 2, cursor });
    expect(second.channels?.map(({ name }) => name)).toEqual(['inc-2']);
    const open = await world.client.conversations.list();
    expect(open.channels?.map(({ name }) => name)).toEqual(['incidents']);
  });
});

describe('messages', () => {
  it('come back newest first, with metadata only when asked for', async () => {
    const metadata = { event_type: 'effect', event_payload: { effect: 'inc-1#2' } };
    const first = await world.client.chat.postMessage({ channel: ROOM, text: 'one', metadata });
    await world.client.chat.postMessage({ channel: ROOM, text: 'two' });
    const thread_ts = first.ts ?? '';
    await world.client.chat.postMessage({ channel: ROOM, text: 'reply', thread_ts });
    const plain = await world.client.conversations.history({ channel: ROOM });
    expect(plain.messages?.map(({ text }) => text)).toEqual(['two', 'one']);
    expect(plain.messages?.[1]).not.toHaveProperty('metadata');
    const full = await world.client.conversations.history({
      channel: ROOM,
      include_all_metadata: true,
    });
    expect(full.messages?.[1]).toMatchObject({ metadata, reply_count: 1 });
    const thread = await world.client.conversations.replies({ channel: ROOM, ts: thread_ts });
    expect(thread.messages?.map(({ text }) => text)).toEqual(['one', 'reply']);
  });

  it('are cut by oldest, latest and inclusive', async () => {
    const stamps: string[] = [];
    for (const text of ['one', 'two', 'three']) {
      stamps.push((await world.client.chat.postMessage({ channel: ROOM, text })).ts ?? '');
    }
    const [oldest = '', , latest = ''] = stamps;
    const texts = async (inclusive: boolean) => {
      const window = { channel: ROOM, oldest, latest, inclusive };
      return (await world.client.conversations.history(window)).messages?.map(({ text }) => text);
    };
    expect(await texts(false)).toEqual(['two']);
    expect(await texts(true)).toEqual(['three', 'two', 'one']);
  });

  it('keep blocks and metadata that an update leaves out, and are marked edited', async () => {
    const metadata = { event_type: 'effect', event_payload: {} };
    const blocks = [{ type: 'divider' as const }];
    const { ts = '' } = await world.client.chat.postMessage({
      channel: ROOM,
      text: 'before',
      blocks,
      metadata,
    });
    const { message } = await world.client.chat.update({ channel: ROOM, ts, text: 'after' });
    expect(message).toMatchObject({ text: 'after', metadata, edited: { user: BOT } });
    expect((message as { blocks: unknown[] }).blocks).toMatchObject(blocks);
    await world.client.chat.delete({ channel: ROOM, ts });
    const gone = world.client.chat.update({ channel: ROOM, ts, text: 'x' });
    expect(await refusal(gone)).toMatchObject({ error: 'message_not_found' });
  });

  it('hold 40,000 characters of text and not one more, and not none', async () => {
    const post = (text: string) => refusal(world.client.chat.postMessage({ channel: ROOM, text }));
    expect(await post('x'.repeat(40_000))).toEqual({ ok: true });
    expect(await post('x'.repeat(40_001))).toMatchObject({ error: 'msg_too_long' });
    expect(await post('')).toMatchObject({ error: 'no_text' });
  });

  it('for one person need that person in the channel', async () => {
    const user = 'U04GRETACTR';
    const hidden = world.client.chat.postEphemeral({ channel: ROOM, user, text: 'psst' });
    expect(await refusal(hidden)).toMatchObject({ error: 'user_not_in_channel' });
  });

  it('have increasing timestamps and a permalink', async () => {
    const one = await world.client.chat.postMessage({ channel: ROOM, text: 'one' });
    const two = await world.client.chat.postMessage({ channel: ROOM, text: 'two' });
    expect(one.ts).toMatch(/^\d{10}\.\d{6}$/);
    expect(Number(two.ts)).toBeGreaterThan(Number(one.ts));
    const message_ts = one.ts ?? '';
    const { permalink } = await world.client.chat.getPermalink({ channel: ROOM, message_ts });
    expect(permalink).toBe(
      `https://example.slack.com/archives/${ROOM}/p${message_ts.replace('.', '')}`,
    );
  });

  it('to a person open a direct message', async () => {
    const { channel } = await world.client.chat.postMessage({ channel: MAYA, text: 'hello' });
    expect(channel).toMatch(/^D/);
    expect(world.slack.workspace.channels.get(channel ?? '')?.members.has(MAYA)).toBe(true);
  });
});

describe('pins, bookmarks, reactions and files', () => {
  it('pin a message once', async () => {
    const { ts: timestamp = '' } = await world.client.chat.postMessage({
      channel: ROOM,
      text: 'x',
    });
    await world.client.pins.add({ channel: ROOM, timestamp });
    const again = world.client.pins.add({ channel: ROOM, timestamp });
    expect(await refusal(again)).toMatchObject({ error: 'already_pinned' });
    const { items } = await world.client.pins.list({ channel: ROOM });
    expect(items).toMatchObject([{ message: { ts: timestamp } }]);
  });

  it('bookmark a link', async () => {
    const link = 'https://example.com/a';
    const add = { channel_id: ROOM, title: 'Alert', type: 'link' as const, link };
    await world.client.bookmarks.add(add);
    const { bookmarks } = await world.client.bookmarks.list({ channel_id: ROOM });
    expect(bookmarks).toMatchObject([{ title: 'Alert', link }]);
    const bad = world.client.bookmarks.add({ ...add, link: 'not a link' });
    expect(await refusal(bad)).toMatchObject({ error: 'invalid_link' });
  });

  it('react once', async () => {
    const { ts: timestamp = '' } = await world.client.chat.postMessage({
      channel: ROOM,
      text: 'x',
    });
    const react = () => world.client.reactions.add({ channel: ROOM, timestamp, name: 'eyes' });
    await react();
    expect(await refusal(react())).toMatchObject({ error: 'already_reacted' });
  });

  it('share a Markdown file through the two-step upload', async () => {
    await world.client.filesUploadV2({
      channel_id: ROOM,
      filename: 'postmortem.md',
      content: '# What happened',
      initial_comment: 'The postmortem',
    });
    const message = world.slack.workspace.channels.get(ROOM)?.messages.at(-1);
    expect(message).toMatchObject({ text: 'The postmortem', files: [{ name: 'postmortem.md' }] });
    const { body } = await world.get(`/_world/files/${String(message?.files?.[0]?.id)}`);
    expect(body).toMatchObject({ content: '# What happened' });
  });
});

describe('users', () => {
  it('show what they are, as the real API does', async () => {
    const info = async (user: string) => (await world.client.users.info({ user })).user;
    expect(await info(MAYA)).toMatchObject({
      team_id: 'T04EXAMPLE1',
      real_name: 'Maya Ito',
      deleted: false,
      is_bot: false,
      is_restricted: false,
      profile: { email: 'maya.ito@example.com' },
    });
    expect(await info('U04GRETACTR')).toMatchObject({ is_restricted: true });
    expect(await info('U04OMARHDDD')).toMatchObject({ deleted: true });
    expect(await info('U04DEPLOYBT')).toMatchObject({ is_bot: true });
    expect(await info('U09PAULREED')).toMatchObject({ is_stranger: true, team_id: 'T09PARTNER1' });
    expect(await refusal(info('U0NOBODY'))).toMatchObject({ error: 'user_not_found' });
  });

  it('are found by e-mail unless deactivated or foreign', async () => {
    const look = (email: string) => world.client.users.lookupByEmail({ email });
    expect((await look('Maya.Ito@example.com')).user?.id).toBe(MAYA);
    for (const email of ['omar.haddad@example.com', 'paul.reed@partner.example.net', 'x@y.z']) {
      expect(await refusal(look(email))).toMatchObject({ error: 'users_not_found' });
    }
  });

  it('are members of user groups', async () => {
    const { users } = await world.client.usergroups.users.list({ usergroup: 'S04COMMANDR' });
    expect(users).toEqual(['U04TOMASNVK', 'U04LENAFSCH']);
    const unknown = world.client.usergroups.users.list({ usergroup: 'S0NONE' });
    expect(await refusal(unknown)).toMatchObject({ error: 'no_such_subteam' });
  });
});
