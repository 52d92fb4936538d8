import type { GroupState } from '../domain/alert-signal.ts';
import type { IncidentRows } from './ports.ts';
import type { StormRows } from './storm-rows.ts';

/** What we have of one alert group: its newest incident of its own, or the storm that took it in. */
export type KnownGroup =
  | { kind: 'own'; incidentId: string }
  | { kind: 'linked'; incidentId: string; state: GroupState };

/** Finds what we have of a group; undefined: nothing of it ever reached the record. */
export type FindKnownGroup = (source: string, group: string) => Promise<KnownGroup | undefined>;

/** Looks in the rows; an incident of its own that is newer than a storm wins. */
export function findKnownGroup(of: {
  rows: Pick<IncidentRows, 'latestEpisode'>;
  storms: Pick<StormRows, 'readLink'>;
}): FindKnownGroup {
  return async (source, group) => {
    const [own, link] = await Promise.all([
      of.rows.latestEpisode(source, group),
      of.storms.readLink(source, group),
    ]);
    // A group that has both joined the storm after its incident was over, unless it says otherwise.
    if (link && !(link.hasLeft && own))
      return { kind: 'linked', incidentId: link.stormId, state: link.state };
    return own && { kind: 'own', incidentId: own.incidentId };
  };
}
