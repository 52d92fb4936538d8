/** The events of an alert group that the samples can play. */
export type OncallEventType =
  | 'alert group created'
  | 'escalation'
  | 'acknowledge'
  | 'unacknowledge'
  | 'silence'
  | 'unsilence'
  | 'resolve'
  | 'unresolve';

/** One delivery of one alert group. */
export type OncallSample = {
  type: OncallEventType;
  /** The alert group; see `newAlertGroupId`. */
  groupId: string;
  /** When this event happened. */
  atMs: number;
  /** When the group was created. @default atMs */
  createdAtMs?: number;
  title: string;
  message: string;
  /** Alert labels, e.g. `service_name` and `severity`. */
  labels: Record<string, string>;
  integration: { id: string; team: string };
};

const MAYA = { id: 'U8KQZ4MWX7RNB', username: 'maya.ito', email: 'maya.ito@example.com' };
const JONAS = { id: 'U3TYH9LPV6CDS', username: 'jonas.berg', email: 'jonas.berg@example.com' };

/** An hour, as a person silences an alert group for. */
const SILENCE_MS = 3_600_000;

/** The body that Grafana OnCall's outgoing webhook sends with `forward_all`, labels on. */
export function oncallBody(sample: OncallSample): Record<string, unknown> {
  const { type, groupId, atMs, integration } = sample;
  const actor = BY_PERSON.has(type) ? MAYA : null;
  return {
    event: {
      type,
      time: offsetTime(atMs),
      ...(type === 'silence' ? { until: offsetTime(atMs + SILENCE_MS) } : {}),
    },
    user: actor,
    alert_group: alertGroup(sample),
    alert_group_id: groupId,
    alert_payload: alertPayload(sample),
    integration: {
      id: integration.id,
      type: 'formatted_webhook',
      name: `${integration.team} production - Formatted webhook`,
      team: integration.team,
      labels: {},
    },
    notified_users: actor ? [MAYA] : [],
    users_to_be_notified: type === 'alert group created' ? [] : [MAYA, JONAS],
    alert_group_acknowledged_by: type === 'acknowledge' ? MAYA : null,
    alert_group_resolved_by: type === 'resolve' ? MAYA : null,
  };
}

/** The group as it stands after the event. */
function alertGroup(sample: OncallSample): Record<string, unknown> {
  const { type, groupId, atMs } = sample;
  const createdAt = utc(sample.createdAtMs ?? atMs);
  const acknowledged = type === 'acknowledge';
  const resolved = type === 'resolve';
  return {
    id: groupId,
    integration_id: sample.integration.id,
    team_id: 'TN5V8GXC3ZJKA',
    route_id: 'RB9H2LWYT6QDP',
    alerts_count: 1,
    state: STATES[type],
    created_at: createdAt,
    resolved_at: resolved ? utc(atMs) : null,
    resolved_by: resolved ? MAYA.id : null,
    acknowledged_at: acknowledged ? utc(atMs) : null,
    acknowledged_by: acknowledged ? MAYA.id : null,
    labels: sample.labels,
    title: sample.title,
    permalinks: {
      slack: null,
      slack_app: null,
      telegram: null,
      web: `https://grafana.example.com/a/grafana-oncall-app/alert-groups/${groupId}`,
    },
    silenced_at: type === 'silence' ? utc(atMs) : null,
    last_alert: {
      id: `A${groupId.slice(1)}`,
      alert_group_id: groupId,
      created_at: createdAt,
      payload: alertPayload(sample),
    },
  };
}

/** What the monitoring tool sent to OnCall. */
function alertPayload({ groupId, title, message }: OncallSample): Record<string, unknown> {
  return { alert_uid: groupId, title, state: 'alerting', message };
}

const STATES: Record<OncallEventType, string> = {
  'alert group created': 'firing',
  escalation: 'firing',
  acknowledge: 'acknowledged',
  unacknowledge: 'firing',
  silence: 'silenced',
  unsilence: 'firing',
  resolve: 'resolved',
  unresolve: 'firing',
};

const BY_PERSON = new Set<OncallEventType>([
  'acknowledge',
  'unacknowledge',
  'silence',
  'unsilence',
  'resolve',
  'unresolve',
]);

/** As Django REST framework prints it: microseconds and `Z`. */
function utc(atMs: number): string {
  return new Date(atMs).toISOString().replace('Z', '000Z');
}

/** As Python's `isoformat()` prints it. */
function offsetTime(atMs: number): string {
  return new Date(atMs).toISOString().replace('Z', '000+00:00');
}
