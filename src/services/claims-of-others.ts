import { type Claim, claimsOf } from '../domain/claims.ts';
import type { IncidentState } from '../domain/incident-state.ts';
import { OPEN_INCIDENTS_READ_MAX } from '../domain/limits.ts';
import type { IncidentRecord } from './incident-record.ts';
import type { IncidentRows } from './ports.ts';

export type ClaimsOfOthersDeps = {
  record: Pick<IncidentRecord, 'load'>;
  rows: Pick<IncidentRows, 'listOpen'>;
};

/** What our other open incidents say of components, as their trails have it. */
export class ClaimsOfOthers {
  readonly #deps: ClaimsOfOthersDeps;

  constructor(deps: ClaimsOfOthersDeps) {
    this.#deps = deps;
  }

  /**
   * Claims on any of these components. Which incidents are open is an index and may be late; what they
   * say is read from their trails. Publishing asks the page itself.
   * @throws {TrailError}, {DeliveryError}
   */
  async on(componentIds: readonly string[], except: string): Promise<Claim[]> {
    if (componentIds.length === 0) return [];
    const open = await this.#deps.rows.listOpen(OPEN_INCIDENTS_READ_MAX);
    const others = open.filter((one) => one.incidentId !== except && mayClaim(one));
    const loaded = await Promise.all(
      others.map(({ incidentId }) => this.#deps.record.load(incidentId)),
    );
    return loaded
      .flatMap((other) => (other ? claimsOf(other.state) : []))
      .filter(({ componentId }) => componentIds.includes(componentId));
  }
}

/** It is on the page, or on its way there; of the others nothing was ever said. */
function mayClaim({ page, drafts }: IncidentState): boolean {
  const underWay = ['approved', 'publishing', 'unconfirmed'];
  return (
    page.statuspageIncidentId !== null || drafts.some(({ status }) => underWay.includes(status))
  );
}
