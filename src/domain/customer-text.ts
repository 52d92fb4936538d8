import { EMOJI } from './emoji-names.ts';
import { isBlank, numberOf, replaceHidden } from './hidden-characters.ts';
import { CUSTOMER_TEXT_MAX, CUSTOMER_TITLE_MAX, INTERNAL_TEXT_MAX } from './limits.ts';

/** Why a text must not be shown to customers as it stands. */
export type TextProblemCode =
  | 'TEXT_EMPTY'
  | 'TEXT_TOO_LONG'
  | 'TEXT_HAS_HIDDEN_CHARACTERS'
  | 'TEXT_HAS_EMOJI_NAMES'
  | 'TEXT_HAS_LINE_BREAKS';
/** `words` tell the author what to change; they never repeat the text. */
export type TextProblem = { code: TextProblemCode; words: string };

/** A name between colons: Slack makes an emoji of it, the status page does not. */
const EMOJI_NAME = /(?<![\p{L}\p{N}]):([+-]1|[a-z0-9_+-]*[a-z][a-z0-9_+-]*):/giu;
/** Alphabets in which some letters look like those of another. */
const LOOK_ALIKE: Readonly<Record<string, RegExp>> = {
  Latin: /\p{Script=Latin}/u,
  Greek: /\p{Script=Greek}/u,
  Cyrillic: /\p{Script=Cyrillic}/u,
  Armenian: /\p{Script=Armenian}/u,
  Cherokee: /\p{Script=Cherokee}/u,
};
/** Words named in a warning. */
const MIXED_NAMED_MAX = 3;

/**
 * A text for customers as it is drafted, and from then on shown, approved and published: line breaks
 * are line feeds, a tab is a space, an emoji that is known by name is its character, and soft hyphens
 * and byte order marks, which say nothing, are gone. All else stays as it was typed.
 */
export function draftedText(typed: string): string {
  return typed
    .replace(/\r\n?|[\u0085\u2028\u2029]/g, '\n')
    .replaceAll('\t', ' ')
    .replace(/[\u00ad\ufeff]/g, '')
    .replace(EMOJI_NAME, (all, name: string) => (Object.hasOwn(EMOJI, name) ? EMOJI[name]! : all));
}

/**
 * Words that mix letters of alphabets which look alike, e.g. a Cyrillic “а” in a Latin word: perhaps
 * meant to deceive, perhaps a slip. At most three, each as it stands with the alphabets in it.
 */
export function mixedWords(text: string): { word: string; alphabets: string[] }[] {
  const found = new Map<string, string[]>();
  for (const [word] of text.matchAll(/[\p{L}\p{M}]+/gu)) {
    const alphabets = Object.keys(LOOK_ALIKE).filter((name) => LOOK_ALIKE[name]!.test(word));
    if (alphabets.length > 1) found.set(word, alphabets);
  }
  return [...found].slice(0, MIXED_NAMED_MAX).map(([word, alphabets]) => ({ word, alphabets }));
}

/**
 * What is wrong with a text for customers: empty, over 3,000 UTF-16 units, or with characters that
 * nobody could see while approving it. An empty list: nothing is wrong.
 */
export function problemsOfCustomerText(text: string): TextProblem[] {
  return problemsOf(text, CUSTOMER_TEXT_MAX);
}

/** The same for a title: at most 255 UTF-16 units, on one line. */
export function problemsOfCustomerTitle(title: string): TextProblem[] {
  const problems = problemsOf(title, CUSTOMER_TITLE_MAX);
  if (title.includes('\n')) {
    problems.push({ code: 'TEXT_HAS_LINE_BREAKS', words: 'Keep the title on one line.' });
  }
  return problems;
}

/** What is wrong with a text for the room: only that it is empty or too long to be kept. */
export function problemsOfInternalText(
  text: string,
  max: number = INTERNAL_TEXT_MAX,
): TextProblem[] {
  return [...emptiness(text), ...excess(text, max)];
}

function problemsOf(text: string, max: number): TextProblem[] {
  return [...emptiness(text), ...excess(text, max), ...hiddenIn(text), ...emojiNamesIn(text)];
}

function hiddenIn(text: string): TextProblem[] {
  let first: string | undefined;
  replaceHidden(text, (hidden) => {
    if (hidden !== '\n') first ??= hidden;
    return hidden;
  });
  if (first === undefined) return [];
  const words = `Remove the hidden character ${numberOf(first)}: what nobody can see, nobody can approve.`;
  return [{ code: 'TEXT_HAS_HIDDEN_CHARACTERS', words }];
}

function emojiNamesIn(text: string): TextProblem[] {
  if (text.search(EMOJI_NAME) === -1) return [];
  const words =
    'Write each emoji as its character, or in words: customers would read its name between colons.';
  return [{ code: 'TEXT_HAS_EMOJI_NAMES', words }];
}

function emptiness(text: string): TextProblem[] {
  return isBlank(text) ? [{ code: 'TEXT_EMPTY', words: 'Write something here.' }] : [];
}

function excess(text: string, max: number): TextProblem[] {
  if (text.length <= max) return [];
  const words = `Shorten this to ${max} characters; it has ${text.length}.`;
  return [{ code: 'TEXT_TOO_LONG', words }];
}
