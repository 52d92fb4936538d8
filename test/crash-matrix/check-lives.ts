import type { AuditEvent } from '../../src/domain/audit-event.ts';
import { isIncidentId } from '../../src/domain/ids.ts';
import { type Life, LivesLog } from '../lives/lives-log.ts';
import { tooGood, unasked, unfit } from '../lives/lives-rules.ts';
import type { MatrixWorld } from './matrix-world.ts';
import type { Broken } from './story.ts';

/** What the page shows of one incident of ours. */
export type ShownStatus = { id: string; status: string };

/**
 * The promises about whole incidents that a world broke: no text outlived its situation, no component
 * is better than another open incident says, and whoever must put the page right is asked.
 */
export async function livesPromises(world: MatrixWorld): Promise<Broken[]> {
  const trails = [...(await world.actors.trails())].filter(([id]) => isIncidentId(id));
  const shown = world.world.statuspage.state.incidents().map(({ id, status }) => ({ id, status }));
  return brokenLives(
    trails.flatMap(([, events]) => events),
    shown,
  );
}

/** The same, of these events and this page. */
export function brokenLives(
  events: readonly AuditEvent[],
  shown: readonly ShownStatus[],
): Broken[] {
  const log = new LivesLog();
  const broken = new Set<Broken>();
  const published = new Set(
    events.flatMap((event) =>
      event.type === 'STATUSPAGE_PUBLISHED' ? [event.details.attemptId] : [],
    ),
  );
  for (const event of inOrder(events)) {
    const words = event.type === 'STATUSPAGE_PUBLISH_STARTED' && log.wordsOf(event.details);
    if (words && published.has(event.details.attemptId as string)) {
      const life = log.lives.get(words.incidentId)!;
      const faults = [unfit(words, life), tooGood(log, words, isOpenOnPage)];
      for (const fault of faults) if (fault) broken.add(fault);
    }
    log.read(event);
  }
  for (const life of log.lives.values()) {
    const page = shown.find(({ id }) => id === life.onPage?.id);
    const wrong = page && unasked(life, page.status);
    if (wrong) broken.add(wrong);
  }
  return [...broken];
}

function isOpenOnPage({ onPage }: Life): boolean {
  return onPage !== null && onPage.status !== 'resolved';
}

/** Events of one chain keep their order; those of several are told apart by the clock. */
function inOrder(events: readonly AuditEvent[]): AuditEvent[] {
  return [...events].sort((a, b) => {
    if (a.at !== b.at) return a.at < b.at ? -1 : 1;
    return a.incidentId === b.incidentId ? a.seq - b.seq : 0;
  });
}
