import type { IncidentState, PageState } from './incident-state.ts';
import { openOnPage } from './obligation.ts';
import { COMPONENT_STATE_WORDS } from './page-words.ts';
import type { ComponentState, PageRequest } from './statuspage-event-details.ts';

/** What an open incident of ours last said of a component, other than that it works. */
export type Claim = {
  incidentId: string;
  componentId: string;
  state: ComponentState;
  /** What customers know the incident as. */
  title: string;
};

/** A person shows a component better than another open incident says, and says why. */
export type Override = {
  componentId: string;
  claimed: ComponentState;
  incidentId: string;
  reason: string;
};

/** From the best to the worst, as the page itself orders them. */
const ORDER: readonly ComponentState[] = [
  'operational',
  'under_maintenance',
  'degraded_performance',
  'partial_outage',
  'major_outage',
];

/** Whether `state` is better news than `than`. */
export function isBetter(state: ComponentState, than: ComponentState): boolean {
  return ORDER.indexOf(state) < ORDER.indexOf(than);
}

/** What an incident claims after one more publication; its end on the page ends them all. */
export function claimsAfter(before: PageState['claims'], { body }: PageRequest) {
  const { status, components } = body.incident;
  if (status === 'resolved') return {};
  const said = Object.entries({ ...before, ...components });
  return Object.fromEntries(said.filter(([, state]) => state !== 'operational'));
}

/** The claims of one incident, as long as it is open on the page. */
export function claimsOf({ incidentId, page }: IncidentState): Claim[] {
  const last = openOnPage(page)?.request;
  if (!last) return [];
  const title = last.body.incident.name;
  // Rows of older versions lack claims.
  const claims = page.claims ?? claimsAfter({}, last);
  return Object.entries(claims).map(([componentId, state]) => ({
    incidentId,
    componentId,
    state,
    title,
  }));
}

/** Claims of others that these states contradict, and that no override covers. */
export function contradicted(
  components: Readonly<Record<string, ComponentState>>,
  of: { claims: readonly Claim[]; overrides?: readonly Override[] | undefined },
): Claim[] {
  return of.claims.filter((claim) => {
    const state = components[claim.componentId];
    return state !== undefined && isBetter(state, claim.state) && !isCovered(claim, of.overrides);
  });
}

/** An override covers the claim that it names, unless that got worse since. */
function isCovered(claim: Claim, overrides: readonly Override[] = []): boolean {
  return overrides.some(
    ({ componentId, incidentId, claimed }) =>
      componentId === claim.componentId &&
      incidentId === claim.incidentId &&
      !isBetter(claimed, claim.state),
  );
}

/** The same states, none better than the worst that another open incident claims. */
export function cappedBy(
  components: Readonly<Record<string, ComponentState>>,
  claims: readonly Claim[],
): Record<string, ComponentState> {
  const capped = Object.entries(components).map(([id, state]) => {
    const worst = claims
      .filter(({ componentId }) => componentId === id)
      .reduce((known, claim) => (isBetter(known, claim.state) ? claim.state : known), state);
    return [id, worst] as const;
  });
  return Object.fromEntries(capped);
}

/** Claims in words, e.g. `Payments: Major outage, says the open incident “Problems with Payments”`. */
export function claimWords(claims: readonly Claim[], nameOf: (id: string) => string): string {
  return claims
    .map(
      ({ componentId, state, title }) =>
        `${nameOf(componentId)}: ${COMPONENT_STATE_WORDS[state]}, says the open incident “${title}”`,
    )
    .join('; ');
}
