import type { ShownIncident, ShownPage } from '../../src/domain/shown-page.ts';
import type { ComponentState } from '../../src/domain/statuspage-event-details.ts';
import type { PublicIncidents, PublicPage } from '../../src/services/public-page.ts';
import type { PageIncident, PublishPermit } from '../../src/services/status-page.ts';
import { MemoryPage, pageError } from '../gate/memory-page.ts';

/** Components of the shipped routing, as the page shows them before anything happens. */
export const COMPONENTS = ['c1', 'c2', 'c3'] as const;

/** One thing that customers saw because of us: which request, when, and the components before it. */
export type Effect = {
  permit: PublishPermit;
  statuspageIncidentId: string;
  atMs: number;
};

type Times = { createdAtMs: number; updates: Map<string, number> };

/** A page in memory with components, as customers see it and as its key does; hands may change it. */
export class LivesPage extends MemoryPage implements PublicPage, PublicIncidents {
  /** What became visible, in order, with the whole request behind it. */
  readonly shown: Effect[] = [];
  readonly #clock: () => number;
  readonly #times = new Map<string, Times>();

  constructor(nowMs: () => number) {
    super(nowMs);
    this.#clock = nowMs;
    for (const id of COMPONENTS) this.states[id] = 'operational';
  }

  override async publish(permit: PublishPermit): Promise<PageIncident> {
    const id = permit.request.path.split('/incidents/')[1];
    this.see();
    // As the page does: what is not there cannot be changed.
    if (id !== undefined && !this.incidents.some((one) => one.statuspageIncidentId === id)) {
      throw pageError('PAGE_REFUSED', 404);
    }
    try {
      return await super.publish(permit);
    } finally {
      this.see();
    }
  }

  override async componentStates(): Promise<Record<string, ComponentState>> {
    this.see();
    return { ...this.states };
  }

  async newestIncidents(): Promise<ShownPage> {
    this.see();
    const incidents = this.incidents.map((one) => this.#asShown(one)).reverse();
    return { pageId: null, incidents, isWhole: true };
  }

  /** A hand on the page takes an incident away. @returns whether there was one */
  removeByHand(index: number): boolean {
    this.see();
    const gone = this.incidents[index % Math.max(1, this.incidents.length)];
    if (!gone) return false;
    this.incidents.splice(this.incidents.indexOf(gone), 1);
    return true;
  }

  setByHand(component: string, state: ComponentState): void {
    this.see();
    this.states[component] = state;
  }

  /** Takes in what became visible since the last look: late requests too. */
  see(): void {
    this.settle();
    for (const { publicationId, statuspageIncidentId, atMs } of this.effects.slice(
      this.shown.length,
    )) {
      const { permit } = this.sent.find((one) => one.permit.publicationId === publicationId)!;
      this.shown.push({ permit, statuspageIncidentId, atMs });
      Object.assign(this.states, permit.request.body.incident.components);
    }
    for (const { statuspageIncidentId: id, updates } of this.incidents) {
      const times = this.#times.get(id) ?? { createdAtMs: this.#clock(), updates: new Map() };
      this.#times.set(id, times);
      for (const update of updates) {
        if (!times.updates.has(update.id)) times.updates.set(update.id, this.#clock());
      }
    }
  }

  #asShown({ statuspageIncidentId: id, name, status, updates, link }: PageIncident): ShownIncident {
    const times = this.#times.get(id)!;
    const at = (update: string) => times.updates.get(update) ?? null;
    return {
      id,
      name,
      status,
      link,
      createdAtMs: times.createdAtMs,
      updatedAtMs: at(updates[0]?.id ?? ''),
      updates: updates.map((update) => {
        const atMs = at(update.id);
        return { ...update, createdAtMs: atMs, updatedAtMs: atMs };
      }),
    };
  }
}
