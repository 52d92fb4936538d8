import { z } from 'zod';
import { TrailError } from './errors.ts';
import { DETAILS_SCHEMAS } from './event-details.ts';
import { eventHash } from './hash-chain.ts';
import { isCheckpoint, STANDING_SCHEMA } from './standing.ts';
import { wellFormedJson } from './well-formed.ts';

/** Every audit event type. A closed union: adding one is a name, a schema and a line in the docs. */
export type EventType = keyof typeof DETAILS_SCHEMAS;
export const EVENT_TYPES = Object.keys(DETAILS_SCHEMAS) as readonly EventType[];

/** The checked details of one event type. */
export type DetailsOf<T extends EventType> = z.infer<(typeof DETAILS_SCHEMAS)[T]>;

export const ACTOR_KINDS = ['slack_user', 'alert_source', 'system', 'schedule', 'ai'] as const;
const ACTOR_SCHEMA = z.strictObject({
  kind: z.enum(ACTOR_KINDS),
  id: z.string().min(1).max(200),
  roles: z.array(z.string().max(80)).max(20).optional(),
});
/** Who did it. `id` is a Slack user id, a source's name, a function's name or a schedule's name. */
export type Actor = {
  kind: (typeof ACTOR_KINDS)[number];
  id: string;
  roles?: string[] | undefined;
};

/** An immutable fact in the past tense, chained to the one before it. */
export type AuditEvent<T extends EventType = EventType> = {
  [K in T]: {
    v: 1;
    incidentId: string;
    /** From 1, without gaps. */
    seq: number;
    type: K;
    /** RFC 3339 UTC with milliseconds. */
    at: string;
    actor: Actor;
    /** Derived from what arrived; one command makes one event. */
    commandId: string;
    details: DetailsOf<K>;
    prevHash: string;
    hash: string;
  };
}[T];

const ENVELOPE = z.strictObject({
  v: z.literal(1),
  incidentId: z.string().regex(/^(inc-[a-z2-7]{16}|intake-\d{8}(?:-\d{2})?)$/),
  seq: z.int().min(1),
  type: z.enum(EVENT_TYPES as [EventType, ...EventType[]]),
  at: z.iso.datetime({ precision: 3 }),
  actor: ACTOR_SCHEMA,
  commandId: z.string().min(1).max(300),
  details: z.unknown(),
  prevHash: z.string().regex(/^[0-9a-f]{64}$/),
  hash: z.string().regex(/^[0-9a-f]{64}$/),
});

/**
 * Completes a fact with its hash. Text that is not well-formed is made so: half a character must not
 * cost the fact it stands in.
 * @throws {TrailError} `EVENT_INVALID`
 */
export function sealEvent<T extends EventType>(
  fields: Omit<AuditEvent<T>, 'hash' | 'v'> & { type: T },
): AuditEvent<T> {
  const open = wellFormedJson({ v: 1 as const, ...fields });
  const sealed = { ...open, hash: eventHash(open) };
  const problem = problemOf(sealed);
  if (problem) {
    throw new TrailError({
      code: 'EVENT_INVALID',
      message: `cannot append ${fields.type} to ${fields.incidentId}: ${problem}`,
      retryable: false,
    });
  }
  return sealed as unknown as AuditEvent<T>;
}

/**
 * Checks a stored row: envelope, details and hash.
 *
 * @throws {TrailError} `TRAIL_CORRUPT` naming the incident, the number and what was wrong
 */
export function openEvent(row: Record<string, unknown>): AuditEvent {
  const problem = problemOf(row);
  const event = row as unknown as AuditEvent;
  const wrong =
    problem ?? (eventHash(event) === event.hash ? undefined : 'the hash does not match');
  if (wrong !== undefined) {
    throw new TrailError({
      code: 'TRAIL_CORRUPT',
      message: `cannot read event ${String(row.incidentId)}#${String(row.seq)}: ${wrong}`,
      retryable: false,
    });
  }
  return event;
}

/**
 * Checks details that are kept for an event to come, so that they are refused while whoever sent them
 * can still be told from the others.
 * @throws {TrailError} `EVENT_INVALID`
 */
export function requireDetails<T extends EventType>(type: T, details: DetailsOf<T>): void {
  const read = DETAILS_SCHEMAS[type].safeParse(details);
  if (read.success) return;
  throw new TrailError({
    code: 'EVENT_INVALID',
    message: `cannot keep ${type}: ${describe(read.error, 'details')}`,
    retryable: false,
  });
}

/** Why a value is not an event, naming the place but never the text found there. */
export function problemOf(value: Record<string, unknown>): string | undefined {
  const envelope = ENVELOPE.safeParse(value);
  if (!envelope.success) return describe(envelope.error, 'event');
  const { checkpoint, ...own } = (envelope.data.details ?? {}) as Record<string, unknown>;
  const repeated = problemOfCheckpoint(envelope.data, checkpoint);
  if (repeated !== undefined) return repeated;
  const details = DETAILS_SCHEMAS[envelope.data.type].safeParse(own);
  return details.success ? undefined : describe(details.error, 'details');
}

/** Checkpoints of older versions repeat nothing. */
function problemOfCheckpoint(
  of: { incidentId: string; seq: number },
  checkpoint: unknown,
): string | undefined {
  if (checkpoint === undefined) return undefined;
  if (!isCheckpoint(of)) return 'details.checkpoint: this event is none';
  const standing = STANDING_SCHEMA.safeParse(checkpoint);
  return standing.success ? undefined : describe(standing.error, 'details.checkpoint');
}

function describe(error: z.ZodError, root: string): string {
  // A refusal always has a first reason.
  const { path, code, message } = error.issues[0] as z.core.$ZodIssue;
  const reason = code === 'invalid_value' ? 'not one of the expected values' : message;
  return `${[root, ...path].map(String).join('.')}: ${reason}`;
}
