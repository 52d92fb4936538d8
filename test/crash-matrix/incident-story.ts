import { IncidentTelling } from './incident-telling.ts';
import type { Story } from './story.ts';

/** One act of an incident's story. */
export type IncidentAct = {
  /** Everything before it, undisturbed. */
  prepare?: (of: IncidentTelling) => Promise<void>;
  perform: (of: IncidentTelling) => Promise<void>;
};

/** A story about one incident at a time: its acts, played in their order. */
export function incidentStory(of: {
  name: string;
  acts: Readonly<Record<string, IncidentAct>>;
  /** Before the first act. @default nothing has happened */
  begin?: (telling: IncidentTelling) => Promise<void>;
  world?: Story['world'];
}): Story {
  return {
    name: of.name,
    acts: Object.keys(of.acts),
    ...(of.world ? { world: of.world } : {}),
    begin: async (world) => {
      const telling = new IncidentTelling(world, of.acts);
      await of.begin?.(telling);
      return telling;
    },
  };
}
