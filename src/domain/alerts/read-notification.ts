import type { AlertInGroup, AlertSignal, AlertSource } from '../alert-signal.ts';
import { sha256Hex } from '../ids.ts';
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
import { type AlertLink, annotationsOf, readLinks } from './read-links.ts';

/** Alerts of a group kept on record; the meaning covers all of them. */
export const ALERTS_IN_GROUP_MAX = 200;
const NAME_MAX = 300;
const TITLE_MAX = 1_000;
const URL_MAX = 2_000;
/** A label with more values than that among a group's alerts tells them apart, and rates none. */
const VALUES_MAX = 8;
/** Go's zero time: the alert has not ended. */
const NO_TIME_PREFIX = '0001-01-01T00:00:00';

/** An alert of a group with what only the reading of the group needs. */
export type Member = {
  alert: AlertInGroup;
  endsAt: string | null;
  labels: Record<string, string>;
  link: string | null;
};

/** Where two senders of the same notification differ. */
export type NotificationDialect = {
  source: AlertSource;
  /** Tells groups with the same key apart: the server, and the organisation in it. */
  scopeOf: (body: JsonObject) => string;
  /** The scope by which earlier versions told them apart; their incidents may be open still. */
  formerScopeOf: (body: JsonObject) => string;
  /** Says in the sender's words why it notified. */
  rawTypeOf: (body: JsonObject, status: 'firing' | 'resolved') => string;
  isTest: (body: JsonObject, members: readonly Member[]) => boolean;
  /** Labels that stand behind those of the alerts. */
  furtherLabelsOf: (body: JsonObject) => unknown;
};

/**
 * Reads the notification that Alertmanager made and Grafana Alerting took over, tolerantly: the
 * status (or an alert with one) and the group key are needed; everything else may be absent.
 *
 * A group with any firing alert is firing. Never throws, whatever the bytes.
 */
export function readNotification(bytes: Uint8Array, dialect: NotificationDialect): ReadAlert {
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
  const groupIn = (scope: string) => asGroup(`${scope}|${body.groupKey}`)!;
  const group = groupIn(dialect.scopeOf(body));
  const formerGroup = groupIn(dialect.formerScopeOf(body));
  const signal = signalOf({ body, members, status, group, formerGroup, dialect });
  return { kind: 'signal', signal };
}

/** Where a sender says it is: host and path, so that two behind one host are two. */
export function placeOfSender(body: JsonObject): string {
  const url = asText(body.externalURL, URL_MAX);
  if (url === null || !URL.canParse(url)) return '';
  const { host, pathname } = new URL(url);
  return `${host}${pathname.replace(/\/+$/, '')}`;
}

/**
 * A small body that reads as the same signal: Grafana sends a page of links and values for each
 * alert, and an incident needs none of them.
 */
export function notificationEssentials(signal: AlertSignal, bytes: Uint8Array): unknown {
  const parsed = parseJsonObject(bytes);
  const body = typeof parsed === 'string' ? {} : parsed;
  const entries = asArray(body.alerts);
  const members = entries.flatMap(readMember);
  const sets = ratingLabels(members);
  const alerts = members.map(({ alert, endsAt, labels, link }, i) => ({
    fingerprint: alert.fingerprint,
    status: alert.status,
    startsAt: alert.startsAt,
    endsAt,
    ...(sets[i] ? { labels: sets[i] } : {}),
    ...(i === 0 ? { generatorURL: link, labels: sets[0] ?? labels } : {}),
    // Alerts beyond those kept on record count in the group's meaning, and nowhere else.
    ...(i < ALERTS_IN_GROUP_MAX ? { annotations: { summary: alert.title } } : {}),
  }));
  return {
    receiver: body.receiver,
    status: body.status,
    alerts,
    commonLabels: signal.labels,
    commonAnnotations: annotationsOf(signal.links),
    groupKey: body.groupKey,
    truncatedAlerts: body.truncatedAlerts,
    orgId: body.orgId,
    title: asText(body.title, TITLE_MAX),
    externalURL: body.externalURL,
    notification_reason: body.notification_reason,
  };
}

function signalOf(of: {
  body: JsonObject;
  members: readonly Member[];
  status: 'firing' | 'resolved';
  group: string;
  formerGroup: string;
  dialect: NotificationDialect;
}): AlertSignal {
  const { body, members, status, group, formerGroup, dialect } = of;
  const first = members[0];
  const further = dialect.furtherLabelsOf(body);
  const common = readLabels(body.groupLabels, body.commonLabels);
  const own = Object.keys(common).length > 0 ? common : first?.labels;
  const labels = readLabels(further, own);
  const facts = members.map(({ alert }) => factOf(alert)).sort();
  const isTest = dialect.isTest(body, members);
  const starts = (wanted: readonly Member[]) => wanted.map(({ alert }) => alert.startsAt);
  const firing = members.filter(({ alert }) => alert.status === 'firing');
  const notShown = notShownOf(body);
  const links = linksOf(body);
  const meaning = (ofGroup: string) =>
    meaningOf([
      dialect.source,
      ofGroup,
      status,
      facts,
      // A group that was cut says what changed beyond the cut in nothing but this number.
      ...(notShown > 0 ? [String(notShown)] : []),
    ]);
  const firingLabels = ratingLabels(members).filter((set) => set !== undefined);
  return {
    source: dialect.source,
    group,
    kind: isTest ? 'test' : status === 'firing' ? 'created' : 'resolve',
    rawType: isTest ? 'test' : dialect.rawTypeOf(body, status),
    meaning: meaning(group),
    ...(formerGroup === group
      ? {}
      : { former: { group: formerGroup, meaning: meaning(formerGroup) } }),
    hasStoredTime: members.some(({ alert }) => alert.startsAt !== ''),
    isSnapshot: true,
    occurredAt:
      status === 'firing' ? latest(starts(firing)) : latest(members.map(({ endsAt }) => endsAt)),
    groupCreatedAt: earliest(starts(members)),
    groupState: status,
    title: titleOf(body, labels, group),
    link: first?.link ?? asLink(body.externalURL),
    labels,
    ...(firingLabels.length > 0 ? { firingLabels } : {}),
    integrationId: receiverOf(body),
    team: null,
    by: null,
    people: [],
    alerts: members.slice(0, ALERTS_IN_GROUP_MAX).map(({ alert }) => alert),
    ...(notShown > 0 ? { notShown } : {}),
    ...(links.length > 0 ? { links } : {}),
  };
}

/**
 * For each alert the labels that may say how bad it is, if it fires and no alert before it has the
 * same: without those that merely tell one alert from another, which would make thousands of sets.
 */
function ratingLabels(members: readonly Member[]): (Record<string, string> | undefined)[] {
  const values = new Map<string, Set<string>>();
  const firing = members.filter(({ alert }) => alert.status === 'firing');
  for (const [name, value] of firing.flatMap(({ labels }) => Object.entries(labels))) {
    const known = values.get(name);
    if (known) known.add(value);
    else values.set(name, new Set([value]));
  }
  const seen = new Set<string>();
  return members.map(({ alert, labels }) => {
    if (alert.status !== 'firing') return undefined;
    const own = Object.entries(labels).filter(([name]) => values.get(name)!.size <= VALUES_MAX);
    const key = JSON.stringify(own.sort());
    if (own.length === 0 || seen.has(key)) return undefined;
    seen.add(key);
    return Object.fromEntries(own);
  });
}

/** Alerts of the group that the sender left out of the body, at most a million. */
function notShownOf(body: JsonObject): number {
  const count = body.truncatedAlerts;
  return Number.isSafeInteger(count) ? Math.min(Math.max(count as number, 0), 1_000_000) : 0;
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
      link: asLink(given.generatorURL),
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

function titleOf(body: JsonObject, labels: Record<string, string>, group: string): string {
  const given = asText(body.title, TITLE_MAX);
  // Status and counts change with every delivery and are told apart from the title.
  const plain = given?.replace(/^\[(?:FIRING|RESOLVED)[^\]]{0,60}\]\s*/, '').trim();
  return plain || labels.alertname || group.slice(0, TITLE_MAX).toWellFormed();
}

function linksOf(body: JsonObject): AlertLink[] {
  const first = asObject(asArray(body.alerts)[0]);
  return readLinks(body.commonAnnotations, first?.annotations, first);
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
