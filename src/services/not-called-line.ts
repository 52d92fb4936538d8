import { cutText } from '../domain/well-formed.ts';
import type { CallOutcome } from './responder-call.ts';

/** People named; a room full of names would be read by nobody. */
const NAMED_MAX = 15;
/** What a line of a room holds well. Unit: UTF-16 units. */
const LINE_MAX = 2_500;

/**
 * One line about everybody who should have been called and was not, and every source that did not
 * answer; undefined when there is nothing to say.
 */
export function notCalledLine({
  notCalled,
  lost,
}: Pick<CallOutcome, 'notCalled' | 'lost'>): string | undefined {
  const sentences = lost.map(
    ({ source, reason }) =>
      `${source} could not be asked for responders (${reasonAlone(reason)}): whoever only it ` +
      'names is not called yet.',
  );
  if (notCalled.length > 0) {
    const named = notCalled
      .slice(0, NAMED_MAX)
      .map(
        ({ who, source, reason }) =>
          `${nameOf(who)} (from ${source === 'routing' ? 'the configuration' : source}): ${reason}`,
      );
    const more = notCalled.length - named.length;
    const others = more > 0 ? `; and ${more} more, all on record` : '';
    sentences.push(`Could not invite ${named.join('; ')}${others}.`);
  }
  return sentences.length === 0 ? undefined : cutText(sentences.join(' '), LINE_MAX);
}

/** Somebody known by id is shown by name. */
export function nameOf(who: string): string {
  return /^[UW][A-Z0-9]{2,20}$/.test(who) ? `@${who}` : who;
}

/** What an error says, for people: who was asked is said before it. */
function reasonAlone(reason: string): string {
  return reason
    .replace(/^cannot ask [^:]{1,80}: /, '')
    .replace(/^expected an answer within (\d+ s), got none$/, 'no answer within $1')
    .replace(/^expected 200, got status (\d{3})$/, 'it answered with status $1');
}
