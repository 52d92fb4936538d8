/** Minimum, median and maximum of several takes of one figure. */
export type Spread = { min: number; median: number; max: number };

/** @throws {RangeError} for no takes */
export function spreadOf(takes: readonly number[]): Spread {
  const sorted = [...takes].sort((a, b) => a - b);
  const [min, max] = [sorted[0], sorted.at(-1)];
  if (min === undefined || max === undefined) {
    throw new RangeError('cannot take the median: expected figures, got none');
  }
  const upper = sorted[Math.floor(sorted.length / 2)] ?? max;
  const lower = sorted[Math.ceil(sorted.length / 2) - 1] ?? min;
  return { min, median: (lower + upper) / 2, max };
}

/** `12.3  13.0  15.9` */
export function shownSpread(takes: readonly number[], digits = 1): string[] {
  const { min, median, max } = spreadOf(takes);
  return [min, median, max].map((value) => value.toFixed(digits));
}

/** How often the one is the other, by their medians: `0.63`. */
export function shownRatio(takes: readonly number[], base: readonly number[]): string {
  return (spreadOf(takes).median / spreadOf(base).median).toFixed(2);
}

/** Rows as a table in Markdown: the first column to the left, numbers to the right. */
export function tableText(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((title, column) =>
    Math.max(title.length, 3, ...rows.map((row) => (row[column] ?? '').length)),
  );
  const line = (cells: readonly string[]) => {
    const padded = widths.map((width, column) => {
      const cell = cells[column] ?? '';
      return column === 0 ? cell.padEnd(width) : cell.padStart(width);
    });
    return `| ${padded.join(' | ')} |`;
  };
  const rule = widths.map((width, column) =>
    column === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`,
  );
  return [line(head), line(rule), ...rows.map(line)].join('\n');
}

/** Prints a section's title, what it says, and its table. */
export function printTable(
  title: string,
  head: readonly string[],
  rows: readonly (readonly string[])[],
): void {
  process.stdout.write(`\n${title}\n\n${tableText(head, rows)}\n`);
}
