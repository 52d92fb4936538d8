import { DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { DeliveryError } from '../../domain/errors.ts';
import type { IncidentMessage, Outbox } from '../../services/ports.ts';
import type { AwsClientOptions } from '../aws/client-options.ts';
import { dynamoErrorName, isConditionFailure } from './dynamo-errors.ts';

/** The outbox is tried after the queue failed, and the pager still waits. Unit: ms. */
export const OUTBOX_BUDGET_MS = 900;
const CONNECTION_TIMEOUT_MS = 400;
const REQUEST_TIMEOUT_MS = 600;

/**
 * Table `outbox`, writing side. Put-only: what waits cannot be read, changed or removed by the
 * function that the internet talks to.
 */
export class DynamoOutbox implements Outbox {
  readonly #client: DynamoDBClient;
  readonly #table: string;

  constructor(options: AwsClientOptions, table: string) {
    this.#client = new DynamoDBClient({
      ...options,
      maxAttempts: 2,
      requestHandler: {
        connectionTimeout: CONNECTION_TIMEOUT_MS,
        requestTimeout: REQUEST_TIMEOUT_MS,
        throwOnRequestTimeout: true,
      },
    });
    this.#table = table;
  }

  async put(row: {
    id: string;
    message: IncidentMessage;
    group: string;
    atMs: number;
  }): Promise<void> {
    const command = new PutItemCommand({
      TableName: this.#table,
      Item: {
        pk: { S: row.id },
        message: { S: JSON.stringify(row.message) },
        fifoGroup: { S: row.group },
        atMs: { N: String(row.atMs) },
      },
      ConditionExpression: 'attribute_not_exists(pk)',
    });
    try {
      await this.#client.send(command, { abortSignal: AbortSignal.timeout(OUTBOX_BUDGET_MS) });
    } catch (cause) {
      if (isConditionFailure(cause)) return; // The same fact already waits.
      throw new DeliveryError({
        code: 'ROWS_UNAVAILABLE',
        message: `cannot put outbox row: expected an answer, got ${dynamoErrorName(cause)}`,
        retryable: true,
        cause,
      });
    }
  }
}
