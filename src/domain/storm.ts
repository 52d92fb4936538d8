import { sha256Hex } from './ids.ts';
import { isSeverer, SEVERITIES, type Severity, URGENT, worse } from './severity.ts';

/** Alert groups in one event of a storm; what a batch appends is read and shown as one. */
export const STORM_BATCH_MAX = 50;
/** Room for one batch in an event; an item of the table holds 400 KB. Unit: bytes. */
export const STORM_BATCH_MAX_BYTES = 200_000;
/** Least time between two batches that are not full, so that a storm makes few events. Unit: ms. */
export const STORM_LINGER_MS = 2_000;
/** Incidents that were opened before the storm and are named in its room. */
export const STORM_BEFORE_MAX = 20;

/** Services that the alerts of one storm name, each said aloud once. */
export const STORM_SERVICES_MAX = 50;

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
  /** Of the incidents in `openings` and `apart`; absent in rows of earlier versions. */
  severities?: Record<string, Severity>;
  /** Incidents opened beside the storm because they are severer, as in `openings`. */
  apart?: Record<string, number>;
  /** What the newest storm took in; absent in rows of earlier versions. */
  took?: {
    worst: Severity;
    /** The incident that the group that raised it would have had; null: the storm began so. */
    worstBy: string | null;
    /**
     * Services that urgent alerts named, each with what the first group's incident would be. A list,
     * as their names are a sender's, and not every name can be a key.
     */
    services: readonly { name: string; by: string }[];
  };
};

export const EMPTY_WINDOW: StormWindow = {
  revision: 0,
  openings: {},
  number: 0,
  linkedAtMs: null,
  before: [],
};

type NamedServices = NonNullable<StormWindow['took']>['services'];

/** Where a new alert group of a service belongs, and what is to be stored for it to stay so. */
export type StormPlace =
  | { kind: 'own'; window: StormWindow | null }
  | {
      kind: 'storm';
      number: number;
      /** The group must be named in the storm's room: it may be a matter of its own. */
      aloud: boolean;
      window: StormWindow | null;
    };

/** What is asked about one new group. */
export type StormQuestion = {
  incidentId: string;
  nowMs: number;
  stormIsOver: boolean;
  limit: StormLimit;
  severity: Severity;
  /**
   * The service that the alert itself names, where the routing knows none: such a storm is one of
   * several services. `undefined` for a storm of a known service.
   */
  unknownService: string | undefined;
};

/**
 * Decides whether a group opens an incident of its own: up to `incidents` do within the window,
 * which is half open, so that one counted exactly `windowS` ago counts no more. A storm goes on until
 * its incident is over, or until no group joined it for a whole window.
 *
 * A storm without a known service is one of several. So a P1 or P2 that is worse than all it took in
 * opens an incident of its own all the same, up to `incidents` of at least its severity within the
 * window; and one that joins is said aloud when it is the first of the service it names. In any storm
 * a P1 or P2 that is worse than what it took in is said aloud.
 *
 * `window` of the answer is null when nothing changes.
 */
export function placeOf(window: StormWindow, of: StormQuestion): StormPlace {
  const { incidentId, nowMs, stormIsOver, limit, severity } = of;
  const { openings, apart = {}, severities = {} } = window;
  // Counted before: a repeated delivery gets the same answer, whatever happened since.
  if ((openings[incidentId] ?? apart[incidentId]) !== undefined) {
    return { kind: 'own', window: null };
  }
  const sinceMs = nowMs - limit.windowS * 1000;
  const recent = (counted: Record<string, number>) =>
    Object.fromEntries(Object.entries(counted).filter(([, atMs]) => atMs > sinceMs));
  const counted = recent(openings);
  const beside = recent(apart);
  const isOpen = window.number > 0 && !stormIsOver;
  const goesOn = isOpen && (window.linkedAtMs ?? 0) > sinceMs;
  const own = (as: 'openings' | 'apart'): StormPlace => {
    const kept = { openings: counted, apart: beside };
    kept[as] = { ...kept[as], [incidentId]: nowMs };
    const ids = [...Object.keys(kept.openings), ...Object.keys(kept.apart)];
    const known = { ...severities, [incidentId]: severity };
    const ofIds = ids.flatMap((id) => (known[id] ? [[id, known[id]] as const] : []));
    return { kind: 'own', window: { ...window, ...kept, severities: Object.fromEntries(ofIds) } };
  };
  if (!goesOn && Object.keys(counted).length < limit.incidents) return own('openings');
  // Of unknown severity: as bad as can be, so that nothing is severer than an older version's.
  const crowd = Object.keys(counted).map((id) => severities[id] ?? 'P1');
  const worst = isOpen ? (window.took?.worst ?? 'P4') : worstOf(crowd);
  const isWorse = URGENT.includes(severity) && isSeverer(severity, worst);
  const asBad = Object.keys(beside).filter((id) => !isSeverer(severity, severities[id] ?? 'P1'));
  if (isWorse && of.unknownService !== undefined && asBad.length < limit.incidents) {
    return own('apart');
  }
  return isOpen ? joined(window, of) : begun(window, of, Object.keys(counted));
}

function joined(window: StormWindow, of: StormQuestion): StormPlace {
  const { incidentId, nowMs, severity, unknownService } = of;
  const took = window.took ?? { worst: 'P4', worstBy: null, services: [] };
  const isUrgent = URGENT.includes(severity);
  const raises = isSeverer(severity, took.worst);
  const services = withService(took.services, of);
  // A delivery that was counted and not linked comes again, and must be said as it would have been.
  const isFirst = services.some(({ name, by }) => name === unknownService && by === incidentId);
  const aloud = isUrgent && (raises || took.worstBy === incidentId || isFirst);
  const isNews = raises || services !== took.services;
  // A second more or less changes nothing, and a storm must not be slowed by its own count.
  const isFresh = window.linkedAtMs !== null && nowMs - window.linkedAtMs < 1_000;
  const now = {
    worst: worse(took.worst, severity),
    worstBy: raises ? incidentId : took.worstBy,
    services,
  };
  const changed = { ...window, linkedAtMs: nowMs, ...(isNews ? { took: now } : {}) };
  const { number } = window;
  return { kind: 'storm', number, aloud, window: isFresh && !isNews ? null : changed };
}

function begun(window: StormWindow, of: StormQuestion, counted: readonly string[]): StormPlace {
  const { nowMs, severity, unknownService } = of;
  const number = window.number + 1;
  const before = counted.slice(-STORM_BEFORE_MAX);
  const took = { worst: severity, worstBy: null, services: withService([], of) };
  return {
    kind: 'storm',
    number,
    // The room is opened for this very group, and only its title says of which service.
    aloud: unknownService !== undefined && URGENT.includes(severity),
    window: { ...window, number, before, linkedAtMs: nowMs, took },
  };
}

/** The same list when nothing is new. */
function withService(services: NamedServices, of: StormQuestion): NamedServices {
  const { unknownService: name, severity, incidentId } = of;
  if (name === undefined || !URGENT.includes(severity)) return services;
  if (services.some((known) => known.name === name)) return services;
  if (services.length >= STORM_SERVICES_MAX) return services;
  return [...services, { name, by: incidentId }];
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
