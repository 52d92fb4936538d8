import {
  assemblyStory,
  commandsStory,
  confirmedStory,
  deadLetterStory,
  intakeStory,
  nobodyStory,
  outboxStory,
  schedulesStory,
} from './incident-stories.ts';
import { cancelledStory, reopenedStory, stormStory, twinsStory } from './life-stories.ts';
import { publicationStory } from './publication-story.ts';
import type { Story } from './story.ts';

/** Every story that a matrix can be made of, by name; processes tell each other only the name. */
export const STORIES = {
  publication: publicationStory({ name: 'publication', notify: true }),
  'silent publication': publicationStory({ name: 'silent publication', notify: false }),
  'lost answer': publicationStory({ name: 'lost answer', notify: true, isAnswerLost: true }),
  cancelled: cancelledStory,
  reopened: reopenedStory,
  twins: twinsStory,
  storm: stormStory,
  assembly: assemblyStory,
  intake: intakeStory,
  confirmed: confirmedStory,
  outbox: outboxStory,
  'dead letter': deadLetterStory,
  nobody: nobodyStory,
  commands: commandsStory,
  schedules: schedulesStory,
} as const satisfies Record<string, Story>;

export type StoryName = keyof typeof STORIES;
