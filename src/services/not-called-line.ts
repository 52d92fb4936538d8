import {
  joined,
  type Part,
  person,
  type Sentence,
  say,
  shortened,
  words,
} from '../domain/sentence.ts';
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
}: Pick<CallOutcome, 'notCalled' | 'lost'>): Sentence | undefined {
  const sentences = lost.map(
    ({ source, reason }) =>
      say`${words(source)} could not be asked for responders (${words(reasonAlone(reason))}): whoever only it names is not called yet.`,
  );
  if (notCalled.length > 0) {
    const named = notCalled.slice(0, NAMED_MAX).map(({ who, source, reason }) => {
      // Whoever writes alerts may write anybody's id.
      const name = source === 'alert' ? words(who) : nameOf(who);
      const from = source === 'routing' ? 'the configuration' : words(source);
      return say`${name} (from ${from}): ${words(reason)}`;
    });
    const more = notCalled.length - named.length;
    const others = more > 0 ? say`; and ${more} more, all on record` : '';
    sentences.push(say`Could not invite ${joined(named, '; ')}${others}.`);
  }
  return sentences.length === 0 ? undefined : shortened(joined(sentences, ' '), LINE_MAX);
}

/** Somebody known by id is shown by name. */
export function nameOf(who: string): Part {
  return /^[UW][A-Z0-9]{2,20}$/.test(who) ? person(who) : words(who);
}

/** What an error says, for people: who was asked is said before it. */
function reasonAlone(reason: string): string {
  return reason
    .replace(/^cannot ask [^:]{1,80}: /, '')
    .replace(/^expected an answer within (\d+ s), got none$/, 'no answer within $1')
    .replace(/^expected 200, got status (\d{3})$/, 'it answered with status $1');
}
