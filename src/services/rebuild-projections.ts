import { incidentOfPartition } from '../domain/event-keys.ts';
import {
  newestPointers,
  type ProjectionRow,
  projectionRowsOf,
  rowDifference,
  rowKey,
} from '../domain/projection-rows.ts';
import { evidenceOf, type ProjectionEvidence, strangerOf } from '../domain/trail-evidence.ts';
import { type ReadChain, readChain, type StoredRow } from '../domain/trail-rows.ts';
import type { TrailReader } from './verify-trail.ts';

/** A row that is not what the trail gives. */
export type ProjectionDifference = { row: string; reason: string };

/** Writing side: table `incidents` only. Each write is safe to repeat. */
export interface ProjectionWriter {
  /**
   * Stores a row as the trail gives it. STATE keeps its journal (`actedSeq`, `unfinished…`); one
   * that was missing altogether counts all effects as done, so that a rebuild posts nothing again.
   * A STATE that is newer by now is left alone.
   */
  write(row: ProjectionRow): Promise<void>;
  remove(row: { pk: string; sk: string }): Promise<void>;
}

/** What a rebuild found, and what it did about it. */
export type RebuildOutcome = {
  chains: number;
  rows: number;
  /** Rows that differ, are missing, or that no event explains. */
  differences: ProjectionDifference[];
  /** Chains that do not verify; nothing is rebuilt from them. */
  unsound: ProjectionDifference[];
};

/**
 * Compares every STATE, command and pointer row with what the trail gives; a writer also makes
 * them so.
 *
 * A STATE that is behind because a command is still under way is no difference: the record catches
 * it up. Rows of incidents without a trail are named and never removed, as they are evidence.
 */
export async function rebuildProjections(deps: {
  reader: TrailReader;
  writer?: ProjectionWriter | undefined;
}): Promise<RebuildOutcome> {
  const { reader, writer } = deps;
  const stored = await reader.projections();
  if (!stored) throw new RangeError('cannot rebuild: expected permission to read the projections');
  const evidence = evidenceOf(stored);
  const partitions = await reader.partitions();
  const expected: ProjectionRow[] = [];
  const explained = new Set<string>();
  const unsound: ProjectionDifference[] = [];
  for (const partition of partitions) {
    const chain = readChain(partition, await reader.rows(partition));
    const [problem] = chain.problems;
    if (problem) {
      unsound.push({ row: `${partition}#${problem.seq}`, reason: problem.reason });
      for (const row of stored) if (row.pk === partition) explained.add(rowKey(row));
      continue;
    }
    expected.push(...expectedOf(chain, evidence.get(chain.incidentId), writer !== undefined));
    for (const row of projectionRowsOf(chain.events)) explained.add(rowKey(row));
  }
  const rows = newestPointers(expected);
  const differences = [...compare(rows, stored), ...unexplained(explained, stored, partitions)];
  if (writer) await correct(writer, { rows, differences, stored });
  return { chains: partitions.length, rows: rows.size, differences, unsound };
}

/** Such rows are evidence: they are named and never removed. */
const NO_TRAIL = 'its incident has no trail';

/** When only checking, a STATE that may be behind is compared as of its own version. */
function expectedOf(
  chain: ReadChain,
  evidence: ProjectionEvidence | undefined,
  toHead: boolean,
): ProjectionRow[] {
  const behind = (evidence?.state?.version ?? 0) < chain.headSeq;
  const mayBeBehind = behind && strangerOf(chain.events, evidence) === undefined;
  const upTo = !toHead && mayBeBehind ? (evidence?.state?.version ?? 0) : chain.headSeq;
  return projectionRowsOf(chain.events, upTo);
}

function compare(
  rows: ReadonlyMap<string, ProjectionRow>,
  stored: readonly StoredRow[],
): ProjectionDifference[] {
  const byKey = new Map(stored.map((row) => [rowKey(row), row]));
  return [...rows].flatMap(([key, row]) => {
    const found = byKey.get(key);
    if (!found) return [{ row: key, reason: 'it is missing' }];
    const attribute = rowDifference(row, found);
    if (attribute === undefined) return [];
    return [{ row: key, reason: `${attribute} is not what the trail gives` }];
  });
}

/** Command rows without their event, and projections without a trail. */
function unexplained(
  explained: ReadonlySet<string>,
  stored: readonly StoredRow[],
  partitions: readonly string[],
): ProjectionDifference[] {
  const known = new Set(partitions);
  return stored.flatMap((row) => {
    const key = rowKey(row);
    if (explained.has(key)) return [];
    const pk = String(row.pk);
    if (incidentOfPartition(pk) !== undefined && !known.has(pk)) {
      const isAnnounced = row.sk === 'STATE' && row.version === undefined;
      return isAnnounced ? [] : [{ row: key, reason: NO_TRAIL }];
    }
    if (isCommand(row)) return [{ row: key, reason: 'no event of the trail has made it' }];
    const isPointer = row.sk === 'EPISODE' || /^(CHANNEL|PUBLISHED)#/.test(pk);
    return isPointer ? [{ row: key, reason: 'no event of the trail points there' }] : [];
  });
}

function isCommand(row: StoredRow): boolean {
  return String(row.sk).startsWith('CMD#');
}

async function correct(
  writer: ProjectionWriter,
  of: {
    rows: ReadonlyMap<string, ProjectionRow>;
    differences: readonly ProjectionDifference[];
    stored: readonly StoredRow[];
  },
): Promise<void> {
  const byKey = new Map(of.stored.map((row) => [rowKey(row), row]));
  // STATE last: a command is known as applied before `version` passes it.
  const sorted = of.differences.toSorted((a, b) => Number(isState(a)) - Number(isState(b)));
  for (const { row: key, reason } of sorted) {
    const expected = of.rows.get(key);
    const stray = byKey.get(key);
    if (expected) await writer.write(expected);
    else if (stray && reason !== NO_TRAIL && isCommand(stray)) {
      await writer.remove({ pk: String(stray.pk), sk: String(stray.sk) });
    }
  }
}

function isState(difference: ProjectionDifference): boolean {
  return difference.row.endsWith(' / STATE');
}
