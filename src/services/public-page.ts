import type { ShownPage } from '../domain/shown-page.ts';
import type { ComponentState } from '../domain/statuspage-event-details.ts';

/** The status page as every customer sees it; no key is needed and nothing can be changed. */
export interface PublicPage {
  /**
   * The state of each component right now, by id; undefined when the page does not answer in time.
   * Never throws: it is shown beside a draft and decides nothing.
   */
  componentStates(): Promise<Record<string, ComponentState> | undefined>;
}

/** The status page's incidents as every customer sees them, to be compared with the record. */
export interface PublicIncidents {
  /**
   * The newest incidents with all their updates; undefined when the page cannot be read in time.
   * Never throws.
   */
  newestIncidents(): Promise<ShownPage | undefined>;
}
