import type { AuditEvent } from '../../src/domain/audit-event.ts';
import { keysOf } from '../../src/domain/event-keys.ts';
import { verifyTrail } from '../../src/services/verify-trail.ts';
import { publicPem } from './gate-world.ts';

/** The keys of a gate world. */
export const PINNED = {
  approval: 'key-approval',
  publication: 'key-publication',
  keys: {
    pem: async (id: string) => publicPem(id === 'key-approval' ? 'approval' : 'publication'),
  },
};

/** Reads a gate world’s trail as stored, without projections. */
export function readerOf(events: readonly AuditEvent[]) {
  const rows = events.map((event) => ({ ...event, ...keysOf(event) }));
  return {
    partitions: async () => [...new Set(rows.map(({ pk }) => pk))],
    rows: async (partition: string) => rows.filter(({ pk }) => pk === partition),
    projections: async () => undefined,
  };
}

/** What the verifier says of the first bad event of a gate world's trail, or `verified`. */
export async function verifiedEvents(events: readonly AuditEvent[]): Promise<string> {
  const verdict = await verifyTrail({ reader: readerOf(events), pinned: async () => PINNED });
  return verdict.ok ? 'verified' : `${verdict.firstBad.seq}: ${verdict.firstBad.reason}`;
}
