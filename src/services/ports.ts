import type { AuditEvent, EventType } from '../domain/audit-event.ts';
import type { IncidentState } from '../domain/incident-state.ts';
import type { PublishedIncident } from '../domain/published-texts.ts';
import type { Sentence } from '../domain/sentence.ts';
import type { EscalationStage } from '../domain/statuspage-event-details.ts';
import type { Timed } from '../domain/timers.ts';
import type { Form } from './forms.ts';
import type { RoomMessage } from './room-messages.ts';

/** Time. Epoch milliseconds. */
export interface Clock {
  nowMs(): number;
}

/** Ids that must not repeat; used for nothing that is derived from what arrived. */
export interface Ids {
  unique(): string;
}

/** Waits in real time; used for append jitter and for the webhook's stall. */
export interface Pause {
  forMs(ms: number): Promise<void>;
}

/** Structured log. Keys are glossary words; never a secret, a raw body or customer text. */
export interface Log {
  note(what: string, fields?: Record<string, string | number | boolean | null>): void;
  warn(what: string, fields?: Record<string, string | number | boolean | null>): void;
  error(what: string, fields?: Record<string, string | number | boolean | null>): void;
  /** Counts something; the label is a closed set, e.g. an error code. */
  count(metric: string, labels?: Record<string, string>): void;
}

/**
 * The audit trail: one chain per incident, append-only.
 *
 * All reads are consistent. Events are checked against their schema and hash as they are read.
 * @throws {TrailError} `TRAIL_UNAVAILABLE` (retryable), `TRAIL_CORRUPT`, `EVENT_INVALID`
 */
export interface AuditTrail {
  /**
   * Writes one sealed event at its own number. Durable when it resolves `inserted`.
   * Safe to repeat: an existing number is `taken`, whoever wrote it.
   */
  insert(event: AuditEvent): Promise<'inserted' | 'taken'>;
  /** The newest event of a chain. Cost does not depend on the chain's length. */
  head(incidentId: string): Promise<AuditEvent | undefined>;
  get(incidentId: string, seq: number): Promise<AuditEvent | undefined>;
  /** Events from `fromSeq` on, in order: all of them, or about the first `limit`. */
  from(incidentId: string, fromSeq: number, limit?: number): Promise<AuditEvent[]>;
}

/** One row that says how far an incident's projection and effects are. */
export type StateRow = {
  state: IncidentState;
  /** All effects of events up to here are done. */
  actedSeq: number;
  /** Set while anything is unfinished; changes with every command. Null: nothing to sweep. */
  unfinishedToken: string | null;
};

/** The journal of one effect. `started` without `done` means: look before you repeat. */
export type StepRow = { done: boolean; result: Record<string, string> };

/** A person to invite, from the alert; kept beside the trail because it holds an e-mail. */
export type RosterEntry = { email: string | null; reference: string; source: string };

/** An entry of the `unfinished` index. */
export type UnfinishedIncident = {
  incidentId: string;
  sinceMs: number;
  /** While it needs a war room and has none: when it was opened, epoch ms. */
  roomlessSinceMs?: number;
};

/**
 * Projections and journals: every row can be rebuilt from the trail, or lost with no more harm than
 * a repeated plain line. All reads are consistent unless said otherwise.
 * @throws {DeliveryError} `ROWS_UNAVAILABLE` (retryable)
 */
export interface IncidentRows {
  readState(incidentId: string): Promise<StateRow | undefined>;
  /** Marks the incident unfinished before an append; creates nothing else. Safe to repeat. */
  markUnfinished(incidentId: string, token: string, nowMs: number): Promise<void>;
  /**
   * Stores a newer projection: command rows first, then the state, so a command is known as applied
   * before `version` passes it. An older version never replaces a newer one. A newer one puts the
   * incident on the `unfinished` index: whoever meets an event first sees to its effects.
   */
  project(state: IncidentState, applied: readonly AppliedCommand[]): Promise<void>;
  /** The number of the event that a command made, if it was applied. */
  appliedSeq(incidentId: string, commandId: string): Promise<number | undefined>;
  /** Advances `actedSeq`; never backwards. */
  advanceActed(incidentId: string, actedSeq: number): Promise<void>;
  /** Takes the incident off the `unfinished` index unless a later command marked it again. */
  clearUnfinished(incidentId: string, token: string): Promise<void>;
  /** Oldest first. Eventually consistent: it is an index. */
  listUnfinished(limit: number): Promise<UnfinishedIncident[]>;
  readStep(incidentId: string, seq: number, name: string): Promise<StepRow | undefined>;
  writeStep(incidentId: string, seq: number, name: string, row: StepRow): Promise<void>;
  /** Hint: the newest episode of an alert group. */
  latestEpisode(source: string, group: string): Promise<EpisodeHint | undefined>;
  writeEpisode(source: string, group: string, hint: EpisodeHint): Promise<void>;
  /** Remembers that a group was resolved before it ever opened an incident. */
  writeTombstone(source: string, group: string, resolvedAt: string): Promise<void>;
  readTombstone(source: string, group: string): Promise<string | undefined>;
  /** Remembers the delivery of a group that was accepted last; one accepted before changes nothing. */
  writeHeard(source: string, group: string, heard: HeardDelivery): Promise<void>;
  readHeard(source: string, group: string): Promise<HeardDelivery | undefined>;
  /** Hint: the incident whose war room this channel is. */
  incidentOfChannel(channelId: string): Promise<string | undefined>;
  /**
   * What was published in a month (`YYYY-MM`), one entry an incident on the page, by its id. An entry
   * holds what was published until the end of that month.
   */
  listPublished(month: string, limit: number): Promise<PublishedIncident[]>;
  /**
   * Incidents that are not over, and those that are while the status page shows them as open; newest
   * first. Eventually consistent.
   */
  listOpen(limit: number): Promise<IncidentState[]>;
  /** What is due of these, newest first, without all else that is known of them. Eventually consistent. */
  listTimed(limit: number): Promise<Timed[]>;
  putRoster(incidentId: string, commandId: string, people: readonly RosterEntry[]): Promise<void>;
  readRoster(incidentId: string, commandId: string): Promise<RosterEntry[]>;
  /** Counts one unreadable body in a minute. Safe to repeat: a body counts once in a minute. */
  countBody(incidentId: string, minute: string, body: CountedBody): Promise<void>;
  /** Every body counted in a minute, by hash; at most `limit`. */
  countedBodies(incidentId: string, minute: string, limit: number): Promise<CountedBody[]>;
  putPostmortem(incidentId: string, markdown: string): Promise<void>;
  readPostmortem(incidentId: string): Promise<string | undefined>;
}
/** One event that a projection took in. `at` is the event's own time, RFC 3339. */
export type AppliedCommand = { commandId: string; seq: number; type: EventType; at: string };
/** An unreadable body that was counted and not kept. `bytes` is its size as received. */
export type CountedBody = { rawSha256: string; bytes: number };
/** One delivery, and when it was accepted. Epoch ms. */
export type HeardDelivery = { atMs: number; delivery: string };
export type EpisodeHint = { incidentId: string; episode: number };

/** What travels on incidents.fifo, and alerts on alerts.fifo. Slack's signed requests travel as `{headers, body}`. */
export type IncidentMessage =
  | SignedRequestMessage
  | {
      kind: 'alert';
      path: string;
      requestId: string;
      receivedAtMs: number;
      bodyBase64: string;
      rawSha256: string;
      truncated: boolean;
    }
  /** Somebody asks to place again what this event keeps in quarantine. */
  | { kind: 'replay_quarantined'; incidentId: string; seq: number; askedAtMs: number }
  /** What is in the dead-letter queue: sent back for the first time, or to stay there. */
  | {
      kind: 'dead_letters';
      /** The same for the same news. */
      name: string;
      alerts: number;
      requests: number;
      others: number;
      stay: boolean;
      atMs: number;
    }
  /** The publisher gave up on a message; it is to be asked again. */
  | {
      kind: 'publication_died';
      incidentId: string;
      draftId: string;
      revision: number;
      diedAtMs: number;
    }
  /** OnCall has this alert group open, or in another state than our record. It is asked again. */
  | { kind: 'read_alert_group'; group: string; foundAtMs: number }
  /** Effects of this incident wait to be done. */
  | { kind: 'work'; incidentId: string; upToSeq: number }
  /**
   * `wake` tells wakes of one incident apart: the queue drops equal ones within 5 min. `isHurried`:
   * what was put aside is tried now, whenever it is due.
   */
  | { kind: 'sweep'; incidentId: string; wake?: string; isHurried?: true }
  /** Alert groups wait to be appended to this storm's trail. */
  | { kind: 'storm'; incidentId: string }
  /** Wakes the incident's effects when this instant has come; epoch ms. Holds nobody up meanwhile. */
  | { kind: 'wake_at'; incidentId: string; atMs: number }
  | { kind: 'publication_changed'; incidentId: string; publicationId: string }
  /** The page may show something else than was published; on an intake chain: a foreign incident. */
  | { kind: 'look_at_page'; incidentId: string; statuspageIncidentId: string }
  | { kind: 'schedule'; name: string; purpose: 'update_due'; incidentId: string; dueAt: string }
  /** By then somebody must have been invited. */
  | { kind: 'schedule'; name: string; purpose: 'reach_due'; incidentId: string; dueAt: string }
  /** A draft waits for its approval still. */
  | {
      kind: 'schedule';
      name: string;
      purpose: 'approval_due';
      incidentId: string;
      draftId: string;
      revision: number;
      stage: EscalationStage;
      dueAt: string;
    }
  /** The minute, `YYYY-MM-DDTHH:MM`, whose surplus of unreadable bodies is now on record. */
  | {
      kind: 'schedule';
      name: string;
      purpose: 'quarantine_count';
      incidentId: string;
      minute: string;
    }
  /** What is known about the incident's service is to be asked. */
  | {
      kind: 'context';
      incidentId: string;
      /** Number of the event that names the service. @default 1 */
      seq?: number;
    }
  | { kind: 'propose'; incidentId: string; viewId: string; pageStatus: string; userId: string };

/** A Slack request exactly as received. Nothing outside `headers` and `body` is trusted. */
export type SignedRequestMessage = {
  headers: Record<string, string>;
  body: string;
  /** The modal that ingress opened for this request, if any. Only ever filled with drafts. */
  viewId?: string;
  /**
   * The form for the reason of a rejection could not be opened: it counts without one. Made up, it
   * stops a text of whoever signed the click, no more.
   */
  formFailed?: true;
  /** How often it was sent behind what was signed meanwhile. Made up, it spares a wait, no more. */
  waited?: number;
};

/**
 * The queues of incident-worker.
 * @throws {DeliveryError} `QUEUE_UNAVAILABLE` (retryable): the message may or may not be there
 */
export interface IncidentQueue {
  /** Durable when it resolves. Safe to repeat within 5 min for the same `deduplicationId`. */
  send(message: IncidentMessage, as: { group: string; deduplicationId: string }): Promise<void>;
}

/** publications.fifo. Carries ids only, never text. Same promises as `IncidentQueue`. */
export interface PublicationQueue {
  send(
    message: { incidentId: string; draftId: string; revision: number },
    deduplicationId: string,
  ): Promise<void>;
}

/** The rows an accepted alert waits in when the queue cannot take it. Put-only for the webhook. */
export interface Outbox {
  put(row: { id: string; message: IncidentMessage; group: string; atMs: number }): Promise<void>;
}

/** Reading side of the outbox; only the sweeper has it. */
export interface OutboxDrain {
  list(limit: number): Promise<{ id: string; message: IncidentMessage; group: string }[]>;
  remove(id: string): Promise<void>;
  /** Rows waiting, for the alarm. */
  countWaiting(): Promise<number>;
}

/** One-time schedules with deterministic names. */
export interface Schedules {
  /** Creates, or moves, the schedule of this name. Safe to repeat. */
  set(schedule: {
    name: string;
    dueAtMs: number;
    message: IncidentMessage;
    group: string;
  }): Promise<void>;
  /** Safe to repeat; a missing schedule is no error. */
  remove(name: string): Promise<void>;
}

export type PersonKind = 'full' | 'guest' | 'bot' | 'deactivated' | 'foreign';
/** A person as the chat workspace knows them. */
export type Person = {
  id: string;
  name: string;
  /** As a stranger to the workspace would know them; absent: nobody says. */
  fullName?: string;
  /** Verified e-mail, lower case, or null when the workspace does not tell. */
  email: string | null;
  kind: PersonKind;
};

/**
 * The chat workspace. Every method may throw {ChatError}: `CHAT_RATE_LIMITED` (retryable, with
 * `retryAfterS`), `CHAT_UNAVAILABLE` (retryable; the effect may have happened), `CHAT_REFUSED`.
 */
export interface ChatWorkspace {
  /** Creates a private channel, or adopts the one of this name that we created. Safe to repeat. */
  createRoom(name: string): Promise<{ channelId: string; name: string; adopted: boolean }>;
  /** Not safe to repeat: look with `findByEffect` first. @returns the message's timestamp */
  post(channelId: string, message: RoomMessage, effect: string): Promise<string>;
  /** The message that carries this effect in its metadata, if the channel's history has it. */
  findByEffect(channelId: string, effect: string): Promise<string | undefined>;
  /** Whether a message of this timestamp still stands in the channel. One read. */
  hasMessage(channelId: string, ts: string): Promise<boolean>;
  /** Safe to repeat. `CHAT_NOT_FOUND`: somebody deleted the message. */
  update(channelId: string, ts: string, message: RoomMessage): Promise<void>;
  /** Seen by one person only; may repeat after a lost answer. Needs membership of the channel. */
  whisper(channelId: string, userId: string, message: RoomMessage): Promise<void>;
  /** Answers a command or click through its response URL; seen by the asker only. */
  respond(responseUrl: string, message: RoomMessage): Promise<void>;
  /** Invites in as few calls as possible; who is in already counts as invited. Safe to repeat. */
  invite(channelId: string, userIds: readonly string[]): Promise<InviteOutcome>;
  setTopic(channelId: string, topic: Sentence): Promise<void>;
  pin(channelId: string, ts: string): Promise<void>;
  /** Safe to repeat: a bookmark of the same title is left alone. In a new room there is none. */
  addBookmarks(channelId: string, links: readonly RoomLink[], isNew?: boolean): Promise<void>;
  person(userId: string): Promise<Person>;
  /** Undefined: the workspace knows nobody by that address. */
  personByEmail(email: string): Promise<Person | undefined>;
  /** Everybody the workspace lists, deactivated people too; at most this many pages. */
  memberPages(pagesMax: number): AsyncIterable<Person[]>;
  /**
   * Members of the named user groups, by handle. A handle that does not exist is an error; one that
   * is pinned and now names another group is left out.
   * @param readAfterMs - a reading that began after this instant may be shared; 0: any of the last
   *   minute; default: none, it is read anew. Epoch ms
   */
  groupMembers(
    handles: readonly string[],
    readAfterMs?: number,
  ): Promise<Map<string, ReadonlySet<string>>>;
  /**
   * Ids of user groups, by handle; one that does not exist, or is left out above, has none.
   * @param readAfterMs - as above
   */
  groupIds(handles: readonly string[], readAfterMs?: number): Promise<Map<string, string>>;
  /** Ids of a user group's people. `CHAT_NOT_FOUND`: there is no such group. */
  membersOfGroup(groupId: string): Promise<readonly string[]>;
  roomMembers(channelId: string): Promise<ReadonlySet<string>>;
  permalink(channelId: string, ts: string): Promise<string>;
  /** Posts a text file to the room, e.g. the postmortem. Not safe to repeat. */
  postFile(channelId: string, file: TextFile): Promise<void>;
  /** Whether we posted a file of this name and title to the room. */
  hasFile(channelId: string, file: Pick<TextFile, 'name' | 'title'>): Promise<boolean>;
  /** Replaces an open modal. Safe to repeat; a modal that was closed is no error. */
  updateForm(viewId: string, form: Form): Promise<void>;
}
/** `title` stands on it in the room; `name` is what it is saved as. */
export type TextFile = { name: string; title: string; text: string };
export type RoomLink = { title: string; url: string };
export type InviteOutcome = {
  invited: string[];
  failed: { userId: string; reason: string }[];
};

/** The key that proves an approval (or a publication) was signed by the one function that may. */
export interface Signer {
  /** Key id as it stands in JWS headers. */
  readonly keyId: string;
  /** ES256 over the signing input. @returns r‖s, 64 bytes */
  sign(signingInput: Uint8Array): Promise<Uint8Array>;
}

/** Public keys pinned by id, for verification. */
export interface PublicKeys {
  /** SPKI, PEM. @throws when the key is not one of the pinned ones */
  pem(keyId: string): Promise<string>;
}
