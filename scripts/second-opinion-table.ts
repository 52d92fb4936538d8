import { CreateTableCommand, DynamoDBClient, waitUntilTableExists } from '@aws-sdk/client-dynamodb';
import {
  DynamoDBDocumentClient,
  ExecuteStatementCommand,
  GetCommand,
  QueryCommand,
  UpdateCommand,
} from '@aws-sdk/lib-dynamodb';

/** Neither implementation checks credentials, but the SDK wants some. */
export const ACCESS = {
  region: 'us-east-1',
  credentials: { accessKeyId: 'AKIALOCAL', secretAccessKey: 'local' },
};

/** Asked of a fresh table with the audit table's keys. */
export type TableQuestion = {
  name: string;
  ask: (rows: DynamoDBDocumentClient) => Promise<unknown>;
};

const TABLE = 'audit';

/** Whatever the audit trail and the projections rely on. */
export const TABLE_QUESTIONS: TableQuestion[] = [
  {
    name: 'INSERT writes a row with a map inside, and a consistent read gives it back',
    ask: async (rows) => {
      await insert(rows, { pk: 'a', sk: '1', details: { text: 'x', list: [1, null, true] } });
      const { Item } = await rows.send(
        new GetCommand({ TableName: TABLE, Key: { pk: 'a', sk: '1' }, ConsistentRead: true }),
      );
      return Item;
    },
  },
  {
    name: 'INSERT of an existing key is a DuplicateItemException and changes nothing',
    ask: async (rows) => {
      await insert(rows, { pk: 'b', sk: '1', details: 'first' });
      const refused = await insert(rows, { pk: 'b', sk: '1', details: 'second' }).then(
        () => 'taken',
        // DynamoDB Local leaves the word "Exception" out; our adapter knows both.
        (error: Error) => error.name.replace(/Exception$/, ''),
      );
      const { Item } = await rows.send(
        new GetCommand({ TableName: TABLE, Key: { pk: 'b', sk: '1' } }),
      );
      return [refused, Item];
    },
  },
  {
    name: 'the newest row of a partition, by a backward query of one',
    ask: async (rows) => {
      for (const sk of ['0000000001', '0000000002', '0000000010']) {
        await insert(rows, { pk: 'c', sk, details: sk });
      }
      const { Items } = await rows.send(
        new QueryCommand({
          TableName: TABLE,
          KeyConditionExpression: 'pk = :pk AND sk >= :sk',
          ExpressionAttributeValues: { ':pk': 'c', ':sk': '0000000001' },
          ConsistentRead: true,
          ScanIndexForward: false,
          Limit: 1,
        }),
      );
      return Items;
    },
  },
  {
    name: 'an update whose condition does not hold is a ConditionalCheckFailedException',
    ask: async (rows) => {
      const set = (version: number) =>
        rows
          .send(
            new UpdateCommand({
              TableName: TABLE,
              Key: { pk: 'd', sk: 'STATE' },
              UpdateExpression: 'SET version = :v',
              ConditionExpression: 'attribute_not_exists(version) OR version < :v',
              ExpressionAttributeValues: { ':v': version },
            }),
          )
          .then(
            () => 'set',
            (error: Error) => error.name,
          );
      return [await set(2), await set(1), await set(3)];
    },
  },
];

/** A client on a fresh table with the audit table's keys. */
export async function tableAt(endpoint: string): Promise<DynamoDBDocumentClient> {
  const client = new DynamoDBClient({ endpoint, ...ACCESS });
  await client.send(
    new CreateTableCommand({
      TableName: TABLE,
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: [
        { AttributeName: 'pk', AttributeType: 'S' },
        { AttributeName: 'sk', AttributeType: 'S' },
      ],
      KeySchema: [
        { AttributeName: 'pk', KeyType: 'HASH' },
        { AttributeName: 'sk', KeyType: 'RANGE' },
      ],
    }),
  );
  await waitUntilTableExists({ client, maxWaitTime: 30, minDelay: 1 }, { TableName: TABLE });
  return DynamoDBDocumentClient.from(client);
}

function insert(rows: DynamoDBDocumentClient, item: { pk: string; sk: string; details: unknown }) {
  return rows.send(
    new ExecuteStatementCommand({
      Statement: `INSERT INTO "${TABLE}" VALUE {'pk': ?, 'sk': ?, 'details': ?}`,
      Parameters: [item.pk, item.sk, item.details],
    }),
  );
}
