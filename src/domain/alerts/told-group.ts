import type { AlertKind, AlertSignal, GroupState } from '../alert-signal.ts';
import { asInstant, asObject, type JsonObject } from './read-json.ts';
import { readOnCall } from './read-on-call.ts';

/** The kinds that say what state a group came to, or just is in. */
type StateKind = 'created' | 'acknowledge' | 'silence' | 'resolve';

const SPOKEN: Record<StateKind, { type: string; time: string }> = {
  created: { type: 'alert group created', time: 'created_at' },
  acknowledge: { type: 'acknowledge', time: 'acknowledged_at' },
  silence: { type: 'silence', time: 'silenced_at' },
  resolve: { type: 'resolve', time: 'resolved_at' },
};
const KIND_OF_STATE: Record<GroupState, StateKind> = {
  firing: 'created',
  acknowledged: 'acknowledge',
  silenced: 'silence',
  resolved: 'resolve',
};
const STATES: readonly GroupState[] = ['firing', 'acknowledged', 'resolved', 'silenced'];
/** The state each of these kinds claims; the others claim only that the group was alive. */
const CLAIMS: Partial<Record<AlertKind, GroupState>> = {
  acknowledge: 'acknowledged',
  silence: 'silenced',
  resolve: 'resolved',
};
/** What each `un…` kind claims to have ended. */
const ENDS: Partial<Record<AlertKind, GroupState>> = {
  unacknowledge: 'acknowledged',
  unsilence: 'silenced',
  unresolve: 'resolved',
};

/** The state of an alert group as OnCall's API tells it. */
export function toldState(told: JsonObject): GroupState | null {
  return STATES.find((state) => state === told.state) ?? null;
}

/** The id of who brought the group to its state, where OnCall keeps it. */
export function toldBy(told: JsonObject, kind: AlertKind): string | null {
  const id =
    kind === 'acknowledge'
      ? told.acknowledged_by
      : kind === 'resolve'
        ? told.resolved_by
        : undefined;
  return typeof id === 'string' && id !== '' ? id : null;
}

/** What the state of a group says by itself, as the webhook that brought it there would have. */
export function signalOfState(told: JsonObject): AlertSignal | undefined {
  const state = toldState(told);
  return state === null ? undefined : signalTold(told, KIND_OF_STATE[state]);
}

/**
 * What the webhook of this kind would have said, had OnCall sent it: same source, same group, same
 * stored time, and so the same meaning. Whichever of the two comes second changes nothing.
 *
 * Names nobody: the API gives ids of people, and no addresses.
 */
export function signalTold(told: JsonObject, kind: StateKind): AlertSignal | undefined {
  return readTold(told, { type: SPOKEN[kind].type, time: told[SPOKEN[kind].time] });
}

/**
 * A delivery with OnCall's own word in place of the body's: times, title, labels, link, state. What
 * it claims stays only as far as the group's state bears it out; else it is a delivery of that type
 * and no more, so that a forged or overtaken one changes nothing.
 */
export function signalAsTold(signal: AlertSignal, told: JsonObject): AlertSignal {
  const state = toldState(told);
  const spoken = Object.hasOwn(SPOKEN, signal.kind) ? SPOKEN[signal.kind as StateKind] : undefined;
  const event = {
    type: signal.rawType,
    time: (spoken && told[spoken.time]) ?? signal.occurredAt,
    ...(signal.until === undefined ? {} : { until: signal.until }),
  };
  const read = state === null ? undefined : readTold(told, event);
  if (!read || state === null) return signal;
  return {
    ...read,
    ...(isBorneOut(signal.kind, state) ? {} : { kind: 'unknown' }),
    occurredAt: notAfterResolution(read, told),
  };
}

/** Reads a webhook's body as it would be with the group told. */
function readTold(told: JsonObject, event: JsonObject): AlertSignal | undefined {
  const { payload } = asObject(told.last_alert) ?? {};
  const body = {
    event,
    alert_group: told,
    alert_group_id: told.id,
    alert_payload: payload ?? null,
    integration: { id: told.integration_id ?? null, team: told.team_id ?? null },
  };
  const read = readOnCall(Buffer.from(JSON.stringify(body)));
  return read.kind === 'signal' ? read.signal : undefined;
}

function isBorneOut(kind: AlertKind, state: GroupState): boolean {
  if (ENDS[kind] === state) return false;
  const claimed = CLAIMS[kind];
  // What was resolved meanwhile may have been acknowledged or silenced before.
  return claimed === undefined || claimed === state || (state === 'resolved' && kind !== 'resolve');
}

/** What a resolved group is said to have done happened before, whatever time the body names. */
function notAfterResolution(signal: AlertSignal, told: JsonObject): string | null {
  if (toldState(told) !== 'resolved') return signal.occurredAt;
  const resolvedAt = asInstant(told.resolved_at);
  if (resolvedAt === null || signal.occurredAt === null) return resolvedAt ?? signal.occurredAt;
  return Date.parse(signal.occurredAt) > Date.parse(resolvedAt) ? resolvedAt : signal.occurredAt;
}
