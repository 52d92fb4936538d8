import { DeliveryError } from '../../domain/errors.ts';
import { AwsCallError, nameOfFailure } from '../aws/aws-call-error.ts';
import { AwsJsonClient } from '../aws/aws-json-client.ts';
import type { AwsClientOptions } from '../aws/client-options.ts';
import { plainItem } from './attribute-values.ts';
import { DYNAMODB } from './dynamo-service.ts';
import type { ReadRow } from './incident-row-reader.ts';

/** A trigger lives 3 s, and a modal takes up to three reads and a call. Unit: ms. */
const LIMITS = { connectMs: 400, answerMs: 500, budgetMs: 900 };

/** Reads single rows of one table without the SDK, each by one consistent `GetItem`. */
export function singleRowReader(options: AwsClientOptions, table: string): ReadRow {
  const client = new AwsJsonClient(DYNAMODB, options, LIMITS);
  return async (pk, sk) => {
    const input = {
      TableName: table,
      Key: { pk: { S: pk }, sk: { S: sk } },
      ConsistentRead: true,
    };
    try {
      const { Item } = await client.call('GetItem', input);
      return Item === undefined ? undefined : plainItem(Item as Record<string, unknown>);
    } catch (cause) {
      throw new DeliveryError({
        code: 'ROWS_UNAVAILABLE',
        message: `cannot read a row: expected an answer, got ${nameOfFailure(cause)}`,
        retryable: cause instanceof AwsCallError && cause.isTransient,
        cause,
      });
    }
  };
}
