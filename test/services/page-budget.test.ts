import { beforeEach, describe, expect, it } from 'vitest';
import { PageBudget } from '../../src/services/page-budget.ts';

let nowMs: number;
let budget: PageBudget;

beforeEach(() => {
  nowMs = 1_000_000;
  budget = new PageBudget({ nowMs: () => nowMs });
});

/** How many are given before the first refusal. */
function given(purpose: 'publish' | 'look'): number {
  let count = 0;
  while (budget.take(purpose)) count += 1;
  return count;
}

describe('within a minute', () => {
  it('publishing gets 60 requests, and not one more', () => {
    expect(given('publish')).toBe(60);
  });

  it('looks get 40 of them, and publishing the other 20', () => {
    expect(given('look')).toBe(40);
    expect(given('publish')).toBe(20);
    expect(given('look')).toBe(0);
  });

  it('looks get nothing once publishing has made 40', () => {
    for (let made = 0; made < 39; made += 1) budget.take('publish');
    expect(budget.take('look')).toBe(true);
    expect(budget.take('look')).toBe(false);
    expect(budget.take('publish')).toBe(true);
  });

  it('two are given together or not at all', () => {
    for (let made = 0; made < 59; made += 1) budget.take('publish');
    expect(budget.take('publish', 2)).toBe(false);
    expect(budget.take('publish', 1)).toBe(true);
  });
});

describe('the window rolls', () => {
  it('a request counts for 60 s, and no longer', () => {
    expect(given('publish')).toBe(60);
    nowMs += 59_999;
    expect(budget.take('publish')).toBe(false);
    nowMs += 1;
    expect(given('publish')).toBe(60);
  });

  it('each counts from its own time', () => {
    for (let made = 0; made < 30; made += 1) budget.take('publish');
    nowMs += 30_000;
    expect(given('publish')).toBe(30);
    nowMs += 30_000;
    expect(given('publish')).toBe(30);
  });

  it('a refusal uses up nothing', () => {
    given('publish');
    for (let asked = 0; asked < 100; asked += 1) budget.take('publish');
    nowMs += 60_000;
    expect(given('publish')).toBe(60);
  });
});
