import { DeleteItemCommand, DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb';
import { DeliveryError } from '../../domain/errors.ts';
import type { IncidentMessage, OutboxDrain } from '../../services/ports.ts';
import type { AwsClientOptions } from '../aws/client-options.ts';
import { dynamoErrorName, isRetryableDynamoError } from './dynamo-errors.ts';

type OutboxRow = { id: string; message: IncidentMessage; group: string };

/** Pages of a scan; a page holds up to 1 MB, so this is far more than a run can drain. */
const PAGES_MAX = 20;
/** A scan of 1 MB takes well under a second; a run has 30 s for everything. */
const CONNECTION_TIMEOUT_MS = 1_000;
const REQUEST_TIMEOUT_MS = 3_000;

/**
 * Table `outbox`, reading side. Scans are right here: the table is empty unless the queue was out.
 */
export class DynamoOutboxDrain implements OutboxDrain {
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

  /** Oldest first among the rows read. */
  async list(limit: number): Promise<OutboxRow[]> {
    const { Items = [] } = await this.#guarded('list', () =>
      this.#client.send(
        new ScanCommand({ TableName: this.#table, ConsistentRead: true, Limit: limit }),
      ),
    );
    return Items.toSorted((a, b) => Number(a.atMs?.N) - Number(b.atMs?.N)).flatMap((item) => {
      const message = parseMessage(item.message?.S);
      // A row that is not ours stays where it is: `countWaiting` keeps its alarm on.
      if (!message) return [];
      return [{ id: String(item.pk?.S), message, group: String(item.fifoGroup?.S) }];
    });
  }

  async remove(id: string): Promise<void> {
    await this.#guarded('remove', () =>
      this.#client.send(new DeleteItemCommand({ TableName: this.#table, Key: { pk: { S: id } } })),
    );
  }

  async countWaiting(): Promise<number> {
    let count = 0;
    let from: Record<string, never> | undefined;
    for (let page = 0; page < PAGES_MAX; page += 1) {
      const command = new ScanCommand({
        TableName: this.#table,
        Select: 'COUNT',
        ConsistentRead: true,
        ...(from ? { ExclusiveStartKey: from } : {}),
      });
      const answer = await this.#guarded('count', () => this.#client.send(command));
      count += answer.Count ?? 0;
      from = answer.LastEvaluatedKey as Record<string, never> | undefined;
      if (!from) break;
    }
    return count;
  }

  async #guarded<T>(act: string, call: () => Promise<T>): Promise<T> {
    try {
      return await call();
    } catch (cause) {
      throw new DeliveryError({
        code: 'ROWS_UNAVAILABLE',
        message: `cannot ${act} outbox: expected an answer, got ${dynamoErrorName(cause)}`,
        retryable: isRetryableDynamoError(cause),
        cause,
      });
    }
  }
}

function parseMessage(text: string | undefined): IncidentMessage | undefined {
  try {
    return JSON.parse(text ?? '') as IncidentMessage;
  } catch {
    return undefined; // Not JSON, so not written by this system.
  }
}
