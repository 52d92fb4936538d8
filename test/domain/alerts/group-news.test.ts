import { describe, expect, it } from 'vitest';
import {
  changeSaid,
  type NewsOf,
  newsOf,
  saidState,
  unsaidChanges,
} from '../../../src/domain/alerts/group-news.ts';

const AT = '2026-11-20T10:00:00.000Z';
const AT_MS = Date.parse(AT);
const EARLIER = '2026-11-20T09:00:00Z';

type Given = Partial<Omit<NewsOf, 'signal' | 'group' | 'incident'>> & {
  signal?: Partial<NewsOf['signal']>;
  group?: Partial<NewsOf['group']>;
  isOver?: boolean;
  worst?: NewsOf['incident']['worstSeverity'];
};

/** News of a repeated firing of an Alertmanager whose incident people resolved, unless told otherwise. */
function news(given: Given = {}) {
  const { signal, group, isOver = true, worst = 'P3', ...rest } = given;
  return newsOf({
    signal: {
      ...{ kind: 'created', groupState: 'firing', occurredAt: EARLIER, isSnapshot: true },
      ...signal,
    },
    acceptedAtMs: AT_MS + 1,
    isLate: false,
    isRepeated: true,
    severity: undefined,
    incident: { status: isOver ? 'resolved' : 'active', worstSeverity: worst },
    group: { state: 'firing', lastOccurredAt: EARLIER, endedAt: AT, ...group },
    ...rest,
  });
}
const ofEvents = { isSnapshot: undefined as never };

describe('newsOf()', () => {
  it('of words that were accepted until people ended the incident is nothing, and after it they are told', () => {
    expect(news({ acceptedAtMs: AT_MS })).toBe('nothing');
    expect(news({ acceptedAtMs: AT_MS + 1 })).toBe('still_firing');
    // What they did not have before them, because it was read after the end.
    const before = { acceptedAtMs: AT_MS - 1 };
    expect(news({ ...before, group: { state: 'resolved' } })).toBe('episode');
    expect(news({ ...before, signal: { kind: 'resolve' } })).toBe('fact_again');
  });

  it('opens the next incident an hour after people were told, and not before', () => {
    const told = { stillFiring: AT };
    expect(news({ group: told, acceptedAtMs: AT_MS + 3_599_999 })).toBe('nothing');
    expect(news({ group: told, acceptedAtMs: AT_MS + 3_600_000 })).toBe('episode');
    expect(news({ group: told, isRepeated: false })).toBe('fact');
  });

  it('opens the next incident at once for what began later, or is worse', () => {
    const later = { occurredAt: '2026-11-20T09:00:00.001Z' };
    expect(news({ signal: later, isRepeated: false })).toBe('episode');
    expect(news({ isRepeated: false })).toBe('still_firing');
    expect(news({ severity: 'P2' })).toBe('episode');
    expect(news({ severity: 'P3' })).toBe('still_firing');
  });

  it('of a group that its source resolved is the next incident, however alike it is', () => {
    const group = { state: 'resolved' as const };
    expect(news({ group })).toBe('episode');
    expect(news({ group, isOver: false })).toBe('fact_again');
    expect(news({ group, isLate: true })).toBe('nothing');
    expect(news({ group, isLate: true, isRepeated: false })).toBe('fact');
    expect(news({ group, signal: { kind: 'resolve' } })).toBe('nothing');
    expect(news({ signal: { kind: 'resolve' } })).toBe('fact_again');
    expect(news({ signal: { kind: 'resolve' }, isRepeated: false })).toBe('fact');
  });

  it('of an open incident is what is not known, and what changes it', () => {
    expect(news({ isOver: false })).toBe('nothing');
    expect(news({ isOver: false, isRepeated: false })).toBe('fact');
    expect(news({ isOver: false, group: { state: null } })).toBe('nothing');
    const event = { ...ofEvents, kind: 'resolve' as const };
    expect(news({ isOver: false, signal: event })).toBe('nothing');
  });

  it('of an event goes by its own time', () => {
    const event = (kind: NewsOf['signal']['kind'], more: Given = {}) =>
      news({
        isRepeated: false,
        ...more,
        signal: { ...ofEvents, kind, occurredAt: '2026-11-20T10:05:00Z', ...more.signal },
      });
    const old = { occurredAt: EARLIER };
    expect(event('created', { signal: old })).toBe('fact');
    expect(event('created', { signal: old, isRepeated: true })).toBe('nothing');
    expect(event('created')).toBe('episode');
    expect(event('created', { isRepeated: true })).toBe('nothing');
    expect(event('unresolve')).toBe('episode');
    expect(event('unresolve', { signal: { occurredAt: null } })).toBe('still_firing');
    expect(event('escalation')).toBe('still_firing');
    expect(event('acknowledge')).toBe('fact');
    expect(event('unacknowledge', { group: { stillFiring: AT } })).toBe('still_firing');
    expect(event('personal_notification')).toBe('fact');
    expect(event('unknown')).toBe('fact');
    expect(event('unknown', { severity: 'P1' })).toBe('still_firing');
    const group = { state: 'resolved' as const };
    expect(event('unknown', { group })).toBe('episode');
    expect(event('unknown', { group, signal: { groupState: 'acknowledged' } })).toBe('fact');
    expect(event('acknowledge', { group })).toBe('episode');
    expect(event('unsilence', { group })).toBe('fact');
  });

  it('of a step that reads like the one before is news a minute after the end', () => {
    const step = { ...ofEvents, kind: 'escalation' as const, comesAgain: true as const };
    expect(news({ signal: step, acceptedAtMs: AT_MS + 60_000 })).toBe('nothing');
    expect(news({ signal: step, acceptedAtMs: AT_MS + 60_001 })).toBe('still_firing');
    expect(news({ signal: step, group: { endedAt: undefined as never } })).toBe('still_firing');
  });

  it.each([
    ['silence', null, 'silenced'],
    ['test', 'firing', null],
  ] as const)('reads from %s that the group is %s: %s', (kind, groupState, state) => {
    expect(saidState({ kind, groupState })).toBe(state);
  });
});

describe('a group that flaps', () => {
  const flaps = { since: AT, unsaid: 2 };
  const later = (ms: number) => new Date(AT_MS + ms).toISOString();

  it('is said once in 10 minutes', () => {
    const resolved = { state: 'resolved' as const };
    expect(changeSaid(resolved, 'firing', AT)).toEqual({ news: 'firing_again', unsaid: 0 });
    const known = { ...resolved, flaps };
    expect(changeSaid(known, 'firing', later(599_999))).toEqual({ news: 'flapping' });
    expect(changeSaid(known, 'firing', later(600_000))).toEqual({
      news: 'firing_again',
      unsaid: 2,
    });
    const fires = { state: 'firing' as const, flaps };
    expect(changeSaid(fires, 'resolved', later(1))).toEqual({ news: 'flapping' });
    expect(changeSaid(fires, 'resolved', later(600_000))).toBeUndefined();
    expect(changeSaid(fires, 'acknowledged', later(1))).toBeUndefined();
  });

  it('has changes to say once that time is over', () => {
    expect(unsaidChanges({ flaps }, AT_MS + 599_999)).toBe(0);
    expect(unsaidChanges({ flaps }, AT_MS + 600_000)).toBe(2);
    expect(unsaidChanges({}, AT_MS)).toBe(0);
    expect(unsaidChanges(null, AT_MS)).toBe(0);
  });
});
