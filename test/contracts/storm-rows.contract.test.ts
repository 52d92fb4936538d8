import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DocumentClient, QueryCommand } from '../../src/adapters/dynamodb/document-client.ts';
import { DynamoStormRows } from '../../src/adapters/dynamodb/storm-rows.ts';
import { EMPTY_WINDOW } from '../../src/domain/storm.ts';
import { startAws } from '../../src/local/aws/aws-server.ts';
import { MemoryStormRows } from '../../src/local/memory/memory-storm-rows.ts';
import { TABLE_NAMES, tableDefinitions } from '../../src/local/tables.ts';
import { WorldClock } from '../../src/local/world-clock.ts';
import type { PendingLink, StormRows } from '../../src/services/storm-rows.ts';

const STORM = 'inc-aaaaaaaaaaaaaaaa';
const OF = { service: 'checkout-api', number: 1, nowMs: 1_000 };

type Store = { rows: StormRows; unfinished(): Promise<string[]>; close(): Promise<void> };

const STORES: Record<string, () => Promise<Store>> = {
  memory: async () => {
    const rows = new MemoryStormRows();
    return { rows, unfinished: async () => rows.unfinished(), close: async () => {} };
  },
  dynamodb: async () => {
    const clock = new WorldClock();
    const aws = await startAws({ clock, callers: {} });
    for (const table of tableDefinitions()) await aws.dynamodb.createTable(table);
    const client = new DocumentClient(
      new DynamoDBClient({
        endpoint: aws.url,
        region: 'us-east-1',
        credentials: { accessKeyId: 'AKIATEST', secretAccessKey: 'unchecked' },
      }),
    );
    return {
      rows: new DynamoStormRows({ client, table: TABLE_NAMES.incidents }),
      unfinished: async () => {
        const { Items = [] } = await client.send(
          new QueryCommand({
            TableName: TABLE_NAMES.incidents,
            IndexName: 'unfinished',
            KeyConditionExpression: 'unfinished = :one',
            ExpressionAttributeValues: { ':one': '1' },
          }),
        );
        return Items.map(({ pk }) => String(pk).replace('INCIDENT#', ''));
      },
      close: async () => {
        client.destroy();
        clock.close();
        await aws.close();
      },
    };
  },
};

function pending(key: string): PendingLink {
  return {
    key,
    people: [{ email: 'maya.ito@example.com', reference: 'maya', source: 'grafana-oncall' }],
    alert: {
      source: 'grafana-oncall',
      group: `GROUP-${key}`,
      rawType: 'alert group created',
      occurredAt: null,
      title: 'Checkout 5xx',
      groupState: null,
      by: null,
      link: null,
      severity: 'P1',
      severityIsDefault: false,
      isNew: true,
      commandId: key,
      rawSha256: 'a'.repeat(64),
      truncated: false,
    },
  };
}

describe.each(Object.entries(STORES))('StormRows on %s', (_name, open) => {
  let store: Store;
  let rows: StormRows;
  beforeEach(async () => {
    store = await open();
    rows = store.rows;
  });
  afterEach(() => store.close());

  it('a service that was never counted has the empty window, and so has no service', async () => {
    expect(await rows.readWindow('checkout-api')).toEqual(EMPTY_WINDOW);
    expect(await rows.readWindow(null)).toEqual(EMPTY_WINDOW);
  });

  it('stores a window for the writer who read the newest, and refuses the other', async () => {
    const mine = { ...EMPTY_WINDOW, openings: { [STORM]: 1_000 } };
    expect(await rows.writeWindow('checkout-api', mine)).toBe(true);
    expect(await rows.writeWindow('checkout-api', { ...EMPTY_WINDOW, number: 1 })).toBe(false);
    expect(await rows.readWindow('checkout-api')).toEqual({ ...mine, revision: 1 });
    expect(await rows.writeWindow('checkout-api', { ...mine, revision: 1, number: 1 })).toBe(true);
    expect(await rows.readWindow(null)).toEqual(EMPTY_WINDOW);
  });

  it('lets one of twenty simultaneous writers of a window win', async () => {
    const wins = await Promise.all(
      Array.from({ length: 20 }, (_, i) =>
        rows.writeWindow('checkout-api', { ...EMPTY_WINDOW, linkedAtMs: i }),
      ),
    );
    expect(wins.filter(Boolean)).toHaveLength(1);
  });

  it('knows which storm a group belongs to', async () => {
    expect(await rows.readLink('grafana-oncall', 'GROUP1')).toBeUndefined();
    const link = {
      ...{ stormId: STORM, service: 'checkout-api', number: 1, linkedBy: 'c1' },
      state: 'firing' as const,
    };
    await rows.writeLink('grafana-oncall', 'GROUP1', link);
    expect(await rows.readLink('grafana-oncall', 'GROUP1')).toEqual(link);
    expect(await rows.readLink('grafana-alerting', 'GROUP1')).toBeUndefined();
  });

  it('keeps a delivery until its batch is closed, and never takes it in again', async () => {
    await rows.putPending(STORM, pending('k1'));
    await rows.putPending(STORM, pending('k2'));
    await rows.putPending(STORM, pending('k1'));
    expect(await rows.listPending(STORM, 50)).toEqual([pending('k1'), pending('k2')]);
    expect(await rows.listPending(STORM, 1)).toEqual([pending('k1')]);
    const batch = { number: 1, keys: ['k1'] };
    expect(await rows.claim(STORM, batch)).toEqual(batch);
    expect(await rows.readPending(STORM, ['k1'])).toEqual([pending('k1')]);
    await rows.close(STORM, batch, 5_000);
    await rows.putPending(STORM, pending('k1'));
    expect(await rows.listPending(STORM, 50)).toEqual([pending('k2')]);
    expect(await rows.readPending(STORM, ['k1', 'k2'])).toEqual([pending('k2')]);
    expect(await rows.wasPut(STORM, 'k1')).toBe(true);
    expect(await rows.wasPut(STORM, 'k3')).toBe(false);
  });

  it('gives the open batch to whoever claims another, and no number twice', async () => {
    await rows.signal(STORM, OF);
    const batch = { number: 1, keys: ['k1'] };
    await rows.claim(STORM, batch);
    expect(await rows.claim(STORM, { number: 1, keys: ['k2'] })).toEqual(batch);
    await rows.close(STORM, batch, 5_000);
    await rows.close(STORM, batch, 9_000);
    await expect(rows.claim(STORM, { number: 1, keys: ['k2'] })).rejects.toMatchObject({
      code: 'NOT_YET',
    });
    expect(await rows.readHead(STORM)).toMatchObject({ batch: null, lastBatch: 1 });
    expect(await rows.claim(STORM, { number: 2, keys: ['k2'] })).toEqual({
      number: 2,
      keys: ['k2'],
    });
  });

  it('counts turns and signals, and is unfinished until it rests on the newest signal', async () => {
    expect(await rows.readHead(STORM)).toBeUndefined();
    expect(await rows.signal(STORM, OF)).toBe(0);
    expect(await store.unfinished()).toEqual([STORM]);
    const first = await rows.begin(STORM);
    expect(first).toMatchObject({ ...{ turn: 1, signals: 1, batch: null }, isUnfinished: true });
    expect(await rows.signal(STORM, OF)).toBe(1);
    await rows.rest(STORM, first.signals);
    expect(await store.unfinished()).toEqual([STORM]);
    await rows.rest(STORM, 2);
    expect(await store.unfinished()).toEqual([]);
    expect(await rows.readHead(STORM)).toEqual({
      service: 'checkout-api',
      number: 1,
      isUnfinished: false,
      turn: 1,
      signals: 2,
      batch: null,
      lastBatch: 0,
      appendedAtMs: null,
    });
  });
});
