import type { Surroundings } from '../domain/effect.ts';
import { codeOf } from '../domain/errors.ts';
import { type DraftState, type IncidentState, servicesOf } from '../domain/incident-state.ts';
import { OPEN_INCIDENTS_READ_MAX, RELATED_INCIDENTS_MAX } from '../domain/limits.ts';
import type { Routing } from '../domain/routing.ts';
import { type Severity, worse } from '../domain/severity.ts';
import type { IncidentRecord } from './incident-record.ts';
import type { IncidentRows } from './ports.ts';

/** What is read of incidents, to find those that belong together. */
export interface IncidentReading {
  /** Incidents that are open, newest first; as projections say it. */
  listOpen(limit: number): Promise<IncidentState[]>;
  /** The worst severity an incident ever had, from its trail. */
  worstSeverity(incidentId: string): Promise<Severity>;
  /** Service and declarer, from the first event of its trail. */
  opening(incidentId: string): Promise<{ service: string | null; declaredBy: string | null }>;
}

/**
 * Finds what else is open around a text: incidents of the same service, or of a component that the
 * text or its service names. A smaller twin of an incident is judged as strictly as the incident.
 *
 * The list of open incidents is an index: it may be a second behind, and whoever edits its rows can
 * hide an incident in it. Severities come from the trail. What is too much to read counts as a P1.
 */
export class RelatedIncidents {
  readonly #deps: { reading: IncidentReading; routing: Pick<Routing, 'services'> };

  constructor(deps: { reading: IncidentReading; routing: Pick<Routing, 'services'> }) {
    this.#deps = deps;
  }

  /**
   * @param of.named - false: the related incidents need not be named, only judged by
   * @throws {TrailError}, {DeliveryError} when it cannot be read: then nothing can be decided
   */
  async around(
    incident: IncidentState,
    draft: Pick<DraftState, 'request'>,
    of: { named: boolean } = { named: true },
  ): Promise<Surroundings> {
    const { reading } = this.#deps;
    const { worstSeverity } = incident;
    const { service, declaredBy } = await reading.opening(incident.incidentId);
    // Whoever names another service adds its incidents to those that count, and takes away none.
    const services = new Set([...(service === null ? [] : [service]), ...servicesOf(incident)]);
    // Nothing is worse than a P1.
    if (worstSeverity === 'P1' && !of.named) {
      return { declaredBy, relatedSeverity: worstSeverity, related: [] };
    }
    const open = await reading.listOpen(OPEN_INCIDENTS_READ_MAX);
    const ofServices = [...services].flatMap((name) => this.#ofService(name));
    const ids = new Set([...componentIdsOf(draft), ...ofServices]);
    const found = open.filter(
      (other) =>
        other.incidentId !== incident.incidentId &&
        (servicesOf(other).some((name) => services.has(name)) ||
          this.#concerns(other).some((id) => ids.has(id))),
    );
    const related = found.slice(0, RELATED_INCIDENTS_MAX).map(({ incidentId }) => incidentId);
    const isTooMany = open.length >= OPEN_INCIDENTS_READ_MAX || found.length > related.length;
    let relatedSeverity = isTooMany ? 'P1' : worstSeverity;
    for (const id of related) {
      if (relatedSeverity === 'P1') break;
      relatedSeverity = worse(relatedSeverity, await reading.worstSeverity(id));
    }
    return { declaredBy, relatedSeverity, related: related.sort() };
  }

  #ofService(service: string): readonly string[] {
    return this.#deps.routing.services.find(({ name }) => name === service)?.components ?? [];
  }

  /** Components of its service, and those that a text of it names. */
  #concerns(incident: IncidentState): string[] {
    const { drafts, page } = incident;
    const texts = [...drafts, ...(page.lastPublication ? [page.lastPublication] : [])];
    const ofServices = servicesOf(incident).flatMap((name) => this.#ofService(name));
    return [...ofServices, ...texts.flatMap(componentIdsOf)];
  }
}

/** Reads as the worker does: the index of open incidents, and each found one by its trail. */
export function readingOf(of: {
  record: IncidentRecord;
  rows: Pick<IncidentRows, 'listOpen'>;
}): IncidentReading {
  const { record, rows } = of;
  return {
    listOpen: (limit) => rows.listOpen(limit),
    opening: (incidentId) => record.opening(incidentId),
    worstSeverity: async (incidentId) => {
      try {
        const loaded = await record.load(incidentId);
        // An index entry without a trail says nothing that can be believed.
        if (!loaded) return 'P1';
        return (await record.standing(incidentId, loaded.state.version)).worstSeverity;
      } catch (error) {
        // A trail that is damaged must not keep people from deciding on another incident's text.
        if (codeOf(error) === 'TRAIL_CORRUPT') return 'P1';
        throw error;
      }
    },
  };
}

function componentIdsOf({ request }: Pick<DraftState, 'request'>): string[] {
  return request.body.incident.component_ids;
}
