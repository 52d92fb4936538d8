import { beforeEach, describe, expect, it } from 'vitest';
import { SharedReadings } from '../../src/services/shared-readings.ts';

const T0 = 1_700_000_000_000;
let nowMs: number;
let reads: number;
let readings: SharedReadings;
beforeEach(() => {
  nowMs = T0;
  reads = 0;
  readings = new SharedReadings({ nowMs: () => nowMs });
});
const read = async () => ++reads;

describe('get()', () => {
  it('shares what was read in the last minute with whoever takes that', async () => {
    expect(await readings.get('a', 0, read)).toBe(1);
    nowMs = T0 + 59_999;
    expect(await readings.get('a', 0, read)).toBe(1);
    expect(await readings.get('b', 0, read)).toBe(2);
    nowMs = T0 + 60_000;
    expect(await readings.get('a', 0, read)).toBe(3);
  });

  it('never gives one that did not begin after the instant asked for', async () => {
    await readings.get('a', 0, read);
    expect(await readings.get('a', T0 - 1, read)).toBe(1);
    expect(await readings.get('a', T0, read)).toBe(2);
    expect(await readings.get('a', Number.POSITIVE_INFINITY, read)).toBe(3);
    expect(await readings.get('a', 0, read)).toBe(3);
  });

  it('goes by when a reading began, not by when it was answered', async () => {
    let answer = (_members: string) => {};
    const before = readings.get('a', 0, () => new Promise<string>((done) => (answer = done)));
    nowMs = T0 + 5_000;
    const after = readings.get('a', T0 + 1_000, async () => 'after');
    answer('before');
    expect([await before, await after]).toEqual(['before', 'after']);
    expect(await readings.get('a', 0, read)).toBe('after');
  });

  it('lets those who ask at once wait for one reading', async () => {
    const all = await Promise.all(
      Array.from({ length: 20 }, () => readings.get('a', T0 - 1, read)),
    );
    expect(new Set(all)).toEqual(new Set([1]));
  });

  it('keeps no failure: who waited for it reads for themselves', async () => {
    const failing = readings.get('a', 0, () => Promise.reject(new Error('no place')));
    const waiting = [readings.get('a', 0, read), readings.get('a', 0, read)];
    await expect(failing).rejects.toThrow('no place');
    expect(await Promise.all(waiting)).toEqual([1, 1]);
  });

  it('that fails does not take a newer reading with it', async () => {
    let fail = (_error: Error) => {};
    const older = readings.get('a', 0, () => new Promise((_done, no) => (fail = no)));
    const newer = await readings.get('a', T0, read);
    fail(new Error('late'));
    await expect(older).rejects.toThrow('late');
    expect(await readings.get('a', 0, read)).toBe(newer);
  });

  it('keeps at most 200, and what it is told to forget is read anew', async () => {
    for (let i = 0; i < 200; i += 1) await readings.get(`g${i}`, 0, read);
    expect(await readings.get('g0', 0, read)).toBe(1);
    await readings.get('one more', 0, read);
    expect(await readings.get('g0', 0, read)).toBe(202);
    readings.forget('g0');
    expect(await readings.get('g0', 0, read)).toBe(203);
  });
});
