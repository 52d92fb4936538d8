import {
  blockedUntil,
  intervalMs,
  nextPlace,
  type RateRule,
  toleranceMs,
} from '../../domain/rate-limit.ts';
import type { BudgetRows, KeptPlace } from '../../services/call-budget.ts';
import { type DocumentClient, GetCommand, PutCommand, UpdateCommand } from './document-client.ts';
import { isConditionFailure } from './dynamo-errors.ts';
import { partition } from './incident-row-keys.ts';

type Bucket = { name: string; rule: RateRule };

/** Writers that may come between our look and our write; each loss shows what they left. */
const RACES_MAX = 20;
/** Buckets remembered here. */
const KNOWN_MAX = 2_000;

/**
 * Rate limits in table `incidents`: one row a bucket, with the instant at which it is full again.
 *
 * What this process saw last only chooses which condition is tried first; the condition decides.
 */
export class DynamoBudgetRows implements BudgetRows {
  readonly #client: DocumentClient;
  readonly #table: string;
  readonly #prefix: string;
  readonly #known = new Map<string, number>();

  /** @param of.prefix - of the rows' keys, before a bucket's name. @default Slack's */
  constructor(of: { client: DocumentClient; table: string; prefix?: string }) {
    this.#client = of.client;
    this.#table = of.table;
    this.#prefix = of.prefix ?? 'RATE#slack#';
  }

  async take(
    bucket: Bucket,
    of: { urgent: boolean; nowMs: number; withinMs: number },
  ): Promise<{ atMs: number } | { fullAtMs: number }> {
    let fullAtMs = this.#known.get(bucket.name) ?? 0;
    let isSeen = false;
    for (let race = 0; race < RACES_MAX; race += 1) {
      const place = nextPlace(fullAtMs, { rule: bucket.rule, ...of });
      // Only what the row says is a reason to go away, not what was remembered of it.
      if (isSeen && place.atMs - of.nowMs > of.withinMs) return { fullAtMs };
      const seen = await this.#tryTake(bucket, { ...of, isUsed: fullAtMs > of.nowMs });
      if (seen.taken) return { atMs: seen.atMs };
      fullAtMs = seen.fullAtMs;
      isSeen = true;
    }
    return { fullAtMs };
  }

  /** One conditional write. @returns what the row says if it did not hold */
  async #tryTake(
    bucket: Bucket,
    of: { urgent: boolean; nowMs: number; withinMs: number; isUsed: boolean },
  ): Promise<{ taken: true; atMs: number } | { taken: false; fullAtMs: number }> {
    const { rule } = bucket;
    const { nowMs, withinMs, isUsed } = of;
    const interval = intervalMs(rule);
    const tolerance = toleranceMs(rule, of.urgent);
    try {
      const { Attributes } = await this.#client.send(
        new UpdateCommand({
          TableName: this.#table,
          Key: { pk: this.#prefix + bucket.name, sk: 'BUDGET' },
          UpdateExpression: isUsed
            ? 'SET fullAtMs = fullAtMs + :interval'
            : 'SET fullAtMs = :now + :interval',
          ConditionExpression: isUsed
            ? 'fullAtMs > :now AND fullAtMs <= :latest'
            : 'attribute_not_exists(fullAtMs) OR fullAtMs <= :now',
          ExpressionAttributeValues: {
            ':now': nowMs,
            ':interval': interval,
            ...(isUsed ? { ':latest': nowMs + withinMs + tolerance } : {}),
          },
          ReturnValues: 'UPDATED_NEW',
          ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
        }),
        inTime(),
      );
      const fullAtMs = Number(Attributes?.fullAtMs ?? 0);
      this.#remember(bucket, fullAtMs);
      return { taken: true, atMs: Math.max(nowMs, fullAtMs - interval - tolerance) };
    } catch (error) {
      if (!isConditionFailure(error)) throw error;
      const fullAtMs = seenIn(error);
      this.#remember(bucket, fullAtMs);
      return { taken: false, fullAtMs };
    }
  }

  async block(bucket: Bucket, untilMs: number): Promise<void> {
    const fullAtMs = blockedUntil(0, bucket.rule, untilMs);
    try {
      await this.#client.send(
        new UpdateCommand({
          TableName: this.#table,
          Key: { pk: this.#prefix + bucket.name, sk: 'BUDGET' },
          UpdateExpression: 'SET fullAtMs = :full',
          ConditionExpression: 'attribute_not_exists(fullAtMs) OR fullAtMs < :full',
          ExpressionAttributeValues: { ':full': fullAtMs },
        }),
        inTime(),
      );
      this.#remember(bucket, fullAtMs);
    } catch (error) {
      if (!isConditionFailure(error)) throw error;
    }
  }

  async readKept(incidentId: string, bucketName: string): Promise<KeptPlace | undefined> {
    const { Item } = await this.#client.send(
      new GetCommand({
        TableName: this.#table,
        Key: { pk: partition(incidentId), sk: placeKey(bucketName) },
        ConsistentRead: true,
      }),
      inTime(),
    );
    return Item && { atMs: Number(Item.atMs), used: Item.used === true };
  }

  async keep(incidentId: string, bucketName: string, place: KeptPlace): Promise<void> {
    await this.#client.send(
      new PutCommand({
        TableName: this.#table,
        Item: { pk: partition(incidentId), sk: placeKey(bucketName), ...place },
      }),
      inTime(),
    );
  }

  async use(incidentId: string, bucketName: string, place: KeptPlace): Promise<boolean> {
    try {
      await this.#client.send(
        new UpdateCommand({
          TableName: this.#table,
          Key: { pk: partition(incidentId), sk: placeKey(bucketName) },
          UpdateExpression: 'SET used = :true',
          ConditionExpression: 'used = :false AND atMs = :at',
          ExpressionAttributeValues: { ':true': true, ':false': false, ':at': place.atMs },
        }),
        inTime(),
      );
      return true;
    } catch (error) {
      if (isConditionFailure(error)) return false;
      throw error;
    }
  }

  #remember(bucket: Bucket, fullAtMs: number): void {
    if (this.#known.size >= KNOWN_MAX) this.#known.clear();
    this.#known.set(bucket.name, fullAtMs);
  }
}

/**
 * A call waits for the rows so long before it goes ahead without them. Generous, as work that cannot
 * reach the table cannot reach its trail either, and one 429 costs everybody a minute. Unit: ms.
 */
const ROWS_TIMEOUT_MS = 8_000;

function inTime(): { abortSignal: AbortSignal } {
  return { abortSignal: AbortSignal.timeout(ROWS_TIMEOUT_MS) };
}

/** The place that waits for an incident's next call of one bucket. */
function placeKey(bucketName: string): string {
  return `PLACE#slack#${bucketName}`;
}

/** The bucket's state in a refused write; the error holds the item as it is on the wire. */
function seenIn(error: unknown): number {
  const item = (error as { Item?: { fullAtMs?: { N?: string } | number } }).Item;
  const value = item?.fullAtMs;
  return Number((typeof value === 'object' ? value.N : value) ?? 0);
}
