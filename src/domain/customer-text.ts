import { CUSTOMER_TEXT_MAX, CUSTOMER_TITLE_MAX, INTERNAL_TEXT_MAX } from './limits.ts';

/** Why a text must not be shown to customers as it stands. */
export type TextProblemCode =
  | 'TEXT_EMPTY'
  | 'TEXT_TOO_LONG'
  | 'TEXT_HAS_HIDDEN_CHARACTERS'
  | 'TEXT_HAS_LINE_BREAKS';
/** `words` tell the author what to change; they never repeat the text. */
export type TextProblem = { code: TextProblemCode; words: string };

/**
 * Characters that a reader of the approval card cannot see, or that change how others are seen:
 * controls (a line feed is none), formats (bidi, zero-width, tags, soft hyphen), fillers, variation
 * selectors, line and paragraph separators, lone surrogates, private use and non-characters.
 */
const HIDDEN =
  /[\p{DI}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\p{Co}\p{Noncharacter_Code_Point}\u2800]|(?!\n)\p{Cc}/u;
/** Keyboards put this selector behind emoji such as the warning sign; there it hides nothing. */
const EMOJI_SELECTOR = /([\p{Extended_Pictographic}0-9#*])[\ufe0e\ufe0f]/gu;

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
  const problems = [...emptiness(text), ...excess(text, max)];
  const hidden = HIDDEN.exec(text.replace(EMOJI_SELECTOR, '$1'))?.[0];
  if (hidden !== undefined) {
    const code = hidden.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0');
    problems.push({
      code: 'TEXT_HAS_HIDDEN_CHARACTERS',
      words: `Remove the hidden character U+${code}: what nobody can see, nobody can approve.`,
    });
  }
  return problems;
}

function emptiness(text: string): TextProblem[] {
  const seen = text.replace(/[\s\p{Cf}\p{Cc}\u2800\u3164\u115f\u1160\uffa0]/gu, '');
  return seen === '' ? [{ code: 'TEXT_EMPTY', words: 'Write something here.' }] : [];
}

function excess(text: string, max: number): TextProblem[] {
  if (text.length <= max) return [];
  const words = `Shorten this to ${max} characters; it has ${text.length}.`;
  return [{ code: 'TEXT_TOO_LONG', words }];
}
