/**
 * Characters that a reader cannot see, or that change how others are seen: controls, formats (bidi,
 * zero-width, tags), fillers, variation selectors, line and paragraph separators, halves of
 * characters, private use and non-characters.
 */
const HIDDEN =
  '[\\p{DI}\\p{Cc}\\p{Cf}\\p{Zl}\\p{Zp}\\p{Cs}\\p{Co}\\p{Noncharacter_Code_Point}\\u2800]';

/** Letters and marks of scripts that are written with joiners: without them words are misspelt. */
const JOINING = `[${['Arab', 'Syrc', 'Mong', 'Nkoo', 'Deva', 'Beng', 'Guru', 'Gujr', 'Orya', 'Taml']
  .concat(['Telu', 'Knda', 'Mlym', 'Sinh', 'Khmr', 'Mymr', 'Tibt', 'Laoo'])
  .map((script) => `\\p{scx=${script}}`)
  .join('')}]`;
/** Flags of England, Scotland and Wales: the only sequences of tags that are shown as something. */
const TAGGED_FLAG =
  '(?<=\\u{1f3f4})\\u{e0067}\\u{e0062}' +
  '(?:\\u{e0065}\\u{e006e}\\u{e0067}|\\u{e0073}\\u{e0063}\\u{e0074}|\\u{e0077}\\u{e006c}\\u{e0073})' +
  '\\u{e007f}';
/** Where hidden characters belong: they make the letters and emoji that people see. */
const BELONGING = [
  `(?<=${JOINING})[\\u200c\\u200d](?=${JOINING})`,
  '(?<=[\\p{Extended_Pictographic}\\p{Emoji_Modifier}\\ufe0f])\\u200d(?=\\p{Extended_Pictographic})',
  '(?<=[\\p{Extended_Pictographic}0-9#*])[\\ufe0e\\ufe0f]',
  TAGGED_FLAG,
].join('|');
const FOUND = new RegExp(`(${BELONGING})|${HIDDEN}`, 'gu');

/**
 * Replaces what a reader cannot see. Joiners between letters of scripts that need them, and those
 * that belong to an emoji, stay: they are how people write.
 *
 * @param replace - what stands for one hidden character
 */
export function replaceHidden(text: string, replace: (hidden: string) => string): string {
  return text.replace(FOUND, (found: string, belonging: string | undefined) =>
    belonging === undefined ? replace(found) : found,
  );
}

/** A hidden character by its number, e.g. `U+202E`. */
export function numberOf(hidden: string): string {
  return `U+${hidden.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0')}`;
}

/** True for a text of which nothing can be seen. */
export function isBlank(text: string): boolean {
  return /^[\s\p{Cf}\p{Cc}\p{M}\u2800\u3164\u115f\u1160\uffa0]*$/u.test(text);
}
