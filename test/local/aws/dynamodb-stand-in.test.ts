import {
  ConditionalCheckFailedException,
  CreateTableCommand,
  DynamoDBClient,
  ExecuteStatementCommand,
  PutItemCommand,
  TransactWriteItemsCommand,
} from '@aws-sdk/client-dynamodb';
import {
  DynamoDBDocumentClient,
  ExecuteStatementCommand as ExecuteDocument,
  GetCommand,
  PutCommand,
  QueryCommand,
  UpdateCommand,
} from '@aws-sdk/lib-dynamodb';
import { beforeEach, describe, expect, it } from 'vitest';
import { useAws } from './aws-fixture.ts';

const INSERT = `INSERT INTO "audit" VALUE {'pk': ?, 'sk': ?, 'details': ?}`;

describe('DynamoDB', () => {
  const world = useAws();
  let raw: DynamoDBClient;
  let documents: DynamoDBDocumentClient;

  beforeEach(async () => {
    raw = new DynamoDBClient(world.config('incident-worker'));
    documents = DynamoDBDocumentClient.from(raw);
    await world.aws.dynamodb.createTable({
      TableName: 'audit',
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: ['pk', 'sk', 'byType', 'at'].map((name) => ({
        AttributeName: name,
        AttributeType: 'S',
      })),
      KeySchema: [
        { AttributeName: 'pk', KeyType: 'HASH' },
        { AttributeName: 'sk', KeyType: 'RANGE' },
      ],
      GlobalSecondaryIndexes: [
        {
          IndexName: 'by-type',
          KeySchema: [
            { AttributeName: 'byType', KeyType: 'HASH' },
            { AttributeName: 'at', KeyType: 'RANGE' },
          ],
          Projection: { ProjectionType: 'ALL' },
        },
      ],
    });
  });

  const insert = (pk: string, details: unknown = {}) =>
    documents.send(new ExecuteDocument({ Statement: INSERT, Parameters: [pk, '1', details] }));
  const get = (pk: string) =>
    documents.send(
      new GetCommand({ TableName: 'audit', Key: { pk, sk: '1' }, ConsistentRead: true }),
    );

  it('INSERT stores what a consistent GetItem then reads', async () => {
    await insert('a', { list: [1, 'two', null, true], map: { 'it\'s "quoted"': '…' } });
    expect((await get('a')).Item).toEqual({
      pk: 'a',
      sk: '1',
      details: { list: [1, 'two', null, true], map: { 'it\'s "quoted"': '…' } },
    });
  });

  it('INSERT answers DuplicateItemException for a key that exists, and keeps the row', async () => {
    await insert('a', { first: true });
    await expect(insert('a', { first: false })).rejects.toMatchObject({
      name: 'DuplicateItemException',
      $metadata: { httpStatusCode: 400 },
    });
    expect((await get('a')).Item?.details).toEqual({ first: true });
  });

  it('INSERT lets exactly one of 50 racers win', async () => {
    const racers = Array.from({ length: 50 }, (_, racer) => insert('race', { racer }));
    const ends = await Promise.allSettled(racers);
    const names = ends.map((end) => (end.status === 'fulfilled' ? 'won' : end.reason.name));
    expect(names.filter((name) => name === 'won')).toHaveLength(1);
    expect(names.filter((name) => name === 'DuplicateItemException')).toHaveLength(49);
  });

  it('INSERT and conditional puts on one key let exactly one win', async () => {
    const put = () =>
      documents.send(
        new PutCommand({
          TableName: 'audit',
          Item: { pk: 'race', sk: '1' },
          ConditionExpression: 'attribute_not_exists(pk)',
        }),
      );
    const racers = Array.from({ length: 20 }, (_, i) => (i % 2 ? insert('race') : put()));
    const ends = await Promise.allSettled<unknown>(racers);
    expect(ends.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  });

  it('INSERT takes literals beside parameters', async () => {
    const Statement = `insert into "audit" value {'pk': 'it''s', 'sk': '1', 'n': -1.5, 't': true,
      'f': false, 'z': NULL, 'l': [1, ?], 'm': {'x': {}}}`;
    await raw.send(new ExecuteStatementCommand({ Statement, Parameters: [{ S: 'p' }] }));
    expect((await get("it's")).Item).toEqual({
      pk: "it's",
      sk: '1',
      n: -1.5,
      t: true,
      f: false,
      z: null,
      l: [1, 'p'],
      m: { x: {} },
    });
  });

  it.each([
    [`SELECT * FROM "audit"`, []],
    [`UPDATE "audit" SET x = 1`, []],
    [INSERT, [{ S: 'a' }]],
    [INSERT, [{ S: 'a' }, { S: '1' }, { S: 'x' }, { S: 'one too many' }]],
    [`INSERT INTO "audit" VALUE {'pk' ?}`, [{ S: 'a' }]],
    [`INSERT INTO "audit" VALUE {'pk': 'a'} trailing`, []],
  ])('ExecuteStatement answers ValidationException for %s with %j', async (Statement, given) => {
    const Parameters = given.length > 0 ? given : undefined;
    await expect(
      raw.send(new ExecuteStatementCommand({ Statement, Parameters })),
    ).rejects.toMatchObject({ name: 'ValidationException' });
  });

  it('INSERT answers ResourceNotFoundException for a missing table', async () => {
    const Statement = `INSERT INTO "none" VALUE {'pk': 'a'}`;
    await expect(raw.send(new ExecuteStatementCommand({ Statement }))).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
    });
  });

  it('Query finds by index after INSERT, in order, page by page', async () => {
    for (const at of ['2', '1', '3']) {
      const Parameters = [`i${at}`, '1', 'T#2026-11', at];
      const Statement = `INSERT INTO "audit" VALUE {'pk':?,'sk':?,'byType':?,'at':?}`;
      await documents.send(new ExecuteDocument({ Statement, Parameters }));
    }
    const query = {
      TableName: 'audit',
      IndexName: 'by-type',
      KeyConditionExpression: 'byType = :t',
      ExpressionAttributeValues: { ':t': 'T#2026-11' },
      Limit: 2,
    };
    const first = await documents.send(new QueryCommand(query));
    const next = { ...query, ExclusiveStartKey: first.LastEvaluatedKey };
    const second = await documents.send(new QueryCommand(next));
    expect(first.Items?.map(({ at }) => at)).toEqual(['1', '2']);
    expect(second.Items?.map(({ at }) => at)).toEqual(['3']);
  });

  it('a failed condition returns the old row when ALL_OLD is asked for', async () => {
    await insert('a', { kept: true });
    const update = new UpdateCommand({
      TableName: 'audit',
      Key: { pk: 'a', sk: '1' },
      UpdateExpression: 'SET version = :v',
      ConditionExpression: 'version = :old',
      ExpressionAttributeValues: { ':v': 2, ':old': 1 },
      ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
    });
    const failed = await documents.send(update).catch((error: unknown) => error);
    expect(failed).toBeInstanceOf(ConditionalCheckFailedException);
    expect((failed as { Item?: unknown }).Item).toEqual({
      pk: { S: 'a' },
      sk: { S: '1' },
      details: { M: { kept: { BOOL: true } } },
    });
  });

  it('CreateTable through the API is usable when it answers', async () => {
    await raw.send(
      new CreateTableCommand({
        TableName: 'other',
        BillingMode: 'PAY_PER_REQUEST',
        AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
        KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
      }),
    );
    await raw.send(new PutItemCommand({ TableName: 'other', Item: { id: { S: 'x' } } }));
  });

  it('a transaction is answered UnknownOperationException', async () => {
    await expect(
      raw.send(new TransactWriteItemsCommand({ TransactItems: [] })),
    ).rejects.toMatchObject({ name: 'UnknownOperationException' });
  });

  it('the log holds table, key and caller, and no attribute of the row', async () => {
    await insert('a', { secret: 'customer text' });
    const { calls, counts } = world.aws.board.calls();
    expect(counts).toEqual({ 'dynamodb:ExecuteStatement': 1 });
    expect(calls[0]).toMatchObject({
      caller: 'incident-worker',
      status: 200,
      faulted: false,
      args: { table: 'audit', key: { pk: { S: 'a' }, sk: { S: '1' } } },
    });
    expect(JSON.stringify(calls)).not.toContain('customer text');
  });

  it('the log of an update that makes a row holds its key alone', async () => {
    const Key = { pk: 'new', sk: '1' };
    const values = { ':v': 'customer text' };
    await documents.send(
      new UpdateCommand({
        TableName: 'audit',
        Key,
        UpdateExpression: 'SET details = :v',
        ExpressionAttributeValues: values,
      }),
    );
    expect((await get('new')).Item).toEqual({ ...Key, details: 'customer text' });
    expect(world.aws.board.calls().calls[0]?.args).toEqual({
      table: 'audit',
      key: { pk: { S: 'new' }, sk: { S: '1' } },
      UpdateExpression: 'SET details = :v',
    });
  });
});
