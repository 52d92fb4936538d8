import { describe, expect, it } from 'vitest';
import {
  afterUnaskedAtMs,
  firstLookAtMs,
  type LookRules,
  nextLookAtMs,
  prospectOf,
  sendsAgain,
} from '../../src/domain/look-schedule.ts';

const DEADLINE_MS = Date.parse('2026-11-20T09:00:10.000Z');
const TIMING = { deadline: '2026-11-20T09:00:10.000Z', pageTimeoutMs: 8_000 };
const RULES: LookRules = { looks: 3, settleMs: 60_000, autoRetry: 'when_silent' };
const FIRST = DEADLINE_MS + 8_000;
const request = (notify: boolean) =>
  ({ body: { incident: { deliver_notifications: notify } } }) as never;

describe('looks', () => {
  it('may begin once nothing can be sent or answered any more', () => {
    expect(firstLookAtMs(TIMING)).toBe(FIRST);
  });

  it.each([
    [0, -1, FIRST],
    [0, 0, FIRST + 30_000],
    [1, 0, FIRST + 30_000],
    [1, 29_999, FIRST + 30_000],
    [1, 30_000, FIRST + 60_000],
    [2, 59_999, FIRST + 60_000],
    [2, 60_000, FIRST + 90_000],
    [3, 60_000, undefined],
    [3, 59_999, FIRST + 60_000],
    [1, 600_000, FIRST + 630_000],
  ])('after %i looks, %i ms from the first, the next is at %s', (looks, sinceMs, expected) => {
    expect(nextLookAtMs(TIMING, RULES, { looks, nowMs: FIRST + sinceMs })).toBe(expected);
  });

  it.each([
    [2, 10_000, [0, 10_000]],
    [4, 60_000, [0, 20_000, 40_000, 60_000]],
    [10, 10_000, [0, 1_111, 2_222, 3_333, 4_444, 5_556, 6_667, 7_778, 8_889, 10_000]],
  ])('%i within %i ms are spread evenly', (looks, settleMs, expected) => {
    const made: number[] = [];
    let nowMs: number | undefined = FIRST;
    while (nowMs !== undefined) {
      made.push(nowMs - FIRST);
      nowMs = nextLookAtMs(TIMING, { ...RULES, looks, settleMs }, { looks: made.length, nowMs });
    }
    expect(made).toEqual(expected);
  });
});

it.each([
  [1, 15_000],
  [2, 30_000],
  [3, 60_000],
  [5, 60_000],
  [6, undefined],
])('the page could not be asked %i times in a row: again in %s ms', (unasked, gapMs) => {
  expect(afterUnaskedAtMs(unasked, 1_000)).toBe(gapMs === undefined ? undefined : 1_000 + gapMs);
});

it.each([
  ['never', false, 0, false],
  ['never', true, 0, false],
  ['when_silent', false, 0, true],
  ['when_silent', true, 0, false],
  ['when_silent', false, 1, false],
  ['always', true, 0, true],
  ['always', true, 1, false],
] as const)('%s, notify %s, %i absences before: sent again %s', (rule, notify, absences, again) => {
  const of = { request: request(notify), absences };
  expect(sendsAgain(rule, { ...of, leftToPerson: false })).toBe(again);
  expect(sendsAgain(rule, { ...of, leftToPerson: true })).toBe(false);
});

describe('prospectOf()', () => {
  const of = (nextLookAtMs: number | undefined, notify = true) =>
    prospectOf(TIMING, RULES, {
      nextLookAtMs,
      request: request(notify),
      absences: 0,
      leftToPerson: false,
    });

  it('says when the last look is due and what follows', () => {
    expect(of(FIRST)).toEqual({
      nextLookAt: '2026-11-20T09:00:18.000Z',
      lookUntil: '2026-11-20T09:01:18.000Z',
      ifAbsent: 'ask',
    });
    expect(of(FIRST, false).ifAbsent).toBe('send_again');
  });

  it('of a look that comes after that, its own time', () => {
    expect(of(FIRST + 60_001).lookUntil).toBe('2026-11-20T09:01:18.001Z');
  });

  it('without another look a person decides', () => {
    expect(of(undefined)).toEqual({ nextLookAt: null });
  });
});
