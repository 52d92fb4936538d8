import type { AlertInGroup, AlertSignal } from '../alert-signal.ts';
import { sha256Hex } from '../ids.ts';
import { meaningOf } from './meaning.ts';
import {
  asArray,
  asGroup,
  asInstant,
  asLink,
  asObject,
  asScalarText,
  asText,
  instantKey,
  type JsonObject,
  parseJsonObject,
} from './read-json.ts';
import { readLabels } from './read-labels.ts';
import type { ReadAlert } from './read-on-call.ts';

/** Alerts of a group kept on record; the meaning covers all of them. */
export const ALERTS_IN_GROUP_MAX = 200;
const NAME_MAX = 300;
const TITLE_MAX = 1_000;
/** Go's zero time: the alert has not ended. */
const NO_TIME_PREFIX = '0001-01-01T00:00:00';

/** An alert of a group with what only the reading of the group needs. */
export type Member = { alert: AlertInGroup; endsAt: string | null; labels: Record<string, string> };

/**
 * Reads a Grafana Alerting webhook body, tolerantly: the status (or an alert with one) and the group
 * key are needed; everything else may be absent.
 *
 * A group with any firing alert is firing. Never throws, whatever the bytes.
 */
export function readGrafanaAlerting(bytes: Uint8Array): ReadAlert {
  const body = parseJsonObject(bytes);
  if (typeof body === 'string') return { kind: 'unreadable', reason: body };
  const members = asArray(body.alerts).flatMap((entry) => readMember(entry));
  const status = statusOf(body.status) ?? statusOfMembers(members);
  if (status === null || !Array.isArray(body.alerts)) {
    return { kind: 'unreadable', reason: 'NO_ENVELOPE' };
  }
  if (typeof body.groupKey !== 'string' || body.groupKey === '') {
    return { kind: 'unreadable', reason: 'NO_GROUP' };
  }
  const orgId = asScalarText(body.orgId, NAME_MAX) ?? '';
  const group = asGroup(`${orgId}|${body.groupKey}`)!;
  return { kind: 'signal', signal: signalOf({ body, members, status, group }) };
}

function signalOf(of: {
  body: JsonObject;
  members: readonly Member[];
  status: 'firing' | 'resolved';
  group: string;
}): AlertSignal {
  const { body, members, status, group } = of;
  const first = members[0];
  const common = readLabels(body.groupLabels, body.commonLabels);
  const labels = Object.keys(common).length > 0 ? common : (first?.labels ?? {});
  const facts = members.map(({ alert }) => factOf(alert)).sort();
  const isTest = isTestNotification(body, members);
  const starts = (wanted: readonly Member[]) => wanted.map(({ alert }) => alert.startsAt);
  const firing = members.filter(({ alert }) => alert.status === 'firing');
  return {
    source: 'grafana-alerting',
    group,
    kind: isTest ? 'test' : status === 'firing' ? 'created' : 'resolve',
    rawType: isTest ? 'test' : status,
    meaning: meaningOf(['grafana-alerting', group, status, facts]),
    hasStoredTime: members.some(({ alert }) => alert.startsAt !== ''),
    occurredAt:
      status === 'firing' ? latest(starts(firing)) : latest(members.map(({ endsAt }) => endsAt)),
    groupCreatedAt: earliest(starts(members)),
    groupState: status,
    title: titleOf(body, labels, group),
    link: linkOf(body),
    labels,
    integrationId: receiverOf(body),
    team: null,
    by: null,
    people: [],
    alerts: members.slice(0, ALERTS_IN_GROUP_MAX).map(({ alert }) => alert),
  };
}

/** One alert inside a group; none for an entry that is not an alert. */
export function readMember(entry: unknown): Member[] {
  const given = asObject(entry);
  const status = statusOf(given?.status);
  if (!given || status === null) return [];
  const labels = readLabels(given.labels);
  const endsAt = asInstant(given.endsAt);
  const fingerprint = asText(given.fingerprint, NAME_MAX) ?? sha256Hex(JSON.stringify(labels));
  const summary = asText(asObject(given.annotations)?.summary, TITLE_MAX);
  return [
    {
      alert: {
        fingerprint,
        status,
        startsAt: asInstant(given.startsAt) ?? '',
        title: summary ?? labels.alertname ?? fingerprint,
      },
      endsAt: endsAt?.startsWith(NO_TIME_PREFIX) ? null : endsAt,
      labels,
    },
  ];
}

/** The one fact an alert inside a group states. Bodies differ on every attempt; these do not. */
function factOf(alert: AlertInGroup): string {
  return `${alert.fingerprint} ${instantKey(alert.startsAt) ?? ''} ${alert.status}`;
}

function statusOf(value: unknown): 'firing' | 'resolved' | null {
  return value === 'firing' || value === 'resolved' ? value : null;
}

function statusOfMembers(members: readonly Member[]): 'firing' | 'resolved' | null {
  if (members.length === 0) return null;
  return members.some(({ alert }) => alert.status === 'firing') ? 'firing' : 'resolved';
}

/**
 * Grafana's "Test" button makes a group key of its own, `<name>-<fingerprint>-<unix seconds>`; the
 * key of a real group is made of matchers in braces. Or: its fixed alert, without any rule's labels.
 */
function isTestNotification(body: JsonObject, members: readonly Member[]): boolean {
  if (/-[0-9a-f]{16}-\d{9,11}$/.test(String(body.groupKey))) return true;
  return (
    members.length > 0 &&
    members.every(
      ({ labels }) =>
        Object.keys(labels).length === 2 &&
        labels.alertname === 'TestAlert' &&
        labels.instance === 'Grafana',
    )
  );
}

function titleOf(body: JsonObject, labels: Record<string, string>, group: string): string {
  const given = asText(body.title, TITLE_MAX);
  // Status and counts change with every delivery and are told apart from the title.
  const plain = given?.replace(/^\[(?:FIRING|RESOLVED)[^\]]{0,60}\]\s*/, '').trim();
  return plain || labels.alertname || group.slice(0, TITLE_MAX).toWellFormed();
}

function linkOf(body: JsonObject): string | null {
  const first = asObject(asArray(body.alerts)[0]);
  return asLink(first?.generatorURL) ?? asLink(body.externalURL);
}

/** The contact point's name; Grafana sends it escaped for a regular expression. */
function receiverOf(body: JsonObject): string | null {
  return asText(body.receiver, NAME_MAX)?.replace(/\\(.)/g, '$1') ?? null;
}

function latest(instants: readonly (string | null)[]): string | null {
  return extreme(instants, (a, b) => a > b);
}

function earliest(instants: readonly (string | null)[]): string | null {
  return extreme(instants, (a, b) => a < b);
}

function extreme(
  instants: readonly (string | null)[],
  isBetter: (a: number, b: number) => boolean,
): string | null {
  let best: string | null = null;
  for (const instant of instants) {
    if (!instant) continue;
    if (best === null || isBetter(Date.parse(instant), Date.parse(best))) best = instant;
  }
  return best;
}
