import { sha256Hex } from './ids.ts';
import { SEVERITIES, type Severity } from './severity.ts';

/** Alert groups in one event of a storm; what a batch appends is read and shown as one. */
export const STORM_BATCH_MAX = 50;
/** Room for one batch in an event; an item of the table holds 400 KB. Unit: bytes. */
export const STORM_BATCH_MAX_BYTES = 200_000;
/** Least time between two batches that are not full, so that a storm makes few events. Unit: ms. */
export const STORM_LINGER_MS = 2_000;
/** Incidents that were opened before the storm and are named in its room. */
export const STORM_BEFORE_MAX = 20;

/** How many new incidents of a service, in how long, are no storm yet. */
export type StormLimit = { incidents: number; windowS: number };

/** What is counted for one service. Of `revision` 0: nothing was counted yet. */
export type StormWindow = {
  /** Changes with every write; the next writer must have read the newest. */
  revision: number;
  /** Incidents opened lately, with the instant each was counted. Epoch ms. */
  openings: Record<string, number>;
  /** The service's newest storm, from 1; 0: there was none. */
  number: number;
  /** When a group was last linked to it. Epoch ms. */
  linkedAtMs: number | null;
  /** Incidents of the service that were counted when that storm began. */
  before: string[];
};

export const EMPTY_WINDOW: StormWindow = {
  revision: 0,
  openings: {},
  number: 0,
  linkedAtMs: null,
  before: [],
};

/** Where a new alert group of a service belongs, and what is to be stored for it to stay so. */
export type StormPlace =
  | { kind: 'own'; window: StormWindow | null }
  | { kind: 'storm'; number: number; window: StormWindow | null };

/**
 * Decides whether a group opens an incident of its own: up to `incidents` do within the window,
 * which is half open, so that one counted exactly `windowS` ago counts no more. A storm goes on until
 * its incident is over, or until no group joined it for a whole window.
 *
 * `window` of the answer is null when nothing changes.
 */
export function placeOf(
  window: StormWindow,
  of: { incidentId: string; nowMs: number; stormIsOver: boolean; limit: StormLimit },
): StormPlace {
  const { incidentId, nowMs, stormIsOver, limit } = of;
  // Counted before: a repeated delivery gets the same answer, whatever happened since.
  if (window.openings[incidentId] !== undefined) return { kind: 'own', window: null };
  const sinceMs = nowMs - limit.windowS * 1000;
  const counted = Object.entries(window.openings).filter(([, atMs]) => atMs > sinceMs);
  const isOpen = window.number > 0 && !stormIsOver;
  const goesOn = isOpen && (window.linkedAtMs ?? 0) > sinceMs;
  if (!goesOn && counted.length < limit.incidents) {
    const openings = Object.fromEntries([...counted, [incidentId, nowMs]]);
    return { kind: 'own', window: { ...window, openings } };
  }
  if (isOpen) return { kind: 'storm', number: window.number, window: touched(window, nowMs) };
  const number = window.number + 1;
  const before = counted.map(([id]) => id).slice(-STORM_BEFORE_MAX);
  return {
    kind: 'storm',
    number,
    window: { ...window, number, before, linkedAtMs: nowMs },
  };
}

/** A second more or less changes nothing, and a storm must not be slowed by its own count. */
function touched(window: StormWindow, nowMs: number): StormWindow | null {
  const isFresh = window.linkedAtMs !== null && nowMs - window.linkedAtMs < 1_000;
  return isFresh ? null : { ...window, linkedAtMs: nowMs };
}

/** The group that stands for a service's storm, from which its incident's id follows. */
export function stormGroup(service: string | null, number: number): string {
  return `storm:${service ?? ''}:${number}`;
}

/** Names one delivery among those of a storm: 32 hex characters. */
export function linkKey(of: { source: string; group: string; commandId: string }): string {
  return sha256Hex(JSON.stringify([of.source, of.group, of.commandId])).slice(0, 32);
}

/** The worst of some severities. @throws {RangeError} of none */
export function worstOf(severities: readonly Severity[]): Severity {
  const worst = SEVERITIES.find((severity) => severities.includes(severity));
  if (!worst) throw new RangeError('cannot find the worst severity: expected at least one');
  return worst;
}

/** How a service's storm is called. */
export function stormTitle(service: string | null): string {
  return service === null ? 'Alert storm (no known service)' : `Alert storm: ${service}`;
}
