import { createHmac } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { givenSlack, lastPayload, refusal, type SlackWorld } from './slack-world.ts';

const MAYA = 'U04MAYAITO1';
const JONAS = 'U04JONASBRG';
const ROOM = 'C04EXAMPLE1';
const BUTTONS = [
  { type: 'section', text: { type: 'mrkdwn', text: 'hello' } },
  {
    type: 'actions',
    block_id: 'b1',
    elements: [
      {
        type: 'button',
        action_id: 'statuspage_approve',
        text: { type: 'plain_text', text: 'Approve' },
        value: '{"revision":1}',
      },
    ],
  },
  {
    type: 'actions',
    block_id: 'b2',
    elements: [
      {
        type: 'checkboxes',
        action_id: 'checklist_toggle',
        options: ['a', 'b'].map((value) => ({
          text: { type: 'plain_text', text: `Item ${value}` },
          value,
        })),
      },
    ],
  },
];

let world: SlackWorld;
beforeEach(async () => {
  world = await givenSlack();
});
afterEach(() => world.close());

async function givenCard(): Promise<string> {
  const { ts } = await world.client.chat.postMessage({
    channel: ROOM,
    text: 'card',
    blocks: BUTTONS,
    metadata: { event_type: 'effect', event_payload: { id: 'inc-1#2' } },
  });
  return ts ?? '';
}

describe('the people', () => {
  it('are the kinds and roles that the contract promises', async () => {
    const { body } = await world.get('/_world/users');
    const users = body as { id: string; email: string; kind: string; roles: string[] }[];
    const withRole = (role: string) => users.filter(({ roles }) => roles.includes(role));
    expect(withRole('status-approver').length).toBeGreaterThanOrEqual(3);
    expect(withRole('incident-commander')).toHaveLength(2);
    expect(users.filter(({ roles }) => roles.length === 2)).toHaveLength(1);
    for (const kind of ['guest', 'bot', 'deactivated', 'foreign']) {
      expect(users.filter((user) => user.kind === kind)).toHaveLength(1);
    }
    const none = users.filter(({ kind, roles }) => kind === 'full' && roles.length === 0);
    expect(none).toHaveLength(2);
    const maya = users.find(({ email }) => email === 'maya.ito@example.com');
    expect(maya).toMatchObject({ id: MAYA, roles: ['status-approver'], kind: 'full' });
  });

  it('change role when an administrator changes a group', async () => {
    await world.post('/_world/groups', { handle: 'status-approvers', users: ['jonas.berg'] });
    const list = await world.client.usergroups.list({ include_users: true });
    const group = list.usergroups?.find(({ handle }) => handle === 'status-approvers');
    expect(group?.users).toEqual([JONAS]);
  });
});

describe('a command', () => {
  it('arrives as the signed form that Slack sends', async () => {
    const { body } = await world.post('/_world/command', { user: 'maya.ito', text: 'status' });
    expect(body).toMatchObject({ ack: { status: 200, body: '' } });
    const request = world.received[0];
    const form = Object.fromEntries(new URLSearchParams(request?.body));
    expect(form).toMatchObject({
      command: '/incident-response',
      text: 'status',
      user_id: MAYA,
      team_id: 'T04EXAMPLE1',
      channel_id: ROOM,
      channel_name: 'incidents',
      is_enterprise_install: 'false',
    });
    const timestamp = request?.headers['x-slack-request-timestamp'];
    const expected = createHmac('sha256', 'signing-secret-1')
      .update(`v0:${timestamp}:${request?.body}`)
      .digest('hex');
    expect(request?.headers['x-slack-signature']).toBe(`v0=${expected}`);
  });

  it('is signed with the secret of the moment and the time of the world', async () => {
    world.clock.advance(86_400_000);
    world.secret = 'signing-secret-2';
    await world.slack.command({ user: MAYA, text: 'help' });
    const { headers, body } = world.received[0]!;
    const timestamp = Number(headers['x-slack-request-timestamp']);
    expect(timestamp * 1000).toBeGreaterThan(world.clock.nowMs() - 5_000);
    const mac = createHmac('sha256', 'signing-secret-2').update(`v0:${timestamp}:${body}`);
    expect(headers['x-slack-signature']).toBe(`v0=${mac.digest('hex')}`);
  });

  it('shows the answer to its sender alone', async () => {
    world.answer = () => ({ status: 200, body: '{"response_type":"ephemeral","text":"Got it"}' });
    await world.slack.command({ user: MAYA, text: 'status' });
    const mine = await world.get('/_world/ephemerals?user=maya.ito');
    expect(mine.body).toMatchObject([{ channel: ROOM, text: 'Got it', via: 'ack' }]);
    expect((await world.get(`/_world/ephemerals?user=${JONAS}`)).body).toEqual([]);
  });

  it('times out after 3 s without an answer', async () => {
    world.answer = () => undefined;
    const pending = world.slack.command({ user: MAYA, text: 'status' });
    while (world.received.length === 0) await new Promise((resolve) => setImmediate(resolve));
    world.clock.advance(3_001);
    const { ack } = await pending;
    expect(ack).toMatchObject({ status: 0, error: 'operation_timeout' });
    expect(world.slack.workspace.ephemerals[0]?.text).toContain('operation_timeout');
  });

  it('is refused for an unknown person', async () => {
    const { status, body } = await world.post('/_world/command', { user: 'nobody', text: 'x' });
    expect(status).toBe(404);
    expect(body).toEqual({ error: 'cannot act as nobody: expected a user id or name' });
  });
});

describe('a click', () => {
  it('arrives as block_actions with the whole message', async () => {
    const ts = await givenCard();
    const action_id = 'statuspage_approve';
    await world.post('/_world/click', { user: MAYA, channel: ROOM, ts, action_id });
    const payload = lastPayload(world);
    expect(payload).toMatchObject({
      type: 'block_actions',
      user: { id: MAYA, username: 'maya.ito', team_id: 'T04EXAMPLE1' },
      team: { id: 'T04EXAMPLE1', domain: 'example' },
      container: { type: 'message', message_ts: ts, channel_id: ROOM, is_ephemeral: false },
      channel: { id: ROOM, name: 'incidents' },
      message: { ts, metadata: { event_payload: { id: 'inc-1#2' } } },
      actions: [{ action_id, block_id: 'b1', type: 'button', value: '{"revision":1}' }],
    });
  });

  it('can carry the value of a stale card', async () => {
    const ts = await givenCard();
    await world.slack.click({
      user: MAYA,
      channel: ROOM,
      ts,
      action_id: 'statuspage_approve',
      value: '{"revision":0}',
    });
    expect(lastPayload(world).actions[0]).toMatchObject({ value: '{"revision":0}' });
  });

  it('on checkboxes carries the chosen options', async () => {
    const ts = await givenCard();
    const where = { user: MAYA, channel: ROOM, ts, action_id: 'checklist_toggle' };
    await world.slack.click({ ...where, value: ['b'] });
    expect(lastPayload(world).actions[0]?.selected_options).toMatchObject([{ value: 'b' }]);
    await world.slack.click(where);
    expect(lastPayload(world).actions[0]?.selected_options).toMatchObject([{ value: 'a' }]);
  });

  it('is 409 for somebody outside the channel and 404 for what is not there', async () => {
    const ts = await givenCard();
    const click = { user: 'greta.contractor', channel: ROOM, ts, action_id: 'statuspage_approve' };
    expect((await world.post('/_world/click', click)).status).toBe(409);
    const other = { ...click, user: MAYA, action_id: 'nothing' };
    expect(await world.post('/_world/click', other)).toEqual({
      status: 404,
      body: {
        error: 'cannot click nothing: expected one of statuspage_approve checklist_toggle',
      },
    });
    const gone = { ...click, user: MAYA, ts: '1.000000' };
    expect((await world.post('/_world/click', gone)).status).toBe(404);
  });

  it('of a foreign person carries their own workspace', async () => {
    const ts = await givenCard();
    await world.post('/_world/join', { user: 'paul.reed', channel: ROOM });
    const where = { channel: ROOM, ts, action_id: 'statuspage_approve' };
    await world.slack.click({ user: 'paul.reed', ...where });
    expect(lastPayload(world).user).toMatchObject({ team_id: 'T09PARTNER1' });
  });

  it('works on an ephemeral message, whose text Slack does not send along', async () => {
    const { message_ts: ts = '' } = await world.client.chat.postEphemeral({
      channel: ROOM,
      user: MAYA,
      text: 'only you',
      blocks: BUTTONS,
    });
    const where = { channel: ROOM, ts, action_id: 'statuspage_approve' };
    await world.slack.click({ user: MAYA, ...where });
    expect(lastPayload(world)).toMatchObject({ container: { is_ephemeral: true } });
    expect(lastPayload(world).message).toBeUndefined();
    const other = await world.post('/_world/click', { user: JONAS, ...where });
    expect(other.status).toBe(404);
  });
});

describe('a retry', () => {
  it('repeats the n-th most recent request, byte for byte, with the retry headers', async () => {
    await world.slack.command({ user: MAYA, text: 'first' });
    await world.slack.command({ user: MAYA, text: 'second' });
    const { body } = await world.post('/_world/retry', { nth: 2 });
    expect(body).toMatchObject({ ack: { status: 200 } });
    const [first, , again] = world.received;
    expect(again?.body).toBe(first?.body);
    expect(again?.headers['x-slack-signature']).toBe(first?.headers['x-slack-signature']);
    expect(again?.headers['x-slack-retry-num']).toBe('1');
    expect(again?.headers['x-slack-retry-reason']).toBe('http_timeout');
    expect((await world.post('/_world/retry', { nth: 3 })).status).toBe(404);
  });
});

describe('a response_url', () => {
  it('takes five messages within 30 minutes', async () => {
    await world.slack.command({ user: MAYA, text: 'status' });
    const url = new URLSearchParams(world.received[0]?.body).get('response_url') ?? '';
    const send = async (body: unknown) =>
      (await fetch(url, { method: 'POST', body: JSON.stringify(body) })).status;
    for (let use = 1; use <= 5; use += 1) expect(await send({ text: `use ${use}` })).toBe(200);
    expect(await send({ text: 'use 6' })).toBe(404);
    const shown = world.slack.workspace.ephemerals.map(({ text, via }) => [text, via]);
    expect(shown[0]).toEqual(['use 1', 'response_url']);
    expect(shown).toHaveLength(5);
  });

  it('lives 30 minutes, replaces its message and posts in the channel', async () => {
    const ts = await givenCard();
    const where = { user: MAYA, channel: ROOM, ts, action_id: 'statuspage_approve' };
    await world.slack.click(where);
    const { response_url: url } = lastPayload(world);
    const send = (body: unknown) => fetch(url, { method: 'POST', body: JSON.stringify(body) });
    await send({ replace_original: true, text: 'receipt' });
    await send({ response_type: 'in_channel', text: 'for all' });
    const messages = world.slack.workspace.channels.get(ROOM)?.messages ?? [];
    expect(messages.map(({ text }) => text)).toEqual(['receipt', 'for all']);
    world.clock.advance(30 * 60_000 + 1_000);
    expect((await send({ text: 'late' })).status).toBe(404);
  });
});

describe('the control API', () => {
  it('shows channels with their messages, metadata and pins', async () => {
    const ts = await givenCard();
    await world.client.pins.add({ channel: ROOM, timestamp: ts });
    const { body } = await world.get(`/_world/channels/${ROOM}`);
    expect(body).toMatchObject({
      name: 'incidents',
      private: false,
      archived: false,
      pins: [{ ts }],
      messages: [{ ts, text: 'card', metadata: { event_type: 'effect' }, thread: null }],
    });
    expect((await world.get('/_world/channels/nowhere')).status).toBe(404);
  });

  it('deletes a message as an administrator does: gone with its pin, the app not told', async () => {
    const ts = await givenCard();
    const kept = await givenCard();
    await world.client.pins.add({ channel: ROOM, timestamp: ts });
    expect(await world.post('/_world/delete', { channel: ROOM, ts })).toMatchObject({
      status: 200,
      body: { ts },
    });
    const { body } = await world.get(`/_world/channels/${ROOM}`);
    expect(body).toMatchObject({ pins: [], messages: [{ ts: kept }] });
    const update = world.client.chat.update({ channel: ROOM, ts, text: 'still there?' });
    expect(await refusal(update)).toMatchObject({ ok: false, error: 'message_not_found' });
    expect((await world.post('/_world/delete', { channel: ROOM, ts })).status).toBe(404);
  });

  it('refuses an unknown field', async () => {
    const { status, body } = await world.post('/_world/command', { user: MAYA, txt: 'x' });
    expect(status).toBe(400);
    expect(body).toEqual({
      error: 'cannot read the call: expected fields user channel text, got txt',
    });
  });

  it('plans faults by method and caller, and logs calls without tokens', async () => {
    const fault = { match: 'chat.postMessage', caller: 'incident-worker', error: 'fatal_error' };
    await world.post('/_world/faults', fault);
    const call = () => world.client.chat.postMessage({ channel: ROOM, text: 'once' });
    expect(await refusal(call())).toMatchObject({ ok: false, error: 'fatal_error' });
    expect(await refusal(call())).toEqual({ ok: true });
    const { body } = await world.get('/_world/calls');
    expect(body).toMatchObject({
      calls: [
        { operation: 'chat.postMessage', caller: 'incident-worker', faulted: true, status: 200 },
        { faulted: false },
      ],
      counts: { 'chat.postMessage': 2 },
    });
    expect(JSON.stringify(body)).not.toContain('xoxb');
    expect(world.slack.workspace.channels.get(ROOM)?.messages).toHaveLength(1);
  });
});

describe('a channel that changes', () => {
  const say = () => world.client.chat.postMessage({ channel: ROOM, text: 'hello' });

  it('is archived without the app, and comes back without it until somebody invites it', async () => {
    await world.post('/_world/archive', { channel: 'incidents' });
    expect(await refusal(say())).toMatchObject({ error: 'is_archived' });
    const undo = world.client.conversations.unarchive({ channel: ROOM });
    expect(await refusal(undo)).toMatchObject({ error: 'not_in_channel' });
    await world.post('/_world/unarchive', { channel: ROOM });
    expect(await refusal(say())).toMatchObject({ error: 'not_in_channel' });
    await world.post('/_world/join', { user: 'incident-response', channel: ROOM });
    expect(await refusal(say())).toEqual({ ok: true });
  });

  it('keeps its id under another name', async () => {
    await world.post('/_world/rename', { channel: 'incidents', name: 'outages' });
    expect((await world.get(`/_world/channels/${ROOM}`)).body).toMatchObject({ name: 'outages' });
    expect(await refusal(say())).toEqual({ ok: true });
  });
});

describe('an account of several workspaces', () => {
  it('is shown without one workspace, and clicks name its home', async () => {
    await world.post('/_world/grid', {
      user: MAYA,
      home: 'T0HOME0001',
      teams: ['T0HOME0001', 'T04EXAMPLE1'],
    });
    const { user } = await world.client.users.info({ user: MAYA });
    expect(user).not.toHaveProperty('team_id');
    expect(user?.enterprise_user).toMatchObject({
      enterprise_id: 'E04EXAMPLE1',
      teams: ['T0HOME0001', 'T04EXAMPLE1'],
    });
    const ts = await givenCard();
    await world.slack.click({ user: MAYA, channel: ROOM, ts, action_id: 'statuspage_approve' });
    expect(lastPayload(world)).toMatchObject({
      user: { id: MAYA, team_id: 'T0HOME0001' },
      team: { id: 'T04EXAMPLE1', enterprise_id: 'E04EXAMPLE1' },
      enterprise: { id: 'E04EXAMPLE1' },
    });
    await world.slack.command({ user: MAYA, text: 'status' });
    const form = new URLSearchParams(world.received.at(-1)?.body);
    expect(form.get('team_id')).toBe('T04EXAMPLE1');
    expect(form.get('enterprise_id')).toBe('E04EXAMPLE1');
  });
});

describe('a permission taken from the app', () => {
  it('is named where a method needs it, until it is given back', async () => {
    const missing = { 'conversations.create': 'groups:write' };
    await world.post('/_world/scopes', { missing });
    const create = () => world.client.conversations.create({ name: 'room', is_private: true });
    expect(await refusal(create())).toMatchObject({
      error: 'missing_scope',
      needed: 'groups:write',
    });
    await world.post('/_world/scopes', { missing: {} });
    expect(await refusal(create())).toEqual({ ok: true });
  });
});
