import type { AlertKind, AlertSignal, GroupState, SourcePerson } from '../alert-signal.ts';
import { cutText } from '../well-formed.ts';
import { meaningOf } from './meaning.ts';
import type { ReadAlert } from './read-alert.ts';
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
} from './read-json.ts';
import { readLabels } from './read-labels.ts';
import { annotationsOf, readLinks } from './read-links.ts';

const NAME_MAX = 300;
const TITLE_MAX = 1_000;
const PEOPLE_MAX = 100;

const KINDS: Readonly<Record<string, AlertKind>> = {
  'alert group created': 'created',
  /** Its name up to OnCall v1.2.15. */
  firing: 'created',
  escalation: 'escalation',
  acknowledge: 'acknowledge',
  silence: 'silence',
  resolve: 'resolve',
  unsilence: 'unsilence',
  unresolve: 'unresolve',
  unacknowledge: 'unacknowledge',
  'personal notification': 'personal_notification',
};
const GROUP_STATES: readonly GroupState[] = ['firing', 'acknowledged', 'resolved', 'silenced'];

/**
 * Reads a Grafana OnCall or IRM outgoing webhook, tolerantly: only the event's type and the alert
 * group's id are needed; everything else may be null, absent or of an older shape.
 *
 * Never throws, whatever the bytes.
 */
export function readOnCall(bytes: Uint8Array): ReadAlert {
  const body = parseJsonObject(bytes);
  if (typeof body === 'string') return { kind: 'unreadable', reason: body };
  const event = asObject(body.event);
  const rawType = asText(event?.type, NAME_MAX);
  if (!event || rawType === null) return { kind: 'unreadable', reason: 'NO_ENVELOPE' };
  const alertGroup = asObject(body.alert_group) ?? {};
  const group = asGroup(body.alert_group_id) ?? asGroup(alertGroup.id);
  if (group === null) return { kind: 'unreadable', reason: 'NO_GROUP' };
  return { kind: 'signal', signal: signalOf({ body, event, alertGroup, rawType, group }) };
}

/** A small body that reads as the same signal: OnCall sends the alert twice. */
export function onCallEssentials(signal: AlertSignal): unknown {
  const { until } = signal;
  return {
    event: {
      type: signal.rawType,
      time: signal.occurredAt,
      ...(until === undefined ? {} : { until }),
    },
    user: signal.by,
    alert_group: {
      state: signal.groupState,
      created_at: signal.groupCreatedAt,
      labels: signal.labels,
      title: signal.title,
      permalinks: { web: signal.link },
    },
    alert_payload: { annotations: annotationsOf(signal.links) },
    alert_group_id: signal.group,
    integration: { id: signal.integrationId, team: signal.team },
    users_to_be_notified: signal.people,
  };
}

function signalOf(of: {
  body: JsonObject;
  event: JsonObject;
  alertGroup: JsonObject;
  rawType: string;
  group: string;
}): AlertSignal {
  const { body, event, alertGroup, rawType, group } = of;
  const kind = Object.hasOwn(KINDS, rawType) ? KINDS[rawType]! : 'unknown';
  const occurredAt = asInstant(event.time);
  const groupCreatedAt = asInstant(alertGroup.created_at);
  const integration = asObject(body.integration) ?? {};
  const payload = asObject(body.alert_payload) ?? {};
  const by = readPerson(body.user);
  const links = readLinks(payload.annotations, payload.commonAnnotations, payload);
  const meaning = onCallMeaning({ kind, rawType, group, occurredAt, groupCreatedAt });
  return {
    source: 'grafana-oncall',
    group,
    kind,
    rawType,
    ...meaning,
    ...(kind === 'escalation' ? { comesAgain: true } : {}),
    occurredAt,
    groupCreatedAt,
    ...(kind === 'silence' ? { until: asInstant(event.until) } : {}),
    groupState: GROUP_STATES.find((state) => state === alertGroup.state) ?? null,
    title:
      asText(alertGroup.title, TITLE_MAX) ??
      asText(payload.title, TITLE_MAX) ??
      cutText(group, TITLE_MAX),
    link: asLink(asObject(alertGroup.permalinks)?.web),
    // A self-hosted OnCall keeps no labels of its own; the first alert inside may have them.
    labels: readLabels(payload.labels, payload.commonLabels, integration.labels, alertGroup.labels),
    integrationId: asText(integration.id ?? alertGroup.integration_id, NAME_MAX),
    team: asText(integration.team ?? alertGroup.team_id, NAME_MAX),
    by,
    people: readPeople(body),
    alerts: [],
    ...(links.length > 0 ? { links } : {}),
  };
}

/**
 * What an OnCall delivery means, and whether that alone tells a repetition from a new fact.
 *
 * `escalation` and `personal notification` carry the time of the attempt, which differs on each
 * retry, so the group's creation stands in for it. `un…` events carry no time at all.
 */
function onCallMeaning(of: {
  kind: AlertKind;
  rawType: string;
  group: string;
  occurredAt: string | null;
  groupCreatedAt: string | null;
}): { meaning: string; hasStoredTime: boolean } {
  const type = of.kind === 'unknown' ? `unknown ${of.rawType}` : of.kind;
  const time = storedTimeOf(of);
  return {
    meaning: meaningOf(['grafana-oncall', of.group, type, time]),
    hasStoredTime: time !== null,
  };
}

function storedTimeOf(of: {
  kind: AlertKind;
  occurredAt: string | null;
  groupCreatedAt: string | null;
}): string | null {
  switch (of.kind) {
    case 'unsilence':
    case 'unresolve':
    case 'unacknowledge':
      return null;
    case 'escalation':
    case 'personal_notification':
      return instantKey(of.groupCreatedAt);
    case 'created':
    case 'unknown':
      return instantKey(of.occurredAt ?? of.groupCreatedAt);
    default:
      // Null when the change was undone before it was sent: then nothing tells two of them apart.
      return instantKey(of.occurredAt);
  }
}

function readPeople(body: JsonObject): SourcePerson[] {
  const listed = [...asArray(body.notified_users), ...asArray(body.users_to_be_notified)];
  const people = new Map<string, SourcePerson>();
  for (const entry of listed.slice(0, PEOPLE_MAX)) {
    const person = readPerson(entry);
    if (person) people.set(person.id, person);
  }
  return [...people.values()];
}

function readPerson(value: unknown): SourcePerson | null {
  const person = asObject(value);
  const id = asText(person?.id, NAME_MAX);
  if (!person || id === null) return null;
  const email = asText(person.email, NAME_MAX);
  return { id, username: asText(person.username, NAME_MAX) ?? id, email };
}
