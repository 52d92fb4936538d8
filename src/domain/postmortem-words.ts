import { visibleText } from './literal-lines.ts';
import { type Sentence, textOf } from './sentence.ts';
import { cutText } from './well-formed.ts';

/** What ids are called, by id: people as the chat workspace names them, and components. */
export type PostmortemNames = {
  people: ReadonlyMap<string, string>;
  components: ReadonlyMap<string, string>;
};
export const NO_NAMES: PostmortemNames = { people: new Map(), components: new Map() };

/** Longest name of a person that is shown. Unit: UTF-16 units. */
const NAME_MAX = 80;
/** A person's token in our lines, and in what people typed. */
const TOKEN = /(?<![\w@])@([UWB][A-Z0-9]{2,20})\b/g;
/** Marks that make formatting, links, pictures, tables or HTML out of words. */
const MARKS = /[\\`*_[\]<>|~]/g;
const LINE_BREAK = /\r\n|[\n\r\v\f\u0085\u2028\u2029]/;

/** The people that a text names, each once, in order. */
export function peopleIn(text: string): string[] {
  return [...new Set([...text.matchAll(TOKEN)].map((found) => found[1]!))];
}

/** Our line with the names of people beside their ids; an id without a name stays as it is. */
export function named(line: string, { people }: PostmortemNames): string {
  return line.replace(TOKEN, (token, id: string) => {
    const name = people.get(id);
    // The name in the workspace is its owner's choice. The trail and what is made of it hold no addresses.
    return name === undefined || name.includes('@')
      ? token
      : `${token} (${literal(cutText(name, NAME_MAX))})`;
  });
}

/**
 * What this system says as Markdown on one line: people by id and name, all else without formatting.
 * @param of.isMember - words of somebody who may mean others by their ids, which get names too
 */
export function sentenceInMarkdown(
  sentence: Sentence,
  of: { names: PostmortemNames; isMember: boolean },
): string {
  const shown = sentence.map((part) => {
    if ('person' in part) return named(`@${part.person}`, of.names);
    const text = textOf([part]).replace(MARKS, '\\$&');
    return of.isMember ? named(text, of.names) : text;
  });
  return shown.join('');
}

/** People's words inside a line of ours: on one line, and without any formatting. */
export function literal(text: string): string {
  return visibleText(oneLine(text)).replace(MARKS, '\\$&');
}

/** People's words as a quotation, line by line, so that they cannot pass for headings or links of ours. */
export function quoted(text: string): string {
  return text
    .split(LINE_BREAK)
    .map((line) => `> ${line}`)
    .join('\n');
}

/** Date and time of day in UTC. */
export function stamp(instant: string): string {
  return `${instant.slice(0, 10)} ${instant.slice(11, 19)}`;
}

export function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ').trim();
}
