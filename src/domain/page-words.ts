import type { ComponentState, PageImpact, PageStatus } from './statuspage-event-details.ts';

/*
 * What the status page's words are called in front of people. Without the schemas, so that the
 * ingress can read a form without loading them; the types keep the two lists the same.
 */

/** Statuses of a page incident, in the order they usually come. */
export const PAGE_STATUS_WORDS: Readonly<Record<PageStatus, string>> = {
  investigating: 'Investigating',
  identified: 'Identified',
  monitoring: 'Monitoring',
  resolved: 'Resolved',
};

export const COMPONENT_STATE_WORDS: Readonly<Record<ComponentState, string>> = {
  operational: 'Operational',
  degraded_performance: 'Degraded performance',
  partial_outage: 'Partial outage',
  major_outage: 'Major outage',
  under_maintenance: 'Under maintenance',
};

export const PAGE_IMPACT_WORDS: Readonly<Record<PageImpact, string>> = {
  none: 'None',
  minor: 'Minor',
  major: 'Major',
  critical: 'Critical',
};

/** True for a word the page knows as an incident's status. */
export function isPageStatus(word: string): word is PageStatus {
  return Object.hasOwn(PAGE_STATUS_WORDS, word);
}

/** True for a word the page knows as a component's state. */
export function isComponentState(word: string): word is ComponentState {
  return Object.hasOwn(COMPONENT_STATE_WORDS, word);
}

/** True for a word the page knows as an impact. */
export function isPageImpact(word: string): word is PageImpact {
  return Object.hasOwn(PAGE_IMPACT_WORDS, word);
}
