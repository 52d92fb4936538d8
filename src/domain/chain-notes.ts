import type { AuditEvent, DetailsOf } from './audit-event.ts';
import { isIntakeShard } from './ids.ts';
import type { TrailProblem } from './trail-rows.ts';

/**
 * Event types that are noted on the day's chain: each chain's opening, and what is signed. Of unmatched
 * alerts only the one that a chain of theirs begins with.
 */
export const NOTED_TYPES = [
  'INCIDENT_OPENED',
  'INCIDENT_DECLARED',
  'STATUSPAGE_DRAFT_APPROVED',
  'STATUSPAGE_PUBLISHED',
  'ALERT_UNMATCHED',
] as const;
export type NotedEvent = Extract<AuditEvent, { type: (typeof NOTED_TYPES)[number] }>;

/** Whether erasing this event must leave a gap on another chain. */
export function isNoted(event: AuditEvent): event is NotedEvent {
  if (event.type === 'ALERT_UNMATCHED') return event.seq === 1 && isIntakeShard(event.incidentId);
  return NOTED_TYPES.some((type) => type === event.type);
}

/** What a chain says about an event of another one. */
export type ChainNote = {
  /** The note's own place. */
  by: { incidentId: string; seq: number };
  /** The event that must be there. */
  of: { incidentId: string; seq: number; hash: string };
};

/** What one chain holds, for notes about it. */
export type NotedChain = { hashes: ReadonlyMap<number, string>; headSeq: number };

/** The events that one event says are on other chains. */
export function notesOf(event: AuditEvent): ChainNote[] {
  if (event.type !== 'CHAIN_NOTED') return [];
  const { incidentId, seq, hash, dayBefore }: DetailsOf<'CHAIN_NOTED'> = event.details;
  const by = { incidentId: event.incidentId, seq: event.seq };
  return [{ by, of: { incidentId, seq, hash } }, ...(dayBefore ? [{ by, of: dayBefore }] : [])];
}

/**
 * What the notes of all chains miss: named at the chain that was noted, because that is where
 * something is gone or was changed.
 */
export function noteProblems(
  notes: readonly ChainNote[],
  chains: ReadonlyMap<string, NotedChain>,
): TrailProblem[] {
  return notes.flatMap(({ by, of }) => {
    const { incidentId, seq, hash } = of;
    const chain = chains.get(incidentId);
    const noted = `${by.incidentId}#${by.seq} noted`;
    if (!chain || chain.headSeq === 0) {
      return [{ incidentId, seq: 1, reason: `the whole trail is missing: ${noted} it` }];
    }
    const { headSeq } = chain;
    if (headSeq < seq) {
      const gone =
        headSeq + 1 === seq
          ? 'the event is missing'
          : `events ${headSeq + 1} to ${seq} are missing`;
      return [{ incidentId, seq: headSeq + 1, reason: `${gone}: ${noted} event ${seq}` }];
    }
    // A row that is not sound, or a gap, was named where the chain itself was read.
    const found = chain.hashes.get(seq);
    const isOther = found !== undefined && found !== hash;
    return isOther ? [{ incidentId, seq, reason: `${noted} another event here` }] : [];
  });
}
