import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createPublisher } from '../../src/handlers/publisher.ts';
import { type EmbeddedAws, startAws } from '../../src/local/aws/aws-server.ts';
import { TABLE_NAMES, tableDefinitions } from '../../src/local/tables.ts';
import { WorldClock } from '../../src/local/world-clock.ts';

const NOW = '2026-11-20T09:00:00.000Z';
let clock: WorldClock;
let aws: EmbeddedAws;
let lines: string[];
let counts: string[];

beforeEach(async () => {
  clock = new WorldClock();
  lines = [];
  counts = [];
  aws = await startAws({ clock, callers: {} });
  await Promise.all(tableDefinitions().map((table) => aws.dynamodb.createTable(table)));
});

afterEach(async () => {
  clock.close();
  await aws.close();
});

function publisher() {
  const incidents = aws.sqs.createQueue('incidents.fifo', { FifoQueue: 'true' });
  const publications = aws.sqs.createQueue('publications.fifo', { FifoQueue: 'true' });
  const line = (what: string, fields: object = {}) => {
    lines.push(`${what} ${JSON.stringify(fields)}`);
  };
  const environment = {
    DEPLOYMENT_ID: 'test',
    AUDIT_TABLE: TABLE_NAMES.audit,
    INCIDENTS_TABLE: TABLE_NAMES.incidents,
    INCIDENTS_QUEUE_URL: incidents.url,
    PUBLICATIONS_QUEUE_URL: publications.url,
    STATUSPAGE_API_KEY_SECRET_ID: 'statuspage',
    STATUSPAGE_API_URL: 'http://127.0.0.1:9/v1',
    STATUSPAGE_PAGE_ID: 'page0001',
    STATUSPAGE_TIMEOUT_MS: '500',
    PUBLISH_DEADLINE_MS: '1000',
    APPROVAL_KEY_ID: 'key-approval',
    PUBLICATION_KEY_ID: 'key-publication',
    CONFIG_DIR: 'config',
    AWS_REGION: 'us-east-1',
    AWS_ENDPOINT_URL: aws.url,
    AWS_ACCESS_KEY_ID: 'AKIAPUBLISHER',
    AWS_SECRET_ACCESS_KEY: 'unchecked',
  };
  return createPublisher(environment, {
    clock: { nowMs: () => Date.parse(NOW) },
    ids: { unique: () => `id-${lines.length}-${counts.length}` },
    pause: { forMs: async () => {} },
    log: { note: line, warn: line, error: line, count: (metric) => counts.push(metric) },
  });
}

const record = (body: unknown, receives = 1) => ({
  Records: [
    {
      messageId: 'm1',
      receiptHandle: 'r1',
      body: typeof body === 'string' ? body : JSON.stringify(body),
      attributes: { ApproximateReceiveCount: String(receives) },
    },
  ],
});
const REQUEST = { incidentId: 'inc-aaaaaaaaaaaaaaaa', draftId: 'drf-1', revision: 1 };

describe('publisher', () => {
  it.each([
    'not json',
    '[]',
    {},
    { ...REQUEST, incidentId: '' },
    { ...REQUEST, draftId: 7 },
    { ...REQUEST, draftId: 'x'.repeat(301) },
    { ...REQUEST, revision: '1' },
    { ...REQUEST, revision: 1.5 },
  ])('completes what is no request, with its id in the log: %j', async (body) => {
    expect(await publisher()(record(body))).toEqual({ batchItemFailures: [] });
    expect(lines).toEqual(['message not understood {"messageId":"m1"}']);
    expect(counts).toEqual(['MessageNotUnderstood']);
  });

  it.each([
    REQUEST,
    { ...REQUEST, text: 'All is well.', approved: true },
    { ...REQUEST, revision: -1 },
    { ...REQUEST, draftId: 'x\ud800' },
  ])('refuses a forged request on record and completes it: %j', async (body) => {
    expect(await publisher()(record(body))).toEqual({ batchItemFailures: [] });
    expect(lines.at(-1)).toContain('publication request handled');
    expect(lines.at(-1)).toContain('"outcome":"refused"');
    expect(counts).toEqual(['PublishRefused']);
  });

  it('a failure that may pass comes back, until the fourth receive', async () => {
    const handle = publisher();
    aws.board.plan({
      match: 'dynamodb:Query',
      times: 0,
      error: 'InternalServerError',
      status: 500,
    });
    const again = { batchItemFailures: [{ itemIdentifier: 'm1' }] };
    expect(await handle(record(REQUEST, 3))).toEqual(again);
    expect(lines.join('\n')).toContain('"code":"TRAIL_UNAVAILABLE"');
    expect(await handle(record(REQUEST, 4))).toEqual({ batchItemFailures: [] });
  }, 30_000);

  it('a failure that will not pass is completed at first sight', async () => {
    const handle = publisher();
    aws.board.plan({
      match: 'dynamodb:Query',
      times: 0,
      error: 'AccessDeniedException',
      status: 400,
    });
    expect(await handle(record(REQUEST, 1))).toEqual({ batchItemFailures: [] });
    expect(lines.join('\n')).toContain('publication request failed');
  });

  it('refuses to start without its variables', () => {
    expect(() => createPublisher({}, {} as never)).toThrow(/cannot|missing|expected/);
  });
});
