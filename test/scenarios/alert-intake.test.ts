import { beforeEach, describe, expect, it } from 'vitest';
import { createAlertWebhook } from '../../src/handlers/alert-webhook.ts';
import type { HttpEvent } from '../../src/handlers/http.ts';
import { createSweeper } from '../../src/handlers/sweeper.ts';
import { tableDefinitions } from '../../src/local/tables.ts';
import { fixtureBytes } from '../domain/alerts/fixture.ts';
import { hmacHex } from '../domain/verification/sign.ts';
import { useAws } from '../local/aws/aws-fixture.ts';

const BODY = Buffer.from(fixtureBytes('oncall.created.json'));

/*
 * Whole deliveries over the wire: the created functions and unmodified SDKs, against the AWS stand-in.
 */
describe('an alert on its way in', () => {
  const world = useAws();
  let post: (secret: string, body?: Buffer) => Promise<number>;
  let sweep: () => Promise<unknown>;
  let secretCalls: () => number;

  beforeEach(async () => {
    const { aws } = world;
    for (const table of tableDefinitions()) await aws.dynamodb.createTable(table);
    const alerts = aws.sqs.createQueue('alerts.fifo', { FifoQueue: 'true' });
    const queue = aws.sqs.createQueue('incidents.fifo', { FifoQueue: 'true' });
    const deadLetters = aws.sqs.createQueue('incidents-dlq.fifo', { FifoQueue: 'true' });
    const deadPublications = aws.sqs.createQueue('publications-dlq.fifo', { FifoQueue: 'true' });
    for (const name of ['oncall', 'bearer', 'alerting']) aws.secrets.createSecret(name, 'one');
    const environmentOf = (name: string) => {
      const { credentials, endpoint } = world.config(name);
      return {
        AWS_ENDPOINT_URL: endpoint,
        AWS_ACCESS_KEY_ID: credentials.accessKeyId,
        AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
        ALERTS_QUEUE_URL: alerts.url,
        INCIDENTS_QUEUE_URL: queue.url,
        INCIDENTS_DLQ_URL: deadLetters.url,
        PUBLICATIONS_DLQ_URL: deadPublications.url,
        INCIDENTS_TABLE: 'incidents',
        OUTBOX_TABLE: 'outbox',
        ONCALL_HMAC_SECRET_ID: 'oncall',
        ONCALL_BEARER_SECRET_ID: 'bearer',
        GRAFANA_ALERTING_SECRET_ID: 'alerting',
        STANDARD_WEBHOOKS_SECRET_ID: 'standard',
        ALERTMANAGER_BEARER_SECRET_ID: 'alertmanager',
        PAGERDUTY_SECRET_ID: 'pagerduty',
        GRAFANA_IRM_SECRET_ID: 'grafana-irm',
        STATUSPAGE_PUBLIC_URL: 'https://status.example.com',
        PAGE_DRIFT: 'off',
      };
    };
    let requests = 0;
    const quiet = () => {};
    const system = {
      clock: world.clock,
      ids: { unique: () => 'unused' },
      pause: { forMs: async () => {} },
      log: { note: quiet, warn: quiet, error: quiet, count: quiet },
    };
    const handle = createAlertWebhook(environmentOf('alert-webhook'), system);
    post = async (secret, body = BODY) => {
      requests += 1;
      const event: HttpEvent = {
        rawPath: '/webhooks/grafana-oncall',
        headers: { 'x-grafana-oncall-signature': hmacHex(secret, body) },
        body: body.toString(),
        requestContext: { requestId: `r${requests}`, http: { method: 'POST' } },
      };
      return (await handle(event)).statusCode;
    };
    sweep = createSweeper(environmentOf('sweeper'), system);
    secretCalls = () => aws.board.calls().counts['secretsmanager:GetSecretValue'] ?? 0;
  });

  const queued = () => world.aws.sqs.receive('alerts.fifo', { max: 10 }).length;

  it('is in the queue once, however often it is delivered', async () => {
    for (let i = 0; i < 5; i += 1) expect(await post('one')).toBe(202);
    expect(queued()).toBe(1);
  });

  it('is accepted with the old and the new secret during the overlap, the old not after it', async () => {
    expect(await post('one')).toBe(202);
    world.clock.advance(1_000);
    world.aws.secrets.putSecretValue('oncall', 'two');
    expect(await post('two')).toBe(202);
    expect(await post('one')).toBe(202);
    world.clock.advance(86_400_000 - 1_000);
    expect(await post('one')).toBe(202);
    world.clock.advance(1_000);
    expect(await post('one')).toBe(401);
    expect(await post('two')).toBe(202);
  });

  it('finds a rotated secret within 30 s though 1,000 bad signatures arrive', async () => {
    expect(await post('one')).toBe(202);
    const before = secretCalls();
    const flood = () => Promise.all(Array.from({ length: 500 }, () => post('forged')));
    await flood();
    world.aws.secrets.putSecretValue('oncall', 'two');
    expect(new Set(await flood())).toEqual(new Set([401]));
    expect(secretCalls() - before).toBe(2);
    world.clock.advance(30_000);
    expect(await post('two')).toBe(202);
    expect(secretCalls() - before).toBe(4);
  });

  it('is accepted by a warm function while Secrets Manager is dead', async () => {
    expect(await post('one')).toBe(202);
    world.aws.board.plan({
      match: 'secretsmanager:GetSecretValue',
      times: 0,
      error: 'InternalServiceError',
      status: 500,
    });
    world.clock.advance(3_600_000);
    expect(await post('one')).toBe(202);
  });

  it('waits in the outbox while the queue is out, and the sweeper delivers it once', async () => {
    world.aws.board.plan({
      match: 'sqs:SendMessage',
      times: 0,
      error: 'InternalError',
      status: 500,
    });
    expect(await post('one')).toBe(202);
    expect(await post('one')).toBe(202);
    await expect(sweep()).rejects.toThrow('QUEUE_UNAVAILABLE');
    world.aws.board.clearFaults();
    expect(await sweep()).toMatchObject({ drained: 1, waiting: 0 });
    expect(await sweep()).toMatchObject({ drained: 0, waiting: 0 });
    expect(queued()).toBe(1);
  });

  it('is not sent twice when the queue took it and the answer was lost', async () => {
    world.aws.board.plan({ match: 'sqs:SendMessage', times: 2, effect: 'done', answer: 'drop' });
    expect(await post('one')).toBe(202);
    await sweep();
    expect(queued()).toBe(1);
  });

  it('is answered 503, so that it is sent again, when queue and outbox are out', async () => {
    world.aws.board.plan({
      match: 'sqs:SendMessage',
      times: 0,
      error: 'InternalError',
      status: 500,
    });
    world.aws.board.plan({
      match: 'dynamodb:PutItem',
      times: 0,
      error: 'InternalServerError',
      status: 500,
    });
    expect(await post('one')).toBe(503);
  });
});
