import { DeliveryError } from '../../domain/errors.ts';
import type { IncidentMessage, Outbox } from '../../services/ports.ts';
import { nameOfFailure } from '../aws/aws-call-error.ts';
import { AwsJsonClient } from '../aws/aws-json-client.ts';
import type { AwsClientOptions } from '../aws/client-options.ts';
import { isConditionFailure } from './dynamo-errors.ts';
import { DYNAMODB } from './dynamo-service.ts';

/** The outbox is tried after the queue failed, and the pager still waits. Unit: ms. */
export const OUTBOX_BUDGET_MS = 900;
const LIMITS = { connectMs: 400, answerMs: 600, budgetMs: OUTBOX_BUDGET_MS };

/**
 * Table `outbox`, writing side. Put-only: what waits cannot be read, changed or removed by the
 * function that the internet talks to.
 */
export class DynamoOutbox implements Outbox {
  readonly #client: AwsJsonClient;
  readonly #table: string;

  constructor(options: AwsClientOptions, table: string) {
    this.#client = new AwsJsonClient(DYNAMODB, options, LIMITS);
    this.#table = table;
  }

  async put(row: {
    id: string;
    message: IncidentMessage;
    group: string;
    atMs: number;
  }): Promise<void> {
    const item = {
      TableName: this.#table,
      Item: {
        pk: { S: row.id },
        message: { S: JSON.stringify(row.message) },
        fifoGroup: { S: row.group },
        atMs: { N: String(row.atMs) },
      },
      ConditionExpression: 'attribute_not_exists(pk)',
    };
    try {
      await this.#client.call('PutItem', item);
    } catch (cause) {
      if (isConditionFailure(cause)) return; // The same fact already waits.
      throw new DeliveryError({
        code: 'ROWS_UNAVAILABLE',
        message: `cannot put outbox row: expected an answer, got ${nameOfFailure(cause)}`,
        retryable: true,
        cause,
      });
    }
  }
}
