import { DeliveryError } from '../../domain/errors.ts';
import type { ProjectionRow } from '../../domain/projection-rows.ts';
import type { ProjectionWriter } from '../../services/rebuild-projections.ts';
import {
  DeleteCommand,
  type DocumentClient,
  PutCommand,
  UpdateCommand,
} from './document-client.ts';
import { dynamoErrorName, isConditionFailure, isRetryableDynamoError } from './dynamo-errors.ts';

/** Writes rebuilt projections to table `incidents`; it never touches the audit trail. */
export class DynamoProjectionWriter implements ProjectionWriter {
  readonly #client: DocumentClient;
  readonly #table: string;

  constructor(of: { client: DocumentClient; table: string }) {
    this.#client = of.client;
    this.#table = of.table;
  }

  async write(row: ProjectionRow): Promise<void> {
    if (row.sk === 'STATE') return this.#writeState(row);
    await guarded(() =>
      this.#client.send(new PutCommand({ TableName: this.#table, Item: { ...row } })),
    );
  }

  async remove({ pk, sk }: { pk: string; sk: string }): Promise<void> {
    await guarded(() =>
      this.#client.send(new DeleteCommand({ TableName: this.#table, Key: { pk, sk } })),
    );
  }

  async #writeState(row: ProjectionRow): Promise<void> {
    const { pk, sk, state, version, open, openedAt } = row;
    const key = { TableName: this.#table, Key: { pk, sk } };
    // A row that was lost takes its journal with it. All effects count as done: posting the past
    // again into live rooms would be worse than an effect that stays undone.
    await guarded(() =>
      this.#client.send(
        new UpdateCommand({
          ...key,
          UpdateExpression: 'SET actedSeq = :version',
          ConditionExpression: 'attribute_not_exists(pk)',
          ExpressionAttributeValues: { ':version': version },
        }),
      ),
    );
    await guarded(() =>
      this.#client.send(
        new UpdateCommand({
          ...key,
          UpdateExpression:
            open === undefined
              ? 'SET #state = :state, version = :version REMOVE #open'
              : 'SET #state = :state, version = :version, #open = :open, openedAt = :openedAt',
          // The record may have gone on since the trail was read.
          ConditionExpression: 'attribute_not_exists(version) OR version <= :version',
          ExpressionAttributeNames: { '#state': 'state', '#open': 'open' },
          ExpressionAttributeValues: {
            ':state': state,
            ':version': version,
            ...(open === undefined ? {} : { ':open': open, ':openedAt': openedAt }),
          },
        }),
      ),
    );
  }
}

/** A condition that is not met means that a newer writer was first, which is fine. */
async function guarded(write: () => Promise<unknown>): Promise<void> {
  try {
    await write();
  } catch (cause) {
    if (isConditionFailure(cause)) return;
    throw new DeliveryError({
      code: 'ROWS_UNAVAILABLE',
      message:
        'cannot write a projection: expected an answer from DynamoDB, ' +
        `got ${dynamoErrorName(cause)}`,
      retryable: isRetryableDynamoError(cause),
      cause,
    });
  }
}
