import type { AuditEvent } from './audit-event.ts';
import { isRevision } from './gate-view.ts';
import { revisionOf } from './publication-replay.ts';
import { isShownText, type ShownIncident, type ShownPage } from './shown-page.ts';
import type { PageRequest } from './statuspage-event-details.ts';
import type { TrailProblem } from './trail-rows.ts';

type Of<T extends AuditEvent['type']> = Extract<AuditEvent, { type: T }>;
type Text = PageRequest['body']['incident'];

/** What the trail tells of the page. */
type Told = {
  /** By the page's incident, its publications in order. */
  published: Map<string, Of<'STATUSPAGE_PUBLISHED'>[]>;
  /** Incidents on the page of which a difference is on record: people know of them. */
  drift: Of<'STATUSPAGE_DRIFT_FOUND'>[];
  /** Texts that were sent, whatever became of them. */
  sent: Text[];
  /** When the record began; epoch ms. */
  sinceMs: number;
};

/** What a problem that no chain has is named by. */
const PAGE = 'status-page';

/**
 * Compares the trail with the page that customers read: an incident or a text there that no
 * publication and no recorded difference explains, and a publication whose incident is gone from the
 * page with no record of it. What the trail has lost is still on the page.
 *
 * The page keeps no metadata in public, so ids and texts are compared. Incidents from before the
 * record began are not ours to explain.
 */
export function pageProblems(events: readonly AuditEvent[], shown: ShownPage): TrailProblem[] {
  const told = toldBy(events);
  return [
    ...shown.incidents.flatMap((incident) => unexplained(incident, told)),
    ...[...told.published].flatMap(([id, publications]) => {
      const last = publications.at(-1) as Of<'STATUSPAGE_PUBLISHED'>;
      return isGone(id, publications[0]?.at ?? '', { shown, told })
        ? [
            problemAt(
              last,
              `the page does not show its incident ${id}, and no removal is on record`,
            ),
          ]
        : [];
    }),
  ];
}

function toldBy(events: readonly AuditEvent[]): Told {
  const published = new Map<string, Of<'STATUSPAGE_PUBLISHED'>[]>();
  const drift: Told['drift'] = [];
  const sent: Text[] = [];
  const byIncident = Map.groupBy(events, ({ incidentId }) => incidentId);
  for (const chain of byIncident.values()) {
    const revisions = chain.filter(isRevision);
    for (const event of chain) {
      if (event.type === 'STATUSPAGE_DRIFT_FOUND') drift.push(event);
      if (event.type === 'STATUSPAGE_PUBLISH_STARTED') {
        const revision = revisionOf(event.details, revisions);
        if (revision) sent.push(revision.details.request.body.incident);
      }
      if (event.type !== 'STATUSPAGE_PUBLISHED') continue;
      const { statuspageIncidentId } = event.details;
      published.set(statuspageIncidentId, [...(published.get(statuspageIncidentId) ?? []), event]);
    }
  }
  const instants = events.map(({ at }) => Date.parse(at));
  return { published, drift, sent, sinceMs: instants.reduce((a, b) => Math.min(a, b), Infinity) };
}

function unexplained(incident: ShownIncident, told: Told): TrailProblem[] {
  const { id, updates, createdAtMs } = incident;
  if (told.drift.some(({ details }) => details.statuspageIncidentId === id)) return [];
  const publications = told.published.get(id);
  const unknown = updates.filter((update) => !told.sent.some((text) => isShownText(update, text)));
  if (!publications) {
    if ((createdAtMs ?? 0) < told.sinceMs) return [];
    // Sent, and nobody knows yet how that ended: the publisher looks for it.
    const isUnderWay = updates.length > 0 && unknown.length === 0;
    const reason = `the page shows incident ${id}, which no publication on the trail explains`;
    return isUnderWay ? [] : [{ incidentId: PAGE, seq: 0, reason }];
  }
  const count = `${unknown.length} text(s) on the page’s incident ${id}`;
  const last = publications.at(-1) as Of<'STATUSPAGE_PUBLISHED'>;
  return unknown.length > 0
    ? [problemAt(last, `no publication on the trail explains ${count}`)]
    : [];
}

/** A list that was cut says nothing about what is older than all it names. */
function isGone(
  id: string,
  publishedAt: string,
  { shown, told }: { shown: ShownPage; told: Told },
): boolean {
  if (shown.incidents.some((incident) => incident.id === id)) return false;
  const isOnRecord = told.drift.some(
    ({ details }) => details.statuspageIncidentId === id && details.kind === 'removed',
  );
  const oldestMs = Math.min(...shown.incidents.map(({ createdAtMs }) => createdAtMs ?? 0));
  return !isOnRecord && (shown.isWhole || Date.parse(publishedAt) > oldestMs);
}

function problemAt({ incidentId, seq }: AuditEvent, reason: string): TrailProblem {
  return { incidentId, seq, reason };
}
