import type { PageIncident, PublishPermit, StatusPage } from '../src/services/status-page.ts';

/** A status page that takes whatever a permit allows. */
export class PageOfOne implements StatusPage {
  #incident: PageIncident | undefined;

  async publish(permit: PublishPermit): Promise<PageIncident> {
    const { name, status, body } = permit.request.body.incident;
    const updates = this.#incident?.updates ?? [];
    this.#incident = {
      statuspageIncidentId: 'p4ge1nc1dent',
      link: 'https://status.example.com/incidents/p4ge1nc1dent',
      name,
      status,
      updates: [{ id: `update-${updates.length + 1}`, body, status }, ...updates],
      publicationId: permit.publicationId,
      incidentId: permit.metadata.ir.incident ?? null,
    };
    return this.#incident;
  }

  async read(): Promise<PageIncident | undefined> {
    return this.#incident;
  }

  async components() {
    return [];
  }

  async claims() {
    return [];
  }

  async recent(): Promise<PageIncident[]> {
    return this.#incident ? [this.#incident] : [];
  }
}
