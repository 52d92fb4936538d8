import canonicalize from 'canonicalize';
import { applyEvent } from './apply-event.ts';
import type { AuditEvent } from './audit-event.ts';
import { partitionOf } from './event-keys.ts';
import { sha256Hex } from './ids.ts';
import type { IncidentState } from './incident-state.ts';
import { isListed } from './obligation.ts';
import { publishedIncident, publishedPartition } from './published-texts.ts';
import type { StoredRow } from './trail-rows.ts';

/** A projection row as the trail gives it; of STATE only what follows from events. */
export type ProjectionRow = { pk: string; sk: string } & Record<string, unknown>;

/**
 * Every row of table `incidents` that follows from one chain alone: STATE, one row for each applied
 * command, the pointers from alert group and channel, and what it published. Journals (steps, rosters) do not.
 *
 * @param upToSeq - how far STATE is folded; commands and pointers always reach the head
 */
export function projectionRowsOf(
  events: readonly AuditEvent[],
  upToSeq: number = Number.POSITIVE_INFINITY,
): ProjectionRow[] {
  let state: IncidentState | undefined;
  const published: ProjectionRow[] = [];
  for (const event of events) {
    if (event.seq > upToSeq) continue;
    state = applyEvent(state, event);
    if (event.type === 'STATUSPAGE_PUBLISHED') published.push(...publishedRow(state, event));
  }
  return [
    ...(state ? [stateRow(state)] : []),
    ...events.filter((event) => event.seq <= upToSeq).flatMap(rowsOfEvent),
    ...published,
  ];
}

/** The entry by which the sweeper knows what on the page is ours; the month's last one stands. */
function publishedRow(state: IncidentState, event: AuditEvent): ProjectionRow[] {
  const entry = publishedIncident(state, event);
  if (!entry) return [];
  const { statuspageIncidentId: sk, ...of } = entry;
  return [{ pk: publishedPartition(event.at), sk, ...of }];
}

function stateRow(state: IncidentState): ProjectionRow {
  return {
    pk: partitionOf(state.incidentId),
    sk: 'STATE',
    version: state.version,
    state,
    ...(isListed(state) ? { open: '1', openedAt: state.openedAt } : {}),
  };
}

function rowsOfEvent(event: AuditEvent): ProjectionRow[] {
  const { incidentId, commandId, seq } = event;
  const command = { pk: partitionOf(incidentId), sk: `CMD#${commandId}`, seq };
  if (event.type === 'INCIDENT_OPENED') {
    const { source, group, episode } = event.details;
    const pk = `ALERTGROUP#${source}#${sha256Hex(group)}`;
    return [command, { pk, sk: 'EPISODE', incidentId, episode }];
  }
  if (event.type === 'WAR_ROOM_CREATED') {
    const pk = `CHANNEL#${event.details.channelId}`;
    return [command, { pk, sk: 'INCIDENT', incidentId }];
  }
  return [command];
}

/** Of several episodes of one alert group the newest is the pointer. */
export function newestPointers(rows: readonly ProjectionRow[]): Map<string, ProjectionRow> {
  const byKey = new Map<string, ProjectionRow>();
  for (const row of rows) {
    const known = byKey.get(rowKey(row));
    if (known && Number(known.episode) > Number(row.episode)) continue;
    byKey.set(rowKey(row), row);
  }
  return byKey;
}

/** One row's key as text. */
export function rowKey(row: StoredRow): string {
  return `${String(row.pk)} / ${String(row.sk)}`;
}

/** The first attribute of a stored row that is not what the trail gives, or undefined. */
export function rowDifference(expected: ProjectionRow, stored: StoredRow): string | undefined {
  const names = ['open', ...Object.keys(expected)];
  return names.find((name) => {
    if (name === 'openedAt') return false; // Only read together with `open`, which is compared.
    return canonicalize(expected[name] ?? null) !== canonicalize(stored[name] ?? null);
  });
}
