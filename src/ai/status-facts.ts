import type { Severity } from '../domain/severity.ts';

/** The four public states of an incident, in the order they are usually told. */
export type PublicStatus = 'investigating' | 'identified' | 'monitoring' | 'resolved';

/**
 * What is known when a public text is wanted.
 *
 * Names come from the deployment's configuration. Alert titles, updates and notes come from
 * machines and people and may hold anything, instructions to the model included.
 */
export type StatusFacts = {
  status: PublicStatus;
  severity: Severity;
  /** Internal names, such as `checkout-api`. Never shown to customers. */
  serviceNames: readonly string[];
  /** Names as customers know them, such as `Checkout`. */
  componentNames: readonly string[];
  alertTitles: readonly string[];
  /** Oldest first. */
  internalUpdates: readonly string[];
  /** Oldest first. */
  notes: readonly string[];
  /** The last text customers saw about this incident. */
  lastPublishedText: string | undefined;
};
