import { join } from 'node:path';
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { beforeEach, describe, expect, it } from 'vitest';
import { ConfigError } from '../../src/config.ts';
import { createIncidentWorker } from '../../src/handlers/incident-worker.ts';
import type { SqsRecord, SqsResult } from '../../src/handlers/sqs-delivery.ts';
import { tableDefinitions } from '../../src/local/tables.ts';
import { useAws } from '../local/aws/aws-fixture.ts';
import { alertMessage, onCall } from '../services/alert-messages.ts';

const world = useAws();
const ALERT = alertMessage(onCall('alert group created', { time: '2026-11-20T09:00:00Z' }));
const DOWN = { times: 0, error: 'InternalServerError', status: 500 };
let environment: Record<string, string>;
let counted: string[];
let noted: { what: string; fields: unknown }[];
let deliver: (message: unknown, receives?: number, queueName?: string) => Promise<SqsResult>;

beforeEach(async () => {
  const { aws } = world;
  for (const table of tableDefinitions()) await aws.dynamodb.createTable(table);
  const queue = aws.sqs.createQueue('incidents.fifo', { FifoQueue: 'true' });
  const publications = aws.sqs.createQueue('publications.fifo', { FifoQueue: 'true' });
  aws.secrets.createSecret('signing', 'one');
  const { credentials, endpoint } = world.config('incident-worker');
  environment = {
    AWS_ENDPOINT_URL: endpoint,
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    DEPLOYMENT_ID: 'test',
    AUDIT_TABLE: 'audit',
    INCIDENTS_TABLE: 'incidents',
    ALERTS_QUEUE_URL: aws.sqs.createQueue('alerts.fifo', { FifoQueue: 'true' }).url,
    INCIDENTS_QUEUE_URL: queue.url,
    INCIDENTS_QUEUE_ARN: queue.arn,
    PUBLICATIONS_QUEUE_URL: publications.url,
    SLACK_SIGNING_SECRET_ID: 'signing',
    SLACK_BOT_TOKEN_SECRET_ID: 'token',
    SLACK_API_URL: 'http://127.0.0.1:9/api',
    SLACK_TEAM_ID: 'T0TEST',
    ANNOUNCEMENT_CHANNEL_ID: 'C0INCIDENTS',
    APPROVAL_KEY_ID: 'alias/approval',
    STATUSPAGE_PAGE_ID: 'testpage0001',
    STATUSPAGE_PUBLIC_URL: 'https://status.example.com',
    SCHEDULE_GROUP: 'incidents',
    SCHEDULE_ROLE_ARN: 'arn:aws:iam::1:role/scheduler',
    SCHEDULE_DLQ_ARN: 'arn:aws:sqs:us-east-1:000000000000:schedules-undelivered',
    CONFIG_DIR: join(import.meta.dirname, '../../config'),
    USER_GROUPS_FILE: join(import.meta.dirname, '../../config/user-groups.json'),
    AI: 'off',
  };
  counted = [];
  noted = [];
  const note = (what: string, fields?: unknown) => void noted.push({ what, fields });
  const handle = createIncidentWorker(environment, {
    clock: world.clock,
    ids: { unique: () => 'unused' },
    pause: { forMs: async () => {} },
    log: { note, warn: note, error: note, count: (metric) => void counted.push(metric) },
  });
  const client = new SQSClient(world.config());
  let sent = 0;
  deliver = async (message, receives = 1, queueName = 'incidents.fifo') => {
    sent += 1;
    const QueueUrl = world.aws.sqs.urlOf(world.aws.sqs.queue(queueName));
    const MessageBody = typeof message === 'string' ? message : JSON.stringify(message);
    const ids = { MessageGroupId: `test${sent}`, MessageDeduplicationId: `test${sent}` };
    await client.send(new SendMessageCommand({ QueueUrl, MessageBody, ...ids }));
    const received = world.aws.sqs.receive(queueName, { max: 10 });
    const one = received.find(({ body }) => body === MessageBody)!;
    const record: SqsRecord = {
      messageId: one.messageId,
      receiptHandle: one.receiptHandle ?? '',
      body: MessageBody,
      eventSourceARN: world.aws.sqs.queue(queueName).arn,
      attributes: { ApproximateReceiveCount: String(receives) },
    };
    return handle({ Records: [record] });
  };
});

const DONE = { batchItemFailures: [] };
const waits = () =>
  world.aws.board
    .calls()
    .calls.filter(({ operation }) => operation === 'sqs:ChangeMessageVisibility')
    .map(({ args }) => (args as { VisibilityTimeout?: number }).VisibilityTimeout);
const counts = () => world.aws.board.calls().counts;

describe('createIncidentWorker()', () => {
  it('refuses to start without its configuration', () => {
    const start = () => createIncidentWorker({ ...environment, AUDIT_TABLE: '' }, {} as never);
    expect(start).toThrowWithCode(ConfigError, 'CONFIG_INVALID');
    expect(start).toThrow('AUDIT_TABLE');
  });

  it('refuses to start when its configuration folder is not complete', () => {
    const start = () =>
      createIncidentWorker({ ...environment, CONFIG_DIR: '/nowhere' }, {} as never);
    expect(start).toThrowWithCode(ConfigError, 'CONFIG_INVALID');
  });

  it('puts an alert on record and hands its effects on, once for five deliveries', async () => {
    for (let i = 0; i < 5; i += 1) expect(await deliver(ALERT)).toEqual(DONE);
    expect(counts()['dynamodb:ExecuteStatement']).toBe(2);
    const queued = world.aws.sqs.queue('incidents.fifo').peek();
    const work = queued.filter(({ body }) => body.includes('"kind":"work"'));
    expect(work).toHaveLength(1);
    expect(JSON.parse(work[0]!.body)).toMatchObject({ kind: 'work', upToSeq: 2 });
  });

  it.each(['not json', '[]', '{}', '{"kind":"unknown"}', '{"headers":{},"body":7}', 'null'])(
    'completes a message nobody of ours writes: %s',
    async (body) => {
      expect(await deliver(body)).toEqual(DONE);
      expect(counted).toEqual(['MessageNotUnderstood']);
    },
  );

  it('delivers again, 2, 4, 8 … 60 s later, what could not be put on record', async () => {
    world.aws.board.plan({ match: 'dynamodb:ExecuteStatement', ...DOWN });
    for (const receives of [1, 2, 3, 5, 6, 9]) {
      const result = await deliver(ALERT, receives);
      expect(result.batchItemFailures).toHaveLength(1);
    }
    expect(waits()).toEqual([2, 4, 8, 32, 60, 60]);
    expect(noted.every(({ what }) => what === 'message failed')).toBe(true);
  });

  it('lets a message wait in the queue that it came from', async () => {
    world.aws.board.plan({ match: 'dynamodb:ExecuteStatement', ...DOWN });
    await deliver(ALERT, 3, 'alerts.fifo');
    const [kept] = world.aws.sqs.queue('alerts.fifo').peek();
    expect(Number(kept?.visibleAtMs) - world.clock.nowMs()).toBeLessThanOrEqual(8_000);
  });

  it('leaves what comes after the fact to the sweeper from the fourth delivery on', async () => {
    await deliver(ALERT);
    world.aws.board.plan({ match: 'sqs:SendMessage', caller: 'incident-worker', ...DOWN });
    expect((await deliver(ALERT, 3)).batchItemFailures).toHaveLength(1);
    expect(await deliver(ALERT, 4)).toEqual(DONE);
  });

  it('delivers again even when the wait could not be set', async () => {
    world.aws.board.plan({ match: 'dynamodb:ExecuteStatement', ...DOWN });
    world.aws.board.plan({ match: 'sqs:ChangeMessageVisibility', ...DOWN });
    expect((await deliver(ALERT)).batchItemFailures).toHaveLength(1);
    expect(noted.map(({ what }) => what)).toContain('visibility not changed');
  });

  it('refuses a queued request that Slack did not sign, on record, and does nothing else', async () => {
    const headers = {
      'x-slack-request-timestamp': '1',
      'x-slack-signature': `v0=${'0'.repeat(64)}`,
    };
    expect(await deliver({ headers, body: 'command=%2Fincident&text=resolve' })).toEqual(DONE);
    expect(counted).toContain('QueuedRequestRefused');
    expect(counts()['dynamodb:ExecuteStatement']).toBe(1);
  });

  it('logs no body and no text of an error nobody planned', async () => {
    await deliver({ ...ALERT, bodyBase64: 7 });
    expect(JSON.stringify(noted)).not.toContain('GROUP1');
  });
});
