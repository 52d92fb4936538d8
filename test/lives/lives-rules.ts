import { isBetter, type Life, type LivesLog, type Words } from './lives-log.ts';

/** A text goes out that does not fit the incident any more; asked when its attempt starts. */
export function unfit(words: Words, { phase, reopenings }: Life): string | undefined {
  const { writtenIn, writtenAfter } = words;
  const status = statusOf(words);
  if (!fits(words, phase))
    return `phase: “${status}”, written while ${writtenIn}, goes out while it is ${phase}`;
  return writtenAfter === reopenings
    ? undefined
    : `phase: “${status}”, written before a reopening, goes out after it`;
}

/** Words fit the phase they were written in; those of the end still fit once it has come. */
function fits(words: Words, phase: Life['phase']): boolean {
  const isEnd = statusOf(words) === 'resolved';
  if (phase === 'off') return isEnd && words.writtenIn === 'off';
  return phase === words.writtenIn || (isEnd && words.writtenIn === 'open' && phase === 'over');
}

/** A component is set better than another incident says that customers see as open. */
export function tooGood(
  log: LivesLog,
  words: Words,
  isOpenOnPage: (life: Life) => boolean,
): string | undefined {
  for (const [component, state] of Object.entries(words.request.body.incident.components)) {
    for (const other of log.lives.values()) {
      const claimed = other.claims.get(component);
      if (other.incidentId === words.incidentId || !claimed || !isOpenOnPage(other)) continue;
      if (isBetter(state, claimed) && !words.overrides.includes(component)) {
        return `component: ${component} set to ${state} while another incident says ${claimed}`;
      }
    }
  }
  return undefined;
}

/** The page shows an incident as open that is not, and nobody is asked to put that right. */
export function unasked(life: Life, shownStatus: string): string | undefined {
  if (shownStatus === 'resolved' || life.phase === 'open') return undefined;
  const isEnding = life.words.some((words) => waits(words) && statusOf(words) === 'resolved');
  if (life.isAsked || life.saidWhy || isEnding) return undefined;
  return `unasked: the page shows “${shownStatus}”, the incident is ${life.phase}`;
}

/** Whether a draft has not come to an end. */
export function waits({ status }: Words): boolean {
  return ['pending', 'approved', 'sending', 'unknown'].includes(status);
}

export function statusOf({ request }: Words): string {
  return request.body.incident.status;
}
