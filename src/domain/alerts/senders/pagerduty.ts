import type { AlertKind, AlertSignal, GroupState, SourcePerson } from '../../alert-signal.ts';
import { verifyPagerDuty } from '../../verification/verify-pagerduty.ts';
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
const PEOPLE_MAX = 100;
const TEST_EVENT = 'pagey.ping';
/** Types about a service itself, which no incident is part of. */
const OF_SERVICE = 'service.';

const KINDS: Readonly<Record<string, AlertKind>> = {
  'incident.triggered': 'created',
  'incident.escalated': 'escalation',
  'incident.acknowledged': 'acknowledge',
  'incident.unacknowledged': 'unacknowledge',
  'incident.resolved': 'resolve',
  'incident.reopened': 'unresolve',
};
const STATES: Readonly<Record<string, GroupState>> = {
  triggered: 'firing',
  acknowledged: 'acknowledged',
  resolved: 'resolved',
};

/** PagerDuty's webhook subscriptions, version 3. A PagerDuty incident is an alert group here. */
export const pagerDuty = {
  '/webhooks/pagerduty': {
    source: 'pagerduty',
    scheme: 'pagerduty',
    secretVariable: 'PAGERDUTY_SECRET_ID',
    verify: (request) => {
      verifyPagerDuty(request);
      return {};
    },
    read: readPagerDuty,
    essentials,
    repeatsOn: 'server-error',
  },
} as const satisfies Sender;

/**
 * Reads one event, tolerantly: its type and the incident's id are needed. Reassignments, notes,
 * priorities and types yet to come are `unknown`; they open an incident only while it is triggered.
 */
function readPagerDuty(bytes: Uint8Array): ReadAlert {
  const body = parseJsonObject(bytes);
  if (typeof body === 'string') return { kind: 'unreadable', reason: body };
  const event = asObject(body.event);
  const rawType = asText(event?.event_type, NAME_MAX);
  if (!event || rawType === null) return { kind: 'unreadable', reason: 'NO_ENVELOPE' };
  const resource = asObject(event.data) ?? {};
  const about = aboutOf(resource) ?? {};
  const group = groupOf({ rawType, resource, about });
  if (group === null) return { kind: 'unreadable', reason: 'NO_GROUP' };
  return { kind: 'signal', signal: signalOf({ event, rawType, about, group }) };
}

/**
 * The incident that an event is about. Notes, responders and status updates refer to one; roles are
 * a list of assignments, each of which refers to it.
 */
function aboutOf(resource: JsonObject): JsonObject | undefined {
  if (resource.type === 'incident') return resource;
  const parts = [
    resource,
    ...Object.values(resource).flatMap((value) => [value, asArray(value)[0]]),
  ];
  for (const part of parts) {
    const about = asObject(asObject(part)?.incident);
    if (about) return about;
  }
  return undefined;
}

function groupOf(of: { rawType: string; resource: JsonObject; about: JsonObject }): string | null {
  const { rawType, resource, about } = of;
  if (rawType === TEST_EVENT) return TEST_EVENT;
  if (!rawType.startsWith(OF_SERVICE)) return asGroup(about.id);
  // Noted under a name that no incident has.
  const service = asGroup(asObject(resource.service)?.id) ?? asGroup(resource.id);
  return service && asGroup(`service ${service}`);
}

function signalOf(of: {
  event: JsonObject;
  rawType: string;
  about: JsonObject;
  group: string;
}): AlertSignal {
  const { event, rawType, about, group } = of;
  const occurredAt = asInstant(event.occurred_at);
  const time = instantKey(occurredAt);
  // PagerDuty repeats an event for up to two days, under the same id.
  const eventId = asText(event.id, NAME_MAX);
  const service = asObject(about.service);
  const status = asText(about.status, NAME_MAX);
  return {
    source: 'pagerduty',
    group,
    kind: kindOf(rawType),
    rawType,
    meaning: meaningOf(['pagerduty', group, rawType, eventId ?? time]),
    hasStoredTime: (eventId ?? time) !== null,
    occurredAt,
    groupCreatedAt: asInstant(about.created_at),
    groupState: status !== null && Object.hasOwn(STATES, status) ? STATES[status]! : null,
    title:
      asText(about.title, TITLE_MAX) ??
      asText(about.summary, TITLE_MAX) ??
      cutText(group, TITLE_MAX),
    link: asLink(about.html_url),
    labels: readLabels({
      service_name: service?.summary,
      urgency: about.urgency,
      priority: asObject(about.priority)?.summary,
      escalation_policy: asObject(about.escalation_policy)?.summary,
    }),
    integrationId: asText(service?.id, NAME_MAX),
    team: asText(asObject(asArray(about.teams)[0])?.summary, NAME_MAX),
    by: readPerson(event.agent),
    people: asArray(about.assignees)
      .slice(0, PEOPLE_MAX)
      .flatMap((assignee) => readPerson(assignee) ?? []),
    alerts: [],
  };
}

function kindOf(rawType: string): AlertKind {
  if (rawType === TEST_EVENT) return 'test';
  return Object.hasOwn(KINDS, rawType) ? KINDS[rawType]! : 'unknown';
}

/** Whoever did it, if a person: services and integrations act, too. */
function readPerson(value: unknown): SourcePerson | null {
  const reference = asObject(value);
  const id = asText(reference?.id, NAME_MAX);
  const type = asText(reference?.type, NAME_MAX) ?? '';
  if (!reference || id === null || !type.startsWith('user')) return null;
  return { id, username: asText(reference.summary, NAME_MAX) ?? id, email: null };
}

/** The event without the references that nobody reads. */
function essentials(_signal: AlertSignal, bytes: Uint8Array): unknown {
  const parsed = parseJsonObject(bytes);
  const event = typeof parsed === 'string' ? undefined : asObject(parsed.event);
  const resource = asObject(event?.data) ?? {};
  const about = resource.type === 'incident' ? undefined : aboutOf(resource);
  return {
    event: {
      id: asText(event?.id, NAME_MAX),
      event_type: event?.event_type,
      occurred_at: event?.occurred_at,
      agent: referenceOf(event?.agent),
      data: about ? { incident: incidentOf(about) } : incidentOf(resource),
    },
  };
}

function incidentOf(about: JsonObject): unknown {
  const { id, type, status, created_at, html_url, urgency } = about;
  return {
    ...{ id, type, status, created_at, html_url, urgency },
    title: asText(about.title, TITLE_MAX),
    summary: asText(about.summary, TITLE_MAX),
    service: referenceOf(about.service),
    priority: referenceOf(about.priority),
    escalation_policy: referenceOf(about.escalation_policy),
    teams: asArray(about.teams).slice(0, 1).map(referenceOf),
    assignees: asArray(about.assignees).slice(0, PEOPLE_MAX).map(referenceOf),
  };
}

function referenceOf(value: unknown): unknown {
  const reference = asObject(value);
  if (!reference) return null;
  const { id, type, summary } = reference;
  // A number or a truth value reads as a label, and not as a name.
  return { id, type, summary: typeof summary === 'object' ? null : cut(summary) };
}

function cut(value: unknown): unknown {
  return typeof value === 'string' ? asText(value, TITLE_MAX) : value;
}
