import type { Claim } from '../domain/claims.ts';
import type { ComponentState, PageRequest } from '../domain/statuspage-event-details.ts';

declare const minted: unique symbol;

/**
 * The right to send one approved request, once, before a deadline. Only the approval gate mints it:
 * nothing else may cast to this type.
 */
export type PublishPermit = {
  readonly [minted]: true;
  /** Exactly what was approved. */
  readonly request: PageRequest;
  /** Carried in the page's metadata, so that a lost answer can be told from no effect. */
  readonly metadata: { ir: Record<string, string> };
  readonly publicationId: string;
  readonly attemptId: string;
  /** Epoch ms after which nothing may be sent. */
  readonly deadlineMs: number;
};

/** What the page says about an incident of ours. */
export type PageIncident = {
  statuspageIncidentId: string;
  link: string;
  name: string;
  status: string;
  /** Newest first. */
  updates: { id: string; body: string; status: string }[];
  /** `metadata.ir.publication` if the page returns it. */
  publicationId: string | null;
  /** `metadata.ir.incident`, likewise. */
  incidentId: string | null;
};

/** A component as the page shows it now. */
export type PageComponent = { id: string; name: string; state: ComponentState };

/**
 * The status page's Manage API. Held by publisher alone.
 *
 * @throws {PageError} `PAGE_NOT_EXECUTED`: the page did nothing; `PAGE_REFUSED`: it refused for good;
 *   `PAGE_OUTCOME_UNKNOWN`: it may have done it
 */
export interface StatusPage {
  /** Sends the permitted request at most once; never retried below this call. */
  publish(permit: PublishPermit): Promise<PageIncident>;
  read(statuspageIncidentId: string): Promise<PageIncident | undefined>;
  /**
   * The newest incidents on the page, newest first, with their metadata: enough to find one that was
   * made within the last hours.
   */
  recent(): Promise<PageIncident[]>;
  /** The page's components, the first hundred; one in a state that we do not know is left out. */
  components(): Promise<PageComponent[]>;
  /** What the unresolved incidents of ours say of components, by their updates. */
  claims(): Promise<Claim[]>;
}
