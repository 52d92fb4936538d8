import type { Claim } from '../../src/domain/claims.ts';
import { PageError } from '../../src/domain/errors.ts';
import type { PageRefusal } from '../../src/domain/page-refusal.ts';
import type { ComponentState } from '../../src/domain/statuspage-event-details.ts';
import type {
  PageComponent,
  PageIncident,
  PublishPermit,
  StatusPage,
} from '../../src/services/status-page.ts';

/**
 * What the page does with one publish: does it; does nothing and says so; refuses; does it but the
 * answer is lost; does nothing and the answer is lost; breaks in a way nobody planned; does it a while
 * after the answer was lost; does it twice, and the answer is lost.
 */
export type PageFate =
  | 'done'
  | 'busy'
  | 'refused'
  | 'lost'
  | 'vanished'
  | 'broken'
  | 'delayed'
  | 'twice';
/** How long after the request a delayed effect shows: the page settles within a minute. Unit: ms. */
const DELAYED_MS = 25_000;
export type Sent = {
  permit: PublishPermit;
  atMs: number;
  fate: PageFate;
  /** What of the components had been read with the key until then. */
  readings: Record<string, ComponentState>[];
  /** And of what our unresolved incidents say of them. */
  claimReadings: Claim[][];
};

/** A status page in memory that remembers every request and can misbehave on demand. */
export class MemoryPage implements StatusPage {
  readonly sent: Sent[] = [];
  readonly fates: PageFate[] = [];
  /** What the next reads throw, if anything. */
  readonly readErrors: PageError[] = [];
  readonly incidents: PageIncident[] = [];
  /** The state of each component, by id. */
  readonly states: Record<string, ComponentState> = { c1: 'operational', c2: 'operational' };
  /** The public page answers. */
  isPublic = true;
  /** What became visible to customers because of us, oldest first. */
  readonly effects: { publicationId: string; statuspageIncidentId: string; atMs: number }[] = [];
  readonly #late: { permit: PublishPermit; atMs: number }[] = [];
  readonly #nowMs: () => number;
  readonly #readings: Record<string, ComponentState>[] = [];
  readonly #claimReadings: Claim[][] = [];
  /** Claims of incidents that these stories do not tell of. */
  readonly otherClaims: Claim[] = [];
  /** What each incident there last said of components. */
  readonly #said = new Map<string, Record<string, ComponentState>>();
  #updates = 0;
  #made = 0;

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  async publish(permit: PublishPermit): Promise<PageIncident> {
    // As the real adapter: what it waits for before sending may have taken too long.
    if (this.#nowMs() >= permit.deadlineMs) throw pageError('PAGE_NOT_EXECUTED', null);
    this.settle();
    const fate = this.fates.shift() ?? 'done';
    const readings = [...this.#readings];
    const claimReadings = [...this.#claimReadings];
    this.sent.push({
      permit: structuredClone(permit),
      atMs: this.#nowMs(),
      fate,
      readings,
      claimReadings,
    });
    if (fate === 'busy') throw pageError('PAGE_NOT_EXECUTED', 429);
    if (fate === 'refused') throw pageError('PAGE_REFUSED', 422);
    if (fate === 'vanished') throw pageError('PAGE_OUTCOME_UNKNOWN', null);
    if (fate === 'broken') throw new Error('socket closed');
    if (fate === 'delayed') {
      this.#late.push({ permit, atMs: this.#nowMs() + DELAYED_MS });
      throw pageError('PAGE_OUTCOME_UNKNOWN', null);
    }
    const incident = this.#apply(permit);
    if (fate === 'twice') this.#apply(permit);
    if (fate === 'lost' || fate === 'twice') throw pageError('PAGE_OUTCOME_UNKNOWN', 504);
    return structuredClone(incident);
  }

  async read(id: string): Promise<PageIncident | undefined> {
    this.settle();
    const error = this.readErrors.shift();
    if (error) throw error;
    return structuredClone(this.incidents.find((one) => one.statuspageIncidentId === id));
  }

  async recent(): Promise<PageIncident[]> {
    this.settle();
    const error = this.readErrors.shift();
    if (error) throw error;
    return structuredClone(this.incidents).reverse();
  }

  async components(): Promise<PageComponent[]> {
    this.settle();
    const error = this.readErrors.shift();
    if (error) throw error;
    this.#readings.push({ ...this.states });
    return Object.entries(this.states).map(([id, state]) => ({ id, name: id, state }));
  }

  async claims(): Promise<Claim[]> {
    this.settle();
    const error = this.readErrors.shift();
    if (error) throw error;
    const own = this.incidents.flatMap(({ statuspageIncidentId, incidentId, name, status }) => {
      const said = Object.entries(this.#said.get(statuspageIncidentId) ?? {});
      if (incidentId === null || status === 'resolved') return [];
      return said
        .filter(([, state]) => state !== 'operational')
        .map(([componentId, state]) => ({ incidentId, componentId, state, title: name }));
    });
    const claims = [...own, ...this.otherClaims];
    this.#claimReadings.push(claims);
    return claims;
  }

  /** As the public page, which needs no key. */
  async componentStates(): Promise<Record<string, ComponentState> | undefined> {
    this.settle();
    return this.isPublic ? { ...this.states } : undefined;
  }

  /** Somebody else posts on the page: an incident of their own, or a line under our newest. */
  byHand(what: 'incident' | 'update', body: string): void {
    const update = { id: `update${++this.#updates}`, body, status: 'monitoring' };
    const newest = this.incidents.at(-1);
    if (what === 'update') {
      newest?.updates.unshift(update);
      return;
    }
    this.incidents.push({
      statuspageIncidentId: `hand${this.incidents.length + 1}`,
      link: `https://status.example/hand${this.incidents.length + 1}`,
      name: 'Posted by hand',
      status: 'monitoring',
      updates: [update],
      publicationId: null,
      incidentId: null,
    });
  }

  /** Somebody else takes an incident off the page. @returns it, to be put back */
  removedByHand(id: string): PageIncident {
    const at = this.incidents.findIndex((one) => one.statuspageIncidentId === id);
    return this.incidents.splice(at, 1)[0] as PageIncident;
  }

  /** Lets delayed requests take effect whose time has come. */
  protected settle(): void {
    for (const late of this.#late.splice(0)) {
      if (this.#nowMs() < late.atMs) this.#late.push(late);
      else this.#apply(late.permit);
    }
  }

  #apply(permit: PublishPermit): PageIncident {
    const incident = this.#applied(permit);
    const { publicationId } = permit;
    const { statuspageIncidentId } = incident;
    const { components } = permit.request.body.incident;
    this.#said.set(statuspageIncidentId, {
      ...this.#said.get(statuspageIncidentId),
      ...components,
    });
    this.effects.push({ publicationId, statuspageIncidentId, atMs: this.#nowMs() });
    return incident;
  }

  #applied(permit: PublishPermit): PageIncident {
    const { name, status, body, components } = permit.request.body.incident;
    Object.assign(this.states, components);
    const onPage = permit.request.path.split('/incidents/')[1];
    this.#updates += 1;
    const update = { id: `update${this.#updates}`, body, status };
    const known = this.incidents.find((one) => one.statuspageIncidentId === onPage);
    if (onPage !== undefined && !known) {
      const refusal = { kind: 'INCIDENT_GONE' as const, componentIds: [], fields: [] };
      throw pageError('PAGE_REFUSED', 404, refusal);
    }
    if (known) {
      known.updates.unshift(update);
      return Object.assign(known, { name, status, publicationId: permit.publicationId });
    }
    // What was removed leaves its number behind.
    this.#made = Math.max(this.#made, this.incidents.length) + 1;
    const made = {
      statuspageIncidentId: `page${this.#made}`,
      link: `https://status.example/${this.#made}`,
      name,
      status,
      updates: [update],
      publicationId: permit.publicationId,
      incidentId: permit.metadata.ir.incident ?? null,
    };
    this.incidents.push(made);
    return made;
  }
}

export function pageError(
  code: PageError['code'],
  httpStatus: number | null,
  refusal?: PageRefusal,
): PageError {
  const why = refusal ? { refusal } : {};
  return new PageError({ code, message: 'cannot use the page', httpStatus, ...why });
}
