import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DynamoBudgetRows } from '../../src/adapters/dynamodb/budget-rows.ts';
import { DocumentClient } from '../../src/adapters/dynamodb/document-client.ts';
import { type EmbeddedAws, startAws } from '../../src/local/aws/aws-server.ts';
import { MemoryBudgetRows } from '../../src/local/memory/memory-budget-rows.ts';
import { TABLE_NAMES, tableDefinitions } from '../../src/local/tables.ts';
import { WorldClock } from '../../src/local/world-clock.ts';
import type { BudgetRows } from '../../src/services/call-budget.ts';

const BUCKET = { name: 'pins.add', rule: { perMinute: 20, burst: 3 } };
const T0 = 1_700_000_000_000;
const NOW = { urgent: true, nowMs: T0, withinMs: 0 };

type Store = { rows: BudgetRows; another: () => BudgetRows; aws?: EmbeddedAws; close(): unknown };

const STORES: Record<string, () => Promise<Store>> = {
  memory: async () => {
    const rows = new MemoryBudgetRows();
    return { rows, another: () => rows, close: () => {} };
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
    const another = () => new DynamoBudgetRows({ client, table: TABLE_NAMES.incidents });
    const close = async () => {
      client.destroy();
      clock.close();
      await aws.close();
    };
    return { rows: another(), another, aws, close };
  },
};

describe.each(Object.entries(STORES))('BudgetRows on %s', (_name, open) => {
  let store: Store;
  let rows: BudgetRows;
  beforeEach(async () => {
    store = await open();
    rows = store.rows;
  });
  afterEach(() => store.close());

  it('gives the burst at once, and then says when the bucket is full again', async () => {
    for (let i = 0; i < 3; i += 1) expect(await rows.take(BUCKET, NOW)).toEqual({ atMs: T0 });
    expect(await rows.take(BUCKET, NOW)).toEqual({ fullAtMs: T0 + 9_000 });
    expect(await rows.take(BUCKET, { ...NOW, nowMs: T0 + 2_999 })).toEqual({
      fullAtMs: T0 + 9_000,
    });
    expect(await rows.take(BUCKET, { ...NOW, nowMs: T0 + 3_000 })).toEqual({ atMs: T0 + 3_000 });
  });

  it('gives a later place to who would wait for it, in order', async () => {
    for (let i = 0; i < 3; i += 1) await rows.take(BUCKET, NOW);
    const willing = { ...NOW, withinMs: 6_000 };
    expect(await rows.take(BUCKET, willing)).toEqual({ atMs: T0 + 3_000 });
    expect(await rows.take(BUCKET, willing)).toEqual({ atMs: T0 + 6_000 });
    expect(await rows.take(BUCKET, willing)).toEqual({ fullAtMs: T0 + 15_000 });
  });

  it('refills while nobody calls, and never beyond the burst', async () => {
    for (let i = 0; i < 3; i += 1) await rows.take(BUCKET, NOW);
    const later = { ...NOW, nowMs: T0 + 600_000 };
    for (let i = 0; i < 3; i += 1) {
      expect(await rows.take(BUCKET, later)).toEqual({ atMs: T0 + 600_000 });
    }
    expect(await rows.take(BUCKET, later)).toEqual({ fullAtMs: T0 + 609_000 });
  });

  it('of thirty simultaneous callers lets three call, whoever they are', async () => {
    const callers = Array.from({ length: 6 }, () => store.another());
    const taken = await Promise.all(
      Array.from({ length: 30 }, (_, i) => callers[i % 6]!.take(BUCKET, NOW)),
    );
    expect(taken.filter((place) => 'atMs' in place)).toHaveLength(3);
  });

  it('is closed to everybody until the other side takes calls again', async () => {
    await rows.block(BUCKET, T0 + 30_000);
    await rows.block(BUCKET, T0 + 10_000);
    const other = store.another();
    expect(await other.take(BUCKET, { ...NOW, nowMs: T0 + 29_999 })).toHaveProperty('fullAtMs');
    expect(await other.take(BUCKET, { ...NOW, nowMs: T0 + 30_000 })).toEqual({ atMs: T0 + 30_000 });
  });

  it('keeps a place for one incident, which is used once', async () => {
    const place = { atMs: T0 + 60_000, used: false };
    expect(await rows.readKept('inc-a', 'pins.add')).toBeUndefined();
    await rows.keep('inc-a', 'pins.add', place);
    expect(await rows.readKept('inc-a', 'pins.add')).toEqual(place);
    expect(await rows.readKept('inc-b', 'pins.add')).toBeUndefined();
    expect(await rows.readKept('inc-a', 'bookmarks.add')).toBeUndefined();
    const uses = await Promise.all([
      rows.use('inc-a', 'pins.add', place),
      rows.use('inc-a', 'pins.add', place),
    ]);
    expect(uses.filter(Boolean)).toHaveLength(1);
    expect(await rows.readKept('inc-a', 'pins.add')).toEqual({ ...place, used: true });
  });

  it('costs one write a call on a calm night', async () => {
    if (!store.aws) return;
    const writes = () => store.aws?.board.calls().counts['dynamodb:UpdateItem'] ?? 0;
    await rows.take(BUCKET, NOW);
    expect(writes()).toBe(1);
    await rows.take(BUCKET, { ...NOW, nowMs: T0 + 10 });
    expect(writes()).toBe(2);
    await rows.take(BUCKET, { ...NOW, nowMs: T0 + 600_000 });
    expect(writes()).toBe(3);
  });
});
