import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DocumentClient, ScanCommand } from '../../adapters/dynamodb/document-client.ts';
import { eventHash, GENESIS_HASH, type HashedFields } from '../../domain/hash-chain.ts';

/** An audit event as it is stored. */
export type ShownEvent = HashedFields & { hash: string };

/** Whether a chain still says what was written. `seq` is the first event that does not. */
export type ChainVerdict =
  | { ok: true; eventCount: number }
  | { ok: false; seq: number; reason: string };

/** One incident's events (or one day's intake), oldest first. */
export type ChainView = { id: string; events: ShownEvent[]; verdict: ChainVerdict };

/** The whole audit trail. */
export type TrailView = { chains: ChainView[] };

/** Where the audit table is, and who reads it. */
export type TrailSource = {
  endpoint: string;
  region: string;
  credentials: { accessKeyId: string; secretAccessKey: string };
  table: string;
  /** Changes whenever something may have been written to a table. */
  mark: () => unknown;
};

/**
 * Reads the audit trail and verifies each chain, as a reviewer's tool would: from the table alone.
 *
 * It also remembers the longest chain it has seen, so an event cut off the end is noticed too.
 *
 * @returns a function that resolves undefined while the mark stays the same
 */
export function trailReader(source: TrailSource): () => Promise<TrailView | undefined> {
  const { endpoint, region, credentials } = source;
  const client = new DocumentClient(new DynamoDBClient({ endpoint, region, credentials }));
  const seen = new Map<string, { seq: number; hash: string }>();
  let lastMark: unknown;
  return async () => {
    const mark = source.mark();
    if (mark === lastMark) return undefined;
    const rows = await scanAll(client, source.table);
    // Only after the read: a read that failed is tried again.
    lastMark = mark;
    return { chains: chainsOf(rows, seen) };
  };
}

async function scanAll(client: DocumentClient, table: string): Promise<ShownEvent[]> {
  const rows: ShownEvent[] = [];
  let from: Record<string, unknown> | undefined;
  do {
    const page = await client.send(
      new ScanCommand({
        TableName: table,
        ConsistentRead: true,
        ...(from ? { ExclusiveStartKey: from } : {}),
      }),
    );
    for (const item of page.Items ?? []) {
      // Keys and index attributes say nothing that the event does not.
      const { pk: _pk, sk: _sk, typeMonth: _type, actorMonth: _actor, ...event } = item;
      rows.push(event as ShownEvent);
    }
    from = page.LastEvaluatedKey;
  } while (from);
  return rows;
}

function chainsOf(
  rows: readonly ShownEvent[],
  seen: Map<string, { seq: number; hash: string }>,
): ChainView[] {
  const byId = new Map<string, ShownEvent[]>();
  // A chain that was deleted whole must not simply disappear from view.
  for (const id of seen.keys()) byId.set(id, []);
  for (const row of rows) byId.set(row.incidentId, [...(byId.get(row.incidentId) ?? []), row]);
  return [...byId].map(([id, found]) => {
    const events = found.sort((a, b) => a.seq - b.seq);
    const verdict = judge(events, seen.get(id));
    const last = events.at(-1);
    if (verdict.ok && last) seen.set(id, { seq: last.seq, hash: last.hash });
    return { id, events, verdict };
  });
}

/** Recomputes a chain from its first event. */
export function judge(
  events: readonly ShownEvent[],
  lastSeen?: { seq: number; hash: string },
): ChainVerdict {
  let prevHash = GENESIS_HASH;
  let seq = 0;
  for (const event of events) {
    seq += 1;
    if (event.seq !== seq) return { ok: false, seq, reason: 'this event is missing' };
    if (event.prevHash !== prevHash) {
      return { ok: false, seq, reason: 'it does not follow the event before it' };
    }
    if (hashOf(event) !== event.hash) {
      return { ok: false, seq, reason: 'it was changed after it was written' };
    }
    prevHash = event.hash;
    if (lastSeen?.seq === seq && lastSeen.hash !== event.hash) {
      return { ok: false, seq, reason: 'it was replaced' };
    }
  }
  if (lastSeen && lastSeen.seq > seq) {
    return { ok: false, seq: seq + 1, reason: 'this event was deleted' };
  }
  return { ok: true, eventCount: seq };
}

function hashOf(event: ShownEvent): string | undefined {
  try {
    return eventHash(event);
  } catch {
    // A row made by hand may hold what RFC 8785 cannot carry; then it has no hash.
    return undefined;
  }
}
