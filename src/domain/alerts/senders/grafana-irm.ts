import type { AlertKind, AlertSignal, GroupState, SourcePerson } from '../../alert-signal.ts';
import { verifyGiSignature } from '../../verification/verify-gi-signature.ts';
import { cutText } from '../../well-formed.ts';
import { meaningOf } from '../meaning.ts';
import type { ReadAlert } from '../read-alert.ts';
import {
  asArray,
  asGroup,
  asInstant,
  asLink,
  asObject,
  asText,
  instantKey,
  type JsonObject,
  parseJsonObject,
} from '../read-json.ts';
import { readLabels } from '../read-labels.ts';
import type { Sender } from './sender.ts';

const NAME_MAX = 300;
const TITLE_MAX = 1_000;
/** One less than labels that are kept, as the severity is one of them. */
const LIST_MAX = 99;
const CREATED = 'grafana.incident.created';
const STATUS_UPDATED = 'grafana.incident.updated.status';
/** Documented as one event for an incident that ends; its name has been both. */
const ENDED = ['grafana.incident.closed', 'grafana.incident.resolved'];

const STATES: Readonly<Record<string, GroupState>> = { active: 'firing', resolved: 'resolved' };

/** The incident webhooks of Grafana IRM (“Outgoing webhook”). Its incident is an alert group here. */
export const grafanaIrm = {
  '/webhooks/grafana-irm': {
    source: 'grafana-irm',
    scheme: 'gi-signature',
    secretVariable: 'GRAFANA_IRM_SECRET_ID',
    verify: (request, { nowMs }) => {
      verifyGiSignature({ ...request, nowMs });
      return {};
    },
    read: readIrm,
    essentials,
    repeatsOn: 'server-error',
  },
} as const satisfies Sender;

/**
 * Reads one event, tolerantly: its name and the incident's id are needed. Roles, titles, severities,
 * labels and events yet to come are `unknown`; they open an incident only while it is active.
 */
function readIrm(bytes: Uint8Array): ReadAlert {
  const body = parseJsonObject(bytes);
  if (typeof body === 'string') return { kind: 'unreadable', reason: body };
  const rawType = asText(body.event, NAME_MAX);
  const incident = asObject(body.incident);
  if (rawType === null || !incident) return { kind: 'unreadable', reason: 'NO_ENVELOPE' };
  const group = asGroup(incident.incidentID);
  if (group === null) return { kind: 'unreadable', reason: 'NO_GROUP' };
  return { kind: 'signal', signal: signalOf({ body, rawType, incident, group }) };
}

function signalOf(of: {
  body: JsonObject;
  rawType: string;
  incident: JsonObject;
  group: string;
}): AlertSignal {
  const { body, rawType, incident, group } = of;
  const groupState = stateOf(incident);
  const kind = kindOf(rawType, incident);
  const sentAt = asInstant(body.time);
  const closedAt = kind === 'resolve' ? asInstant(incident.closedTime) : null;
  // The end is told by two events, which are one fact; every other event has an id of its own.
  const key = instantKey(closedAt) ?? asText(body.id, NAME_MAX) ?? instantKey(sentAt);
  return {
    source: 'grafana-irm',
    group,
    kind,
    rawType,
    meaning: meaningOf(['grafana-irm', group, closedAt === null ? rawType : kind, key]),
    hasStoredTime: key !== null,
    occurredAt: closedAt ?? sentAt,
    groupCreatedAt: asInstant(incident.createdTime),
    groupState,
    title: asText(incident.title, TITLE_MAX) ?? cutText(group, TITLE_MAX),
    // Without the stack's address, so none that could be opened.
    link: asLink(incident.overviewURL),
    labels: labelsOf(incident),
    integrationId: null,
    team: null,
    by: kind === 'created' ? readPerson(incident.createdByUser) : null,
    people: peopleOf(incident),
    alerts: [],
  };
}

function stateOf({ status }: JsonObject): GroupState | null {
  return typeof status === 'string' && Object.hasOwn(STATES, status) ? STATES[status]! : null;
}

function kindOf(rawType: string, incident: JsonObject): AlertKind {
  // An exercise must call nobody who is not part of it.
  if (incident.isDrill === true) return 'test';
  if (rawType === CREATED) return 'created';
  if (ENDED.includes(rawType)) return 'resolve';
  if (rawType !== STATUS_UPDATED) return 'unknown';
  const state = stateOf(incident);
  return state === null ? 'unknown' : state === 'resolved' ? 'resolve' : 'unresolve';
}

/** `{key, label}`, or `key:label` in one text; and the severity, in lower case as rules write it. */
function labelsOf(incident: JsonObject): Record<string, string> {
  const pairs = asArray(incident.labels)
    .slice(0, LIST_MAX)
    .map(asObject)
    .flatMap((entry): { key: unknown; value: unknown }[] => {
      const label = asText(entry?.label, TITLE_MAX);
      const key = asText(entry?.key, NAME_MAX);
      if (label === null) return [];
      if (key !== null) return [{ key, value: label }];
      const at = label.indexOf(':');
      return at < 1 ? [] : [{ key: label.slice(0, at), value: label.slice(at + 1).trim() }];
    });
  const severity = asText(incident.severity, NAME_MAX)?.toLowerCase();
  return readLabels(pairs, { severity });
}

function peopleOf(incident: JsonObject): SourcePerson[] {
  const { assignments } = asObject(incident.incidentMembership) ?? {};
  const users = [...asArray(assignments), ...asArray(incident.roles)]
    .slice(0, LIST_MAX)
    .flatMap((entry) => readPerson(asObject(entry)?.user) ?? []);
  return [...new Map(users.map((user) => [user.id, user])).values()];
}

function readPerson(value: unknown): SourcePerson | null {
  const user = asObject(value);
  const id = asText(user?.userID, NAME_MAX);
  return id === null ? null : { id, username: asText(user?.name, NAME_MAX) ?? id, email: null };
}

/** The event without tasks, pictures and summaries, which nobody reads. */
function essentials(signal: AlertSignal, bytes: Uint8Array): unknown {
  const parsed = parseJsonObject(bytes);
  const body = typeof parsed === 'string' ? {} : parsed;
  const incident = asObject(body.incident) ?? {};
  const { incidentID, severity, isDrill, createdTime, closedTime, status } = incident;
  return {
    id: asText(body.id, NAME_MAX),
    time: body.time,
    event: body.event,
    incident: {
      ...{ incidentID, isDrill, createdTime, closedTime, status },
      severity: asText(severity, NAME_MAX),
      title: asText(incident.title, TITLE_MAX),
      overviewURL: asText(incident.overviewURL, 2 * TITLE_MAX),
      labels: Object.entries(signal.labels).map(([key, label]) => ({ key, label })),
      createdByUser: userOf(signal.by),
      incidentMembership: { assignments: signal.people.map((user) => ({ user: userOf(user) })) },
    },
  };
}

function userOf(person: SourcePerson | null): unknown {
  return person && { userID: person.id, name: person.username };
}
