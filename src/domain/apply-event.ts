import { type AlertEventType, groupStateAfter } from './alerts/group-state.ts';
import { applyDraftEvent } from './apply-draft-event.ts';
import type { AuditEvent, DetailsOf } from './audit-event.ts';
import { type IncidentState, servicesOf } from './incident-state.ts';
import { INVITED_MAX } from './limits.ts';
import { obligationAfter } from './obligation.ts';
import { recentLine } from './recent-line.ts';
import { worse } from './severity.ts';
import { withSituation } from './situation.ts';
import { statusAfter } from './standing.ts';
import { isOver } from './transitions.ts';

/** How many lines the card shows of what happened last. */
const RECENT_MAX = 5;

/**
 * Folds one event into the projection. Pure: the same trail always gives the same state, which is
 * what makes every projection rebuildable.
 *
 * @param state - undefined before the first event
 */
export function applyEvent(state: IncidentState | undefined, event: AuditEvent): IncidentState {
  const base = state ?? emptyState(event.incidentId);
  const next: IncidentState = {
    ...(event.type === 'SERVICE_CHANGED' ? withService(base, event.details.to) : base),
    status: statusAfter(base.status, event.type),
    drafts: withSituation(base.drafts, base.status, event.type),
    ...changesOf(base, event),
    version: event.seq,
    headHash: event.hash,
  };
  const after = { ...next, ...obligationAfter(next, event) };
  const line = recentLine(event);
  if (line === undefined) return after;
  const recent = [...base.recent, { seq: event.seq, at: event.at, line }].slice(-RECENT_MAX);
  return { ...after, recent };
}

/** Somebody said which service it is: it is no guess any more. */
function withService({ serviceGuessed: _, ...state }: IncidentState, to: string): IncidentState {
  const formerServices = servicesOf(state).filter((name) => name !== to);
  return { ...state, service: to, ...(formerServices.length > 0 ? { formerServices } : {}) };
}

/** The state before the first event: everything unknown. */
function emptyState(incidentId: string): IncidentState {
  return {
    incidentId,
    version: 0,
    headHash: '',
    status: 'triggered',
    title: '',
    severity: 'P1',
    worstSeverity: 'P1',
    severityIsDefault: false,
    service: null,
    openedAt: '',
    declaredBy: null,
    declaredIn: null,
    alertGroup: null,
    previousIncidentId: null,
    room: null,
    checklist: [],
    ic: null,
    invited: [],
    lastUpdate: null,
    nudge: null,
    drafts: [],
    page: { statuspageIncidentId: null, lastPublication: null },
    resolvedSummary: null,
    recent: [],
  };
}

function changesOf(state: IncidentState, event: AuditEvent): Partial<IncidentState> {
  switch (event.type) {
    case 'INCIDENT_OPENED':
      return { ...opened(event.details, event.at), ...fromAlertGroup(event.details) };
    case 'INCIDENT_DECLARED':
      return {
        ...opened(event.details, event.at),
        declaredBy: event.actor.id,
        declaredIn: event.details.declaredIn,
        ic: event.actor.id,
        ...(event.details.serviceGuessed ? { serviceGuessed: true as const } : {}),
      };
    case 'ALERT_RECEIVED':
    case 'ALERT_ACKNOWLEDGED':
    case 'ALERT_UNACKNOWLEDGED':
    case 'ALERT_SILENCED':
    case 'ALERT_UNSILENCED':
    case 'ALERT_RESOLVED':
    case 'ALERT_UNRESOLVED':
      return alertChanges(state, event.type, event.details, event.at);
    case 'ALERT_FLAPPED':
      return withGroup(state, { flaps: { since: event.at, unsaid: 0 } });
    case 'ALERT_LINKED': {
      const { before = [], groups = 0 } = state.storm ?? {};
      return { storm: { before, groups: groups + event.details.groups } };
    }
    case 'ALERT_QUARANTINED':
      return quarantined(state, event);
    case 'CHAIN_NOTED':
      return { hasNotes: true };
    case 'SEVERITY_CHANGED':
      return {
        severity: event.details.to,
        worstSeverity: worse(state.worstSeverity, event.details.to),
        severityIsDefault: false,
      };
    case 'TITLE_CHANGED':
      return { title: event.details.to };
    case 'ROLE_ASSIGNED':
      return { ic: event.details.slackUserId };
    case 'ROLE_HANDED_OVER':
      return { ic: event.details.to };
    default:
      return roomChanges(state, event);
  }
}

function roomChanges(state: IncidentState, event: AuditEvent): Partial<IncidentState> {
  switch (event.type) {
    case 'WAR_ROOM_CREATED': {
      const { channelId, channelName } = event.details;
      return { room: { channelId, channelName } };
    }
    case 'WAR_ROOM_ASSEMBLED':
      return { nudge: nudgeDue(state, event.details.nextUpdateDueAt) };
    case 'NOBODY_REACHED':
      return { nobodyReachedAt: event.at };
    case 'RESPONDER_INVITED':
      return { invited: remembered(state.invited, event.details.slackUserId) };
    case 'CHECKLIST_PINNED':
      return {
        // What a broken glass asks for came by its own event and stays.
        checklist: [
          ...event.details.items.map((item) => ({ item, done: false, by: null })),
          ...state.checklist.filter((entry) => entry.review),
        ],
      };
    case 'CHECKLIST_ITEM_UPDATED':
      return { checklist: ticked(state, event.details, event.actor.id) };
    case 'STATUS_UPDATE_SENT':
      return {
        lastUpdate: { text: event.details.text, at: event.at, by: event.actor.id },
        nudge: { ...nudgeDue(state, event.details.nextUpdateDueAt), unanswered: 0 },
      };
    case 'STATUS_REMINDER_SENT':
    case 'STATUS_REMINDER_ESCALATED': {
      const unanswered = (state.nudge?.unanswered ?? 0) + 1;
      return { nudge: { ...nudgeDue(state, event.details.nextUpdateDueAt), unanswered } };
    }
    case 'STATUS_REMINDER_SUPPRESSED':
      return { nudge: nudgeDue(state, event.details.nextUpdateDueAt) };
    case 'STATUS_REMINDER_SILENCED':
      return {
        nudge: {
          ...nudgeDue(state, state.nudge?.dueAt ?? event.at),
          silencedUntil: event.details.until,
        },
      };
    default:
      return lifeChanges(state, event);
  }
}

function lifeChanges(state: IncidentState, event: AuditEvent): Partial<IncidentState> {
  switch (event.type) {
    case 'INCIDENT_RESOLVED':
      return { resolvedSummary: event.details.summary, ...withGroup(state, { endedAt: event.at }) };
    case 'INCIDENT_CANCELLED':
      return withGroup(state, { endedAt: event.at });
    case 'INCIDENT_REOPENED':
      return { resolvedSummary: null, ...goingOn(state) };
    default:
      return applyDraftEvent(state, event);
  }
}

function withGroup(
  { alertGroup }: IncidentState,
  change: Partial<NonNullable<IncidentState['alertGroup']>>,
): Partial<IncidentState> {
  return alertGroup ? { alertGroup: { ...alertGroup, ...change } } : {};
}

/** What was said after the end is over with it. */
function goingOn({ alertGroup }: IncidentState): Partial<IncidentState> {
  if (!alertGroup) return {};
  const { endedAt: _ended, stillFiring: _told, stillFiringTold: _times, ...known } = alertGroup;
  return { alertGroup: known };
}

function nudgeDue(state: IncidentState, dueAt: string): NonNullable<IncidentState['nudge']> {
  const { silencedUntil = null, unanswered } = state.nudge ?? {};
  return { dueAt, silencedUntil, ...(unanswered === undefined ? {} : { unanswered }) };
}

function opened(
  details: DetailsOf<'INCIDENT_OPENED'> | DetailsOf<'INCIDENT_DECLARED'>,
  at: string,
): Partial<IncidentState> {
  const { title, severity, severityIsDefault, service } = details;
  return { title, severity, worstSeverity: severity, severityIsDefault, service, openedAt: at };
}

function fromAlertGroup(details: DetailsOf<'INCIDENT_OPENED'>): Partial<IncidentState> {
  const { source, group, episode, link, previousIncidentId, storm, confirmed } = details;
  const unconfirmed = confirmed === 'no' ? ({ unconfirmed: true } as const) : {};
  return {
    ...(storm ? { storm: { before: storm.before, groups: 0 } } : {}),
    alertGroup: {
      ...{ source, group, episode, link, state: null, lastOccurredAt: null },
      ...unconfirmed,
      ...(details.severityIsDefault ? {} : { severity: details.severity }),
    },
    previousIncidentId,
  };
}

function alertChanges(
  state: IncidentState,
  type: AlertEventType,
  details: DetailsOf<'ALERT_RECEIVED'>,
  at: string,
): Partial<IncidentState> {
  if (!state.alertGroup) return {};
  const { unconfirmed, ...known } = state.alertGroup;
  const { isNote, overtaken } = details;
  // What it came to after the end is told anew to whoever takes the incident up again.
  const { severity = known.severity } = overtaken || isOver(state) ? known : details;
  return {
    alertGroup: {
      ...known,
      ...(unconfirmed && details.confirmed !== 'yes' ? { unconfirmed } : {}),
      state: isNote ? known.state : groupStateAfter(state.alertGroup, type, details),
      link: known.link ?? details.link,
      lastOccurredAt: isNote
        ? known.lastOccurredAt
        : later(known.lastOccurredAt, details.occurredAt),
      ...(severity === undefined ? {} : { severity }),
      ...(details.news === 'still_firing'
        ? { stillFiring: at, stillFiringTold: (known.stillFiringTold ?? 0) + 1 }
        : {}),
      ...flapsAfter(known, details.news, at),
    },
  };
}

/** Since when changes of the group are counted, and how many no line has said yet. */
function flapsAfter(
  { flaps }: Pick<NonNullable<IncidentState['alertGroup']>, 'flaps'>,
  news: DetailsOf<'ALERT_RECEIVED'>['news'],
  at: string,
): Pick<NonNullable<IncidentState['alertGroup']>, 'flaps'> {
  if (news === 'firing_again') return { flaps: { since: at, unsaid: 0 } };
  return news === 'flapping' && flaps ? { flaps: { ...flaps, unsaid: flaps.unsaid + 1 } } : {};
}

/** The later of two RFC 3339 instants of one sender. */
function later(a: string | null, b: string | null): string | null {
  if (a === null || b === null) return a ?? b;
  return Date.parse(b) > Date.parse(a) ? b : a;
}

/** How many bodies were kept in the running minute. A minute's summary keeps none. */
function quarantined(
  state: IncidentState,
  event: Extract<AuditEvent, { type: 'ALERT_QUARANTINED' }>,
): Partial<IncidentState> {
  if (event.details.bodyBase64 === null) return {};
  const minute = event.at.slice(0, 16);
  const before = state.quarantine?.minute === minute ? state.quarantine.kept : 0;
  return { quarantine: { minute, kept: before + 1 } };
}

function remembered(invited: readonly string[], userId: string): string[] {
  if (invited.includes(userId)) return [...invited];
  return [...invited, userId].slice(-INVITED_MAX);
}

function ticked(
  state: IncidentState,
  details: DetailsOf<'CHECKLIST_ITEM_UPDATED'>,
  by: string,
): IncidentState['checklist'] {
  return state.checklist.map((entry, index) =>
    index === details.index
      ? { ...entry, done: details.done, by: details.done ? by : null }
      : entry,
  );
}
