import type { IncidentState } from './incident-state.ts';
import { isOver } from './transitions.ts';

/** How long an incident may be open before it is escalated that nobody was invited. Unit: s. */
export const REACH_WITHIN_S = 180;

/** The instant by which somebody must have been invited. RFC 3339. */
export function reachDueAt({ openedAt }: Pick<IncidentState, 'openedAt'>): string {
  return new Date(Date.parse(openedAt) + REACH_WITHIN_S * 1_000).toISOString();
}

/** Whether nobody has been invited to an incident that goes on, and nobody has said so yet. */
export function isUnreached(
  incident: Pick<IncidentState, 'openedAt' | 'status' | 'invited' | 'nobodyReachedAt'>,
): boolean {
  const { openedAt, invited, nobodyReachedAt } = incident;
  return openedAt !== '' && invited.length === 0 && !nobodyReachedAt && !isOver(incident);
}
