import { eventHash, type HashedFields } from '../../src/domain/hash-chain.ts';
import type { StoredRow } from '../../src/domain/trail-rows.ts';
import type { TrailReader } from '../../src/services/verify-trail.ts';

/** A row as plain values, to be tampered with. */
// biome-ignore lint/suspicious/noExplicitAny: a hand on the table respects no type.
export type LooseRow = Record<string, any>;

/** Both tables as they were read once; a copy is tampered with, in memory and fast. */
export class StoredTrail implements TrailReader {
  audit: LooseRow[];
  incidents: LooseRow[];
  /** False: the reader may not see table `incidents`. */
  mayReadProjections = true;

  constructor(of: { audit: LooseRow[]; incidents: LooseRow[] }) {
    this.audit = of.audit;
    this.incidents = of.incidents;
  }

  copy(): StoredTrail {
    return new StoredTrail(structuredClone({ audit: this.audit, incidents: this.incidents }));
  }

  /** The row itself, not a copy. */
  row(incidentId: string, seq: number): LooseRow {
    const found = this.chain(incidentId).find((row) => Number(row.sk) === seq);
    if (!found) throw new Error(`no row ${incidentId}#${seq}`);
    return found;
  }

  chain(incidentId: string): LooseRow[] {
    return this.audit
      .filter((row) => row.pk === `INCIDENT#${incidentId}`)
      .sort((a, b) => (a.sk < b.sk ? -1 : 1));
  }

  remove(gone: LooseRow): void {
    this.audit = this.audit.filter((row) => row !== gone);
  }

  state(incidentId: string): LooseRow {
    const pk = `INCIDENT#${incidentId}`;
    const found = this.incidents.find((row) => row.pk === pk && row.sk === 'STATE');
    if (!found) throw new Error(`no STATE of ${incidentId}`);
    return found;
  }

  async partitions(): Promise<string[]> {
    return [...new Set(this.audit.map((row) => String(row.pk)))].sort();
  }

  async rows(partition: string): Promise<StoredRow[]> {
    return this.audit
      .filter((row) => row.pk === partition)
      .sort((a, b) => (String(a.sk) < String(b.sk) ? -1 : 1));
  }

  async projections(partition?: string): Promise<StoredRow[] | undefined> {
    if (!this.mayReadProjections) return undefined;
    return this.incidents.filter((row) => partition === undefined || row.pk === partition);
  }
}

/** Reads everything of a deployment through its own reader. */
export async function storedTrail(reader: TrailReader): Promise<StoredTrail> {
  const audit: LooseRow[] = [];
  for (const partition of await reader.partitions()) {
    audit.push(...((await reader.rows(partition)) as LooseRow[]));
  }
  const incidents = (await reader.projections()) as LooseRow[];
  return new StoredTrail({ audit, incidents });
}

/** Gives a row the hash of what it now says. */
export function rehash(row: LooseRow): void {
  row.hash = eventHash(row as HashedFields);
}

/** Chains and hashes every row of a chain again, from one number on. */
export function rechain(trail: StoredTrail, incidentId: string, fromSeq: number): void {
  const rows = trail.chain(incidentId);
  for (const [index, row] of rows.entries()) {
    if (row.seq < fromSeq) continue;
    row.prevHash = rows[index - 1]?.hash ?? '0'.repeat(64);
    rehash(row);
  }
}

/** Every place in a row that holds a value, as a path; keys of the table left out. */
export function placesOf(row: LooseRow, prefix: (string | number)[] = []): (string | number)[][] {
  return Object.entries(row).flatMap(([name, value]) => {
    if (prefix.length === 0 && (name === 'pk' || name === 'sk')) return [];
    const path = [...prefix, name];
    const isInner = value !== null && typeof value === 'object' && Object.keys(value).length > 0;
    return isInner ? placesOf(value, path) : [path];
  });
}

/** Changes the value at a path to another of its type. */
export function alter(row: LooseRow, path: readonly (string | number)[]): void {
  const inner = path.slice(0, -1).reduce((at: LooseRow, name) => at[name], row);
  const name = path.at(-1) ?? '';
  const value = inner[name];
  if (typeof value === 'string')
    inner[name] = `${value.slice(0, -1)}${value.endsWith('0') ? '1' : '0'}`;
  else if (typeof value === 'number') inner[name] = value + 1;
  else if (typeof value === 'boolean') inner[name] = !value;
  else inner[name] = 'something';
}
