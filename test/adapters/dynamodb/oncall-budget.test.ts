import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { beforeEach, describe, expect, it } from 'vitest';
import { DocumentClient } from '../../../src/adapters/dynamodb/document-client.ts';
import {
  DynamoOnCallBudget,
  ONCALL_BURST,
  ONCALL_INTERVAL_MS,
} from '../../../src/adapters/dynamodb/oncall-budget.ts';
import { tableDefinitions } from '../../../src/local/tables.ts';
import { useAws } from '../../local/aws/aws-fixture.ts';

describe('DynamoOnCallBudget', () => {
  const world = useAws();
  let nowMs: number;
  let budget: (urgency: 'urgent' | 'routine', table?: string) => DynamoOnCallBudget;

  beforeEach(async () => {
    nowMs = 1_800_000_000_000;
    for (const table of tableDefinitions()) await world.aws.dynamodb.createTable(table);
    const client = new DocumentClient(new DynamoDBClient(world.config('sweeper')));
    const log = { note() {}, warn() {}, error() {}, count() {} };
    budget = (urgency, table = 'incidents') =>
      new DynamoOnCallBudget({ client, table, clock: { nowMs: () => nowMs }, log, urgency });
  });

  async function takeAll(of: DynamoOnCallBudget, tries: number): Promise<number> {
    let taken = 0;
    for (let n = 0; n < tries; n += 1) if (await of.take()) taken += 1;
    return taken;
  }

  it('gives no more than 300 places in any five minutes', async () => {
    expect(ONCALL_BURST + 300_000 / ONCALL_INTERVAL_MS).toBe(300);
    const urgent = budget('urgent');
    expect(await takeAll(urgent, 110)).toBe(100);
    nowMs += 15_000;
    expect(await takeAll(urgent, 20)).toBe(10);
  });

  it('leaves half of the burst to urgent work', async () => {
    expect(await takeAll(budget('routine'), 60)).toBe(50);
    expect(await takeAll(budget('urgent'), 60)).toBe(50);
    expect(await takeAll(budget('routine'), 1)).toBe(0);
  });

  it('is one for all who share the table, also at the same time', async () => {
    const callers = Array.from({ length: 120 }, () => budget('urgent').take());
    const taken = (await Promise.all(callers)).filter((isTaken) => isTaken);
    expect(taken).toHaveLength(100);
  });

  it('lets calls go ahead when the table cannot be reached', async () => {
    expect(await budget('routine', 'no-such-table').take()).toBe(true);
  });
});
