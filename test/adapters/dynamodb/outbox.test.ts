import { DeleteItemCommand, DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb';
import { mockClient } from 'aws-sdk-client-mock';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { DynamoOutbox } from '../../../src/adapters/dynamodb/outbox.ts';
import { DynamoOutboxDrain } from '../../../src/adapters/dynamodb/outbox-drain.ts';
import { DeliveryError } from '../../../src/domain/errors.ts';
import { AwsEndpoint, refusal } from '../aws/aws-endpoint.ts';

const aws = mockClient(DynamoDBClient);
const options = { region: 'us-east-1' };
const inputs = () => aws.calls().map(({ args }) => args[0].input);
const named = (name: string) => Object.assign(new Error('vendor text'), { name });

beforeEach(() => aws.reset());

describe('DynamoOutbox', () => {
  let endpoint: AwsEndpoint;
  beforeAll(async () => {
    endpoint = await AwsEndpoint.start();
  });
  beforeEach(() => endpoint.reset());
  afterAll(() => endpoint.close());
  const put = () =>
    new DynamoOutbox(endpoint.options, 'outbox').put({
      id: 'd1',
      message: { kind: 'sweep', incidentId: 'inc-a' },
      group: 'g',
      atMs: 5,
    });

  it('put() is one PutItem that never replaces a row', async () => {
    await put();
    expect(endpoint.requests).toHaveLength(1);
    expect(endpoint.requests[0]?.signature).toBe('right');
    expect(endpoint.inputs('PutItem')).toEqual([
      {
        TableName: 'outbox',
        Item: {
          pk: { S: 'd1' },
          message: { S: '{"kind":"sweep","incidentId":"inc-a"}' },
          fifoGroup: { S: 'g' },
          atMs: { N: '5' },
        },
        ConditionExpression: 'attribute_not_exists(pk)',
      },
    ]);
  });

  it('put() resolves when the same fact already waits', async () => {
    endpoint.on('PutItem', refusal('ConditionalCheckFailedException'));
    await expect(put()).resolves.toBeUndefined();
  });

  it('put() throws ROWS_UNAVAILABLE for anything else', async () => {
    endpoint.on('PutItem', refusal('InternalServerError', 500));
    await expect(put()).rejects.toThrowWithCode(DeliveryError, 'ROWS_UNAVAILABLE');
    await expect(put()).rejects.toMatchObject({ retryable: true });
  });
});

describe('DynamoOutboxDrain', () => {
  const drain = new DynamoOutboxDrain(options, 'outbox');

  it('list() scans consistently and returns the oldest first, without rows it cannot read', async () => {
    const row = (id: string, atMs: string, message: string) => ({
      pk: { S: id },
      atMs: { N: atMs },
      message: { S: message },
      fifoGroup: { S: 'g' },
    });
    const sweep = '{"kind":"sweep","incidentId":"inc-a"}';
    aws
      .on(ScanCommand)
      .resolves({ Items: [row('b', '20', sweep), row('x', '1', 'no'), row('a', '3', sweep)] });
    const rows = await drain.list(10);
    expect(rows.map(({ id }) => id)).toEqual(['a', 'b']);
    expect(rows[0]).toEqual({
      id: 'a',
      message: { kind: 'sweep', incidentId: 'inc-a' },
      group: 'g',
    });
    expect(inputs()).toEqual([{ TableName: 'outbox', ConsistentRead: true, Limit: 10 }]);
  });

  it('list() of an empty table is empty', async () => {
    aws.on(ScanCommand).resolves({});
    expect(await drain.list(10)).toEqual([]);
  });

  it('remove() is one DeleteItem', async () => {
    aws.on(DeleteItemCommand).resolves({});
    await drain.remove('a');
    expect(inputs()).toEqual([{ TableName: 'outbox', Key: { pk: { S: 'a' } } }]);
  });

  it('countWaiting() adds up all pages', async () => {
    aws
      .on(ScanCommand)
      .resolvesOnce({ Count: 2, LastEvaluatedKey: { pk: { S: 'k' } } })
      .resolvesOnce({ Count: 1 });
    expect(await drain.countWaiting()).toBe(3);
    expect(inputs()[1]).toEqual({
      TableName: 'outbox',
      Select: 'COUNT',
      ConsistentRead: true,
      ExclusiveStartKey: { pk: { S: 'k' } },
    });
  });

  it('throws ROWS_UNAVAILABLE, retryable when DynamoDB throttles', async () => {
    aws.on(ScanCommand).rejects(named('ThrottlingException'));
    await expect(drain.list(1)).rejects.toThrowWithCode(DeliveryError, 'ROWS_UNAVAILABLE');
    await expect(drain.countWaiting()).rejects.toMatchObject({ retryable: true });
  });
});
