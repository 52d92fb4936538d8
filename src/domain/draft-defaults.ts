import { type Claim, cappedBy } from './claims.ts';
import type { DraftContent } from './draft.ts';
import type { IncidentState } from './incident-state.ts';
import type { Routing } from './routing.ts';
import type { Severity } from './severity.ts';
import type { ComponentState, PageImpact, PageStatus } from './statuspage-event-details.ts';

/** What a component is shown as when nobody has said better, by severity. */
const STATE_BY_SEVERITY: Record<Severity, ComponentState> = {
  P1: 'major_outage',
  P2: 'partial_outage',
  P3: 'degraded_performance',
  P4: 'degraded_performance',
};
const IMPACT_BY_SEVERITY: Record<Severity, PageImpact> = {
  P1: 'critical',
  P2: 'major',
  P3: 'minor',
  P4: 'none',
};

type About = {
  incident: IncidentState;
  routing: Pick<Routing, 'services' | 'components'>;
  status: PageStatus;
};

/**
 * A draft's fields before a person changes them: the service's components, the impact that fits the
 * severity, and the title that customers know already, if there is one. What was published last stands:
 * an update says nothing worse by itself than customers read now. Subscribers are told by default: a
 * page that changes without a word is found out by customers.
 */
export function defaultDraftContent(
  of: About & {
    text: string;
    /** Of other open incidents: nothing is proposed better than they say. @default none is known */
    claims?: readonly Claim[];
  },
): DraftContent {
  const { incident, status, text } = of;
  const last = incident.page.lastPublication?.request.body.incident;
  return {
    title: last?.name ?? titleOf(of),
    text,
    status,
    impact: last?.impact_override ?? IMPACT_BY_SEVERITY[incident.severity],
    notify: true,
    components: cappedBy(componentsOf(of), of.claims ?? []),
  };
}

/**
 * Names of the components that a public text speaks of: the service's, and at the end those that
 * customers were told of, though the incident's service was corrected since.
 */
export function componentNames(of: About): string[] {
  const touched = of.status === 'resolved' ? Object.keys(componentsOf(of)) : [];
  return namesOf(touched.length > 0 ? touched : serviceComponents(of), of);
}

/** Customers know components, not services; alert titles may name hosts and are never used. */
function titleOf(of: About): string {
  const names = namesOf(serviceComponents(of), of);
  return names.length > 0 ? `Problems with ${names.join(', ')}` : 'Service disruption';
}

function namesOf(ids: readonly string[], { routing }: About): string[] {
  return routing.components.filter(({ id }) => ids.includes(id)).map(({ name }) => name);
}

function componentsOf(of: About): Record<string, ComponentState> {
  const { incident, status } = of;
  if (status === 'resolved') {
    // Only what this incident put on the page; another incident may still hold other components.
    const touched = incident.drafts
      .filter((draft) => draft.status === 'published')
      .flatMap((draft) => draft.request.body.incident.component_ids);
    return Object.fromEntries([...new Set(touched)].map((id) => [id, 'operational']));
  }
  const said = incident.page.lastPublication?.request.body.incident.components ?? {};
  const stateOf = (id: string): ComponentState => {
    const known = incident.page.claims?.[id] ?? said[id] ?? STATE_BY_SEVERITY[incident.severity];
    const isBetter = known === 'operational' || known === 'degraded_performance';
    return status === 'monitoring' && !isBetter ? 'degraded_performance' : known;
  };
  return Object.fromEntries(serviceComponents(of).map((id) => [id, stateOf(id)]));
}

function serviceComponents({ incident, routing }: About): string[] {
  return routing.services.find(({ name }) => name === incident.service)?.components ?? [];
}
