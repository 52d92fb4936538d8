import {
  type AuditEvent,
  type DetailsOf,
  type EventType,
  sealEvent,
} from '../domain/audit-event.ts';
import { isRetryable, TrailError } from '../domain/errors.ts';
import { GENESIS_HASH } from '../domain/hash-chain.ts';
import { APPEND_ATTEMPTS_MAX } from '../domain/limits.ts';
import type { NextPlace } from './incident-record.ts';
import type { AuditTrail, Clock } from './ports.ts';
import { withCheckpoint } from './read-standing.ts';

/** Who appends on the publishing side. */
export const PUBLISHER_ACTOR = { kind: 'system', id: 'publisher' } as const;

/** The head of a chain without events. */
const NOTHING_YET = { seq: 0, hash: GENESIS_HASH };

/** A fact to append, decided on the newest events. */
export type Fact = {
  [T in EventType]: { type: T; details: DetailsOf<T> };
}[EventType];

/**
 * Appends the publisher's facts from the trail alone: it reads no projection for a decision.
 */
export class PublicationChain {
  readonly #deps: { trail: AuditTrail; clock: Clock };

  constructor(deps: { trail: AuditTrail; clock: Clock }) {
    this.#deps = deps;
  }

  /** Events from `fromSeq` to the head; the links between them are checked. */
  async readFrom(incidentId: string, fromSeq: number): Promise<AuditEvent[]> {
    const events = await this.#deps.trail.from(incidentId, fromSeq);
    for (const [index, event] of events.entries()) {
      const before = events[index - 1];
      if (before && event.prevHash !== before.hash) {
        throw new TrailError({
          code: 'TRAIL_CORRUPT',
          message: `cannot read event ${incidentId}#${event.seq}: it does not follow ${before.seq}`,
          retryable: false,
        });
      }
    }
    return events;
  }

  /**
   * Appends exactly after `head`, or not at all.
   * @returns undefined when another writer was first
   */
  async appendAfter(
    incidentId: string,
    head: { seq: number; hash: string },
    of: { commandId: string; fact: (next: NextPlace) => Promise<Fact> | Fact },
  ): Promise<AuditEvent | undefined> {
    const next: NextPlace = {
      seq: head.seq + 1,
      prevHash: head.hash,
      at: new Date(this.#deps.clock.nowMs()).toISOString(),
    };
    const { type, details } = await of.fact(next);
    const open = {
      incidentId,
      seq: next.seq,
      type,
      at: next.at,
      actor: PUBLISHER_ACTOR,
      commandId: of.commandId,
      details,
      prevHash: next.prevHash,
    } as Parameters<typeof sealEvent>[0];
    const event = sealEvent(await withCheckpoint((id, seq) => this.readFrom(id, seq), open));
    return (await this.#insert(event)) ? event : undefined;
  }

  /** @returns whether the event at this number is ours, also when the answer was lost */
  async #insert(event: AuditEvent): Promise<boolean> {
    const { trail } = this.#deps;
    const isOurs = async () => (await trail.get(event.incidentId, event.seq))?.hash === event.hash;
    try {
      return (await trail.insert(event)) === 'inserted' || (await isOurs());
    } catch (error) {
      // Giving up an attempt that is on the trail would put it before a human for nothing.
      if (isRetryable(error) && (await isOurs())) return true;
      throw error;
    }
  }

  /** The newest event, without the ones before it. */
  head(incidentId: string): Promise<AuditEvent | undefined> {
    return this.#deps.trail.head(incidentId);
  }

  /**
   * Appends at whatever the head is, once per `commandId`.
   * @returns undefined when the newest events no longer allow it
   * @throws {TrailError} `TRAIL_CONTENDED` (retryable)
   */
  async appendOnce(
    incidentId: string,
    of: {
      commandId: string;
      /** Where to look for an earlier append of the same command. */
      sinceSeq: number;
      /** Asked about the events since then, each time before appending. */
      allowed?: (events: readonly AuditEvent[]) => boolean;
      fact: (next: NextPlace) => Promise<Fact> | Fact;
    },
  ): Promise<AuditEvent | undefined> {
    for (let attempt = 0; attempt < APPEND_ATTEMPTS_MAX; attempt += 1) {
      const events = await this.readFrom(incidentId, of.sinceSeq);
      const before = events.find((event) => event.commandId === of.commandId);
      if (before) return before;
      if (of.allowed && !of.allowed(events)) return undefined;
      const head = events.at(-1) ?? NOTHING_YET;
      const appended = await this.appendAfter(incidentId, head, of);
      if (appended) return appended;
    }
    throw new TrailError({
      code: 'TRAIL_CONTENDED',
      message: `cannot append to ${incidentId}: lost ${APPEND_ATTEMPTS_MAX} races for the next number`,
      retryable: true,
    });
  }
}
