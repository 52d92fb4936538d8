import type { ShownPage } from '../domain/shown-page.ts';
import type { ComponentState } from '../domain/statuspage-event-details.ts';

/** The status page as every customer sees it; no key is needed and nothing can be changed. */
export interface PublicPage {
  /**
   * The state of each component right now, by id; undefined when the page does not answer in time.
   * Never throws: what it does not say stays unknown, and publishing asks the page with a key.
   */
  componentStates(): Promise<Record<string, ComponentState> | undefined>;
}

/** What the page shows of these components now; null: it did not answer. */
export async function statesOf(
  page: PublicPage,
  ids: readonly string[],
): Promise<Record<string, ComponentState> | null> {
  if (ids.length === 0) return {};
  const states = await page.componentStates();
  if (!states) return null;
  return Object.fromEntries(ids.flatMap((id) => (states[id] ? [[id, states[id]]] : [])));
}

/** The status page's incidents as every customer sees them, to be compared with the record. */
export interface PublicIncidents {
  /**
   * The newest incidents with all their updates; undefined when the page cannot be read in time.
   * Never throws.
   */
  newestIncidents(): Promise<ShownPage | undefined>;
}
