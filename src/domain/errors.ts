import type { PageRefusal } from './page-refusal.ts';
import { cutText } from './well-formed.ts';

/**
 * The base of every error this system throws on purpose.
 *
 * Callers branch on `code`, never on text. `retryable` says whether the same call may succeed later.
 * Messages follow `cannot <act> <thing>: expected <x>, got <y>` and never hold a secret, a raw body
 * or customer text.
 */
export abstract class CodedError<Code extends string> extends Error {
  readonly code: Code;
  readonly retryable: boolean;
  /** Seconds after which a retry makes sense, when the other side said so. */
  readonly retryAfterS: number | undefined;

  constructor(given: {
    code: Code;
    message: string;
    retryable: boolean;
    retryAfterS?: number | undefined;
    cause?: unknown;
  }) {
    super(given.message, given.cause === undefined ? undefined : { cause: given.cause });
    this.name = new.target.name;
    this.code = given.code;
    this.retryable = given.retryable;
    this.retryAfterS = given.retryAfterS;
  }
}

/** True for a coded error that a later attempt may get past. */
export function isRetryable(error: unknown): boolean {
  return error instanceof CodedError && error.retryable;
}

/** The code of any error, for logs and metrics; `UNEXPECTED` for what nobody planned. */
export function codeOf(error: unknown): string {
  return error instanceof CodedError ? String(error.code) : 'UNEXPECTED';
}

/** Why something could not be done, for the record. */
export function reasonOf(error: unknown): string {
  // Of an error nobody planned, only the kind: its message may hold anything.
  return error instanceof CodedError ? cutText(error.message, 500) : 'an unexpected error';
}

/** What can go wrong with the audit trail itself. */
export type TrailErrorCode =
  /** The store did not answer or throttled; nothing is known to be written. */
  | 'TRAIL_UNAVAILABLE'
  /** Too many writers took the next number first. */
  | 'TRAIL_CONTENDED'
  /** A stored event does not match its schema, its number or its hash. */
  | 'TRAIL_CORRUPT'
  /** An event about to be written does not match its schema, or can never be stored as it is. */
  | 'EVENT_INVALID';
export class TrailError extends CodedError<TrailErrorCode> {}

/** A signature, token or timestamp that does not prove who sent a request. */
export type VerificationErrorCode =
  | 'SIGNATURE_MISSING'
  | 'SIGNATURE_MALFORMED'
  | 'SIGNATURE_MISMATCH'
  | 'TIMESTAMP_MISSING'
  | 'TIMESTAMP_MALFORMED'
  | 'TIMESTAMP_STALE'
  | 'TIMESTAMP_IN_FUTURE';
export class VerificationError extends CodedError<VerificationErrorCode> {}

/** No usable secret: an outage of ours, never the sender's fault. */
export type SecretErrorCode = 'SECRET_UNAVAILABLE' | 'SECRET_MALFORMED';
export class SecretError extends CodedError<SecretErrorCode> {}

/** The chat workspace refused or did not answer. */
export type ChatErrorCode =
  | 'CHAT_RATE_LIMITED'
  | 'CHAT_UNAVAILABLE'
  | 'CHAT_NAME_TAKEN'
  | 'CHAT_NOT_FOUND'
  /** The app is not in the room any more, or the room is archived: it may come back. */
  | 'CHAT_ROOM_CLOSED'
  | 'CHAT_REFUSED';
export class ChatError extends CodedError<ChatErrorCode> {
  /** Slack's own name for it; for people see `chatRefusalWords()`. Absent where Slack said nothing. */
  readonly refusal: string | undefined;
  /** The permissions that Slack says are missing. */
  readonly needed: string | undefined;
  /** The channel that the call was about. */
  readonly channelId: string | undefined;

  constructor(
    given: ConstructorParameters<typeof CodedError<ChatErrorCode>>[0] & {
      refusal?: string | undefined;
      needed?: string | undefined;
      channelId?: string | undefined;
    },
  ) {
    super(given);
    this.refusal = given.refusal;
    this.needed = given.needed;
    this.channelId = given.channelId;
  }
}

/** A directory of people that did not answer, or not usably. */
export type DirectoryErrorCode = 'DIRECTORY_UNAVAILABLE' | 'DIRECTORY_RATE_LIMITED';
export class DirectoryError extends CodedError<DirectoryErrorCode> {}

/** A queue, schedule or row store that did not take what it was given. */
export type DeliveryErrorCode =
  | 'QUEUE_UNAVAILABLE'
  | 'ROWS_UNAVAILABLE'
  /** What was to be written can never be stored as it is. */
  | 'ROW_INVALID'
  | 'SCHEDULE_UNAVAILABLE'
  /** Nothing is wrong; it is to come back when its time has come. */
  | 'NOT_YET'
  /** Nothing is wrong; it is to come back after everything that waits in its group by now. */
  | 'BEHIND_OTHERS';
export class DeliveryError extends CodedError<DeliveryErrorCode> {}

/** Grafana OnCall's API did not tell what it was asked. */
export type OnCallErrorCode =
  /** 429, with `retryAfterS` when it said so; or no place left in what we allow ourselves. */
  | 'ONCALL_RATE_LIMITED'
  /** Refused, late, cut, too long, or not the JSON it promises. */
  | 'ONCALL_UNAVAILABLE'
  /** It was understood and not done: 400, 403 or 404 to what would change something. */
  | 'ONCALL_REFUSED';
export class OnCallError extends CodedError<OnCallErrorCode> {}

/** Why a decision on a draft was not taken. */
export type ApprovalErrorCode =
  | 'DRAFT_UNKNOWN'
  | 'DRAFT_STALE'
  | 'DRAFT_ALREADY_DECIDED'
  | 'DRAFT_SUPERSEDED'
  | 'DRAFT_EXPIRED'
  | 'DECISION_TOO_OLD'
  /** Nobody breaks the glass without saying why. */
  | 'REASON_TOO_SHORT'
  | 'PUBLISHING_ALREADY_STARTED'
  | 'APPROVER_NOT_PERMITTED'
  | 'BASE_MOVED'
  /** The incident, or what its card showed beside the text, is another than the approver read. */
  | 'SITUATION_CHANGED'
  /** The page shows another state of a component than the approver read. */
  | 'COMPONENTS_CHANGED'
  /** Another open incident says worse of a component, and no reason was given to say better. */
  | 'COMPONENT_CLAIMED'
  /** Without a verified address nobody can tell whether author and approver are one person. */
  | 'IDENTITY_UNKNOWN'
  /** The role comes with a user group whose handle names another group by now. */
  | 'GROUP_MOVED'
  /** The incident on the page that it adds to was removed. */
  | 'BASE_GONE'
  /** The removed incident that it replaces is on the page again. */
  | 'BASE_RETURNED';

/** The publication must not go ahead. The message names the reason, the code the class of it. */
export type PublishRefusal =
  | 'DRAFT_UNKNOWN'
  | 'DIGEST_MISMATCH'
  | 'APPROVAL_INVALID'
  | 'APPROVALS_MISSING'
  | 'APPROVAL_EXPIRED'
  | 'DRAFT_SUPERSEDED'
  | 'DRAFT_REJECTED'
  | 'DRAFT_WITHDRAWN'
  | 'POLICY_CHANGED'
  | 'BASE_MOVED'
  | 'SITUATION_CHANGED'
  | 'COMPONENTS_CHANGED'
  | 'COMPONENT_CLAIMED'
  | 'BASE_GONE'
  | 'BASE_RETURNED'
  | 'ANOTHER_PUBLICATION_OPEN'
  | 'SECOND_CREATE'
  | 'WRONG_DEPLOYMENT'
  | 'TRAIL_CORRUPT';
export class AutoPublishNotPermittedError extends CodedError<PublishRefusal> {}

/** The outcome of one call to the status page. */
export type PageErrorCode =
  /** 420, 429, or no connection: the page did nothing. */
  | 'PAGE_NOT_EXECUTED'
  /** 400, 401, 403, 404, 422: the page refused for good. */
  | 'PAGE_REFUSED'
  /** Time-out, 5xx, lost answer: nobody knows. */
  | 'PAGE_OUTCOME_UNKNOWN';
export class PageError extends CodedError<PageErrorCode> {
  /** The status of the page's answer, if there was one. */
  readonly httpStatus: number | null;
  /** Why, if it refused for good. */
  readonly refusal: PageRefusal | undefined;

  constructor(given: {
    code: PageErrorCode;
    message: string;
    httpStatus: number | null;
    refusal?: PageRefusal;
    cause?: unknown;
  }) {
    super({ ...given, retryable: given.code === 'PAGE_NOT_EXECUTED' });
    this.httpStatus = given.httpStatus;
    this.refusal = given.refusal;
  }
}
