import { BREAK_GLASS_MARK } from '../src/domain/break-glass.ts';

/** How a listing is printed. */
export const FORMATS = ['table', 'json', 'csv'] as const;
export type Format = (typeof FORMATS)[number];

type Cell = string | number | boolean | null | readonly string[];
/** One line of a listing, by column. */
export type Line = Readonly<Record<string, Cell>>;

/** SGR: red and bold, and back. */
const RED = '\u001b[1;31m';
const PLAIN = '\u001b[0m';

/** Widest cell of a table; more does not help on a terminal. Unit: characters. */
const CELL_MAX = 100;

/**
 * Prints lines as a table or as CSV (RFC 4180).
 *
 * @param columns - which, in order; a table without lines says `nothing found`
 * @param inColour - a terminal reads it: lines about a broken glass are red
 */
export function renderLines(
  lines: readonly Line[],
  columns: readonly string[],
  format: 'table' | 'csv',
  inColour = false,
): string {
  if (format === 'csv') return csv(lines, columns);
  if (lines.length === 0) return 'nothing found\n';
  // A column that would stay empty says nothing to a person; a program wants it always.
  const isAny = lines.some((line) => glass(line.breakGlass) !== '');
  const shown = isAny ? columns : columns.filter((column) => column !== 'breakGlass');
  return table(lines, shown, inColour);
}

function table(lines: readonly Line[], columns: readonly string[], inColour: boolean): string {
  const shown = (line: Line) =>
    columns.map((c) => (c === 'breakGlass' ? glass(line[c]) : cell(line[c])));
  const rows = [columns.map(heading), ...lines.map(shown)];
  const widths = columns.map((_, i) => Math.max(...rows.map((row) => [...(row[i] ?? '')].length)));
  const rule = widths.map((width) => '─'.repeat(width));
  const print = (row: readonly string[]) =>
    row
      .map((text, i) => text + ' '.repeat((widths[i] ?? 0) - [...text].length))
      .join('  ')
      .trimEnd();
  const [head, ...body] = rows;
  const printed = body.map((row, i) => {
    const isRed = inColour && glass(lines[i]?.breakGlass) !== '';
    return isRed ? `${RED}${print(row)}${PLAIN}` : print(row);
  });
  return `${[print(head ?? []), print(rule), ...printed].join('\n')}\n`;
}

/** How a table marks a line about somebody who approved alone. */
function glass(value: Cell | undefined): string {
  return value === true || Number(value ?? 0) > 0 ? BREAK_GLASS_MARK : '';
}

function heading(column: string): string {
  return column.replaceAll(/([A-Z])/g, ' $1').toLowerCase();
}

/** Control and format characters would let stored text draw on the reviewer's terminal. */
function cell(value: Cell | undefined): string {
  const text = plainText(value)
    .replaceAll(/[\p{Cc}\p{Cf}\s]+/gu, ' ')
    .trim();
  const characters = [...text];
  return characters.length > CELL_MAX ? `${characters.slice(0, CELL_MAX - 1).join('')}…` : text;
}

function csv(lines: readonly Line[], columns: readonly string[]): string {
  const rows = [columns, ...lines.map((line) => columns.map((column) => line[column]))];
  return rows.map((row) => `${row.map(csvField).join(',')}\r\n`).join('');
}

/**
 * One field. Text that a spreadsheet would run as a formula gets a leading apostrophe: titles and
 * notes are written by anybody who can raise an alert.
 * @see https://owasp.org/www-community/attacks/CSV_Injection
 */
function csvField(value: Cell | undefined): string {
  const text = plainText(value);
  const safe = typeof value !== 'number' && /^[=+\-@\t\r\n]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) || safe !== text ? `"${safe.replaceAll('"', '""')}"` : safe;
}

function plainText(value: Cell | undefined): string {
  if (value === null || value === undefined) return '';
  return Array.isArray(value) ? value.join(' ') : String(value);
}
