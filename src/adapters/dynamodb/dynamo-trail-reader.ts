import {
  type AttributeValue,
  type DynamoDBClient,
  QueryCommand,
  ScanCommand,
} from '@aws-sdk/client-dynamodb';
import { EVENT_TYPES } from '../../domain/audit-event.ts';
import { TrailError } from '../../domain/errors.ts';
import type { StoredRow } from '../../domain/trail-rows.ts';
import type { AuditIndexes } from '../../services/audit-listing.ts';
import type { Clock } from '../../services/ports.ts';
import type { TrailReader } from '../../services/verify-trail.ts';
import { storedItem } from './attribute-values.ts';
import { dynamoErrorName, isRetryableDynamoError } from './dynamo-errors.ts';

type Attributes = Record<string, AttributeValue>;
type Page = { Items?: Attributes[]; LastEvaluatedKey?: Attributes };
type Paged = {
  TableName: string;
  IndexName?: string;
  KeyConditionExpression?: string;
  FilterExpression?: string;
  ProjectionExpression?: string;
  ExpressionAttributeNames?: Record<string, string>;
  ExpressionAttributeValues?: Attributes;
  ConsistentRead?: boolean;
};

/** Pages of one read; at 1 MB a page far more than any deployment writes. */
const PAGES_MAX = 100_000;
/** How far back a reader without `Scan` looks for chains. Unit: months. */
const MONTHS_BACK = 24;
/** Queries at a time. */
const CONCURRENCY = 16;

/**
 * Reads both tables raw, for verification and for reviewers.
 *
 * A role that may only Query (`AuditReader`) finds chains through the by-type index, which is
 * eventually consistent, and cannot see the projections; who may Scan sees everything.
 */
export class DynamoTrailReader implements TrailReader, AuditIndexes {
  readonly #client: DynamoDBClient;
  readonly #tables: { audit: string; incidents: string };
  readonly #clock: Clock;

  constructor(of: {
    client: DynamoDBClient;
    tables: { audit: string; incidents: string };
    clock: Clock;
  }) {
    this.#client = of.client;
    this.#tables = of.tables;
    this.#clock = of.clock;
  }

  async partitions(): Promise<string[]> {
    const scanned = await this.#permitted(() =>
      this.#all('Scan', {
        TableName: this.#tables.audit,
        ConsistentRead: true,
        ProjectionExpression: 'pk',
      }),
    );
    const rows = scanned ?? (await this.#indexed());
    return [...new Set(rows.map((row) => String(row.pk)))].sort();
  }

  async rows(partition: string): Promise<StoredRow[]> {
    return this.#all('Query', {
      TableName: this.#tables.audit,
      ConsistentRead: true,
      KeyConditionExpression: 'pk = :pk',
      ExpressionAttributeValues: { ':pk': { S: partition } },
    });
  }

  async projections(partition?: string): Promise<StoredRow[] | undefined> {
    const table = { TableName: this.#tables.incidents, ConsistentRead: true };
    return this.#permitted(() =>
      partition === undefined
        ? this.#all('Scan', table)
        : this.#all('Query', {
            ...table,
            KeyConditionExpression: 'pk = :pk',
            ExpressionAttributeValues: { ':pk': { S: partition } },
          }),
    );
  }

  async ofType(type: string, month: string): Promise<StoredRow[]> {
    return this.#index('by-type', 'typeMonth', `${type}#${month}`);
  }

  async ofActor(actor: string, month: string): Promise<StoredRow[]> {
    return this.#index('by-actor', 'actorMonth', `${actor}#${month}`);
  }

  #index(index: string, attribute: string, key: string): Promise<StoredRow[]> {
    return this.#all('Query', {
      TableName: this.#tables.audit,
      IndexName: index,
      KeyConditionExpression: '#key = :key',
      ExpressionAttributeNames: { '#key': attribute },
      ExpressionAttributeValues: { ':key': { S: key } },
    });
  }

  /** Every chain that the by-type index shows. */
  async #indexed(): Promise<StoredRow[]> {
    const months = monthsBefore(this.#clock.nowMs(), MONTHS_BACK);
    const wanted = EVENT_TYPES.flatMap((type) => months.map((month) => ({ type, month })));
    const rows: StoredRow[] = [];
    for (let i = 0; i < wanted.length; i += CONCURRENCY) {
      const batch = wanted.slice(i, i + CONCURRENCY);
      const found = await Promise.all(batch.map(({ type, month }) => this.ofType(type, month)));
      for (const row of found.flat()) rows.push({ pk: row.pk });
    }
    return rows;
  }

  /** @returns undefined when IAM does not allow it */
  async #permitted<T>(read: () => Promise<T>): Promise<T | undefined> {
    try {
      return await read();
    } catch (error) {
      const { cause } = error as { cause?: unknown };
      if (dynamoErrorName(cause) === 'AccessDeniedException') return undefined;
      throw error;
    }
  }

  async #all(action: 'Query' | 'Scan', input: Paged): Promise<StoredRow[]> {
    const rows: StoredRow[] = [];
    let startKey: Attributes | undefined;
    for (let page = 0; page < PAGES_MAX; page += 1) {
      const answer = await this.#page(action, {
        ...input,
        ...(startKey ? { ExclusiveStartKey: startKey } : {}),
      });
      for (const item of answer.Items ?? []) rows.push(storedItem(item));
      startKey = answer.LastEvaluatedKey;
      if (!startKey) return rows;
    }
    throw new RangeError(`cannot read ${input.TableName}: expected at most ${PAGES_MAX} pages`);
  }

  async #page(action: 'Query' | 'Scan', input: Paged): Promise<Page> {
    try {
      return (await (action === 'Query'
        ? this.#client.send(new QueryCommand(input))
        : this.#client.send(new ScanCommand(input)))) as Page;
    } catch (cause) {
      throw new TrailError({
        code: 'TRAIL_UNAVAILABLE',
        message:
          `cannot read ${input.TableName}: expected an answer from DynamoDB, ` +
          `got ${dynamoErrorName(cause)}`,
        retryable: isRetryableDynamoError(cause),
        cause,
      });
    }
  }
}

/** `YYYY-MM` of this month and of the ones before it, newest first. */
export function monthsBefore(nowMs: number, count: number): string[] {
  const now = new Date(nowMs);
  return Array.from({ length: count }, (_, back) =>
    new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() - back, 1)).toISOString().slice(0, 7),
  );
}
