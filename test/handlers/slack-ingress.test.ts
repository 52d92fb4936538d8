import { createHash, createHmac } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { marshall } from '@aws-sdk/util-dynamodb';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ConfigError } from '../../src/config.ts';
import type { HttpAnswer, HttpEvent } from '../../src/handlers/http.ts';
import { createSlackIngress } from '../../src/handlers/slack-ingress.ts';
import { ANNOUNCEMENT_CHANNEL_ID } from '../../src/local/slack/slack-server.ts';
import { AwsEndpoint, refusal } from '../adapters/aws/aws-endpoint.ts';
import { exampleIncident } from '../adapters/slack/incident-example.ts';
import { givenSlack, type SlackWorld, TOKEN } from '../local/slack/slack-world.ts';

let aws: AwsEndpoint;
beforeAll(async () => {
  aws = await AwsEndpoint.start();
});
afterAll(() => aws.close());

const NOW_MS = 1_773_480_430_000;
const SECRET = 'signing-secret-1';
const FORM_TYPE = 'application/x-www-form-urlencoded';
const ROUTING = {
  services: [{ name: 'checkout-api', components: ['c1'] }],
  components: [{ id: 'c1', name: 'Checkout' }],
};
const COMMAND =
  'team_id=T04EXAMPLE1&channel_id=C0ROOM1&user_id=U04MAYAITO1&command=%2Fincident-response&text=status';

let world: SlackWorld;
let logged: unknown[];
let handle: (event: HttpEvent) => Promise<HttpAnswer>;

const folder = mkdtempSync(join(tmpdir(), 'ingress-'));
afterAll(() => rmSync(folder, { recursive: true }));

function environment(): Record<string, string> {
  writeFileSync(join(folder, 'routing.json'), JSON.stringify(ROUTING));
  return {
    ...aws.environment,
    INCIDENTS_QUEUE_URL: 'https://sqs.us-east-1.amazonaws.com/111122223333/incidents.fifo',
    INCIDENTS_TABLE: 'incidents',
    SLACK_SIGNING_SECRET_ID: 'slack-signing',
    SLACK_BOT_TOKEN_SECRET_ID: 'slack-bot',
    SLACK_API_URL: `${world.slack.url}/api`,
    CONFIG_DIR: folder,
    AI: 'on',
  };
}

function givenFunction(given = environment()) {
  const log = (...entry: unknown[]) => {
    logged.push(entry);
  };
  return createSlackIngress(given, {
    clock: { nowMs: () => NOW_MS },
    ids: { unique: () => 'unique' },
    pause: { forMs: async () => {} },
    log: { note: log, warn: log, error: log, count: log },
  });
}

beforeEach(async () => {
  world = await givenSlack();
  logged = [];
  aws.reset();
  aws.on('GetSecretValue', ({ input }) => {
    if (input.VersionStage === 'AWSPREVIOUS') return refusal('ResourceNotFoundException');
    const SecretString = input.SecretId === 'slack-signing' ? SECRET : TOKEN;
    return { body: { SecretString, VersionId: 'v1', CreatedDate: 0 } };
  });
  handle = givenFunction();
});
afterEach(() => world.close());

type Given = {
  path?: string;
  method?: string;
  headers?: object;
  signedAtS?: number;
  base64?: boolean;
};
function post(body: string | Buffer, given: Given = {}): HttpEvent {
  const raw = Buffer.from(body);
  const timestamp = String(given.signedAtS ?? NOW_MS / 1_000);
  const digest = createHmac('sha256', SECRET).update(`v0:${timestamp}:`).update(raw).digest('hex');
  return {
    rawPath: given.path ?? '/slack/commands',
    requestContext: { http: { method: given.method ?? 'POST' } },
    headers: {
      'Content-Type': FORM_TYPE,
      'X-Slack-Signature': `v0=${digest}`,
      'X-Slack-Request-Timestamp': timestamp,
      ...given.headers,
    },
    body: raw.toString(given.base64 ? 'base64' : 'utf8'),
    isBase64Encoded: given.base64 ?? false,
  };
}
const sent = () => aws.inputs('SendMessage');

describe('createSlackIngress()', () => {
  it('enqueues the signed request as received and answers an empty 200', async () => {
    const event = post(COMMAND, { base64: true });
    expect(await handle(event)).toMatchObject({ statusCode: 200, body: '' });
    const [message] = sent();
    expect(message).toMatchObject({
      MessageGroupId: 'channel#C0ROOM1',
      MessageDeduplicationId: createHash('sha256').update(COMMAND).digest('hex'),
    });
    expect(JSON.parse(String(message?.MessageBody))).toEqual({
      headers: {
        'x-slack-signature': event.headers?.['X-Slack-Signature'],
        'x-slack-request-timestamp': '1773480430',
        'content-type': FORM_TYPE,
      },
      body: COMMAND,
    });
  });

  it.each([
    ['a wrong signature', { headers: { 'X-Slack-Signature': `v0=${'0'.repeat(64)}` } }],
    ['no signature', { headers: { 'X-Slack-Signature': undefined } }],
    ['a timestamp 301 s old', { signedAtS: NOW_MS / 1_000 - 301 }],
    ['a timestamp 301 s ahead', { signedAtS: NOW_MS / 1_000 + 301 }],
  ])('answers 401 to %s and does nothing', async (_name, given) => {
    expect(await handle(post(COMMAND, given))).toMatchObject({ statusCode: 401 });
    expect(sent()).toEqual([]);
    expect(JSON.stringify(logged)).not.toContain('status');
  });

  it.each([
    ['300 s old', -300],
    ['300 s ahead', 300],
  ])('accepts a timestamp %s', async (_name, offsetS) => {
    const event = post(COMMAND, { signedAtS: NOW_MS / 1_000 + offsetS });
    expect(await handle(event)).toMatchObject({ statusCode: 200 });
  });

  it('answers 405 to another method, 404 to another path, 413 over 1 MiB', async () => {
    expect(await handle(post('', { method: 'GET' }))).toMatchObject({
      statusCode: 405,
      headers: { allow: 'POST' },
    });
    expect(await handle(post('', { path: '/slack/other' }))).toMatchObject({ statusCode: 404 });
    expect(await handle(post('x'.repeat(1_048_577)))).toMatchObject({ statusCode: 413 });
    expect(await handle(post('x'.repeat(1_048_576)))).toMatchObject({ statusCode: 400 });
  });

  it('answers 400 to signed bytes that are no text or no request', async () => {
    expect(await handle(post(Buffer.from([0xff, 0xfe]), { base64: true }))).toMatchObject({
      statusCode: 400,
    });
    expect(await handle(post('payload=%7B'))).toMatchObject({ statusCode: 400 });
    expect(sent()).toEqual([]);
  });

  it('stops Slack’s repetition of what was only slow', async () => {
    const headers = { 'X-Slack-Retry-Num': '1', 'X-Slack-Retry-Reason': 'http_timeout' };
    expect(await handle(post(COMMAND, { headers }))).toMatchObject({
      statusCode: 200,
      headers: { 'x-slack-no-retry': '1' },
    });
    expect(sent()).toEqual([]);
  });

  it('enqueues a repetition for another reason under the same id', async () => {
    const headers = { 'X-Slack-Retry-Num': '1', 'X-Slack-Retry-Reason': 'http_error' };
    await handle(post(COMMAND));
    await handle(post(COMMAND, { headers }));
    const ids = sent().map((message) => message.MessageDeduplicationId);
    expect(ids).toHaveLength(2);
    expect(new Set(ids).size).toBe(1);
  });

  it('answers Slack’s challenge, and takes its other questions', async () => {
    const json = { 'Content-Type': 'application/json' };
    const asked = post('{"type":"url_verification","challenge":"c0ffee"}', {
      path: '/slack/events',
      headers: json,
    });
    expect(JSON.parse((await handle(asked)).body)).toEqual({ challenge: 'c0ffee' });
    expect(await handle(post('ssl_check=1'))).toMatchObject({ statusCode: 200, body: '' });
    expect(sent()).toEqual([]);
  });

  it('wakes the incident in whose room the app is again, and lets Slack repeat it if it cannot', async () => {
    const event = { type: 'member_joined_channel', user: 'U0APP', channel: 'C0ROOM1' };
    const authorizations = [{ user_id: 'U0APP', is_bot: true }];
    const say = (channel: string) =>
      handle(
        post(
          JSON.stringify({
            ...{ type: 'event_callback', authorizations },
            event: { ...event, channel },
          }),
          { path: '/slack/events', headers: { 'Content-Type': 'application/json' } },
        ),
      );
    aws.on('GetItem', ({ input }) => {
      const isRoom = JSON.stringify(input.Key).includes('CHANNEL#C0ROOM1');
      return { body: isRoom ? { Item: marshall({ incidentId: 'inc-aaaaaaaaaaaaaaaa' }) } : {} };
    });
    expect(await say('C0ELSEWHERE')).toMatchObject({ statusCode: 200 });
    expect(sent()).toEqual([]);
    expect(await say('C0ROOM1')).toMatchObject({ statusCode: 200, body: '' });
    const [message] = sent();
    expect(JSON.parse(String(message?.MessageBody))).toEqual({
      ...{ kind: 'sweep', incidentId: 'inc-aaaaaaaaaaaaaaaa', isHurried: true },
    });
    expect(message).toMatchObject({ MessageGroupId: 'work#inc-aaaaaaaaaaaaaaaa' });
    aws.on('SendMessage', 'drop');
    expect(await say('C0ROOM1')).toMatchObject({ statusCode: 503 });
  });

  it('answers 503 while no secret can be read: an outage of ours', async () => {
    aws.on('GetSecretValue', refusal('InternalServiceError', 500));
    handle = givenFunction();
    expect(await handle(post(COMMAND))).toMatchObject({ statusCode: 503 });
  });

  it('tells the person when the queue is down', async () => {
    aws.on('SendMessage', 'drop');
    const { statusCode, body } = await handle(post(COMMAND));
    expect(statusCode).toBe(200);
    expect(JSON.parse(body)).toEqual({
      response_type: 'ephemeral',
      text: 'Nothing was done: the request could not be stored. Please try again.',
    });
  });

  it('keeps a form open with its errors', async () => {
    const payload = {
      type: 'view_submission',
      user: { id: 'U04MAYAITO1', team_id: 'T04EXAMPLE1' },
      team: { id: 'T04EXAMPLE1' },
      view: {
        callback_id: 'note',
        private_metadata: '{"incidentId":"inc-aaaaaaaaaaaaaaaa","channelId":"C0ROOM1"}',
        state: { values: { text: { text: { value: '' } } } },
      },
    };
    const body = new URLSearchParams({ payload: JSON.stringify(payload) }).toString();
    const answered = await handle(post(body, { path: '/slack/interactions' }));
    expect(JSON.parse(answered.body)).toEqual({
      response_action: 'errors',
      errors: { text: 'Write something here.' },
    });
    expect(sent()).toEqual([]);
  });

  it('opens the draft’s form inside the trigger window and passes its view on', async () => {
    const rows: Record<string, object> = {
      'CHANNEL#C0ROOM1 INCIDENT': { incidentId: 'inc-aaaaaaaaaaaaaaaa' },
      'INCIDENT#inc-aaaaaaaaaaaaaaaa STATE': { state: exampleIncident() },
    };
    aws.on('GetItem', ({ input }) => {
      const { pk, sk } = input.Key as Record<string, { S: string }>;
      const row = rows[`${pk?.S} ${sk?.S}`];
      return { body: row ? { Item: marshall(row, { removeUndefinedValues: true }) } : {} };
    });
    await world.slack.command({
      user: 'U04MAYAITO1',
      channel: ANNOUNCEMENT_CHANNEL_ID,
      text: 'draft',
    });
    const trigger = new URLSearchParams(world.received.at(-1)?.body).get('trigger_id') ?? '';
    const body = `${COMMAND.replace('text=status', 'text=draft')}&trigger_id=${trigger}`;
    expect(await handle(post(body))).toMatchObject({ statusCode: 200, body: '' });
    const [open] = world.slack.workspace.modals.get('U04MAYAITO1') ?? [];
    expect(JSON.stringify(open?.view.blocks)).toContain('Problems with Checkout');
    expect(JSON.parse(String(sent()[0]?.MessageBody)).viewId).toBe(open?.view.id);
  });

  it('refuses to start without its variables or its routing file', () => {
    expect(() => givenFunction({})).toThrowWithCode(ConfigError, 'CONFIG_INVALID');
    const nowhere = { ...environment(), CONFIG_DIR: '/nowhere' };
    expect(() => givenFunction(nowhere)).toThrowWithCode(ConfigError, 'CONFIG_INVALID');
    const wrong = environment();
    writeFileSync(join(wrong.CONFIG_DIR!, 'routing.json'), '{"services":[],"components":[1]}');
    expect(() => givenFunction(wrong)).toThrow('at components: expected a list of id and name');
  });
});
