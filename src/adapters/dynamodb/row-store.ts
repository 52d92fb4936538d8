import { DeliveryError } from '../../domain/errors.ts';
import {
  type DocumentClient,
  GetCommand,
  PutCommand,
  QueryCommand,
  UpdateCommand,
} from './document-client.ts';
import {
  dynamoErrorName,
  isConditionFailure,
  isRefusedByDynamo,
  isRetryableDynamoError,
} from './dynamo-errors.ts';
import { partition } from './incident-row-keys.ts';
import { STATE_KEY } from './incident-row-reader.ts';

/** One item of table `incidents`. */
export type Row = Record<string, unknown>;

/**
 * Single rows of table `incidents`. Reads are consistent except on an index.
 * @throws {DeliveryError} `ROWS_UNAVAILABLE`, `ROW_INVALID`
 */
export class RowStore {
  readonly #client: DocumentClient;
  readonly #table: string;

  constructor(of: { client: DocumentClient; table: string }) {
    this.#client = of.client;
    this.#table = of.table;
  }

  async get(pk: string, sk: string): Promise<Row | undefined> {
    try {
      const { Item } = await this.#client.send(
        new GetCommand({ TableName: this.#table, Key: { pk, sk }, ConsistentRead: true }),
      );
      return Item;
    } catch (error) {
      throw unavailable('read a row', error);
    }
  }

  async put(item: Row): Promise<void> {
    try {
      await this.#client.send(new PutCommand({ TableName: this.#table, Item: item }));
    } catch (error) {
      throw unavailable('write a row', error);
    }
  }

  /** Updates the STATE row. A condition that is not met means a newer writer was first: fine. */
  async update(incidentId: string, expression: Row & { UpdateExpression: string }): Promise<void> {
    try {
      await this.#client.send(
        new UpdateCommand({
          TableName: this.#table,
          Key: { pk: partition(incidentId), sk: STATE_KEY },
          ...expression,
        }),
      );
    } catch (error) {
      if (!isConditionFailure(error)) throw unavailable('update a projection', error);
    }
  }

  /** Writes a row unless the stored one has the same or a higher number. */
  async putNewer(row: Row, number: 'episode' | 'seq' | 'atMs'): Promise<void> {
    try {
      await this.#client.send(
        new PutCommand({
          TableName: this.#table,
          Item: row,
          ConditionExpression: `attribute_not_exists(${number}) OR ${number} < :${number}`,
          ExpressionAttributeValues: { [`:${number}`]: row[number] },
        }),
      );
    } catch (error) {
      if (!isConditionFailure(error)) throw unavailable('write a row', error);
    }
  }

  /** At most `limit` rows, over pages: one ends after 1 MB, a good part of which one row may be. */
  async query(limit: number, expression: Row): Promise<Row[]> {
    const rows: Row[] = [];
    let startKey: Row | undefined;
    try {
      do {
        const page = await this.#client.send(
          new QueryCommand({
            TableName: this.#table,
            ...expression,
            Limit: limit - rows.length,
            ...(startKey ? { ExclusiveStartKey: startKey } : {}),
          }),
        );
        rows.push(...(page.Items ?? []));
        startKey = page.LastEvaluatedKey;
      } while (startKey && rows.length < limit);
      return rows;
    } catch (error) {
      throw unavailable('list rows', error);
    }
  }
}

/**
 * What a call on a row of this table failed with: `ROW_INVALID` where it will be refused again,
 * `ROWS_UNAVAILABLE` else.
 */
export function unavailable(act: string, error: unknown): DeliveryError {
  return new DeliveryError({
    code: isRefusedByDynamo(error) ? 'ROW_INVALID' : 'ROWS_UNAVAILABLE',
    message: `cannot ${act}: expected an answer from DynamoDB, got ${dynamoErrorName(error)}`,
    retryable: isRetryableDynamoError(error),
    cause: error,
  });
}
