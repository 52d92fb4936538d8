import { beforeEach, describe, expect, it } from 'vitest';
import { AsyncCallerContext } from '../../src/adapters/system/caller-context.ts';
import { ChatError } from '../../src/domain/errors.ts';
import { MemoryBudgetRows } from '../../src/local/memory/memory-budget-rows.ts';
import type { BudgetRows } from '../../src/services/call-budget.ts';
import { KeepRate } from '../../src/services/keep-rate.ts';

const CREATE = { name: 'conversations.create', rule: { perMinute: 20, burst: 18 } };
const EDIT = { name: 'chat.update', rule: { perMinute: 50, burst: 45 } };
const POST = { name: 'chat.postMessage#C1', rule: { perMinute: 60, burst: 8 } };
const T0 = 1_700_000_000_000;

let nowMs: number;
let paused: number[];
let counted: string[];
let rows: BudgetRows;
let callers: AsyncCallerContext;
beforeEach(() => {
  nowMs = T0;
  paused = [];
  counted = [];
  rows = new MemoryBudgetRows();
  callers = new AsyncCallerContext();
});

function rate(over: BudgetRows = rows): KeepRate {
  return new KeepRate({
    rows: over,
    callers,
    clock: { nowMs: () => nowMs },
    pause: { forMs: async (ms) => void paused.push(ms) },
    log: { note() {}, warn() {}, error() {}, count: (name) => void counted.push(name) },
  });
}

const as = (incidentId: string, urgent: boolean, work: () => Promise<void>) =>
  callers.run({ incidentId, urgent }, work);

/** The seconds it is told to come back after, or 0 when it may call. */
async function told(work: () => Promise<void>): Promise<number> {
  try {
    await work();
    return 0;
  } catch (error) {
    expect(error).toBeInstanceOf(ChatError);
    expect((error as ChatError).code).toBe('CHAT_RATE_LIMITED');
    return (error as ChatError).retryAfterS ?? Number.NaN;
  }
}

describe('take()', () => {
  it('lets a burst through without a wait, and the next urgent incident keeps its place', async () => {
    const budget = rate();
    for (let i = 0; i < 18; i += 1) await as(`inc-${i}`, true, () => budget.take(CREATE));
    expect(paused).toEqual([]);
    const waits: number[] = [];
    for (let i = 18; i < 22; i += 1) {
      waits.push(await told(() => as(`inc-${i}`, true, () => budget.take(CREATE))));
    }
    expect(waits).toEqual([3, 6, 9, 12]);
    // Asked again too early: the same place, and none is taken a second time.
    nowMs = T0 + 1_000;
    expect(await told(() => as('inc-21', true, () => budget.take(CREATE)))).toBe(11);
    nowMs = T0 + 12_000;
    expect(await told(() => as('inc-21', true, () => budget.take(CREATE)))).toBe(0);
    expect(await told(() => as('inc-19', true, () => budget.take(CREATE)))).toBe(0);
  });

  it('waits in process for a place that is at most 2 s away', async () => {
    const budget = rate();
    for (let i = 0; i < 18; i += 1) await budget.take(CREATE);
    nowMs = T0 + 1_000;
    await budget.take(CREATE);
    expect(paused).toEqual([2_000]);
    nowMs = T0 + 1_000;
    expect(await told(() => budget.take(CREATE))).toBe(5);
  });

  it('leaves half of the burst to urgent incidents, who come before the rest', async () => {
    const budget = rate();
    const routine: number[] = [];
    for (let i = 0; i < 10; i += 1) {
      routine.push(await told(() => as(`inc-r${i}`, false, () => budget.take(CREATE))));
    }
    expect(routine.slice(0, 9)).toEqual([0, 0, 0, 0, 0, 0, 0, 0, 0]);
    expect(routine[9]).toBe(3);
    for (let i = 0; i < 9; i += 1) await as(`inc-u${i}`, true, () => budget.take(CREATE));
    // As long as urgent ones hold places, no other gets one.
    await told(() => as('inc-u9', true, () => budget.take(CREATE)));
    nowMs = T0 + 9_000;
    expect(await told(() => as('inc-r9', false, () => budget.take(CREATE)))).toBeGreaterThan(0);
    expect(await told(() => as('inc-u9', true, () => budget.take(CREATE)))).toBe(0);
  });

  it('a hundred urgent rooms at once are created at the pace of the tier, each once', async () => {
    const budget = rate();
    const waiting = new Map(Array.from({ length: 100 }, (_, i) => [`inc-${i}`, T0]));
    const created: number[] = [];
    while (waiting.size > 0) {
      const [next, atMs] = [...waiting].sort((a, b) => a[1] - b[1])[0] as [string, number];
      nowMs = Math.max(nowMs, atMs);
      const waitS = await told(() => as(next, true, () => budget.take(CREATE)));
      if (waitS === 0) {
        waiting.delete(next);
        created.push(nowMs - T0);
      } else {
        // As a message that may be away for 55 s at most.
        waiting.set(next, nowMs + Math.min(waitS, 55) * 1000);
      }
    }
    expect(created[17]).toBe(0);
    expect(created[18]).toBe(3_000);
    // 82 after the burst, one each 3 s.
    expect(created[99]).toBe(246_000);
  });

  it('does not use a kept place that nobody came back for in time, and gets another', async () => {
    const budget = rate();
    for (let i = 0; i < 18; i += 1) await budget.take(CREATE);
    expect(await told(() => as('inc-late', true, () => budget.take(CREATE)))).toBe(3);
    for (let i = 0; i < 60; i += 1) {
      await told(() => as(`inc-${i}`, true, () => budget.take(CREATE)));
    }
    nowMs = T0 + 3_000 + 44_999;
    const used = await told(() => as('inc-late', true, () => budget.take(CREATE)));
    expect(used).toBe(0);
    expect(await told(() => as('inc-0', true, () => budget.take(CREATE)))).toBe(0);
    nowMs = T0 + 9_000 + 45_000;
    expect(await told(() => as('inc-1', true, () => budget.take(CREATE)))).toBeGreaterThan(60);
  });

  it('calls of one incident at once keep a place each, one after another', async () => {
    const budget = rate();
    for (let i = 0; i < 18; i += 1) await budget.take(CREATE);
    await Promise.all([
      told(() => as('inc-a', true, () => budget.take(CREATE))),
      told(() => as('inc-a', true, () => budget.take(CREATE))),
    ]);
    // One place is kept: the second call waits for the first to be made.
    expect(await told(() => as('inc-b', true, () => budget.take(CREATE)))).toBe(6);
  });

  it('goes ahead when the rows cannot be reached', async () => {
    const out = new Proxy({} as BudgetRows, {
      get: () => () => Promise.reject(new Error('DynamoDB is out')),
    });
    const budget = rate(out);
    await budget.take(CREATE);
    await as('inc-a', true, () => budget.take(EDIT));
    await budget.refused(EDIT, 30);
    expect(counted).toEqual(['RateLimitUnreached', 'RateLimitUnreached', 'SlackRateLimitMet']);
  });

  it('need not ask for the first messages of a channel that it opened itself', async () => {
    let asked = 0;
    const slow: BudgetRows = Object.assign(Object.create(rows), {
      take: () => {
        asked += 1;
        return new Promise(() => {});
      },
    });
    const budget = rate(slow);
    budget.opened(POST);
    for (let i = 0; i < 4; i += 1) await budget.take(POST);
    expect(asked).toBe(4);
    let isThere = false;
    void budget.take(POST).then(() => {
      isThere = true;
    });
    await Promise.resolve();
    expect(isThere).toBe(false);
  });
});

describe('what people have for themselves', () => {
  const READ = {
    ...{ name: 'usergroups.users.list', rule: { perMinute: 12, burst: 12 } },
    forPeople: { perMinute: 8, burst: 6 },
  };

  it('is there while urgent incidents keep every place that all share', async () => {
    const budget = rate();
    for (let i = 0; i < 30; i += 1) await told(() => as(`inc-${i}`, true, () => budget.take(READ)));
    const waits: number[] = [];
    for (let i = 0; i < 7; i += 1) waits.push(await told(() => budget.take(READ)));
    expect(waits).toEqual([0, 0, 0, 0, 0, 0, 8]);
    expect(paused).toEqual([]);
    nowMs = T0 + 5_500;
    await budget.take(READ);
    expect(paused).toEqual([2_000]);
  });

  it('comes after what all share, which nobody else can use up by it', async () => {
    const budget = rate();
    for (let i = 0; i < 12; i += 1) await budget.take(READ);
    expect(await told(() => as('inc-1', true, () => budget.take(READ)))).toBe(5);
    for (let i = 0; i < 6; i += 1) await budget.take(READ);
    expect(paused).toEqual([]);
    // Both are used up: the sooner of the two.
    expect(await told(() => budget.take(READ))).toBe(8);
  });

  it('is no way around what Slack refused', async () => {
    const budget = rate();
    await budget.refused(READ, 30);
    expect(await told(() => budget.take(READ))).toBe(30);
  });
});

describe('refused()', () => {
  it('shares what Slack said: nobody calls before, and it is counted', async () => {
    await rate().refused(EDIT, 30);
    expect(await told(() => rate().take(EDIT))).toBe(30);
    nowMs = T0 + 30_000;
    expect(await told(() => rate().take(EDIT))).toBe(0);
    expect(counted).toEqual(['SlackRateLimitMet']);
  });
});

describe('the line of those who are not urgent', () => {
  it('asks each of a hundred waiting incidents about once for its place', async () => {
    const budget = rate();
    const waiting = new Map(Array.from({ length: 100 }, (_, i) => [`inc-${i}`, T0]));
    const created: number[] = [];
    let asked = 0;
    while (waiting.size > 0) {
      const [next, atMs] = [...waiting].sort((a, b) => a[1] - b[1])[0] as [string, number];
      nowMs = Math.max(nowMs, atMs);
      asked += 1;
      const waitS = await told(() => as(next, false, () => budget.take(CREATE)));
      if (waitS === 0) {
        waiting.delete(next);
        created.push(nowMs - T0);
      } else {
        waiting.set(next, nowMs + waitS * 1000);
      }
    }
    // Nine at once, and then one each 3 s.
    expect(created[8]).toBe(0);
    expect(created[99]).toBeLessThanOrEqual(280_000);
    expect(asked).toBeLessThan(250);
  });
});
