import { describe, expect, it } from 'vitest';
import type { Severity } from '../../src/domain/severity.ts';
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
  ...{ severity: 'P3' as Severity, unknownService: undefined },
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
    const took = { worst: 'P3' as const, worstBy: null, services: [] };
    const window = { ...counted(10), number: 1, linkedAtMs: T0, took };
    expect(placeOf(window, at(T0 + 999)).window).toBeNull();
    expect(placeOf(window, at(T0 + 1_000)).window?.linkedAtMs).toBe(T0 + 1_000);
  });
});

/** Plays new groups one after another, a second apart; answers where each went. */
function play(groups: readonly (readonly [severity: Severity, service: string | undefined])[]) {
  let window = EMPTY_WINDOW;
  return groups.map(([severity, unknownService], i) => {
    const question = { ...at(T0 + i * 1_000, `inc-${i}`), severity, unknownService };
    const place = placeOf(window, question);
    // What is not linked after it was counted comes again, and gets the same answer.
    const after = place.window ?? window;
    const again = placeOf(after, question);
    expect({ ...again, window: null }).toEqual({ ...place, window: null });
    window = again.window ?? after;
    return place.kind === 'own' ? 'own' : place.aloud ? 'aloud' : 'joined';
  });
}
const times = <T>(count: number, one: T): T[] => Array.from({ length: count }, () => one);

describe('a storm of services that nobody knows', () => {
  const BATCH = ['P4', 'batch-reports'] as const;

  it('never takes in a P1 or P2 that is worse than all it has', () => {
    const calm = play([...times(11, BATCH), ['P1', 'login'], ['P2', 'login'], ['P3', 'login']]);
    expect(calm.slice(9)).toEqual(['own', 'joined', 'own', 'own', 'joined']);
  });

  it('lets a P1 open its own that would be its first group, unless the crowd is as bad', () => {
    expect(play([...times(10, BATCH), ['P1', 'login']]).at(-1)).toBe('own');
    expect(play([...times(9, BATCH), ['P1', 'search'], ['P1', 'login']]).at(-1)).toBe('aloud');
  });

  it('has no more than ten rooms beside it for a severity; the next raises it and is said aloud', () => {
    const p1 = ['P1', 'login'] as const;
    const after = play([...times(11, BATCH), ...times(13, p1)]).slice(11);
    expect(after).toEqual([...times(10, 'own'), 'aloud', 'joined', 'joined']);
  });

  it('counts P2 and P1 apart, so that a flood of P2 leaves room for a P1', () => {
    const flood = play([...times(11, BATCH), ...times(12, ['P2', 'x'] as const), ['P1', 'login']]);
    expect(flood.at(-1)).toBe('own');
  });

  it('says aloud the first P1 or P2 of each service that it takes in, and others not', () => {
    const places = play([
      ...times(10, ['P1', 'batch-reports'] as const),
      ['P1', 'batch-reports'],
      ['P1', 'batch-reports'],
      ['P1', 'constructor'],
      ['P2', 'login'],
      ['P2', 'login'],
      ['P3', 'search'],
      ['P2', ''],
    ]);
    expect(places.slice(10)).toEqual([
      ...['aloud', 'joined', 'aloud', 'aloud', 'joined', 'joined', 'aloud'],
    ]);
  });

  it('names 50 services and no more', () => {
    const many = Array.from({ length: 52 }, (_, i) => ['P1', `service-${i}`] as const);
    const places = play([...times(10, ['P1', 'first'] as const), ...many]);
    expect(places.slice(59)).toEqual(['aloud', 'joined', 'joined']);
  });

  it('of an earlier version, of unknown severity, lets a P1 out', () => {
    const window = { ...counted(10), number: 1, linkedAtMs: T0 };
    const p1 = { ...at(T0 + 1), severity: 'P1' as const, unknownService: 'login' };
    expect(placeOf(window, p1).kind).toBe('own');
    expect(placeOf({ ...window, number: 0 }, p1)).toMatchObject({ kind: 'storm', aloud: true });
  });
});

describe('a storm of one service', () => {
  it('takes in what is worse, too, and says each rise to P2 and P1 aloud', () => {
    const places = play([
      ...times(10, ['P4', undefined] as const),
      ...(['P4', 'P3', 'P2', 'P2', 'P1', 'P1'] as const).map((each) => [each, undefined] as const),
    ]);
    expect(places.slice(10)).toEqual(['joined', 'joined', 'aloud', 'joined', 'aloud', 'joined']);
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
