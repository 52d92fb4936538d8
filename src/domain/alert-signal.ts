/** Who sends alerts. Each webhook path is pinned to one. */
export const ALERT_SOURCES = [
  'grafana-oncall',
  'grafana-alerting',
  'alertmanager',
  'pagerduty',
  'grafana-irm',
] as const;
export type AlertSource = (typeof ALERT_SOURCES)[number];

/** A source by the name that people know it by. */
export const ALERT_SOURCE_NAMES: Readonly<Record<AlertSource, string>> = {
  'grafana-oncall': 'Grafana OnCall',
  'grafana-alerting': 'Grafana Alerting',
  alertmanager: 'Alertmanager',
  pagerduty: 'PagerDuty',
  'grafana-irm': 'Grafana IRM',
};

/** What a delivery says happened to its alert group. */
export type AlertKind =
  | 'created'
  | 'escalation'
  | 'acknowledge'
  | 'silence'
  | 'resolve'
  | 'unsilence'
  | 'unresolve'
  | 'unacknowledge'
  | 'personal_notification'
  /** The "Test" button of the sender. */
  | 'test'
  /** A known envelope with a type we do not know. */
  | 'unknown';

export type GroupState = 'firing' | 'acknowledged' | 'resolved' | 'silenced';

/** A person as the alert source knows them. The e-mail never reaches an event. */
export type SourcePerson = { id: string; username: string; email: string | null };

/** One alert inside a group (Grafana Alerting, Alertmanager). */
export type AlertInGroup = {
  fingerprint: string;
  status: 'firing' | 'resolved';
  startsAt: string;
  title: string;
};

/** One authenticated delivery, read tolerantly. All text has passed `toWellFormed()`. */
export type AlertSignal = {
  source: AlertSource;
  /** The sender's stable id of the alert group. Unique within `source`. */
  group: string;
  kind: AlertKind;
  rawType: string;
  /**
   * What this delivery means, as 64 hex characters: equal for every repetition of the same fact.
   * The base of the event's `commandId`.
   */
  meaning: string;
  /** The same under the identity that earlier versions gave the group; absent: there was no other. */
  former?: { group: string; meaning: string };
  /** True when `meaning` holds a time that the sender stored, so a later repeat is a new fact. */
  hasStoredTime: boolean;
  /**
   * Set when a delivery says which state the group is in, again and again, so that what was said
   * last counts and equal words may be news. Else each is one event, and equal words are a repetition.
   */
  isSnapshot?: true;
  /** Set when further ones of the same kind read like it: an escalation step has no time of its own. */
  comesAgain?: true;
  /** RFC 3339, or null when the sender gives none. */
  occurredAt: string | null;
  /** When the group was created at the sender, RFC 3339, or null. */
  groupCreatedAt: string | null;
  /** End of a silence, RFC 3339; null means for ever; undefined: not a silence. */
  until?: string | null;
  groupState: GroupState | null;
  title: string;
  /** Link to the group at the sender. */
  link: string | null;
  labels: Record<string, string>;
  /** What the labels of the firing alerts inside are, each set once; absent: there is nothing inside. */
  firingLabels?: readonly Readonly<Record<string, string>>[];
  integrationId: string | null;
  team: string | null;
  by: SourcePerson | null;
  /** Everyone the sender notified or will notify. */
  people: SourcePerson[];
  alerts: AlertInGroup[];
  /** Alerts of the group that the sender cut off; absent: none. */
  notShown?: number;
  /** Runbook and dashboards that the alert names; absent: none. */
  links?: { title: string; url: string }[];
};
