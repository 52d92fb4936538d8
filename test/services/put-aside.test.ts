import { beforeEach, describe, expect, it } from 'vitest';
import { MemoryIncidentRows } from '../../src/local/memory/memory-incident-rows.ts';
import { PutAside } from '../../src/services/put-aside.ts';

const MINUTE_MS = 60_000;
const LINE = { seq: 7, effect: 'line' };
let nowMs: number;
let rows: MemoryIncidentRows;

beforeEach(() => {
  nowMs = Date.parse('2026-11-20T09:00:00.000Z');
  rows = new MemoryIncidentRows();
});

const read = () => PutAside.read({ rows, clock: { nowMs: () => nowMs } }, 'inc-a');

describe('PutAside', () => {
  it('is remembered from one run to the next, in the order of events', async () => {
    const aside = await read();
    aside.add({ seq: 12, effect: 'line' });
    aside.add(LINE);
    aside.add({ seq: 1, effect: 'assemble' });
    await aside.save();
    expect((await read()).effects.map(({ seq }) => seq)).toEqual([1, 7, 12]);
    expect((await read()).has(LINE)).toBe(true);
  });

  it('holds a part that is kept in line once, for whichever event', async () => {
    const aside = await read();
    aside.add({ seq: 2, effect: 'refresh topic' });
    aside.add({ seq: 9, effect: 'refresh topic' });
    expect(aside.effects).toEqual([{ seq: 9, effect: 'refresh topic' }]);
  });

  it('is tried with waits that grow from a minute to an hour: 185 times in 7 days', async () => {
    const aside = await read();
    aside.add(LINE);
    const waits: number[] = [];
    let triedMs = nowMs;
    for (let minute = 0; minute < 7 * 24 * 60; minute += 1) {
      nowMs += MINUTE_MS;
      if (!aside.isDue) continue;
      aside.tried();
      waits.push((nowMs - triedMs) / MINUTE_MS);
      triedMs = nowMs;
    }
    expect(waits.slice(0, 6)).toEqual([1, 1, 1, 1, 1, 2]);
    expect(waits.at(-1)).toBe(60);
    expect(waits).toEqual(waits.toSorted((a, b) => a - b));
    expect(waits).toHaveLength(185);
  });

  it.each([
    [59_999, false],
    [60_000, true],
  ])('is due %i ms after the first failure: %s', async (afterMs, due) => {
    const aside = await read();
    aside.add(LINE);
    nowMs += afterMs;
    expect(aside.isDue).toBe(due);
  });

  it('takes 2,000 and no more, and forgets what is done', async () => {
    const aside = await read();
    for (let seq = 1; seq <= 2_000; seq += 1) expect(aside.add({ seq, effect: 'line' })).toBe(true);
    expect(aside.add({ seq: 2_001, effect: 'line' })).toBe(false);
    expect(aside.add({ seq: 2_000, effect: 'line' })).toBe(true);
    aside.removeAll('line');
    await aside.save();
    expect((await read()).effects).toEqual([]);
    expect(await rows.readStep('inc-a', 1, 'put_aside')).toEqual({ done: true, result: {} });
  });
});
