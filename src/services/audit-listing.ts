import { applyEvent } from '../domain/apply-event.ts';
import { ACTOR_KINDS, type AuditEvent, problemOf } from '../domain/audit-event.ts';
import { incidentOfPartition, partitionOf, withoutKeys } from '../domain/event-keys.ts';
import { isIncidentId } from '../domain/ids.ts';
import type { IncidentState } from '../domain/incident-state.ts';
import { contradictionOf, openOnPage } from '../domain/obligation.ts';
import { type ReadChain, readChain, type StoredRow } from '../domain/trail-rows.ts';
import { eventWords } from './event-words.ts';
import type { TrailReader } from './verify-trail.ts';

/** The reviewers' indexes. Eventually consistent; never read by the approval gate. */
export interface AuditIndexes {
  /** @param month - `YYYY-MM` */
  ofType(type: string, month: string): Promise<StoredRow[]>;
  /** @param actor - `kind:id` */
  ofActor(actor: string, month: string): Promise<StoredRow[]>;
}

/** What a reviewer asks for. Instants are RFC 3339 UTC, both ends included. */
export type AuditFilter = {
  from?: string | undefined;
  to?: string | undefined;
  /** `kind:id`, or an id of any kind. */
  actor?: string | undefined;
  type?: string | undefined;
};

/** One event as a line. */
export type ListedEvent = {
  at: string;
  incidentId: string;
  seq: number;
  type: string;
  actor: string;
  what: string;
  /** Somebody approved alone: the event itself, or the approval that followed it. */
  breakGlass: boolean;
};

/** One incident as a line. */
export type ListedIncident = {
  incidentId: string;
  openedAt: string;
  severity: string;
  status: string;
  title: string;
  events: number;
  published: number;
  /** What the status page shows of it. `owed`: open there though over here, and nobody said why. */
  page: 'nothing' | 'open' | 'owed' | 'kept' | 'ended';
  /** How often somebody approved alone. */
  breakGlass: number;
  /** Rows or links that are wrong; `verify` names them. */
  problems: number;
};

export type AuditListingDeps = { reader: TrailReader & AuditIndexes };

/** Most months one question spans before reading everything is cheaper. */
const MONTHS_MAX = 120;

/** One chain by its id: its sound events and what is wrong with the others. */
export async function chainOf(deps: AuditListingDeps, incidentId: string): Promise<ReadChain> {
  const partition = partitionOf(incidentId);
  return readChain(partition, await deps.reader.rows(partition));
}

/** Incidents that were opened within the filter, or, by actor or type, have such an event. */
export async function listIncidents(
  deps: AuditListingDeps,
  filter: AuditFilter,
): Promise<ListedIncident[]> {
  const listed: ListedIncident[] = [];
  const byEvents = filter.actor !== undefined || filter.type !== undefined;
  const ids = byEvents
    ? new Set((await findEvents(deps, filter)).map((event) => event.incidentId))
    : await allChains(deps);
  for (const incidentId of ids) {
    if (!isIncidentId(incidentId)) continue;
    const incident = listedIncident(await chainOf(deps, incidentId));
    if (byEvents || isWithin(incident.openedAt, filter)) listed.push(incident);
  }
  return listed.sort((a, b) => (a.openedAt < b.openedAt ? -1 : 1));
}

/** Every event within the filter, oldest first. */
export async function findEvents(
  deps: AuditListingDeps,
  filter: AuditFilter,
): Promise<AuditEvent[]> {
  const found = (await indexedEvents(deps, filter)) ?? (await allEvents(deps));
  return found.filter((event) => isMatch(event, filter)).sort((a, b) => (a.at < b.at ? -1 : 1));
}

/** An alert whose body waits in quarantine. */
export type QuarantinedAlert = {
  incidentId: string;
  seq: number;
  at: string;
  path: string;
  reason: string;
};

/** Every alert in quarantine whose body is kept and that no replay has placed, oldest first. */
export async function findQuarantined(deps: AuditListingDeps): Promise<QuarantinedAlert[]> {
  const replayed = await findEvents(deps, { type: 'ALERT_REPLAYED' });
  const placed = new Set(
    replayed.flatMap((event) =>
      event.type === 'ALERT_REPLAYED' && event.details.refused === null
        ? [`${event.incidentId}#${event.details.quarantinedSeq}`]
        : [],
    ),
  );
  const quarantined = await findEvents(deps, { type: 'ALERT_QUARANTINED' });
  return quarantined.flatMap((event) => {
    if (event.type !== 'ALERT_QUARANTINED' || event.details.bodyBase64 === null) return [];
    const { incidentId, seq, at, details } = event;
    if (placed.has(`${incidentId}#${seq}`)) return [];
    return [{ incidentId, seq, at, path: details.path, reason: details.reason }];
  });
}

/** An event as a line for a reviewer. */
export function listedEvent(event: AuditEvent): ListedEvent {
  const { at, incidentId, seq, type, actor } = event;
  return {
    at,
    incidentId,
    seq,
    type,
    actor: `${actor.kind}:${actor.id}`,
    what: eventWords(event),
    breakGlass: isGlass(event),
  };
}

function listedIncident(chain: ReadChain): ListedIncident {
  let state: IncidentState | undefined;
  for (const event of chain.events) state = applyEvent(state, event);
  return {
    incidentId: chain.incidentId,
    openedAt: state?.openedAt ?? '',
    severity: state?.severity ?? 'unknown',
    status: state?.status ?? 'unknown',
    title: state?.title ?? '',
    events: chain.events.length,
    published: chain.events.filter((event) => event.type === 'STATUSPAGE_PUBLISHED').length,
    page: state ? pageOf(state) : 'nothing',
    breakGlass: chain.events.filter((event) => event.type === 'BREAK_GLASS_USED').length,
    problems: chain.problems.length,
  };
}

function pageOf(state: IncidentState): ListedIncident['page'] {
  if (!openOnPage(state.page)) return state.page.lastPublication ? 'ended' : 'nothing';
  if (state.obligation?.kept) return 'kept';
  return state.obligation?.isOpen || contradictionOf(state) === 'due' ? 'owed' : 'open';
}

function isGlass(event: AuditEvent): boolean {
  if (event.type === 'BREAK_GLASS_USED') return true;
  return event.type === 'STATUSPAGE_DRAFT_APPROVED' && event.details.breakGlass === true;
}

/** Asks an index when type or actor and both ends of the time are known. */
async function indexedEvents(
  { reader }: AuditListingDeps,
  filter: AuditFilter,
): Promise<AuditEvent[] | undefined> {
  const months = monthsOf(filter);
  const { type, actor } = filter;
  if (!months || (type === undefined && actor === undefined)) return undefined;
  const rows: StoredRow[] = [];
  for (const month of months) {
    if (type !== undefined) rows.push(...(await reader.ofType(type, month)));
    else for (const full of actorsNamed(actor!)) rows.push(...(await reader.ofActor(full, month)));
  }
  return rows.flatMap(asEvent);
}

async function allEvents(deps: AuditListingDeps): Promise<AuditEvent[]> {
  const events: AuditEvent[] = [];
  for (const incidentId of await allChains(deps)) {
    events.push(...(await chainOf(deps, incidentId)).events);
  }
  return events;
}

async function allChains({ reader }: AuditListingDeps): Promise<string[]> {
  return (await reader.partitions()).flatMap((partition) => incidentOfPartition(partition) ?? []);
}

/** A row of an index that is no event is left to `verify`. */
function asEvent(row: StoredRow): AuditEvent[] {
  const event = withoutKeys(row);
  return problemOf(event) === undefined ? [event as unknown as AuditEvent] : [];
}

function isMatch(event: AuditEvent, filter: AuditFilter): boolean {
  const { actor, type } = filter;
  const { kind, id } = event.actor;
  if (actor !== undefined && actor !== id && actor !== `${kind}:${id}`) return false;
  if (type !== undefined && type !== event.type) return false;
  return isWithin(event.at, filter);
}

function isWithin(at: string, { from, to }: AuditFilter): boolean {
  return (from === undefined || at >= from) && (to === undefined || at <= to);
}

function actorsNamed(actor: string): string[] {
  return actor.includes(':') ? [actor] : ACTOR_KINDS.map((kind) => `${kind}:${actor}`);
}

function monthsOf({ from, to }: AuditFilter): string[] | undefined {
  if (from === undefined || to === undefined) return undefined;
  const months: string[] = [];
  const at = new Date(`${from.slice(0, 7)}-01T00:00:00.000Z`);
  while (at.toISOString().slice(0, 7) <= to.slice(0, 7)) {
    if (months.length === MONTHS_MAX) return undefined;
    months.push(at.toISOString().slice(0, 7));
    at.setUTCMonth(at.getUTCMonth() + 1);
  }
  return months;
}
