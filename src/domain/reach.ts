import type { IncidentState } from './incident-state.ts';
import { isOver } from './transitions.ts';

/** How long an incident may be open before it is escalated that nobody was invited. Unit: s. */
export const REACH_WITHIN_S = 180;

/** The instant by which somebody must have been invited. RFC 3339. */
export function reachDueAt({ openedAt }: Pick<IncidentState, 'openedAt'>): string {
  return new Date(Date.parse(openedAt) + REACH_WITHIN_S * 1_000).toISOString();
}

/** Who was called and invited. Whoever declared an incident was there before, and is not who is awaited. */
export function reachedPeople({
  invited,
  declaredBy,
}: Pick<IncidentState, 'invited' | 'declaredBy'>): string[] {
  return invited.filter((id) => id !== declaredBy);
}

/** Whether nobody has been reached in an incident that goes on, and nobody has said so yet. */
export function isUnreached(
  incident: Pick<
    IncidentState,
    'openedAt' | 'status' | 'invited' | 'declaredBy' | 'nobodyReachedAt'
  >,
): boolean {
  const { openedAt, nobodyReachedAt } = incident;
  const isAwaited = openedAt !== '' && !nobodyReachedAt && !isOver(incident);
  return isAwaited && reachedPeople(incident).length === 0;
}
