import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ConfigError } from '../../src/config.ts';
import { createAlertWebhook } from '../../src/handlers/alert-webhook.ts';
import type { HttpEvent } from '../../src/handlers/http.ts';
import { AwsEndpoint, refusal } from '../adapters/aws/aws-endpoint.ts';
import { fixtureBytes } from '../domain/alerts/fixture.ts';
import { hmacHex } from '../domain/verification/sign.ts';

let aws: AwsEndpoint;
beforeAll(async () => {
  aws = await AwsEndpoint.start();
});
afterAll(() => aws.close());

const NOW_MS = 1_773_480_430_000;
const HMAC_PATH = '/webhooks/grafana-oncall';
const BEARER_PATH = '/webhooks/grafana-oncall/bearer';
const ALERTING_PATH = '/webhooks/grafana-alerting';
const ENVIRONMENT = {
  ALERTS_QUEUE_URL: 'https://sqs.us-east-1.amazonaws.com/111122223333/alerts.fifo',
  OUTBOX_TABLE: 'outbox',
  ONCALL_HMAC_SECRET_ID: 'oncall-hmac',
  ONCALL_BEARER_SECRET_ID: 'oncall-bearer',
  GRAFANA_ALERTING_SECRET_ID: 'grafana-alerting',
  STANDARD_WEBHOOKS_SECRET_ID: 'standard-webhooks',
  ALERTMANAGER_BEARER_SECRET_ID: 'alertmanager-bearer',
  PAGERDUTY_SECRET_ID: 'pagerduty',
  GRAFANA_IRM_SECRET_ID: 'grafana-irm',
};

/** The created function on a machine whose time stands still. */
function givenFunction() {
  const logged: unknown[] = [];
  const paused: number[] = [];
  const log = (...entry: unknown[]) => {
    logged.push(entry);
  };
  const handle = createAlertWebhook(
    { ...ENVIRONMENT, ...aws.environment },
    {
      clock: { nowMs: () => NOW_MS },
      ids: { unique: () => 'unique' },
      pause: {
        forMs: async (ms) => {
          paused.push(ms);
        },
      },
      log: { note: log, warn: log, error: log, count: log },
    },
  );
  return { handle, logged, paused };
}

type Given = {
  path?: string;
  method?: string;
  body?: Uint8Array | string;
  headers?: Record<string, string>;
  isBase64Encoded?: boolean;
};

/** What API Gateway would send; signed for its path unless headers are given. */
function post(given: Given = {}): HttpEvent {
  const { path = HMAC_PATH, method = 'POST', body = fixtureBytes('oncall.created.json') } = given;
  const bytes = Buffer.from(body as Uint8Array);
  return {
    rawPath: path,
    headers: given.headers ?? signed(path, bytes),
    body: bytes.toString(given.isBase64Encoded ? 'base64' : 'utf8'),
    isBase64Encoded: given.isBase64Encoded ?? false,
    requestContext: { requestId: 'r1', http: { method } },
  };
}

function signed(path: string, body: Uint8Array, atS = NOW_MS / 1000): Record<string, string> {
  if (path === BEARER_PATH) return { authorization: 'Bearer secret-of-oncall-bearer' };
  if (path === ALERTING_PATH) {
    return {
      'x-grafana-alerting-signature': hmacHex('secret-of-grafana-alerting', `${atS}:`, body),
      'x-grafana-alerting-timestamp': String(atS),
    };
  }
  return { 'x-grafana-oncall-signature': hmacHex('secret-of-oncall-hmac', body) };
}

const sent = () =>
  aws.inputs('SendMessage').map(({ MessageBody }) => JSON.parse(String(MessageBody)));
const expectNothingHappened = () => {
  expect(aws.inputs('SendMessage')).toHaveLength(0);
  expect(aws.inputs('PutItem')).toHaveLength(0);
};

beforeEach(() => {
  aws.reset();
  aws.on('GetSecretValue', ({ input }) =>
    input.VersionStage === 'AWSCURRENT'
      ? {
          body: {
            SecretString: `secret-of-${input.SecretId}`,
            VersionId: 'v1',
            CreatedDate: NOW_MS / 1000 - 86_400,
          },
        }
      : refusal('ResourceNotFoundException'),
  );
});

describe('alert-webhook', () => {
  it.each([
    [HMAC_PATH, 'oncall.created.json'],
    [BEARER_PATH, 'oncall.acknowledge.json'],
    [ALERTING_PATH, 'alerting.firing.json'],
  ])('answers 202 accepted on %s after exactly one SendMessage', async (path, name) => {
    const { handle } = givenFunction();
    const answer = await handle(post({ path, body: fixtureBytes(name) }));
    expect(answer).toMatchObject({ statusCode: 202, body: '{"result":"accepted"}' });
    expect(sent()).toHaveLength(1);
    expect(sent()[0]).toMatchObject({ kind: 'alert', path, requestId: 'r1', truncated: false });
    expect(aws.inputs('PutItem')).toHaveLength(0);
  });

  it('verifies and enqueues the decoded bytes of a base64 body', async () => {
    const { handle } = givenFunction();
    const body = Uint8Array.from([0xff, 0xfe, 0x00]);
    const answer = await handle(post({ body, isBase64Encoded: true }));
    expect(answer.body).toBe('{"result":"quarantined"}');
    expect(sent()[0].bodyBase64).toBe('//4A');
  });

  it('takes header names in any case', async () => {
    const { handle } = givenFunction();
    const headers = { Authorization: 'Bearer secret-of-oncall-bearer' };
    expect((await handle(post({ path: BEARER_PATH, headers }))).statusCode).toBe(202);
  });

  it.each([
    ['a legacy body', 'oncall.legacy.no-envelope.json'],
    ['text', 'oncall.templated.not-json.txt'],
    ['JSON cut off', 'oncall.created.cut-off.json'],
  ])('answers 202 quarantined to %s, and enqueues it', async (_name, name) => {
    const { handle } = givenFunction();
    const answer = await handle(post({ body: fixtureBytes(name) }));
    expect(answer).toMatchObject({ statusCode: 202, body: '{"result":"quarantined"}' });
    expect(sent()).toHaveLength(1);
  });

  it('answers 202 quarantined to an empty signed body', async () => {
    const { handle } = givenFunction();
    expect((await handle(post({ body: '' }))).body).toBe('{"result":"quarantined"}');
  });

  it('answers GET /health without touching anything', async () => {
    const { handle, logged } = givenFunction();
    const answer = await handle(post({ path: '/health', method: 'GET', headers: {} }));
    expect(answer).toMatchObject({ statusCode: 200, body: '{"ok":true}' });
    expectNothingHappened();
    expect(aws.requests).toHaveLength(0);
    expect(logged).toEqual([]);
  });

  it('throws CONFIG_INVALID at creation, naming each missing variable', () => {
    const { OUTBOX_TABLE: _, ...incomplete } = ENVIRONMENT;
    const system = {} as never;
    expect(() => createAlertWebhook(incomplete, system)).toThrowWithCode(
      ConfigError,
      'CONFIG_INVALID',
    );
    expect(() => createAlertWebhook(incomplete, system)).toThrow(
      'OUTBOX_TABLE: expected the name of the outbox table, got nothing',
    );
  });
});

describe('alert-webhook refuses', () => {
  const signature = hmacHex('secret-of-oncall-hmac', fixtureBytes('oncall.created.json'));

  it.each<[string, Given, string]>([
    ['no signature', { headers: {} }, 'SIGNATURE_MISSING'],
    [
      'a wrong signature',
      { headers: { 'x-grafana-oncall-signature': '0'.repeat(64) } },
      'SIGNATURE_MISMATCH',
    ],
    [
      'a signature twice',
      { headers: { 'x-grafana-oncall-signature': `${signature},${signature}` } },
      'SIGNATURE_MALFORMED',
    ],
    [
      'a right bearer token on the signed path',
      { headers: { authorization: 'Bearer secret-of-oncall-bearer' } },
      'SIGNATURE_MISSING',
    ],
    [
      'a right signature on the bearer path',
      { path: BEARER_PATH, headers: { 'x-grafana-oncall-signature': signature } },
      'SIGNATURE_MISSING',
    ],
    [
      'the secret of another path',
      { path: BEARER_PATH, headers: { authorization: 'Bearer secret-of-oncall-hmac' } },
      'SIGNATURE_MISMATCH',
    ],
    [
      'a stale timestamp',
      {
        path: ALERTING_PATH,
        headers: signed(ALERTING_PATH, Buffer.from('{}'), NOW_MS / 1000 - 301),
      },
      'TIMESTAMP_STALE',
    ],
    [
      'a future timestamp',
      {
        path: ALERTING_PATH,
        headers: signed(ALERTING_PATH, Buffer.from('{}'), NOW_MS / 1000 + 301),
      },
      'TIMESTAMP_IN_FUTURE',
    ],
  ])('%s with 401, and does nothing but count it', async (_name, given, code) => {
    const { handle, logged, paused } = givenFunction();
    const answer = await handle(post(given));
    expect(answer).toMatchObject({ statusCode: 401, body: '{"error":"not authenticated"}' });
    expectNothingHappened();
    const path = (given as { path?: string }).path ?? HMAC_PATH;
    expect(logged).toEqual([['WebhookRefused', { code, path }]]);
    expect(paused).toEqual([]);
  });

  it('1 MiB and one byte with 413, and takes 1 MiB', async () => {
    const { handle } = givenFunction();
    const body = Buffer.alloc(1_048_577, 'x');
    expect((await handle(post({ body }))).statusCode).toBe(413);
    expectNothingHappened();
    expect(aws.requests).toHaveLength(0);
    expect((await handle(post({ body: body.subarray(1) }))).statusCode).toBe(202);
  });

  it('other methods with 405 and Allow', async () => {
    const { handle } = givenFunction();
    for (const method of ['GET', 'PUT', 'DELETE', 'OPTIONS', 'HEAD']) {
      const answer = await handle(post({ method }));
      expect(answer).toMatchObject({ statusCode: 405, headers: { allow: 'POST' } });
    }
    const answer = await handle(post({ path: '/health' }));
    expect(answer).toMatchObject({ statusCode: 405, headers: { allow: 'GET' } });
    expectNothingHappened();
  });

  it('other paths with 404', async () => {
    const { handle } = givenFunction();
    for (const path of ['/', '/webhooks', '/webhooks/grafana-oncall/', '/constructor', '']) {
      expect((await handle(post({ path, headers: {} }))).statusCode).toBe(404);
    }
    expectNothingHappened();
  });
});

describe('alert-webhook in an outage', () => {
  it('answers 202 with the alert in the outbox when the queue is out', async () => {
    aws.on('SendMessage', refusal('ServiceUnavailable', 503));
    const { handle, paused } = givenFunction();
    expect((await handle(post())).statusCode).toBe(202);
    const [put] = aws.inputs('PutItem');
    expect(put).toMatchObject({
      TableName: 'outbox',
      ConditionExpression: 'attribute_not_exists(pk)',
    });
    expect(paused).toEqual([]);
  });

  it.each([
    [HMAC_PATH, [4_500]],
    [BEARER_PATH, [4_500]],
    [ALERTING_PATH, []],
  ])('answers 503 on %s when queue and outbox are out, after pauses %j', async (path, pauses) => {
    aws.on('SendMessage', refusal('ServiceUnavailable', 503));
    aws.on('PutItem', refusal('InternalServerError', 500));
    const { handle, paused } = givenFunction();
    expect((await handle(post({ path }))).statusCode).toBe(503);
    expect(paused).toEqual(pauses);
  });

  it.each([
    [HMAC_PATH, [4_500]],
    [ALERTING_PATH, []],
  ])('answers 503 on %s, never 401, when no secret can be read', async (path, pauses) => {
    aws.on('GetSecretValue', refusal('InternalServiceError', 500));
    const { handle, logged, paused } = givenFunction();
    expect((await handle(post({ path }))).statusCode).toBe(503);
    expect(paused).toEqual(pauses);
    expect(logged).toContainEqual(['WebhookUnavailable', { code: 'SECRET_UNAVAILABLE' }]);
    expectNothingHappened();
  });

  it('goes on with the secrets it has when Secrets Manager dies', async () => {
    const { handle } = givenFunction();
    await handle(post());
    aws.on('GetSecretValue', refusal('InternalServiceError', 500));
    expect((await handle(post())).statusCode).toBe(202);
    expect((await handle(post({ headers: {} }))).statusCode).toBe(401);
  });
});

describe('alert-webhook under any input', () => {
  it('answers below 500 to any path, method, headers and body', async () => {
    const { handle } = givenFunction();
    const path = fc.oneof(fc.constantFrom(HMAC_PATH, BEARER_PATH, ALERTING_PATH), fc.string());
    const name = fc.oneof(
      fc.constantFrom(
        'authorization',
        'x-grafana-oncall-signature',
        'x-grafana-alerting-timestamp',
      ),
      fc.string(),
    );
    await fc.assert(
      fc.asyncProperty(
        path,
        fc.oneof(fc.constant('POST'), fc.string()),
        fc.dictionary(name, fc.string()),
        fc.oneof(fc.string({ unit: 'binary' }), fc.json()),
        fc.boolean(),
        async (rawPath, method, headers, body, isBase64Encoded) => {
          const requestContext = { http: { method } };
          const event = { rawPath, headers, body, isBase64Encoded, requestContext };
          expect((await handle(event)).statusCode).toBeLessThan(500);
        },
      ),
    );
    expectNothingHappened();
  });

  it('answers 202 to any authenticated body', async () => {
    const { handle } = givenFunction();
    const body = fc.oneof(
      fc.uint8Array({ maxLength: 300 }),
      fc.json().map((text) => Buffer.from(text)),
    );
    const paths = fc.constantFrom(HMAC_PATH, BEARER_PATH, ALERTING_PATH);
    await fc.assert(
      fc.asyncProperty(paths, body, async (path, bytes) => {
        const event = post({ path, body: bytes, isBase64Encoded: true });
        expect((await handle(event)).statusCode).toBe(202);
      }),
    );
  });

  it('answers 404 to an event without anything in it', async () => {
    expect((await givenFunction().handle({})).statusCode).toBe(404);
  });
});
