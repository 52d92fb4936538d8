import { unsaidChanges } from '../domain/alerts/group-news.ts';
import type { IncidentState } from '../domain/incident-state.ts';
import { isOver } from '../domain/transitions.ts';
import type { IncidentRecord } from './incident-record.ts';
import type { Clock } from './ports.ts';
import { WORKER } from './responders.ts';

/** True while changes of the alert are counted that a line has to say yet. */
export function awaitsFlappedLine(incident: IncidentState): boolean {
  return !isOver(incident) && (incident.alertGroup?.flaps?.unsaid ?? 0) > 0;
}

/**
 * Says how an alert that changed too often for a line each time stands, once that time is over, so
 * that no room ends on a state that is not so any more. Safe to repeat.
 * @returns whether it appended the fact
 */
export async function sayFlapping(
  { record, clock }: { record: IncidentRecord; clock: Clock },
  incident: IncidentState,
): Promise<boolean> {
  if (!awaitsFlappedLine(incident) || unsaidChanges(incident.alertGroup, clock.nowMs()) === 0) {
    return false;
  }
  const outcome = await record.run({
    incidentId: incident.incidentId,
    commandId: `flapped#${incident.alertGroup?.flaps?.since}`,
    actor: WORKER,
    decide: (now, { at }) => {
      const changes = now ? unsaidChanges(now.alertGroup, Date.parse(at)) : 0;
      const groupState = now?.alertGroup?.state;
      if (!now || isOver(now) || !groupState || changes === 0) return { decline: 'nothing to say' };
      return { append: 'ALERT_FLAPPED', details: { changes, groupState } };
    },
  });
  return outcome.kind === 'appended';
}
