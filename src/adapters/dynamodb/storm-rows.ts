import { DeliveryError } from '../../domain/errors.ts';
import { sha256Hex } from '../../domain/ids.ts';
import { EMPTY_WINDOW, type StormWindow } from '../../domain/storm.ts';
import type {
  PendingLink,
  StormBatch,
  StormHead,
  StormLink,
  StormRows,
} from '../../services/storm-rows.ts';
import { type DocumentClient, PutCommand, QueryCommand, UpdateCommand } from './document-client.ts';
import { isConditionFailure } from './dynamo-errors.ts';
import { groupKey, partition } from './incident-row-keys.ts';
import { type Row, RowStore, unavailable } from './row-store.ts';

/** Rows of storms in table `incidents`. What was appended is marked, and nothing is taken away. */
export class DynamoStormRows implements StormRows {
  readonly #client: DocumentClient;
  readonly #table: string;
  readonly #rows: RowStore;

  constructor(of: { client: DocumentClient; table: string }) {
    this.#client = of.client;
    this.#table = of.table;
    this.#rows = new RowStore(of);
  }

  async readWindow(service: string | null): Promise<StormWindow> {
    const row = await this.#rows.get(windowKey(service), 'WINDOW');
    return row ? (row.window as StormWindow) : EMPTY_WINDOW;
  }

  async writeWindow(service: string | null, window: StormWindow): Promise<boolean> {
    const revision = window.revision + 1;
    return this.#put(
      { pk: windowKey(service), sk: 'WINDOW', revision, window: { ...window, revision } },
      {
        condition: window.revision === 0 ? 'attribute_not_exists(pk)' : 'revision = :revision',
        ...(window.revision === 0 ? {} : { values: { ':revision': window.revision } }),
      },
    );
  }

  async readLink(source: string, group: string): Promise<StormLink | undefined> {
    const row = await this.#rows.get(groupKey(source, group), 'STORM');
    return row?.link as StormLink | undefined;
  }

  async writeLink(source: string, group: string, link: StormLink): Promise<void> {
    await this.#put({ pk: groupKey(source, group), sk: 'STORM', link });
  }

  async putPending(stormId: string, { key, alert, people }: PendingLink): Promise<void> {
    const row = { pk: waitingKey(stormId), sk: `LINK#${key}`, alert, people };
    await this.#put(row, { condition: 'attribute_not_exists(pk)' });
  }

  async wasPut(stormId: string, key: string): Promise<boolean> {
    return (await this.#rows.get(waitingKey(stormId), `LINK#${key}`)) !== undefined;
  }

  async signal(
    stormId: string,
    of: { service: string | null; number: number; nowMs: number },
  ): Promise<number> {
    const head = await this.#updateHead(stormId, {
      UpdateExpression:
        'SET unfinished = :one, unfinishedSinceMs = if_not_exists(unfinishedSinceMs, :now), ' +
        'service = :service, #number = :number, turn = if_not_exists(turn, :zero) ' +
        'ADD signals :add',
      ExpressionAttributeNames: { '#number': 'number' },
      ExpressionAttributeValues: {
        ':one': '1',
        ':now': of.nowMs,
        ':service': of.service,
        ':number': of.number,
        ':zero': 0,
        ':add': 1,
      },
    });
    return Number(head?.turn ?? 0);
  }

  async readHead(stormId: string): Promise<StormHead | undefined> {
    const row = await this.#rows.get(partition(stormId), 'STORM');
    return row && headOf(row);
  }

  async begin(stormId: string): Promise<StormHead> {
    const row = await this.#updateHead(stormId, {
      UpdateExpression: 'ADD turn :add',
      ExpressionAttributeValues: { ':add': 1 },
    });
    return headOf(row ?? {});
  }

  async listPending(stormId: string, limit: number): Promise<PendingLink[]> {
    const found: PendingLink[] = [];
    let startKey: Row | undefined;
    do {
      const page = await this.#attempt('list deliveries', () =>
        this.#client.send(
          new QueryCommand({
            TableName: this.#table,
            KeyConditionExpression: 'pk = :pk AND begins_with(sk, :sk)',
            FilterExpression: 'attribute_not_exists(appended)',
            ExpressionAttributeValues: { ':pk': waitingKey(stormId), ':sk': 'LINK#' },
            ConsistentRead: true,
            ...(startKey ? { ExclusiveStartKey: startKey } : {}),
          }),
        ),
      );
      found.push(...(page?.Items ?? []).map(pendingOf));
      startKey = page?.LastEvaluatedKey;
    } while (startKey && found.length < limit);
    return found.slice(0, limit);
  }

  async claim(stormId: string, batch: StormBatch): Promise<StormBatch> {
    const row = await this.#updateHead(stormId, {
      UpdateExpression: 'SET openBatch = :batch',
      ConditionExpression:
        '(attribute_not_exists(openBatch) OR openBatch = :none) AND ' +
        '(attribute_not_exists(lastBatch) OR lastBatch < :number)',
      ExpressionAttributeValues: { ':batch': batch, ':none': null, ':number': batch.number },
    });
    if (row) return batch;
    const open = (await this.readHead(stormId))?.batch;
    if (open) return open;
    throw notYet();
  }

  async readPending(stormId: string, keys: readonly string[]): Promise<PendingLink[]> {
    const rows = await Promise.all(
      keys.map((key) => this.#rows.get(waitingKey(stormId), `LINK#${key}`)),
    );
    return rows.flatMap((row) => (row && row.appended === undefined ? [pendingOf(row)] : []));
  }

  async close(stormId: string, batch: StormBatch, nowMs: number): Promise<void> {
    await Promise.all(
      batch.keys.map((key) =>
        this.#update(waitingKey(stormId), `LINK#${key}`, {
          // What stands on the trail need not stand here; the row says only that it does.
          UpdateExpression: 'SET appended = :number REMOVE alert, people',
          ExpressionAttributeValues: { ':number': batch.number },
        }),
      ),
    );
    await this.#updateHead(stormId, {
      UpdateExpression: 'SET openBatch = :none, lastBatch = :number, appendedAtMs = :now',
      ConditionExpression: 'openBatch.#number = :number',
      ExpressionAttributeNames: { '#number': 'number' },
      ExpressionAttributeValues: { ':none': null, ':number': batch.number, ':now': nowMs },
    });
  }

  async rest(stormId: string, signals: number): Promise<void> {
    await this.#updateHead(stormId, {
      UpdateExpression: 'REMOVE unfinished, unfinishedSinceMs',
      ConditionExpression: 'signals = :signals',
      ExpressionAttributeValues: { ':signals': signals },
    });
  }

  /** @returns false when the condition was not met */
  async #put(
    row: Row,
    only: { condition?: string; values?: Record<string, unknown> } = {},
  ): Promise<boolean> {
    const output = await this.#attempt('write a row', () =>
      this.#client.send(
        new PutCommand({
          TableName: this.#table,
          Item: row,
          ...(only.condition ? { ConditionExpression: only.condition } : {}),
          ...(only.values ? { ExpressionAttributeValues: only.values } : {}),
        }),
      ),
    );
    return output !== undefined;
  }

  #updateHead(stormId: string, expression: Expression): Promise<Row | undefined> {
    return this.#update(partition(stormId), 'STORM', expression);
  }

  /** @returns the row as it is now; undefined when the condition was not met */
  async #update(pk: string, sk: string, expression: Expression): Promise<Row | undefined> {
    const output = await this.#attempt('update a row', () =>
      this.#client.send(
        new UpdateCommand({
          TableName: this.#table,
          Key: { pk, sk },
          ReturnValues: 'ALL_NEW',
          ...expression,
        }),
      ),
    );
    return output && (output.Attributes ?? {});
  }

  async #attempt<T>(act: string, call: () => Promise<T>): Promise<T | undefined> {
    try {
      return await call();
    } catch (error) {
      if (isConditionFailure(error)) return undefined;
      throw unavailable(act, error);
    }
  }
}

type Expression = {
  UpdateExpression: string;
  ConditionExpression?: string;
  ExpressionAttributeNames?: Record<string, string>;
  ExpressionAttributeValues: Record<string, unknown>;
};

/** A service's name may be longer than a key may be. */
function windowKey(service: string | null): string {
  return `STORM#${service === null ? 'none' : sha256Hex(service)}`;
}

function waitingKey(stormId: string): string {
  return `STORM#${stormId}`;
}

function pendingOf(row: Row): PendingLink {
  return {
    key: String(row.sk).slice('LINK#'.length),
    alert: row.alert as PendingLink['alert'],
    people: (row.people as PendingLink['people'] | undefined) ?? [],
  };
}

function headOf(row: Row): StormHead {
  return {
    service: (row.service as string | null | undefined) ?? null,
    number: Number(row.number ?? 1),
    isUnfinished: row.unfinished !== undefined,
    turn: Number(row.turn ?? 0),
    signals: Number(row.signals ?? 0),
    batch: (row.openBatch as StormBatch | null | undefined) ?? null,
    lastBatch: Number(row.lastBatch ?? 0),
    appendedAtMs: (row.appendedAtMs as number | undefined) ?? null,
  };
}

/** Two drains at once: the other closed its batch between our looks. */
function notYet(): DeliveryError {
  return new DeliveryError({
    code: 'NOT_YET',
    message: 'cannot claim a batch: expected the number to be free, got another drain at work',
    retryable: true,
    retryAfterS: 1,
  });
}
