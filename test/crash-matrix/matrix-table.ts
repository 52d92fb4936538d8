import { callWords } from './calls.ts';
import type { Case } from './case-runner.ts';
import type { ActOfStory, DoneCase, MatrixReport } from './run-matrix.ts';

/** How the promise that nothing hangs is named. */
const HANGS = /^(4|hangs)/;
/** Broken cases shown in full; a defect that breaks one mostly breaks many. */
const BROKEN_SHOWN_MAX = 20;

/** Whether everything was kept, and every call that is always made was disturbed. */
export function isKept(report: MatrixReport): boolean {
  return (
    report.failures.length === 0 &&
    report.discovered.length > 0 &&
    report.done.every(({ broken }) => broken.length === 0) &&
    unexplained(report).length === 0
  );
}

/** The head of the table. */
export function tableHead(): string {
  return line(['act', 'function', 'calls', 'runs', 'hit', 'violations', 'hanging', 'helped']);
}

/** For one act and each function: what was found, disturbed and broken. */
export function tableRows(report: MatrixReport, of: ActOfStory): string {
  return rowsOf(report, of).map(line).join('\n');
}

/** The sums, and everything that is worth a word. */
export function tableEnd(report: MatrixReport): string {
  const rows = report.discovered.flatMap((act) => rowsOf(report, act));
  const total = ['total', '', ...[2, 3, 4, 5, 6, 7].map((column) => String(sum(rows, column)))];
  return [line(total), ...notes(report)].join('\n');
}

function line(cells: readonly string[]): string {
  return cells.map((cell, index) => (index < 2 ? cell.padEnd(28) : cell.padStart(11))).join('');
}

function rowsOf(report: MatrixReport, { story, act, calls }: ActOfStory): string[][] {
  const callers = [...new Set(calls.map(({ caller }) => caller))];
  return callers.map((caller) => {
    const done = report.done.filter(
      (one) => one.story === story && one.case.act === act && one.case.call.caller === caller,
    );
    const count = (of: (one: DoneCase) => boolean) => String(done.filter(of).length);
    return [
      `${story}: ${act}`,
      caller,
      String(calls.filter((call) => call.caller === caller).length),
      String(done.length),
      count(({ isHit }) => isHit),
      count(({ broken }) => broken.some((one) => !HANGS.test(one))),
      count(({ broken }) => broken.some((one) => HANGS.test(one))),
      count(({ helped }) => helped.length > 0),
    ];
  });
}

function notes(report: MatrixReport): string[] {
  const broken = report.done.filter((one) => one.broken.length > 0);
  const rare = report.missed.filter(({ case: { call } }) => call.seen < call.plays);
  return [
    ...helpOf(report),
    ...pairsMet(report),
    ...rare.map(
      ({ story, case: one }) =>
        `not met: ${story}: ${caseWords(one)}; ` +
        `${one.call.seen} of ${one.call.plays} undisturbed plays make this call`,
    ),
    ...unexplained(report).map(({ story, case: one }) => `NOT MET: ${story}: ${caseWords(one)}`),
    ...broken
      .slice(0, BROKEN_SHOWN_MAX)
      .map(
        ({ story, case: one, broken: what }) =>
          `BROKEN: ${story}: ${caseWords(one)}: ${what.join(' | ')}`,
      ),
    ...(broken.length > BROKEN_SHOWN_MAX ? [`… and ${broken.length - BROKEN_SHOWN_MAX} more`] : []),
    ...report.failures.map((failure) => `FAILED: ${failure}`),
    ...(report.leftOver > 0 ? [`${report.leftOver} cases left when the time was up`] : []),
    `${report.done.length} runs in ${Math.round(report.seconds)} s`,
  ];
}

/** A case in words, e.g. `create: kill before publisher kms:Sign #1`. */
function caseWords({ act, call, disturbance, also }: Case): string {
  const second = also ? ` and ${also.disturbance.name} ${callWords(also.call)}` : '';
  return `${act}: ${disturbance.name} ${callWords(call)}${second}`;
}

/** In how many runs with two faults both were met: after the first, the second may not come. */
function pairsMet({ done }: MatrixReport): string[] {
  const pairs = done.filter((one) => one.case.also);
  const both = pairs.filter(({ hits }) => hits === 2).length;
  return pairs.length === 0 ? [] : [`both faults met in ${both} of ${pairs.length} runs`];
}

/** How often people had to do what, and saw what. */
function helpOf({ done }: MatrixReport): string[] {
  const helped = done.map((one) => one.helped.join(', '));
  return [
    ...counted('people helped', helped),
    ...counted(
      'allowed, and seen',
      done.flatMap(({ remarks }) => remarks),
    ),
  ];
}

function counted(title: string, all: readonly string[]): string[] {
  const counts = new Map<string, number>();
  for (const what of all) if (what !== '') counts.set(what, (counts.get(what) ?? 0) + 1);
  const words = [...counts]
    .sort(([, a], [, b]) => b - a)
    .map(([what, times]) => `${what} ×${times}`);
  return words.length === 0 ? [] : [`${title}: ${words.join('; ')}`];
}

/** Every undisturbed play makes these calls, and yet they were not made. */
function unexplained(report: MatrixReport): MatrixReport['missed'] {
  return report.missed.filter(({ case: { call } }) => call.seen === call.plays);
}

function sum(rows: readonly string[][], column: number): number {
  return rows.reduce((total, row) => total + Number(row[column] ?? 0), 0);
}
