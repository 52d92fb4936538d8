import { z } from 'zod';
import { ALERT_SOURCES } from './alert-signal.ts';
import { NOTED_TYPES } from './chain-notes.ts';
import { CONTEXT_SNAPSHOT } from './context-snapshot.ts';
import { CONTEXT_URL_MAX, INCIDENT_TITLE_MAX, INTERNAL_TEXT_MAX } from './limits.ts';
import { SEVERITIES } from './severity.ts';
import { STATUSPAGE_DETAILS } from './statuspage-event-details.ts';
import { STORM_BATCH_MAX, STORM_BEFORE_MAX } from './storm.ts';

/*
 * The details of every event type. Objects are strict: an unknown field is a mistake in our code or
 * a hand on the table, and both must be seen. Events hold Slack ids and names of the alert source,
 * never e-mail addresses.
 */
const text = z.string().max(INTERNAL_TEXT_MAX);
const name = z.string().max(300);
const instant = z.iso.datetime({ offset: true });
const sha256 = z.string().regex(/^[0-9a-f]{64}$/);
const slackUser = z.string().regex(/^[UWB][A-Z0-9]{2,20}$/);
const severity = z.enum(SEVERITIES);
const reason = z.strictObject({ reason: text });

/** How far an alert was checked with its source; absent: this path asks for no such check. */
const marks = {
  /** `yes`: what is said here is the source's own answer; `no`: the source could not be asked. */
  confirmed: z.enum(['yes', 'no']).optional(),
  unconfirmedBecause: z.enum(['not_configured', 'rate_limited', 'unavailable']).optional(),
  /** No delivery told us: we asked the source which groups are open. */
  foundBy: z.literal('reconciliation').optional(),
};

/**
 * `firing_again`: its source had resolved it. `flapping`: one of many changes, counted and said later.
 * `still_firing`: people had ended the incident. `open_at_source`: they had, and this is no firing.
 */
export const ALERT_NEWS = ['firing_again', 'flapping', 'still_firing', 'open_at_source'] as const;

const alert = z.strictObject({
  source: z.enum(ALERT_SOURCES),
  group: z.string().max(2_000),
  rawType: name,
  occurredAt: z.string().max(64).nullable(),
  title: z.string().max(1_000),
  groupState: z.enum(['firing', 'acknowledged', 'resolved', 'silenced']).nullable(),
  by: z.strictObject({ id: name, username: name }).nullable(),
  until: z.string().max(64).nullable().optional(),
  link: z.string().max(2_000).nullable(),
  alerts: z
    .array(
      z.strictObject({
        fingerprint: name,
        status: z.enum(['firing', 'resolved']),
        startsAt: z.string().max(64),
        title: z.string().max(1_000),
      }),
    )
    .max(200),
  /** Alerts of the group that the sender cut off; absent: none. */
  notShown: z.int().min(1).max(1_000_000).optional(),
  /** When it was accepted, if that decides its place among the group's: a delivery says a state. */
  acceptedAt: instant.optional(),
  /** A delivery that was accepted later was read before it, so that it changes nothing. */
  overtaken: z.literal(true).optional(),
  /** It says nothing of the group's state. */
  isNote: z.literal(true).optional(),
  /** The severity by its labels; absent: they say none. */
  severity: severity.optional(),
  /** The severity of the incident, which is worse than that and stays until people follow. */
  severityKept: severity.optional(),
  /** What people have to hear of it beside its type. */
  news: z.enum(ALERT_NEWS).optional(),
  /** With `firing_again`: changes since the last line that nobody was told of. */
  unsaid: z.int().min(1).optional(),
  /** Of the raw body as received. */
  rawSha256: sha256,
  /** The body was over the queue's limit and only the needed parts travelled. */
  truncated: z.boolean(),
  ...marks,
});

/** One delivery of a group that a storm took in. */
const linkedAlert = z.strictObject({
  source: z.enum(ALERT_SOURCES),
  group: z.string().max(2_000),
  rawType: name,
  occurredAt: z.string().max(64).nullable(),
  title: z.string().max(300),
  groupState: z.enum(['firing', 'acknowledged', 'resolved', 'silenced']).nullable(),
  by: z.strictObject({ id: name, username: name }).nullable(),
  link: z.string().max(2_000).nullable(),
  severity,
  severityIsDefault: z.boolean(),
  /** True for the delivery that brought the group to the storm. */
  isNew: z.boolean(),
  /** The room is told of it by name: it may be a matter of its own. */
  aloud: z.literal(true).optional(),
  /** The service it names itself, said with it where the routing knows none. */
  service: name.optional(),
  /** Of the delivery. */
  commandId: name,
  /** Of the raw body as received. */
  rawSha256: sha256,
  truncated: z.boolean(),
  ...marks,
});

/** One event of another chain. */
const place = {
  incidentId: z.string().regex(/^(inc-[a-z2-7]{16}|intake-\d{8}(?:-\d{2})?)$/),
  seq: z.int().min(1),
  hash: sha256,
};

const opened = {
  title: z.string().max(INCIDENT_TITLE_MAX),
  severity,
  /** The severity was not in the alert; it was assumed and said so in the room. */
  severityIsDefault: z.boolean(),
  service: name.nullable(),
};

/** Who is reminded when the incident commander does not answer. */
export const REMINDED = ['room', 'announcement'] as const;

export const DETAILS_SCHEMAS = {
  ALERT_RECEIVED: alert,
  ALERT_ACKNOWLEDGED: alert,
  ALERT_UNACKNOWLEDGED: alert,
  ALERT_SILENCED: alert,
  ALERT_UNSILENCED: alert,
  ALERT_RESOLVED: alert,
  ALERT_UNRESOLVED: alert,
  /** A group changed between firing and resolved, too often for a line each time. */
  ALERT_FLAPPED: z.strictObject({
    changes: z.int().min(1),
    groupState: z.enum(['firing', 'acknowledged', 'resolved', 'silenced']),
  }),
  /** Deliveries that a storm took in; `groups` of them brought a group that was not there yet. */
  ALERT_LINKED: z.strictObject({
    /** The incident they were taken from; null when they had none. */
    fromIncidentId: name.nullable(),
    groups: z.int().min(0),
    alerts: z.array(linkedAlert).min(1).max(STORM_BATCH_MAX),
  }),
  /** On the intake chain: what happened to a group that has no open incident. */
  ALERT_UNMATCHED: z.strictObject({ ...alert.shape, reason: text }),
  ALERT_QUARANTINED: z.strictObject({
    path: name,
    reason: text,
    rawSha256: sha256,
    bytes: z.int().min(0),
    /** The body as received, cut at 256 KiB; null in a minute's summary. */
    bodyBase64: z.string().max(360_000).nullable(),
    truncated: z.boolean(),
    count: z.int().min(1),
  }),
  /** Somebody asked to place what an event of this chain keeps in quarantine. */
  ALERT_REPLAYED: z.strictObject({
    quarantinedSeq: z.int().min(1),
    /** The chains that hold it now. */
    placedOn: z.array(name).max(10),
    /** Why it stays in quarantine; null: it was placed. */
    refused: text.nullable(),
  }),
  /** Messages that no function could handle, on the day's intake chain. */
  MESSAGES_SET_ASIDE: z.strictObject({
    alerts: z.int().min(0),
    /** Commands, clicks and forms of people. */
    requests: z.int().min(0),
    others: z.int().min(0),
    /** The incident of a publication that the publisher gave up on, and is asked for again. */
    publicationOf: name.nullable(),
    /** True: nobody tries them again; false: they were sent back. */
    stay: z.boolean(),
  }),
  INCIDENT_DECLARED: z.strictObject({
    ...opened,
    declaredIn: name.nullable(),
    /** Nobody chose the service: the title seems to speak of it. */
    serviceGuessed: z.literal(true).optional(),
  }),
  INCIDENT_OPENED: z.strictObject({
    ...opened,
    source: z.enum(ALERT_SOURCES),
    group: z.string().max(2_000),
    episode: z.int().min(1),
    link: z.string().max(2_000).nullable(),
    labels: z.record(z.string().max(200), z.string().max(1_000)),
    previousIncidentId: name.nullable(),
    ...marks,
    /** Addresses that the alert's annotations name; whoever raises an alert chooses them. */
    links: z
      .array(z.strictObject({ title: z.string().max(80), url: z.string().max(CONTEXT_URL_MAX) }))
      .max(5)
      .optional(),
    /** Of a storm: the incidents of the service that were opened before it, and the limit they met. */
    storm: z
      .strictObject({
        before: z.array(name).max(STORM_BEFORE_MAX),
        incidents: z.int().min(1),
        windowS: z.int().min(1),
      })
      .optional(),
  }),
  INCIDENT_REOPENED: reason,
  INCIDENT_CANCELLED: reason,
  SEVERITY_CHANGED: z.strictObject({ from: severity, to: severity, reason: text }),
  SERVICE_CHANGED: z.strictObject({ from: name.nullable(), to: name }),
  TITLE_CHANGED: z.strictObject({
    from: z.string().max(INCIDENT_TITLE_MAX),
    to: z.string().min(1).max(INCIDENT_TITLE_MAX),
  }),
  ROLE_ASSIGNED: z.strictObject({ role: z.literal('ic'), slackUserId: slackUser }),
  ROLE_HANDED_OVER: z.strictObject({ role: z.literal('ic'), from: slackUser, to: slackUser }),
  WAR_ROOM_CREATED: z.strictObject({ channelId: name, channelName: name, adopted: z.boolean() }),
  WAR_ROOM_ASSEMBLED: z.strictObject({
    channelId: name,
    invited: z.int().min(0),
    nextUpdateDueAt: instant,
    /** Steps that waited for their turn in the chat's rate limits. */
    deferred: z.array(name).max(10).optional(),
  }),
  ASSEMBLY_FAILED: reason,
  RESPONDER_INVITED: z.strictObject({ slackUserId: slackUser, source: name }),
  RESPONDER_INVITE_FAILED: z.strictObject({ who: name, source: name, reason: text }),
  /** Woken by the rules that they set for themselves there. */
  RESPONDER_PAGED: z.strictObject({ slackUserId: slackUser, through: z.literal('OnCall') }),
  /** Somebody who was not called wants to help; the room decides. */
  JOIN_REQUESTED: z.strictObject({ slackUserId: slackUser }),
  DIRECTORY_LOOKUP_FAILED: z.strictObject({ source: name, reason: text }),
  /** Nobody could be invited, or nobody was in time; `waitedS` is the time since it opened. */
  NOBODY_REACHED: z.strictObject({ waitedS: z.int().min(0), reason: text }),
  CONTEXT_SNAPSHOT_ATTACHED: CONTEXT_SNAPSHOT,
  CHECKLIST_PINNED: z.strictObject({ messageTs: name, items: z.array(name).max(10) }),
  CHECKLIST_ITEM_UPDATED: z.strictObject({ index: z.int().min(0), item: name, done: z.boolean() }),
  /** `channelId`: the room that a note of this app leads to. */
  NOTE_ADDED: z.strictObject({ text, channelId: name.optional() }),
  STATUS_UPDATE_SENT: z.strictObject({ text, nextUpdateDueAt: instant }),
  STATUS_REMINDER_SENT: z.strictObject({
    dueAt: instant,
    slackUserId: slackUser.nullable(),
    nextUpdateDueAt: instant,
  }),
  STATUS_REMINDER_SUPPRESSED: z.strictObject({
    dueAt: instant,
    reason: text,
    nextUpdateDueAt: instant,
  }),
  STATUS_REMINDER_SILENCED: z.strictObject({ until: instant }),
  /** Nobody answered the reminder before it. */
  STATUS_REMINDER_ESCALATED: z.strictObject({
    dueAt: instant,
    reason: text,
    /** Whom this one asks: everybody in the room, or the announcement channel. */
    to: z.enum(REMINDED),
    nextUpdateDueAt: instant,
  }),
  /** On the day's chain: an event of another one, so that erasing that leaves a gap here. */
  CHAIN_NOTED: z.strictObject({
    ...place,
    noted: z.enum(NOTED_TYPES),
    /** With the first note of a day: the newest event of the chain of the day before, if it had one. */
    dayBefore: z.strictObject(place).optional(),
  }),
  COMMAND_RECEIVED: z.strictObject({
    command: name,
    publicationId: name.optional(),
    draftId: name.optional(),
    revision: z.int().min(1).optional(),
  }),
  COMMAND_DENIED: z.strictObject({ command: name, rule: text, reason: text }),
  EFFECT_ABANDONED: z.strictObject({ effectOfSeq: z.int().min(1), effect: name, reason: text }),
  ...STATUSPAGE_DETAILS,
  INCIDENT_MITIGATED: z.strictObject({ text }),
  /** `proposeOnPage` is false when whoever resolved wanted no public "resolved" proposed. */
  INCIDENT_RESOLVED: z.strictObject({ summary: text, proposeOnPage: z.literal(false).optional() }),
  POSTMORTEM_CREATED: z.strictObject({ sha256, bytes: z.int().min(1), throughSeq: z.int().min(1) }),
  POSTMORTEM_FAILED: reason,
  IC_RATED: z.strictObject({ score: z.int().min(1).max(5) }),
  WAR_ROOM_ARCHIVED: z.strictObject({ channelId: name }),
  WAR_ROOM_ARCHIVE_FAILED: reason,
  INCIDENT_CLOSED: reason,
} as const;
