import {
  ALERT_SOURCE_NAMES,
  type AlertKind,
  type AlertSignal,
  type AlertSource,
  type GroupState,
} from '../domain/alert-signal.ts';
import { changeSaid, type News, saidState } from '../domain/alerts/group-news.ts';
import { type AlertEventType, groupStateAfter } from '../domain/alerts/group-state.ts';
import type { IncidentState } from '../domain/incident-state.ts';
import { isSeverer, type Severity } from '../domain/severity.ts';
import { isOver } from '../domain/transitions.ts';
import type { AlertDetails } from './alert-details.ts';
import type { Decision } from './incident-record.ts';

/** The event that a delivery of each kind becomes. */
export const ALERT_EVENT_OF = {
  created: 'ALERT_RECEIVED',
  escalation: 'ALERT_RECEIVED',
  personal_notification: 'ALERT_RECEIVED',
  unknown: 'ALERT_RECEIVED',
  test: 'ALERT_RECEIVED',
  acknowledge: 'ALERT_ACKNOWLEDGED',
  unacknowledge: 'ALERT_UNACKNOWLEDGED',
  silence: 'ALERT_SILENCED',
  unsilence: 'ALERT_UNSILENCED',
  resolve: 'ALERT_RESOLVED',
  unresolve: 'ALERT_UNRESOLVED',
} as const satisfies Record<AlertKind, string>;

/** True for a delivery whose labels say how bad its group is now. */
export function saidNow({ kind }: Pick<AlertSignal, 'kind'>): boolean {
  return kind !== 'resolve' && kind !== 'test';
}

/** True for a delivery that says nothing of the state of its group. */
export function saysNothing(signal: Pick<AlertSignal, 'kind' | 'groupState'>): boolean {
  if (signal.kind === 'unknown') return signal.groupState !== 'firing';
  return saidState(signal) === null;
}

/**
 * The severity follows its source upward: by what it says now and did not say before, so that people
 * who lowered it are not overruled by each repetition.
 */
export function raising(
  of: Pick<AlertDetails, 'source' | 'overtaken'> & { severity: Severity },
): (incident: IncidentState | undefined, of: { at: string }) => Decision<string> {
  const { source, severity: to, overtaken } = of;
  return (incident, { at }) => {
    if (!incident || isOver(incident) || overtaken) return { decline: 'it is not told of now' };
    const { severity: from, alertGroup } = incident;
    // After a resolution of the source it is another outage, and what people said of the last one is not of it.
    const change = alertGroup && changeSaid(alertGroup, 'firing', at);
    const before = change?.news === 'firing_again' ? undefined : alertGroup?.severity;
    if ((before && !isSeverer(to, before)) || !isSeverer(to, from)) {
      return { decline: 'it is as bad already' };
    }
    const said = before ? `, and said ${before} before` : '';
    const reason = `${nameOf(source)} says ${to} now${said}`;
    return { append: 'SEVERITY_CHANGED', details: { from, to, reason } };
  };
}

function nameOf(source: AlertSource): string {
  return ALERT_SOURCE_NAMES[source];
}

/** What people have to hear of a delivery beside its type: each part is on its event. */
export function whatIsHeard(
  incident: IncidentState,
  of: {
    type: AlertEventType;
    signal: AlertSignal;
    details: AlertDetails;
    as: News | undefined;
    at: string;
  },
): Pick<AlertDetails, 'news' | 'unsaid' | 'severityKept' | 'overtaken' | 'isNote'> {
  const { type, signal, details, as, at } = of;
  const group = incident.alertGroup;
  if (!group || details.overtaken) return {};
  if (isOvertaken(group, of)) return { overtaken: true };
  // What it says of an alert that goes on is no news of its state.
  const isNote = details.isNote ?? (signal.kind === 'unknown' && !mayRevive(group.state));
  const note = isNote ? ({ isNote } as const) : {};
  if (isOver(incident)) {
    if (as === 'still_firing') return { ...note, news: 'still_firing' };
    const isAlive = signal.kind === 'unknown' && (saidState(signal) ?? 'resolved') !== 'resolved';
    const isSaid = isAlive && group.state !== 'resolved';
    return { ...note, ...(isSaid ? { news: 'open_at_source' } : {}) };
  }
  const after = isNote ? group.state : groupStateAfter(group, type, details);
  const change = changeSaid(group, after, at);
  return {
    ...note,
    ...(change ? { news: change.news } : {}),
    ...(change?.news === 'firing_again' && change.unsaid > 0 ? { unsaid: change.unsaid } : {}),
    ...severityKept(incident, details.severity),
  };
}

/** Whether a delivery without a type that we know may tell that the group fires. */
function mayRevive(state: GroupState | null): boolean {
  return state === null || state === 'resolved';
}

/** By the source's clock it says a state that was over before what we know. */
function isOvertaken(
  group: NonNullable<IncidentState['alertGroup']>,
  { type, signal, details }: { type: AlertEventType; signal: AlertSignal; details: AlertDetails },
): boolean {
  const says = saidState(signal);
  if (type === 'ALERT_RECEIVED' || details.acceptedAt || group.state === null) return false;
  return says !== group.state && groupStateAfter(group, type, details) === group.state;
}

/** Said once for each change: what the source says is on the record from then on. */
function severityKept(
  { alertGroup, severity, severityIsDefault }: IncidentState,
  said: Severity | undefined,
): Pick<AlertDetails, 'severityKept'> {
  const before = alertGroup?.severity ?? (severityIsDefault ? severity : undefined);
  if (!said || !before) return {};
  return isSeverer(before, said) && isSeverer(severity, said) ? { severityKept: severity } : {};
}
