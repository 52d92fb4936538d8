/**
 * Characters that a reader cannot see, or that change how others are seen: controls, formats (bidi,
 * zero-width, tags), fillers, variation selectors, separators, halves of characters, private use and
 * non-characters; and the brackets that stand for them here.
 */
const HIDDEN = /[\p{DI}\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\p{Co}\p{Noncharacter_Code_Point}\u2800⟨⟩]/gu;
/** Takes two columns on a terminal. */
const WIDE =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}]/u;

/** Text with everything hidden made visible, e.g. `⟨U+202E⟩`. */
export function visibleText(text: string): string {
  return text
    .split(/(?<=[\p{Extended_Pictographic}0-9#*])\ufe0f/u)
    .map((part) => part.replace(HIDDEN, named))
    .join('\ufe0f');
}

function named(hidden: string): string {
  const code = hidden.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0');
  return `⟨U+${code}⟩`;
}

/**
 * Breaks one line of visible text so that each piece fits: behind a space where there is one, else
 * anywhere. No character is added or lost.
 */
export function wrapped(text: string, columns: number): string[] {
  const pieces: string[] = [];
  let piece = '';
  let width = 0;
  for (const character of text) {
    const wide = WIDE.test(character) ? 2 : 1;
    if (width + wide > columns) {
      const cut = piece.lastIndexOf(' ') + 1;
      const kept = cut > 0 ? piece.slice(0, cut) : piece;
      pieces.push(kept);
      piece = piece.slice(kept.length);
      width = [...piece].reduce((sum, each) => sum + (WIDE.test(each) ? 2 : 1), 0);
    }
    piece += character;
    width += wide;
  }
  return [...pieces, piece];
}

/**
 * Other people's words, line by line and character by character, each line behind `| `. What did not
 * fit goes on behind `: `, so that a break of ours cannot pass for one of theirs, nor words of theirs
 * for ours.
 */
export function quoted(text: string, columns: number): string[] {
  return text
    .split('\n')
    .flatMap((line) =>
      wrapped(visibleText(line), columns - 2).map((piece, i) =>
        `${i === 0 ? '|' : ':'} ${piece}`.trimEnd(),
      ),
    );
}
