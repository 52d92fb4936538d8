import { type AuditEvent, openEvent } from '../../domain/audit-event.ts';
import { TrailError } from '../../domain/errors.ts';
import { keysOf, partitionOf, withoutKeys } from '../../domain/event-keys.ts';
import { sequenceKey } from '../../domain/hash-chain.ts';
import type { AuditTrail } from '../../services/ports.ts';
import {
  type DocumentClient,
  ExecuteStatementCommand,
  GetCommand,
  QueryCommand,
} from './document-client.ts';
import { dynamoErrorName, isRefusedByDynamo, isRetryableDynamoError } from './dynamo-errors.ts';

/** Columns of an audit row, in the order of the INSERT statement's parameters. */
const COLUMNS = [
  'pk',
  'sk',
  'v',
  'incidentId',
  'seq',
  'type',
  'at',
  'actor',
  'commandId',
  'details',
  'prevHash',
  'hash',
  'typeMonth',
  'actorMonth',
] as const;

/** An existing key, as DynamoDB says it and as DynamoDB Local does. */
const DUPLICATE = new Set(['DuplicateItemException', 'DuplicateItem']);

/**
 * The audit trail in DynamoDB.
 *
 * Appends by PartiQL `INSERT`, the one write that IAM can allow while denying every way to overwrite:
 * an unconditional `PutItem` replaces an item and IAM cannot ask for a condition.
 * @see docs/adr/0001-append-only-trail-by-insert.md
 */
export class DynamoAuditTrail implements AuditTrail {
  readonly #client: DocumentClient;
  readonly #table: string;

  constructor(of: { client: DocumentClient; table: string }) {
    this.#client = of.client;
    this.#table = of.table;
  }

  async insert(event: AuditEvent): Promise<'inserted' | 'taken'> {
    const row: Record<(typeof COLUMNS)[number], unknown> = { ...event, ...keysOf(event) };
    try {
      await this.#client.send(
        new ExecuteStatementCommand({
          Statement: `INSERT INTO "${this.#table}" VALUE {${COLUMNS.map((c) => `'${c}': ?`).join(', ')}}`,
          Parameters: COLUMNS.map((column) => row[column]),
        }),
      );
      return 'inserted';
    } catch (error) {
      if (DUPLICATE.has((error as Error).name)) return 'taken';
      throw unavailable(`append to ${event.incidentId}`, error);
    }
  }

  async head(incidentId: string): Promise<AuditEvent | undefined> {
    const { Items } = await this.#query({ incidentId, fromSeq: 1, newestOnly: true });
    return Items?.[0] && this.#open(incidentId, Items[0]);
  }

  async get(incidentId: string, seq: number): Promise<AuditEvent | undefined> {
    try {
      const { Item } = await this.#client.send(
        new GetCommand({
          TableName: this.#table,
          Key: { pk: partitionOf(incidentId), sk: sequenceKey(seq) },
          ConsistentRead: true,
        }),
      );
      return Item && this.#open(incidentId, Item);
    } catch (error) {
      throw unavailable(`read ${incidentId}#${seq}`, error);
    }
  }

  async from(incidentId: string, fromSeq: number, limit?: number): Promise<AuditEvent[]> {
    const events: AuditEvent[] = [];
    let startKey: Record<string, unknown> | undefined;
    do {
      const pageMax = limit === undefined ? undefined : limit - events.length;
      const page = await this.#query({ incidentId, fromSeq, startKey, pageMax });
      for (const item of page.Items ?? []) {
        const event = this.#open(incidentId, item);
        if (event.seq !== fromSeq + events.length) {
          throw corrupt(incidentId, fromSeq + events.length, `found ${event.seq} instead`);
        }
        events.push(event);
      }
      startKey = page.LastEvaluatedKey;
    } while (startKey && (limit === undefined || events.length < limit));
    return events;
  }

  async #query(of: {
    incidentId: string;
    fromSeq: number;
    newestOnly?: boolean;
    pageMax?: number | undefined;
    startKey?: Record<string, unknown> | undefined;
  }) {
    try {
      return await this.#client.send(
        new QueryCommand({
          TableName: this.#table,
          KeyConditionExpression: 'pk = :pk AND sk >= :sk',
          ExpressionAttributeValues: {
            ':pk': partitionOf(of.incidentId),
            ':sk': sequenceKey(of.fromSeq),
          },
          ConsistentRead: true,
          ...(of.newestOnly ? { ScanIndexForward: false, Limit: 1 } : {}),
          ...(of.pageMax === undefined ? {} : { Limit: of.pageMax }),
          ...(of.startKey ? { ExclusiveStartKey: of.startKey } : {}),
        }),
      );
    } catch (error) {
      throw unavailable(`read ${of.incidentId}`, error);
    }
  }

  #open(incidentId: string, item: Record<string, unknown>): AuditEvent {
    const event = openEvent(withoutKeys(item));
    if (item.pk !== partitionOf(event.incidentId) || item.sk !== sequenceKey(event.seq)) {
      throw corrupt(incidentId, event.seq, 'its key does not match');
    }
    return event;
  }
}

function unavailable(act: string, error: unknown): Error {
  if (error instanceof TrailError) return error;
  return new TrailError({
    code: isRefusedByDynamo(error) ? 'EVENT_INVALID' : 'TRAIL_UNAVAILABLE',
    message: `cannot ${act}: expected an answer from DynamoDB, got ${dynamoErrorName(error)}`,
    retryable: isRetryableDynamoError(error),
    cause: error,
  });
}

function corrupt(incidentId: string, seq: number, what: string): TrailError {
  return new TrailError({
    code: 'TRAIL_CORRUPT',
    message: `cannot read event ${incidentId}#${seq}: ${what}`,
    retryable: false,
  });
}
