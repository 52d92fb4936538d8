import {
  DeleteItemCommand,
  DynamoDBClient,
  QueryCommand,
  ScanCommand,
} from '@aws-sdk/client-dynamodb';
import { mockClient } from 'aws-sdk-client-mock';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ConfigError } from '../../src/config.ts';
import { createSweeper } from '../../src/handlers/sweeper.ts';
import { AwsEndpoint } from '../adapters/aws/aws-endpoint.ts';

const dynamo = mockClient(DynamoDBClient);
let aws: AwsEndpoint;
beforeAll(async () => {
  aws = await AwsEndpoint.start();
});
afterAll(() => aws.close());
const environment = () => ({ ...ENVIRONMENT, ...aws.environment });
const ENVIRONMENT = {
  ALERTS_QUEUE_URL: 'https://sqs.us-east-1.amazonaws.com/111122223333/alerts.fifo',
  INCIDENTS_QUEUE_URL: 'https://sqs.us-east-1.amazonaws.com/111122223333/incidents.fifo',
  PUBLICATIONS_DLQ_URL: 'https://sqs.us-east-1.amazonaws.com/111122223333/publications-dlq.fifo',
  INCIDENTS_DLQ_URL: 'https://sqs.us-east-1.amazonaws.com/111122223333/incidents-dlq.fifo',
  OUTBOX_TABLE: 'outbox',
  INCIDENTS_TABLE: 'incidents',
  STATUSPAGE_PUBLIC_URL: 'http://127.0.0.1:9',
  PAGE_DRIFT: 'off',
};
const silent = () => {};
const system = {
  clock: { nowMs: () => 1_800_000_000_000 },
  ids: { unique: () => 'unique' },
  pause: { forMs: async () => {} },
  log: { note: silent, warn: silent, error: silent, count: silent },
};

beforeEach(() => {
  dynamo.reset();
  aws.reset();
});

describe('sweeper', () => {
  it('moves a waiting row to the queue and wakes an unfinished incident', async () => {
    dynamo.on(ScanCommand, { Select: 'COUNT' }).resolves({ Count: 0 });
    dynamo.on(ScanCommand, { Limit: 200 }).resolves({
      Items: [
        {
          pk: { S: 'd1' },
          message: { S: '{"kind":"sweep","incidentId":"inc-a"}' },
          fifoGroup: { S: 'g' },
          atMs: { N: '1' },
        },
      ],
    });
    dynamo.on(DeleteItemCommand).resolves({});
    dynamo
      .on(QueryCommand)
      .resolves({ Items: [] })
      .on(QueryCommand, { IndexName: 'unfinished' })
      .resolves({
        Items: [{ pk: { S: 'INCIDENT#inc-b' }, sk: { S: 'STATE' }, unfinishedSinceMs: { N: '5' } }],
      });

    expect(await createSweeper(environment(), system)()).toEqual({
      drained: 1,
      waiting: 0,
      returned: 0,
      swept: 1,
      roomless: 0,
      reconciled: 0,
      suspected: 0,
      failures: [],
    });

    const sent = aws.inputs('SendMessage');
    expect(sent[0]).toMatchObject({ MessageDeduplicationId: 'd1', MessageGroupId: 'g' });
    expect(sent[1]).toMatchObject({ MessageGroupId: 'work#inc-b' });
    expect(dynamo.commandCalls(DeleteItemCommand)).toHaveLength(1);
  });

  it('fails when a part failed, after doing the others', async () => {
    dynamo.on(ScanCommand).rejects(new Error('out'));
    dynamo
      .on(QueryCommand)
      .resolves({ Items: [{ pk: { S: 'INCIDENT#inc-b' }, sk: { S: 'STATE' } }] });
    await expect(createSweeper(environment(), system)()).rejects.toThrow(
      'cannot finish sweep: expected every part, got ROWS_UNAVAILABLE ROWS_UNAVAILABLE',
    );
    expect(aws.inputs('SendMessage')).toHaveLength(1);
  });

  it('throws CONFIG_INVALID at creation without its variables', () => {
    expect(() => createSweeper({}, system)).toThrowWithCode(ConfigError, 'CONFIG_INVALID');
  });
});
