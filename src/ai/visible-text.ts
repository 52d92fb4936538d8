/**
 * Control, bidirectional, zero-width and other characters a reader cannot see. A line feed is
 * visible layout; a variation selector after a symbol (`⚠️`) is part of the symbol. They hide
 * instructions from a human and identifiers from redaction. U+FFFC is redaction's own mask.
 */
const HIDDEN = new RegExp(
  String.raw`(?!\n)(?!(?<=\p{Extended_Pictographic})\uFE0F)` +
    String.raw`[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}` +
    String.raw`\p{Co}\p{Noncharacter_Code_Point}\u2800\uFFFC]`,
  'gu',
);

/**
 * Well-formed text without hidden characters. Tabs and carriage returns become the space or line
 * feed they stand for.
 */
export function visibleText(text: string): string {
  return text
    .toWellFormed()
    .replace(/\r\n?|[\u2028\u2029]/g, '\n')
    .replace(/\t/g, ' ')
    .replace(HIDDEN, '');
}

/**
 * The text cut to at most `maxChars`, at a white space, so that no word is left in half: half an
 * e-mail address would no longer be recognised as one. A single longer word is dropped whole.
 */
export function clipAtSpace(text: string, maxChars: number): string {
  if (text.length <= maxChars) return text;
  const head = text.slice(0, maxChars + 1);
  const lastSpace = Math.max(head.lastIndexOf(' '), head.lastIndexOf('\n'));
  return lastSpace <= 0 ? '' : head.slice(0, lastSpace);
}
