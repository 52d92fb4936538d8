import type { AlertSignal } from '../domain/alert-signal.ts';
import { incidentIdOfAlertGroup } from '../domain/ids.ts';
import type { IncidentState } from '../domain/incident-state.ts';
import { isOver } from '../domain/transitions.ts';
import type { IncidentRecord } from './incident-record.ts';
import type { IncidentRows } from './ports.ts';

/** Episodes before the newest one in which a late repetition is looked for. */
const OLDER_EPISODES_MAX = 5;

/** Where a group's next incident is, or would be. */
export type NextEpisode = { incidentId: string; episode: number };

type Deps = { rows: IncidentRows; record: IncidentRecord };
type Group = Pick<AlertSignal, 'source' | 'group'>;

/** The open incident of a group, or its last one that is over; `next` is where the next would be. */
export async function newestEpisode(
  { rows, record }: Deps,
  group: Group,
): Promise<{ newest: IncidentState | undefined; next: NextEpisode }> {
  const hint = await rows.latestEpisode(group.source, group.group);
  let newest: IncidentState | undefined;
  for (let episode = hint?.episode ?? 1; ; episode = await episodeAfter(record, group, episode)) {
    const next = { incidentId: incidentIdOf(group, episode), episode };
    const loaded = await record.load(next.incidentId);
    if (!loaded) return { newest, next };
    newest = loaded.state;
    if (!isOver(newest)) return { newest, next };
  }
}

/**
 * The newest episode after one that is over, or the number of the next one if there is none. A group
 * may live thousands, and the row that names the newest may be lost: steps that double, then halves.
 */
async function episodeAfter(record: IncidentRecord, group: Group, known: number): Promise<number> {
  const isThere = (episode: number) => record.exists(incidentIdOf(group, episode));
  let newest = known;
  let step = 1;
  for (; await isThere(newest + step); step *= 2) newest += step;
  if (newest === known) return known + 1;
  for (let half = step / 2; half >= 1; half /= 2) if (await isThere(newest + half)) newest += half;
  return newest;
}

/** The episode before the newest one that has this command on record. */
export async function inOlderEpisode(
  { rows }: Pick<Deps, 'rows'>,
  of: { signal: Group; commandId: string; newest: IncidentState | undefined },
): Promise<string | undefined> {
  const newest = of.newest?.alertGroup?.episode ?? 1;
  for (let older = newest - 1; older >= Math.max(1, newest - OLDER_EPISODES_MAX); older -= 1) {
    const incidentId = incidentIdOf(of.signal, older);
    if ((await rows.appliedSeq(incidentId, of.commandId)) !== undefined) return incidentId;
  }
  return undefined;
}

/** Of no more than the two: a signal has a time and words, too. */
function incidentIdOf({ source, group }: Group, episode: number): string {
  return incidentIdOfAlertGroup({ source, group, episode });
}
