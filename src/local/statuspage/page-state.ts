import { createHash } from 'node:crypto';
import type { WorldClock } from '../world-clock.ts';
import { type IncidentInput, StatuspageError } from './incident-input.ts';
import {
  COMPONENT_STATUSES,
  type ComponentStatus,
  DEFAULT_BODIES,
  IMPACT_OF_COMPONENT,
  type Impact,
  type IncidentStatus,
  isOver,
} from './status-words.ts';

/** A part of the product as customers know it. */
export type PageComponent = {
  id: string;
  name: string;
  status: ComponentStatus;
  createdAtMs: number;
  updatedAtMs: number;
};

/** One text on an incident. `mailedTo` is empty when nobody was notified. */
export type PageUpdate = {
  id: string;
  status: IncidentStatus;
  body: string;
  atMs: number;
  /** Later than `atMs` when somebody changed it. */
  updatedAtMs: number;
  deliverNotifications: boolean;
  affected: { id: string; name: string; from: ComponentStatus; to: ComponentStatus }[];
  mailedTo: string[];
};

/** One incident on the page; updates are newest first. */
export type PageIncident = {
  id: string;
  name: string;
  status: IncidentStatus;
  impactOverride: Impact | null;
  worst: ComponentStatus;
  componentIds: string[];
  metadata: Record<string, Record<string, unknown>>;
  updates: PageUpdate[];
  createdAtMs: number;
  updatedAtMs: number;
  monitoringAtMs: number | null;
  resolvedAtMs: number | null;
};

/** Everything one page holds: components, incidents, subscribers and the mail they got. */
export class PageState {
  readonly pageId: string;
  readonly pageName: string;
  readonly components: PageComponent[];
  readonly subscribers: readonly string[];
  readonly #clock: WorldClock;
  /** Newest first. */
  #incidents: PageIncident[] = [];
  #lastNumber = 0;

  constructor(of: {
    clock: WorldClock;
    pageId: string;
    pageName: string;
    components: readonly { id: string; name: string }[];
    subscribers: readonly string[];
  }) {
    this.#clock = of.clock;
    this.pageId = of.pageId;
    this.pageName = of.pageName;
    this.subscribers = of.subscribers;
    const nowMs = of.clock.nowMs();
    this.components = of.components.map(({ id, name }) => ({
      id,
      name,
      status: 'operational',
      createdAtMs: nowMs,
      updatedAtMs: nowMs,
    }));
  }

  /** Newest first. */
  incidents(): readonly PageIncident[] {
    return this.#incidents;
  }

  unresolved(): PageIncident[] {
    return this.#incidents.filter((incident) => !isOver(incident.status));
  }

  componentIds(): Set<string> {
    return new Set(this.components.map(({ id }) => id));
  }

  /** @throws {StatuspageError} 404 */
  incident(id: string): PageIncident {
    const found = this.#incidents.find((incident) => incident.id === id);
    if (found) return found;
    throw new StatuspageError(404, 'Incident not found');
  }

  /** @throws {StatuspageError} 404 */
  component(id: string): PageComponent {
    const found = this.components.find((component) => component.id === id);
    if (found) return found;
    throw new StatuspageError(404, 'Component not found');
  }

  create(input: IncidentInput): PageIncident {
    const nowMs = this.#clock.nowMs();
    const incident: PageIncident = {
      id: this.#nextId('incident'),
      name: input.name ?? '',
      status: input.status ?? 'investigating',
      impactOverride: null,
      worst: 'operational',
      componentIds: [],
      metadata: {},
      updates: [],
      createdAtMs: nowMs,
      updatedAtMs: nowMs,
      monitoringAtMs: null,
      resolvedAtMs: null,
    };
    this.#incidents.unshift(incident);
    this.#apply(incident, input, true);
    return incident;
  }

  /** Adds an update when the request brings a text or a new status, as the real one does. */
  update(id: string, input: IncidentInput): PageIncident {
    const incident = this.incident(id);
    const isNews = Boolean(input.body) || (input.status ?? incident.status) !== incident.status;
    this.#apply(incident, input, isNews);
    return incident;
  }

  remove(id: string): PageIncident {
    const incident = this.incident(id);
    this.#incidents = this.#incidents.filter((other) => other !== incident);
    return incident;
  }

  /** Changes an update that is there already; nobody is mailed. @throws {StatuspageError} 404 */
  rewrite(id: string, updateId: string, to: { body?: string; status?: IncidentStatus }): void {
    const incident = this.incident(id);
    const update = updateOf(incident, updateId);
    if (to.body !== undefined) update.body = to.body;
    if (to.status !== undefined) update.status = to.status;
    update.updatedAtMs = this.#clock.nowMs();
    incident.updatedAtMs = update.updatedAtMs;
  }

  /** Takes one update off the page. @throws {StatuspageError} 404 */
  removeUpdate(id: string, updateId: string): void {
    const incident = this.incident(id);
    const gone = updateOf(incident, updateId);
    incident.updates = incident.updates.filter((update) => update !== gone);
    incident.updatedAtMs = this.#clock.nowMs();
  }

  setComponent(id: string, status: ComponentStatus): PageComponent {
    const component = this.component(id);
    component.status = status;
    component.updatedAtMs = this.#clock.nowMs();
    return component;
  }

  #apply(incident: PageIncident, input: IncidentInput, addsUpdate: boolean): void {
    const nowMs = this.#clock.nowMs();
    const affected = this.#applyComponents(incident, input);
    if (input.name !== undefined) incident.name = input.name;
    if (input.status !== undefined) incident.status = input.status;
    if (input.impactOverride !== undefined) incident.impactOverride = input.impactOverride;
    // Whether the real PATCH merges metadata is undocumented; replacing is the harsher reading.
    if (input.metadata !== undefined) incident.metadata = input.metadata;
    incident.updatedAtMs = nowMs;
    if (incident.status === 'monitoring') incident.monitoringAtMs ??= nowMs;
    incident.resolvedAtMs = isOver(incident.status) ? (incident.resolvedAtMs ?? nowMs) : null;
    if (!addsUpdate) return;
    incident.updates.unshift({
      id: this.#nextId('update'),
      status: incident.status,
      body: input.body || DEFAULT_BODIES[incident.status],
      atMs: nowMs,
      updatedAtMs: nowMs,
      deliverNotifications: input.deliverNotifications,
      affected,
      mailedTo: input.deliverNotifications ? [...this.subscribers] : [],
    });
  }

  #applyComponents(incident: PageIncident, input: IncidentInput): PageUpdate['affected'] {
    const affected: PageUpdate['affected'] = [];
    const ids = new Set([...(input.componentIds ?? incident.componentIds)]);
    for (const [id, to] of input.components ?? []) {
      const component = this.component(id);
      ids.add(id);
      affected.push({ id, name: component.name, from: component.status, to });
      this.setComponent(id, to);
      if (rank(to) > rank(incident.worst)) incident.worst = to;
    }
    incident.componentIds = [...ids];
    return affected;
  }

  #nextId(kind: string): string {
    this.#lastNumber += 1;
    const seed = `${this.pageId}#${kind}#${this.#lastNumber}`;
    const bytes = createHash('sha256').update(seed).digest();
    return BigInt(`0x${bytes.toString('hex')}`)
      .toString(36)
      .slice(0, 12);
  }
}

/** The impact customers see: set by hand, else derived from the worst component ever affected. */
export function impactOf(incident: PageIncident): Impact {
  return incident.impactOverride ?? IMPACT_OF_COMPONENT[incident.worst];
}

function updateOf(incident: PageIncident, updateId: string): PageUpdate {
  const found = incident.updates.find((update) => update.id === updateId);
  if (found) return found;
  throw new StatuspageError(404, 'Incident update not found');
}

function rank(status: ComponentStatus): number {
  return COMPONENT_STATUSES.indexOf(status);
}
