import { type AuditEvent, type DetailsOf, type EventType, sealEvent } from '../domain/audit-event.ts';
import { TrailError } from '../domain/errors.ts';
import { GENESIS_HASH } from '../domain/hash-chain.ts';
import { APPEND_ATTEMPTS_MAX } from '../domain/limits.ts';
import type { NextPlace } from './incident-record.ts';
import type { AuditTrail, Clock } from './ports.ts';

/** Who appends on the publishing side. */
export const PUBLISHER_ACTOR = { kind: 'system', id: 'publisher' } as const;

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
    const event = sealEvent({
      incidentId,
      seq: next.seq,
      type,
      at: next.at,
      actor: PUBLISHER_ACTOR,
      commandId: of.commandId,
      details,
      prevHash: next.prevHash,
    } as Parameters<typeof sealEvent>[0]);
    if ((await this.#deps.trail.insert(event)) === 'inserted') return event;
    const there = await this.#deps.trail.get(incidentId, event.seq);
    // A lost answer that the SDK repeated: the event there is the one we wrote.
    return there?.hash === event.hash ? event : undefined;
  }

  /**
   * Appends at whatever the head is, once per `commandId`.
   * @throws {TrailError} `TRAIL_CONTENDED` (retryable)
   */
  async appendOnce(
    incidentId: string,
    of: {
      commandId: string;
      /** Where to look for an earlier append of the same command. */
      sinceSeq: number;
      fact: (next: NextPlace) => Promise<Fact> | Fact;
    },
  ): Promise<AuditEvent> {
    for (let attempt = 0; attempt < APPEND_ATTEMPTS_MAX; attempt += 1) {
      const events = await this.readFrom(incidentId, of.sinceSeq);
      const before = events.find((event) => event.commandId === of.commandId);
      if (before) return before;
      const head = events.at(-1) ?? { seq: of.sinceSeq - 1, hash: GENESIS_HASH };
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
