import type { AuditEvent } from './audit-event.ts';
import { sequenceKey } from './hash-chain.ts';

/** Partition of an incident's chain. */
export function partitionOf(incidentId: string): string {
  return `INCIDENT#${incidentId}`;
}

/** The chain that a partition holds, or undefined for a partition of any other form. */
export function incidentOfPartition(partition: string): string | undefined {
  return /^INCIDENT#((?:inc-[a-z2-7]{16})|(?:intake-\d{8}(?:-\d{2})?))$/.exec(partition)?.[1];
}

/** Key and index attributes; the hash does not cover them, `verify` compares them instead. */
export function keysOf(event: Pick<AuditEvent, 'incidentId' | 'seq' | 'type' | 'at' | 'actor'>) {
  const month = event.at.slice(0, 7);
  return {
    pk: partitionOf(event.incidentId),
    sk: sequenceKey(event.seq),
    typeMonth: `${event.type}#${month}`,
    actorMonth: `${event.actor.kind}:${event.actor.id}#${month}`,
  };
}

/** The event inside a row, as it was hashed. */
export function withoutKeys(row: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const { pk: _pk, sk: _sk, typeMonth: _type, actorMonth: _actor, ...event } = row;
  return event;
}

/**
 * What a projection marks its incident unfinished with: another token than the one its writer marked
 * it with before the append, so that nobody who read that one can take the new mark away.
 */
export function projectionToken({ commandId, seq }: Pick<AuditEvent, 'commandId' | 'seq'>): string {
  return `${commandId}#${seq}`;
}
