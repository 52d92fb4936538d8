import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SlackForms } from '../../../src/adapters/slack/slack-forms.ts';
import { SlackWorkspace } from '../../../src/adapters/slack/slack-workspace.ts';
import { ChatError } from '../../../src/domain/errors.ts';
import { say, words } from '../../../src/domain/sentence.ts';
import { ANNOUNCEMENT_CHANNEL_ID, TEAM_ID } from '../../../src/local/slack/slack-server.ts';
import type { Form } from '../../../src/services/forms.ts';
import { givenSlack, lastPayload, type SlackWorld, TOKEN } from '../../local/slack/slack-world.ts';
import { exampleIncident } from './incident-example.ts';

const LINE = { kind: 'line', text: say`hello` } as const;
const ROOM = 'inc-20260313-checkout-abcd';
const MAYA = 'U04MAYAITO1';
const JONAS = 'U04JONASBRG';
const OMAR_DEACTIVATED = 'U04OMARHDDD';
const PAUL_FOREIGN = 'U09PAULREED';

let world: SlackWorld;
let chat: SlackWorkspace;

type Given = Partial<ConstructorParameters<typeof SlackWorkspace>[0]>;

function workspaceWith(given: Given = {}) {
  return new SlackWorkspace({
    apiUrl: `${world.slack.url}/api`,
    token: async () => TOKEN,
    timeoutMs: 1_500,
    responseOrigin: world.slack.url,
    teamId: TEAM_ID,
    ...given,
  });
}

beforeEach(async () => {
  world = await givenSlack();
  chat = workspaceWith();
});
afterEach(() => world.close());

const channel = (id: string) => world.slack.workspace.channels.get(id)!;
const fault = (given: object) => world.post('/_world/faults', given);
const calls = async (operation: string) => {
  const { body } = await world.get('/_world/calls');
  return (body as { counts: Record<string, number> }).counts[operation] ?? 0;
};
const ephemerals = () => world.slack.workspace.ephemerals;

describe('rooms', () => {
  it('createRoom() opens a private channel', async () => {
    const room = await chat.createRoom(ROOM);
    expect(room).toMatchObject({ name: ROOM, adopted: false });
    expect(channel(room.channelId)).toMatchObject({ name: ROOM, isPrivate: true });
  });

  it('createRoom() adopts its own room when its first answer was lost', async () => {
    await fault({ match: 'conversations.create', effect: 'done', answer: 'drop' });
    await expect(chat.createRoom(ROOM)).rejects.toThrowWithCode(ChatError, 'CHAT_UNAVAILABLE');
    expect(await chat.createRoom(ROOM)).toMatchObject({ name: ROOM, adopted: true });
  });

  it('createRoom() finds its room behind many others', async () => {
    for (let i = 0; i < 205; i += 1) await chat.createRoom(`drill-${i}`);
    const { channelId } = await chat.createRoom(ROOM);
    expect(await chat.createRoom(ROOM)).toEqual({ channelId, name: ROOM, adopted: true });
  });

  it('createRoom() throws CHAT_NAME_TAKEN for a channel that somebody else made', async () => {
    const { channelId } = await chat.createRoom(ROOM);
    channel(channelId).creator = MAYA;
    await expect(chat.createRoom(ROOM)).rejects.toThrowWithCode(ChatError, 'CHAT_NAME_TAKEN');
  });

  it('createRoom() throws CHAT_NAME_TAKEN for an archived room', async () => {
    const { channelId } = await chat.createRoom(ROOM);
    channel(channelId).isArchived = true;
    await expect(chat.createRoom(ROOM)).rejects.toThrowWithCode(ChatError, 'CHAT_NAME_TAKEN');
  });

  it('setTopic() cuts at 250 characters', async () => {
    const { channelId } = await chat.createRoom(ROOM);
    await chat.setTopic(channelId, [words('x'.repeat(300))]);
    expect(channel(channelId).topic.value).toBe(`${'x'.repeat(249)}…`);
  });

  it('addBookmarks() leaves a bookmark of the same title alone', async () => {
    const { channelId } = await chat.createRoom(ROOM);
    const links = [
      { title: 'Alert', url: 'https://a.example/1' },
      { title: 'Page', url: 'https://p.example' },
    ];
    await chat.addBookmarks(channelId, links.slice(0, 1));
    await chat.addBookmarks(channelId, links);
    expect(channel(channelId).bookmarks.map(({ title }) => title)).toEqual(['Alert', 'Page']);
  });
});

describe('messages', () => {
  let room: string;
  beforeEach(async () => {
    room = (await chat.createRoom(ROOM)).channelId;
  });

  it('addBookmarks() asks nothing about a room that is new', async () => {
    const { channelId } = await chat.createRoom('inc-20261120-new-room');
    const before = world.slack.board.calls().counts['bookmarks.list'] ?? 0;
    const links = [
      { title: 'Alert', url: 'https://grafana.example.com/alert' },
      { title: 'Public status page', url: 'https://status.example.com' },
    ];
    await chat.addBookmarks(channelId, links, true);
    await chat.addBookmarks(channelId, links);
    expect(world.slack.board.calls().counts['bookmarks.list']).toBe(before + 1);
    expect(world.slack.board.calls().counts['bookmarks.add']).toBeGreaterThanOrEqual(2);
  });

  it('post() is found by its effect, and by no other', async () => {
    const ts = await chat.post(room, LINE, 'inc-1#3');
    expect(await chat.findByEffect(room, 'inc-1#3')).toBe(ts);
    expect(await chat.findByEffect(room, 'inc-1#4')).toBeUndefined();
  });

  it('findByEffect() reads on where history has more pages', async () => {
    const ts = await chat.post(room, LINE, 'inc-1#3');
    for (let i = 0; i < 401; i += 1) await chat.post(room, LINE, `inc-1#x${i}`);
    expect(await chat.findByEffect(room, 'inc-1#3')).toBe(ts);
  });

  it('findByEffect() does not believe a message of somebody else', async () => {
    const ts = await chat.post(room, LINE, 'inc-1#3');
    channel(room).messages.find((message) => message.ts === ts)!.user = MAYA;
    expect(await chat.findByEffect(room, 'inc-1#3')).toBeUndefined();
  });

  it('hasMessage() says whether a message stands, also where Slack keeps a deleted place', async () => {
    const ts = await chat.post(room, LINE, 'inc-1#3');
    await chat.post(room, LINE, 'inc-1#4');
    expect(await chat.hasMessage(room, ts)).toBe(true);
    expect(await chat.hasMessage(room, '1.000001')).toBe(false);
    Object.assign(channel(room).messages[0]!, { subtype: 'tombstone' });
    expect(await chat.hasMessage(room, ts)).toBe(false);
  });

  it('update() edits in place and keeps the effect', async () => {
    const ts = await chat.post(room, LINE, 'inc-1#3');
    const incident = exampleIncident();
    await chat.update(room, ts, { kind: 'incident_card', incident, nowMs: 0 });
    expect(channel(room).messages[0]?.text).toBe('P1 Checkout error rate: active');
    expect(await chat.findByEffect(room, 'inc-1#3')).toBe(ts);
  });

  it('update() throws CHAT_NOT_FOUND for a message that is gone', async () => {
    await expect(chat.update(room, '1.000001', LINE)).rejects.toThrowWithCode(
      ChatError,
      'CHAT_NOT_FOUND',
    );
  });

  it('pin() may be repeated', async () => {
    const ts = await chat.post(room, LINE, 'inc-1#3');
    await chat.pin(room, ts);
    await chat.pin(room, ts);
    expect(channel(room).pins.map((pin) => pin.ts)).toEqual([ts]);
  });

  it('whisper() is seen by one person only, who must be there', async () => {
    await expect(chat.whisper(room, MAYA, LINE)).rejects.toThrowWithCode(ChatError, 'CHAT_REFUSED');
    await chat.invite(room, [MAYA]);
    await chat.whisper(room, MAYA, LINE);
    expect(ephemerals()).toMatchObject([{ user: MAYA, channel: room, via: 'postEphemeral' }]);
  });

  it('permalink() leads to the message', async () => {
    const ts = await chat.post(room, LINE, 'inc-1#3');
    expect(await chat.permalink(room, ts)).toMatch(/^https:\/\/example\.slack\.com\/archives\/C/);
  });

  it('hasFile() finds a file of ours by its name and title, and no other', async () => {
    const file = { name: 'receipt-1.txt', title: 'A <b> & c' };
    await chat.postFile(room, { ...file, text: 'signed' });
    expect(await chat.hasFile(room, file)).toBe(true);
    expect(await chat.hasFile(room, { ...file, name: 'receipt-2.txt' })).toBe(false);
    expect(await chat.hasFile(room, { ...file, title: 'B' })).toBe(false);
    for (const message of channel(room).messages) {
      for (const each of message.files ?? []) each.title = 'A &lt;b&gt; &amp; c';
    }
    expect(await chat.hasFile(room, file)).toBe(true);
    for (const message of channel(room).messages) message.user = MAYA;
    expect(await chat.hasFile(room, file)).toBe(false);
  });

  it('postFile() shares a text file, whatever its characters', async () => {
    const text = '# Postmortem\n\nWir prüfen – 決済 🔥\n';
    await chat.postFile(room, { name: 'postmortem.md', title: 'Postmortem', text });
    const [file] = [...world.slack.workspace.files.values()];
    expect(file?.content.toString('utf8')).toBe(text);
    expect(channel(room).messages.at(-1)?.files).toMatchObject([{ title: 'Postmortem' }]);
  });
});

describe('invite()', () => {
  let room: string;
  beforeEach(async () => {
    room = (await chat.createRoom(ROOM)).channelId;
  });

  it('invites in one call and counts who is in already', async () => {
    await chat.invite(room, [MAYA]);
    expect(await chat.invite(room, [MAYA, JONAS, JONAS])).toEqual({
      invited: [MAYA, JONAS],
      failed: [],
    });
    expect(await calls('conversations.invite')).toBe(2);
    expect(await chat.roomMembers(room)).toContain(JONAS);
  });

  it('repeated for people who are all in is a success', async () => {
    await chat.invite(room, [MAYA, JONAS]);
    expect(await chat.invite(room, [MAYA, JONAS])).toEqual({ invited: [MAYA, JONAS], failed: [] });
    expect(await chat.invite(room, [MAYA])).toEqual({ invited: [MAYA], failed: [] });
  });

  it('names who cannot come, and invites the others', async () => {
    const outcome = await chat.invite(room, [OMAR_DEACTIVATED, MAYA, PAUL_FOREIGN, 'U0NOBODY1']);
    expect(outcome.invited).toEqual([MAYA]);
    expect(outcome.failed).toEqual([
      { userId: OMAR_DEACTIVATED, reason: 'Slack does not let this app invite them' },
      { userId: PAUL_FOREIGN, reason: 'not a member of this workspace' },
      { userId: 'U0NOBODY1', reason: 'Slack knows nobody by that id' },
    ]);
  });

  it('falls back to one by one when one person fails the whole call', async () => {
    await fault({ match: 'conversations.invite', error: 'user_is_restricted' });
    expect(await chat.invite(room, [MAYA, JONAS])).toEqual({ invited: [MAYA, JONAS], failed: [] });
  });

  it('names at most 100 people in a call', async () => {
    const many = Array.from({ length: 101 }, (_, i) => `U0MANY${i}`);
    const outcome = await chat.invite(room, [MAYA, ...many.slice(1)]);
    expect(outcome.invited).toEqual([MAYA]);
    expect(outcome.failed).toHaveLength(100);
  });

  it('throws when the channel is the problem', async () => {
    channel(room).isArchived = true;
    await expect(chat.invite(room, [MAYA])).rejects.toThrowWithCode(ChatError, 'CHAT_ROOM_CLOSED');
  });
});

describe('people', () => {
  it.each([
    [MAYA, 'full', 'maya.ito@example.com'],
    ['U04GRETACTR', 'guest', 'greta.contractor@example.com'],
    ['U04DEPLOYBT', 'bot', null],
    [OMAR_DEACTIVATED, 'deactivated', 'omar.haddad@example.com'],
    [PAUL_FOREIGN, 'foreign', null],
  ])('person(%s) is %s', async (id, kind, email) => {
    expect(await chat.person(id)).toMatchObject({ id, kind, email });
  });

  it('person() throws CHAT_NOT_FOUND for nobody', async () => {
    await expect(chat.person('U0NOBODY1')).rejects.toThrowWithCode(ChatError, 'CHAT_NOT_FOUND');
  });

  it('personByEmail() finds people, and says when there is none', async () => {
    expect((await chat.personByEmail('maya.ito@example.com'))?.id).toBe(MAYA);
    expect(await chat.personByEmail('nobody@example.com')).toBeUndefined();
  });

  it('memberPages() lists everybody, deactivated people too, no further than asked', async () => {
    const pages: string[][] = [];
    for await (const page of chat.memberPages(25)) pages.push(page.map(({ kind }) => kind));
    expect(pages).toHaveLength(1);
    expect(new Set(pages[0])).toEqual(new Set(['full', 'guest', 'bot', 'deactivated']));
    const none: unknown[] = [];
    for await (const page of chat.memberPages(0)) none.push(page);
    expect(none).toEqual([]);
  });

  it('groupMembers() reads groups by handle', async () => {
    const groups = await chat.groupMembers(['status-approvers', 'incident-commanders']);
    expect([...(groups.get('status-approvers') ?? [])]).toContain(MAYA);
    expect(groups.get('incident-commanders')?.size).toBe(2);
  });

  it('groupIds() names groups by handle; an unknown handle has no id', async () => {
    const ids = await chat.groupIds(['status-approvers', 'nobody']);
    expect([...ids]).toEqual([['status-approvers', 'S04APPROVER']]);
    expect(await chat.groupIds([])).toEqual(new Map());
  });

  describe('a pinned user group', () => {
    const group = (handle: string) =>
      world.slack.workspace.userGroups.find((each) => each.handle === handle)!;
    const APPROVERS = { 'status-approvers': 'S04APPROVER' };
    const moved: string[] = [];
    const pinned = () =>
      workspaceWith({ pinnedGroups: APPROVERS, onGroupMoved: (handle) => void moved.push(handle) });

    it('is read by its id, also under another handle', async () => {
      const before = await pinned().groupMembers(['status-approvers', 'incident-commanders']);
      expect([...before.keys()]).toEqual(['status-approvers', 'incident-commanders']);
      group('status-approvers').handle = 'page-approvers';
      expect([...(await pinned().groupMembers(['status-approvers'])).keys()]).toEqual([
        'status-approvers',
      ]);
      expect([...(await pinned().groupIds(['status-approvers']))]).toEqual([
        ['status-approvers', 'S04APPROVER'],
      ]);
      group('page-approvers').handle = 'status-approvers';
      expect(moved).toEqual([]);
    });

    it('whose handle another group took is left out, and somebody is told', async () => {
      const [approvers, commanders] = [group('status-approvers'), group('incident-commanders')];
      [approvers.handle, commanders.handle] = ['old-approvers', 'status-approvers'];
      expect(await pinned().groupMembers(['status-approvers'])).toEqual(new Map());
      expect(await pinned().groupIds(['status-approvers'])).toEqual(new Map());
      expect(moved).toEqual(['status-approvers', 'status-approvers']);
      [approvers.handle, commanders.handle] = ['status-approvers', 'incident-commanders'];
    });

    it('that is gone is an error, as any that does not exist', async () => {
      const gone = workspaceWith({ pinnedGroups: { 'old-group': 'S0GONE' } });
      await expect(gone.groupMembers(['old-group'])).rejects.toThrowWithCode(
        ChatError,
        'CHAT_NOT_FOUND',
      );
    });
  });

  it('groupMembers() throws CHAT_NOT_FOUND for a handle that does not exist', async () => {
    await expect(chat.groupMembers(['nobody'])).rejects.toThrowWithCode(
      ChatError,
      'CHAT_NOT_FOUND',
    );
  });
});

describe('respond()', () => {
  it('answers the asker only, at the pinned origin', async () => {
    await world.slack.command({ user: MAYA, channel: ANNOUNCEMENT_CHANNEL_ID, text: 'help' });
    const form = new URLSearchParams(world.received.at(-1)?.body);
    await chat.respond(form.get('response_url')!, LINE);
    expect(ephemerals()).toMatchObject([{ user: MAYA, via: 'response_url' }]);
  });

  it('throws CHAT_REFUSED for another origin and sends nothing', async () => {
    for (const url of ['https://evil.example/response/1', 'not a url', `${world.slack.url}0/x`]) {
      await expect(chat.respond(url, LINE)).rejects.toThrowWithCode(ChatError, 'CHAT_REFUSED');
    }
    expect(await calls('response_url')).toBe(0);
  });

  it('throws CHAT_REFUSED for an address that is used up', async () => {
    const url = `${world.slack.url}/response/none`;
    await expect(chat.respond(url, LINE)).rejects.toThrowWithCode(ChatError, 'CHAT_REFUSED');
  });

  it.each([
    [429, 'CHAT_RATE_LIMITED'],
    [503, 'CHAT_UNAVAILABLE'],
  ])('turns status %i into %s', async (status, code) => {
    await fault({ match: 'response_url', status });
    const url = `${world.slack.url}/response/none`;
    await expect(chat.respond(url, LINE)).rejects.toThrowWithCode(ChatError, code);
  });
});

describe('forms', () => {
  const FORM: Form = { kind: 'note', incidentId: 'inc-aaaaaaaaaaaaaaaa', channelId: 'C1' };

  it('open within the trigger’s life, change in place, and may be gone by then', async () => {
    const forms = new SlackForms({
      apiUrl: `${world.slack.url}/api`,
      token: async () => TOKEN,
      timeoutMs: 1_500,
    });
    await world.slack.command({ user: MAYA, channel: ANNOUNCEMENT_CHANNEL_ID, text: 'note' });
    const trigger = new URLSearchParams(world.received.at(-1)?.body).get('trigger_id')!;
    const viewId = await forms.open(trigger, FORM);
    await expect(forms.open(trigger, FORM)).rejects.toThrowWithCode(ChatError, 'CHAT_REFUSED');
    await chat.updateForm(viewId, { ...FORM, kind: 'resolve' });
    const submitted = await world.slack.submit({
      user: MAYA,
      view_id: viewId,
      values: { summary: { summary: 'It was DNS.' } },
    });
    expect(submitted.ack.status).toBe(200);
    expect(lastPayload(world).view.state.values).toMatchObject({
      summary: { summary: { value: 'It was DNS.' } },
    });
    await expect(chat.updateForm(viewId, FORM)).resolves.toBeUndefined();
  });
});

describe('errors', () => {
  it.each([
    [{ error: 'fatal_error' }, 'CHAT_UNAVAILABLE', true],
    [{ error: 'internal_error' }, 'CHAT_UNAVAILABLE', true],
    [{ status: 503 }, 'CHAT_UNAVAILABLE', true],
    [{ answer: 'drop' }, 'CHAT_UNAVAILABLE', true],
    [{ answer: 'never' }, 'CHAT_UNAVAILABLE', true],
    [{ status: 429, retryAfterS: 7 }, 'CHAT_RATE_LIMITED', true],
    [{ error: 'ratelimited' }, 'CHAT_RATE_LIMITED', true],
    [{ error: 'channel_not_found' }, 'CHAT_ROOM_CLOSED', false],
    [{ error: 'not_in_channel' }, 'CHAT_ROOM_CLOSED', false],
    [{ error: 'is_archived' }, 'CHAT_ROOM_CLOSED', false],
    [{ error: 'user_not_found' }, 'CHAT_NOT_FOUND', false],
    [{ error: 'missing_scope' }, 'CHAT_REFUSED', false],
    [{ error: 'invalid_auth' }, 'CHAT_REFUSED', false],
  ])('%j becomes %s', async (given, code, retryable) => {
    await fault({ match: 'users.info', ...given });
    const error = (await chat.person(MAYA).catch((thrown: unknown) => thrown)) as ChatError;
    expect(error).toMatchObject({ code, retryable });
  });

  it('carry how long to wait, Slack’s own word, and the permission that is missing', async () => {
    await fault({ match: 'users.info', status: 429, retryAfterS: 7 });
    await expect(chat.person(MAYA)).rejects.toMatchObject({ retryAfterS: 7 });
    await fault({ match: 'users.info', error: 'missing_scope' });
    await expect(chat.person(MAYA)).rejects.toThrow(
      'cannot call users.info: expected ok, got missing_scope',
    );
    await fault({ match: 'users.info', error: 'missing_scope' });
    await expect(chat.person(MAYA)).rejects.toMatchObject({ refusal: 'missing_scope' });
  });

  it('are never retried here', async () => {
    await fault({ match: 'chat.postMessage', error: 'internal_error', times: 0 });
    await chat.post(ANNOUNCEMENT_CHANNEL_ID, LINE, 'e').catch(() => {});
    expect(await calls('chat.postMessage')).toBe(1);
  });
});

describe('bot token', () => {
  it('is asked for once more when Slack refuses it', async () => {
    const asked: (string | undefined)[] = [];
    const token = async (refused?: string) => {
      asked.push(refused);
      return refused === undefined ? 'xoxb-old' : TOKEN;
    };
    expect((await workspaceWith({ token }).person(MAYA)).id).toBe(MAYA);
    expect(asked).toEqual([undefined, 'xoxb-old']);
  });

  it('is not tried again when there is no newer one', async () => {
    const old = workspaceWith({ token: async () => 'xoxb-old' });
    await expect(old.person(MAYA)).rejects.toThrowWithCode(ChatError, 'CHAT_REFUSED');
    expect(await calls('users.info')).toBe(1);
  });
});
