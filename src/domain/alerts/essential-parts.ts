import type { AlertSignal } from '../alert-signal.ts';
import { ALERTS_IN_GROUP_MAX, readMember } from './read-grafana-alerting.ts';
import { asArray, asObject, asText, parseJsonObject } from './read-json.ts';

/**
 * A small body that reads as the same signal: for a body too large to travel whole.
 *
 * OnCall sends the alert twice, and Grafana a page of links and values for each alert; an incident
 * needs neither.
 * @param bytes - the body that `signal` was read from
 */
export function essentialParts(signal: AlertSignal, bytes: Uint8Array): Uint8Array {
  const body =
    signal.source === 'grafana-oncall' ? onCallParts(signal) : alertingParts(signal, bytes);
  return new TextEncoder().encode(JSON.stringify(body));
}

function onCallParts(signal: AlertSignal): unknown {
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
    alert_group_id: signal.group,
    integration: { id: signal.integrationId, team: signal.team },
    users_to_be_notified: signal.people,
  };
}

function alertingParts(signal: AlertSignal, bytes: Uint8Array): unknown {
  const parsed = parseJsonObject(bytes);
  const body = typeof parsed === 'string' ? {} : parsed;
  const entries = asArray(body.alerts);
  const generatorURL = asObject(entries[0])?.generatorURL;
  const alerts = entries.flatMap(readMember).map(({ alert, endsAt, labels }, i) => ({
    fingerprint: alert.fingerprint,
    status: alert.status,
    startsAt: alert.startsAt,
    endsAt,
    ...(i === 0 ? { generatorURL, labels } : {}),
    // Alerts beyond those kept on record count in the group's meaning, and nowhere else.
    ...(i < ALERTS_IN_GROUP_MAX ? { annotations: { summary: alert.title } } : {}),
  }));
  return {
    receiver: body.receiver,
    status: body.status,
    alerts,
    commonLabels: signal.labels,
    groupKey: body.groupKey,
    orgId: body.orgId,
    title: asText(body.title, 1_000),
    externalURL: body.externalURL,
  };
}
