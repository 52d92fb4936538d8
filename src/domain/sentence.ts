import { numberOf, replaceHidden } from './hidden-characters.ts';

declare const ONE_LINE: unique symbol;
/** Words on one line, with everything hidden in them made visible. Only `oneLine` makes them. */
export type LineText = string & { readonly [ONE_LINE]: true };

/**
 * A piece of what this system says. People and channels are pieces of their own, never characters in
 * a text: whatever outsiders write is words, and words are neither mention, link nor line of ours.
 */
export type Part =
  | { readonly words: LineText }
  | { readonly person: string }
  | { readonly channel: string }
  /** Somebody's words of several lines, set apart from ours. */
  | { readonly quote: readonly LineText[] };

/** What this system says, piece by piece. Made by `say`. */
export type Sentence = readonly Part[];

type Insert = Part | Sentence | number | string;
/** Text whose wording is not known to the compiler may be an outsider's: it has to pass `words`. */
type Known<T> = T extends string ? (string extends T ? Part : T) : T;

/** Stands for a line break inside a line. */
const BREAK_MARK = ' ⏎ ';
const LINE_BREAK = /\r\n|[\n\r\v\f\u0085\u2028\u2029]/;

/**
 * Puts together what this system says: say`${person(id)} approved ${words(title)}.`
 *
 * The text between the inserts is ours and is taken as it stands. The compiler refuses an insert of
 * type `string`: it takes pieces, numbers, and strings of which it knows every value.
 */
export function say<const T extends readonly Insert[]>(
  ours: TemplateStringsArray,
  ...inserts: { [K in keyof T]: Known<T[K]> }
): Sentence {
  const parts: Part[] = [];
  ours.forEach((text, i) => {
    if (text !== '') parts.push({ words: text as LineText });
    const insert = (inserts as readonly Insert[])[i];
    if (insert === undefined) return;
    if (Array.isArray(insert)) parts.push(...(insert as Sentence));
    else if (typeof insert === 'object') parts.push(insert as Part);
    else parts.push(words(String(insert)));
  });
  return merged(parts);
}

/** Text of anybody as part of a line: one line, everything hidden shown by its number. */
export function words(text: string): Part {
  return { words: oneLine(text) };
}

/** Text of anybody that may have several lines: as they are, but set apart from ours. */
export function quote(text: string): Part {
  const lines = text.trim().split(LINE_BREAK);
  return lines.length === 1 ? words(text.trim()) : { quote: lines.map(oneLine) };
}

/** Somebody of the workspace, by id: shown by name, and notified where the message is posted. */
export function person(userId: string): Part {
  return /^[UWB][A-Z0-9]{2,20}$/.test(userId) ? { person: userId } : words(`@${userId}`);
}

/** A channel of the workspace, by id. */
export function channel(channelId: string): Part {
  return /^[CG][A-Z0-9]{2,20}$/.test(channelId) ? { channel: channelId } : words(`#${channelId}`);
}

/** Several pieces with the same words of ours between them. */
export function joined(pieces: readonly (Part | Sentence)[], between: string): Sentence {
  const glue: Part = { words: between as LineText };
  return merged(
    pieces.flatMap((piece, i) => {
      const parts = Array.isArray(piece) ? (piece as Sentence) : [piece as Part];
      return i === 0 ? parts : [glue, ...parts];
    }),
  );
}

/** One line of text: a line break becomes a mark, and what nobody sees is named by its number. */
export function oneLine(text: string): LineText {
  const lines = text.split(LINE_BREAK);
  const flat = lines.length === 1 ? text : lines.map((line) => line.trim()).join(BREAK_MARK);
  const shown = flat.replace(/[\t\u00ad]/g, (found) => (found === '\t' ? ' ' : ''));
  return replaceHidden(shown, (hidden) => `[${numberOf(hidden)}]`) as LineText;
}

/** A sentence as mere text, for records and for who reads no markup; people stand there by id. */
export function textOf(sentence: Sentence): string {
  return sentence
    .map((part) => {
      if ('words' in part) return part.words;
      if ('person' in part) return `@${part.person}`;
      if ('channel' in part) return `#${part.channel}`;
      return part.quote.join(BREAK_MARK);
    })
    .join('');
}

/** The sentence with a capital letter at its beginning. */
export function capitalised([first, ...rest]: Sentence): Sentence {
  if (!first || !('words' in first)) return first ? [first, ...rest] : [];
  const text = first.words;
  return [{ words: (text.charAt(0).toUpperCase() + text.slice(1)) as LineText }, ...rest];
}

/**
 * Cuts a sentence into pieces of at most `max` characters each, of which nothing is lost. People and
 * channels are never cut.
 */
export function pieces(sentence: Sentence, max: number): Sentence[] {
  const all: Part[][] = [[]];
  let left = max;
  for (const part of sentence.flatMap((each) => shortParts(each, max))) {
    const length = textOf([part]).length;
    if (length > left && all.at(-1)!.length > 0) {
      const fitting = 'words' in part && left > 0 ? headOf(part.words, left) : '';
      if (fitting === '') {
        all.push([part]);
        left = max - length;
        continue;
      }
      const rest = (part as { words: LineText }).words.slice(fitting.length) as LineText;
      all.at(-1)!.push({ words: fitting as LineText });
      all.push([{ words: rest }]);
      left = max - rest.length;
      continue;
    }
    all.at(-1)!.push(part);
    left -= length;
  }
  return all.map(merged);
}

/** The sentence, with an ellipsis where it would be longer than `max` characters. */
export function shortened(sentence: Sentence, max: number): Sentence {
  if (textOf(sentence).length <= max) return sentence;
  return merged([...pieces(sentence, max - 1)[0]!, { words: '…' as LineText }]);
}

/** Parts of at most `max` characters that say the same. */
function shortParts(part: Part, max: number): Part[] {
  if ('words' in part) return chunks(part.words, max).map((text) => ({ words: text }));
  if (!('quote' in part) || textOf([part]).length <= max) return [part];
  const parts: { quote: LineText[] }[] = [{ quote: [] }];
  for (const line of part.quote.flatMap((each) => (each === '' ? [each] : chunks(each, max)))) {
    const last = parts.at(-1)!;
    const grown = { quote: [...last.quote, line] };
    if (textOf([grown]).length <= max) parts[parts.length - 1] = grown;
    else parts.push({ quote: [line] });
  }
  return parts;
}

function chunks(text: LineText, max: number): LineText[] {
  const all: LineText[] = [];
  let rest: string = text;
  while (rest !== '') {
    const head = headOf(rest, max) || rest.slice(0, 2);
    all.push(head as LineText);
    rest = rest.slice(head.length);
  }
  return all;
}

/** At most `max` UTF-16 units from the beginning, never half a character. */
function headOf(text: string, max: number): string {
  if (text.length <= max) return text;
  return text.slice(0, max).replace(/[\ud800-\udbff]$/, '');
}

/** The same with neighbouring words joined. */
function merged(parts: readonly Part[]): Sentence {
  const all: Part[] = [];
  for (const part of parts) {
    const last = all.at(-1);
    if ('words' in part && last && 'words' in last) {
      all[all.length - 1] = { words: (last.words + part.words) as LineText };
    } else if (!('words' in part) || part.words !== '') all.push(part);
  }
  return all;
}
