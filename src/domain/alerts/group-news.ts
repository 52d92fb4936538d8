import type { AlertKind, AlertSignal, GroupState } from '../alert-signal.ts';
import type { IncidentState } from '../incident-state.ts';
import { isSeverer, type Severity } from '../severity.ts';
import { isOver } from '../transitions.ts';

/** A group that fires on this long after people were told so opens the next incident. Unit: ms. */
export const STILL_FIRING_MAX_MS = 3_600_000;
/** A room hears of changes between firing and resolved once in this time, with their number. Unit: ms. */
export const FLAPPING_WINDOW_MS = 600_000;
/** An attempt at a delivery is repeated for less than that. Unit: ms. */
const REPEATED_FOR_MS = 60_000;

/** What one delivery is to the newest incident of its group. */
export type News =
  /** Known already. */
  | 'nothing'
  /** A fact of this incident. */
  | 'fact'
  /** The same words as before, and again a fact of this incident. */
  | 'fact_again'
  /** People ended the incident, and the source goes on. */
  | 'still_firing'
  /** The next incident of the group. */
  | 'episode';

type Group = Pick<
  NonNullable<IncidentState['alertGroup']>,
  'state' | 'lastOccurredAt' | 'endedAt'
> & { stillFiring?: string | undefined };

export type NewsOf = {
  signal: Pick<AlertSignal, 'kind' | 'groupState' | 'occurredAt' | 'isSnapshot' | 'comesAgain'>;
  acceptedAtMs: number;
  /** Another delivery of the group, accepted after this one, was read before it. */
  isLate: boolean;
  /** The same words are on the incident's record. */
  isRepeated: boolean;
  /** What the source says now; undefined: nothing. */
  severity: Severity | undefined;
  incident: Pick<IncidentState, 'status' | 'worstSeverity'>;
  group: Group;
};

/**
 * What a delivery is to the newest incident of its group. The sequence of the source's states decides,
 * not the words: a firing after a resolution of the source is news however alike it is to an earlier
 * one, and so is one that is repeated after people ended the incident.
 */
export function newsOf(of: NewsOf): News {
  const { signal, isLate, isRepeated, incident, group } = of;
  const says = saidState(signal);
  if (isLate) return isRepeated ? 'nothing' : 'fact';
  if (!isOver(incident)) {
    if (!isRepeated) return 'fact';
    const isChanged = group.state !== null && says !== group.state;
    return signal.isSnapshot && isChanged ? 'fact_again' : 'nothing';
  }
  if (signal.isSnapshot || signal.comesAgain) return afterTheEnd(of, says);
  if (isRepeated) return 'nothing';
  // By the sender's clock it happened before what we know: late news, unless the source goes on.
  const isOld = notLater(signal.occurredAt, group.lastOccurredAt);
  const goesOn = signal.kind === 'escalation' && group.state === 'firing';
  return isOld && !goesOn ? 'fact' : afterTheEnd(of, says);
}

/** Of an incident that people ended. */
function afterTheEnd(of: NewsOf, says: GroupState | null): News {
  const { signal, isRepeated, incident, group } = of;
  const known = isRepeated ? 'nothing' : 'fact';
  const isSame = says === group.state || signal.comesAgain;
  if (says === null || (isRepeated && isSame && isBeforeTheEnd(of))) return known;
  if (group.state === 'resolved') {
    const isAlive = signal.kind === 'unknown' ? says === 'firing' : says !== 'resolved';
    return isAlive && !UNDOES.includes(signal.kind) ? 'episode' : known;
  }
  if (says === 'resolved') return isRepeated ? 'fact_again' : 'fact';
  // Only a source that resolved it reopens it; without a time it may be an attempt at an older one.
  if (signal.kind === 'unresolve' && signal.occurredAt !== null) return 'episode';
  const isWorse = of.severity !== undefined && isSeverer(of.severity, incident.worstSeverity);
  if (signal.kind === 'unknown') return isWorse && !isRepeated ? 'still_firing' : known;
  if (says !== 'firing') return known;
  if (UNDOES.includes(signal.kind)) return 'still_firing';
  const isNewer = signal.kind === 'created' && !notLater(signal.occurredAt, group.lastOccurredAt);
  if (isWorse || (isNewer && !isRepeated)) return 'episode';
  const { stillFiring } = group;
  if (!stillFiring) return 'still_firing';
  return of.acceptedAtMs >= Date.parse(stillFiring) + STILL_FIRING_MAX_MS ? 'episode' : known;
}

/** People had these words before them when they ended the incident, or it is an attempt at them. */
function isBeforeTheEnd({ signal, acceptedAtMs, group }: NewsOf): boolean {
  if (group.endedAt === undefined) return false;
  const graceMs = signal.comesAgain ? REPEATED_FOR_MS : 0;
  return acceptedAtMs <= Date.parse(group.endedAt) + graceMs;
}

const UNDOES: readonly AlertKind[] = ['unacknowledge', 'unsilence'];

/** The state that a delivery says its group is in; null: none. */
export function saidState({
  kind,
  groupState,
}: Pick<AlertSignal, 'kind' | 'groupState'>): GroupState | null {
  switch (kind) {
    case 'created':
    case 'escalation':
    case 'unacknowledge':
    case 'unsilence':
    case 'unresolve':
      return 'firing';
    case 'acknowledge':
      return 'acknowledged';
    case 'silence':
      return 'silenced';
    case 'resolve':
      return 'resolved';
    case 'unknown':
      return groupState;
    case 'personal_notification':
    case 'test':
      return null;
  }
}

/** True when `at` is known and not after `reference`. */
export function notLater(at: string | null, reference: string | null): boolean {
  return at !== null && reference !== null && Date.parse(at) <= Date.parse(reference);
}

/** How a room hears of a group that changes between firing and resolved. */
export type ChangeSaid =
  | { news: 'firing_again'; unsaid: number }
  /** Counted, and said in one line with others. */
  | { news: 'flapping' };

/**
 * How a change of an open incident's group is said; undefined: as any other event.
 * @param at - of the event, RFC 3339
 */
export function changeSaid(
  { flaps, state: before }: Pick<NonNullable<IncidentState['alertGroup']>, 'flaps' | 'state'>,
  after: GroupState | null,
  at: string,
): ChangeSaid | undefined {
  const fires = before === 'resolved' && after === 'firing';
  const isChange = fires || (before === 'firing' && after === 'resolved');
  if (!isChange) return undefined;
  if (flaps && isWithinWindow(flaps.since, Date.parse(at))) return { news: 'flapping' };
  return fires ? { news: 'firing_again', unsaid: flaps?.unsaid ?? 0 } : undefined;
}

/** Changes that no line has said yet though their time is over; 0: none. */
export function unsaidChanges(
  group: Pick<NonNullable<IncidentState['alertGroup']>, 'flaps'> | null,
  nowMs: number,
): number {
  const flaps = group?.flaps;
  return flaps && !isWithinWindow(flaps.since, nowMs) ? flaps.unsaid : 0;
}

function isWithinWindow(since: string, nowMs: number): boolean {
  return nowMs < Date.parse(since) + FLAPPING_WINDOW_MS;
}
