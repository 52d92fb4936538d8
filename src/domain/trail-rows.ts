import { type AuditEvent, problemOf } from './audit-event.ts';
import { incidentOfPartition, keysOf, withoutKeys } from './event-keys.ts';
import { eventHash, GENESIS_HASH } from './hash-chain.ts';

/** One stored row, exactly as found: nothing in it is trusted. */
export type StoredRow = Readonly<Record<string, unknown>>;

/** Something on a chain that cannot be true. `seq` of a gap is the missing number. */
export type TrailProblem = { incidentId: string; seq: number; reason: string };

/** One chain after its rows and links were checked. */
export type ReadChain = {
  incidentId: string;
  /** Events whose own row is sound, in order. */
  events: AuditEvent[];
  /** The largest number found. */
  headSeq: number;
  /** At most one for each number: the first reason found. */
  problems: TrailProblem[];
};

/** Hashes that something outside the chain remembers, by number. */
export type AttestedHashes = ReadonlyMap<number, string>;

/**
 * Checks one partition of the audit table: each row on its own, then every link between rows.
 *
 * Where a link is broken, the row that disagrees with its neighbours is named: an event that was
 * altered and hashed again, rather than the innocent one after it.
 */
export function readChain(
  partition: string,
  rows: readonly StoredRow[],
  attested: AttestedHashes = new Map(),
): ReadChain {
  const incidentId = incidentOfPartition(partition);
  if (incidentId === undefined) return foreignPartition(partition, rows);
  const found = new Problems(incidentId);
  const bySeq = new Map<number, AuditEvent | undefined>();
  for (const row of rows) {
    const seq = numberOfKey(row.sk);
    if (seq === undefined) {
      const claimed = Number.isSafeInteger(row.seq) ? Number(row.seq) : 0;
      found.add(claimed, 'its sort key is not a sequence number of ten digits');
      continue;
    }
    const reason = rowProblem(incidentId, seq, row);
    if (reason !== undefined) found.add(seq, reason);
    bySeq.set(seq, reason === undefined ? (withoutKeys(row) as unknown as AuditEvent) : undefined);
  }
  checkGaps(
    [...bySeq.keys()].sort((a, b) => a - b),
    found,
  );
  checkLinks(bySeq, attested, found);
  checkCommands(bySeq, found);
  return {
    incidentId,
    events: [...bySeq.values()].filter((event) => event !== undefined).sort(bySequence),
    headSeq: Math.max(0, ...bySeq.keys()),
    problems: found.list(),
  };
}

class Problems {
  readonly #incidentId: string;
  readonly #bySeq = new Map<number, TrailProblem>();

  constructor(incidentId: string) {
    this.#incidentId = incidentId;
  }

  add(seq: number, reason: string): void {
    if (this.has(seq)) return;
    this.#bySeq.set(seq, { incidentId: this.#incidentId, seq, reason });
  }

  has(seq: number): boolean {
    return this.#bySeq.has(seq);
  }

  list(): TrailProblem[] {
    return [...this.#bySeq.values()].sort(bySequence);
  }
}

function foreignPartition(partition: string, rows: readonly StoredRow[]): ReadChain {
  const problems = rows.map((row) => ({
    incidentId: partition.replace(/^INCIDENT#/, ''),
    seq: numberOfKey(row.sk) ?? 0,
    reason: 'its partition key is not that of a chain',
  }));
  return { incidentId: partition, events: [], headSeq: 0, problems: problems.slice(0, 1) };
}

function numberOfKey(sk: unknown): number | undefined {
  if (typeof sk !== 'string' || !/^\d{10}$/.test(sk) || Number(sk) < 1) return undefined;
  return Number(sk);
}

/** Why one row cannot be the event of its key, whatever stands around it. */
function rowProblem(incidentId: string, seq: number, row: StoredRow): string | undefined {
  const fields = withoutKeys(row);
  const malformed = problemOf(fields);
  if (malformed !== undefined) return `its shape is wrong: ${malformed}`;
  const event = fields as unknown as AuditEvent;
  if (event.incidentId !== incidentId) return 'it stands in the chain of another incident';
  if (event.seq !== seq) return `its number is ${event.seq}, its key says ${seq}`;
  const wrong = Object.entries(keysOf(event)).find(([name, value]) => row[name] !== value);
  if (wrong) return `index attribute ${wrong[0]} disagrees with the event`;
  return hashOf(event) === event.hash ? undefined : 'its content does not match its hash';
}

/** @returns undefined for what RFC 8785 cannot carry, such as a lone surrogate */
function hashOf(event: AuditEvent): string | undefined {
  try {
    return eventHash(event);
  } catch {
    return undefined;
  }
}

/** Names the first missing number of each gap. */
function checkGaps(numbers: readonly number[], found: Problems): void {
  let expected = 1;
  for (const seq of numbers) {
    if (seq !== expected) found.add(expected, missing(expected, seq - 1));
    expected = seq + 1;
  }
}

function missing(from: number, to: number): string {
  return from === to ? 'the event is missing' : `events ${from} to ${to} are missing`;
}

function checkLinks(
  bySeq: ReadonlyMap<number, AuditEvent | undefined>,
  attested: AttestedHashes,
  found: Problems,
): void {
  const first = bySeq.get(1);
  if (first && first.prevHash !== GENESIS_HASH) {
    found.add(1, 'the first event does not start from the genesis hash');
  }
  for (const [seq, event] of [...bySeq].sort(([a], [b]) => a - b)) {
    const before = bySeq.get(seq - 1);
    if (!event || !before || event.prevHash === before.hash) continue;
    const followers = bySeq.get(seq + 1);
    const isAttested = followers?.prevHash === event.hash || attested.get(seq) === event.hash;
    if (isAttested) found.add(seq - 1, `event ${seq} was chained to another event ${seq - 1}`);
    else if (!found.has(seq - 1)) found.add(seq, `it is not chained to event ${seq - 1}`);
  }
}

function checkCommands(bySeq: ReadonlyMap<number, AuditEvent | undefined>, found: Problems): void {
  const first = new Map<string, number>();
  for (const [seq, event] of [...bySeq].sort(([a], [b]) => a - b)) {
    if (!event) continue;
    const earlier = first.get(event.commandId);
    if (earlier === undefined) first.set(event.commandId, seq);
    else found.add(seq, `its command already made event ${earlier}`);
  }
}

function bySequence(a: { seq: number }, b: { seq: number }): number {
  return a.seq - b.seq;
}
