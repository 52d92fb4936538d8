import { sequenceKey } from '../../domain/hash-chain.ts';
import { sha256Hex } from '../../domain/ids.ts';

/** Partition of everything that belongs to one incident or intake chain. */
export function partition(incidentId: string): string {
  return `INCIDENT#${incidentId}`;
}

/** Partition of what is remembered of an alert group. */
export function groupKey(source: string, group: string): string {
  // Hashed: a group id may be longer than a key may be.
  return `ALERTGROUP#${source}#${sha256Hex(group)}`;
}

/** Sort keys of bodies counted in a minute begin with it. */
export function countedKey(minute: string): string {
  return `COUNTED#${minute}#`;
}

/** Sort key of the journal row of one effect. */
export function stepKey(seq: number, name: string): string {
  return `STEP#${sequenceKey(seq)}#${name}`;
}
