import { describe, expect, it } from 'vitest';
import {
  EMPTY_WINDOW,
  linkKey,
  placeOf,
  type StormWindow,
  stormGroup,
  stormTitle,
  worstOf,
} from '../../src/domain/storm.ts';

const LIMIT = { incidents: 10, windowS: 300 };
const T0 = 1_000_000;

function counted(count: number, atMs = T0): StormWindow {
  const openings = Object.fromEntries(Array.from({ length: count }, (_, i) => [`inc-${i}`, atMs]));
  return { ...EMPTY_WINDOW, revision: count, openings };
}

const at = (nowMs: number, incidentId = 'inc-new', stormIsOver = false) => ({
  ...{ incidentId, nowMs, stormIsOver, limit: LIMIT },
});

describe('placeOf()', () => {
  it('the 10th incident of a service in 5 min opens, and the 11th joins its first storm', () => {
    const tenth = placeOf(counted(9), at(T0));
    expect(tenth.kind).toBe('own');
    expect(Object.keys(tenth.window?.openings ?? {})).toHaveLength(10);
    expect(placeOf(counted(10), at(T0))).toMatchObject({
      kind: 'storm',
      number: 1,
      window: { number: 1, linkedAtMs: T0, before: Object.keys(counted(10).openings) },
    });
  });

  it('counts an incident for 5 min: 1 ms before that it does, and at 5:00 exactly it does not', () => {
    expect(placeOf(counted(10), at(T0 + 299_999)).kind).toBe('storm');
    const after = placeOf(counted(10), at(T0 + 300_000));
    expect(after.kind).toBe('own');
    expect(after.window?.openings).toEqual({ 'inc-new': T0 + 300_000 });
  });

  it('gives a repeated delivery of a counted group the same answer and counts nothing', () => {
    const window = { ...counted(10), number: 1, linkedAtMs: T0 };
    expect(placeOf(window, at(T0, 'inc-3'))).toEqual({ kind: 'own', window: null });
    expect(placeOf(window, at(T0 + 900_000, 'inc-3'))).toEqual({ kind: 'own', window: null });
  });

  it('goes on as long as groups join, however few incidents are counted any more', () => {
    const window = { ...counted(10), number: 1, linkedAtMs: T0 + 200_000 };
    const later = placeOf(window, at(T0 + 499_999));
    expect(later).toMatchObject({ kind: 'storm', number: 1 });
    expect(later.window?.linkedAtMs).toBe(T0 + 499_999);
  });

  it('ends when no group joined for 5 min: the next opens its own incident', () => {
    const window = { ...counted(10), number: 1, linkedAtMs: T0 + 200_000 };
    expect(placeOf(window, at(T0 + 500_000)).kind).toBe('own');
  });

  it('ends with its incident: the next joins a new storm, or opens its own if few are counted', () => {
    const window = { ...counted(10), number: 1, linkedAtMs: T0 };
    expect(placeOf(window, at(T0 + 1_000, 'inc-new', true))).toMatchObject({
      kind: 'storm',
      number: 2,
      window: { number: 2, linkedAtMs: T0 + 1_000 },
    });
    expect(placeOf({ ...window, openings: {} }, at(T0 + 1_000, 'inc-new', true)).kind).toBe('own');
  });

  it('is the same storm when it grows again after a pause and its incident is not over', () => {
    const window = { ...counted(10, T0 + 900_000), number: 1, linkedAtMs: T0 };
    expect(placeOf(window, at(T0 + 900_001))).toMatchObject({ kind: 'storm', number: 1 });
  });

  it('writes the time of the last link once a second at most', () => {
    const window = { ...counted(10), number: 1, linkedAtMs: T0 };
    expect(placeOf(window, at(T0 + 999)).window).toBeNull();
    expect(placeOf(window, at(T0 + 1_000)).window?.linkedAtMs).toBe(T0 + 1_000);
  });
});

describe('names of storms', () => {
  it('tell services and storms apart, and deliveries of one group', () => {
    expect(stormGroup('checkout-api', 2)).toBe('storm:checkout-api:2');
    expect(stormGroup(null, 1)).toBe('storm::1');
    expect(stormTitle('checkout-api')).toBe('Alert storm: checkout-api');
    expect(stormTitle(null)).toBe('Alert storm (no known service)');
    const one = linkKey({ source: 'grafana-oncall', group: 'G', commandId: 'c1' });
    expect(one).toMatch(/^[0-9a-f]{32}$/);
    expect(linkKey({ source: 'grafana-oncall', group: 'G', commandId: 'c2' })).not.toBe(one);
  });

  it('the worst of severities is the lowest number, and of none there is none', () => {
    expect(worstOf(['P3', 'P2', 'P4'])).toBe('P2');
    expect(() => worstOf([])).toThrow(RangeError);
  });
});
