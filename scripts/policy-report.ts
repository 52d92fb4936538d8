import {
  caseInWords,
  type PolicyRowResult,
  type PolicyTableRow,
} from '../src/services/policy-table.ts';

/** One table and how it went. */
export type TableResult = { file: string; rows: PolicyRowResult[] };

/** Failing cases that are written out for one row; the others are counted. */
const FAILURES_SHOWN_MAX = 5;

/** Every row as a line, what differs below it, and the sums. */
export function policyReport(tables: readonly TableResult[]): { text: string; failures: number } {
  const rows = tables.flatMap((table) => table.rows);
  const cases = rows.flatMap((row) => row.cases);
  const failures = cases.filter(({ difference }) => difference !== undefined).length;
  const width = Math.max(0, ...rows.map(({ row }) => row.name.length));
  const text = tables
    .map(({ file, rows: own }) =>
      [file, ...own.flatMap((row) => rowLines(row, width)), ''].join('\n'),
    )
    .join('\n');
  const sum =
    `${tables.length} table(s), ${rows.length} rows, ${cases.length} cases: ` +
    (failures === 0 ? 'all as expected.' : `${failures} not as expected.`);
  return { text: `${text}\n${sum}\n`, failures };
}

function rowLines({ row, cases }: PolicyRowResult, width: number): string[] {
  const failed = cases.filter(({ difference }) => difference !== undefined);
  const mark = failed.length === 0 ? 'ok  ' : 'FAIL';
  const count = `${cases.length} case(s)`.padStart(11);
  const line = `  ${mark}  ${row.name.padEnd(width)}  ${count}  ${expectationInWords(row)}`;
  const shown = failed
    .slice(0, FAILURES_SHOWN_MAX)
    .flatMap(({ question, difference }) => [
      `        ${caseInWords(question)}:`,
      `          ${difference}`,
    ]);
  const more = failed.length - FAILURES_SHOWN_MAX;
  return [line, ...shown, ...(more > 0 ? [`        and ${more} more`] : [])];
}

function expectationInWords({ expect }: PolicyTableRow): string {
  const { allowed, approvers, validForS, policyIds } = expect;
  const words = [
    allowed ? 'allowed' : 'denied',
    ...(approvers === undefined ? [] : [`${approvers} approver(s)`]),
    ...(validForS === undefined ? [] : [`${validForS} s`]),
    ...(policyIds === undefined || policyIds.length === 0 ? [] : [`by ${policyIds.join(' + ')}`]),
  ];
  return words.join(', ');
}
