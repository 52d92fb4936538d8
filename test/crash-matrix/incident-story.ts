import { IncidentTelling } from './incident-telling.ts';
import { type Story, storyOf } from './story.ts';

/** One act of an incident's story. */
export type IncidentAct = {
  /** Everything before it, undisturbed. */
  prepare?: (of: IncidentTelling) => Promise<void>;
  perform: (of: IncidentTelling) => Promise<void>;
};

/** A story about one incident at a time: its acts, played in their order. */
export function incidentStory(
  of: Parameters<typeof storyOf<IncidentAct, IncidentTelling>>[0],
): Story {
  return storyOf(of, (world, acts) => new IncidentTelling(world, acts));
}
