import type { GateView, StartedEvent } from '../domain/gate-view.ts';
import type { PageRequest } from '../domain/statuspage-event-details.ts';
import type { PageIncident } from './status-page.ts';

/** What an attempt would have left on the page, by which it is told from everything else there. */
export type Sought = {
  publicationId: string;
  /** What the page showed before the attempt. */
  pageBefore: { statuspageIncidentId: string | null; updateIds: readonly string[] };
  request: PageRequest;
};

export function soughtBy(view: GateView, started: StartedEvent): Sought {
  const { publicationId, pageBefore } = started.details;
  return { publicationId, pageBefore, request: view.revision.details.request };
}

/** Updates that were not there before and say exactly what was to be sent, oldest first. */
export function ownUpdates(incident: PageIncident, sought: Sought): PageIncident['updates'] {
  const { body, status } = sought.request.body.incident;
  const { updateIds } = sought.pageBefore;
  return incident.updates
    .filter((one) => !updateIds.includes(one.id) && one.body === body && one.status === status)
    .toReversed();
}

/** Whether the page shows the effect of an attempt. Presence proves it; absence proves nothing. */
export function showsIt(incident: PageIncident, sought: Sought): boolean {
  // The metadata is set by the same request, also where the page words an update in its own way.
  if (incident.publicationId === sought.publicationId) return true;
  return sought.pageBefore.statuspageIncidentId !== null && ownUpdates(incident, sought).length > 0;
}

/**
 * What customers can read of a publication on the page; its digest stands on the record. It is our
 * own update that counts, not what another hand may have added since.
 */
export function customersRead(incident: PageIncident, sought: Sought) {
  const own = ownUpdates(incident, sought)[0] ?? incident.updates[0];
  return {
    id: incident.statuspageIncidentId,
    name: incident.name,
    status: own?.status ?? incident.status,
    body: own?.body ?? null,
  };
}
