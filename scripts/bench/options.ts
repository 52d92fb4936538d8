import { readArgs, usage } from '../command-line.ts';

/** What can be measured, in the order in which it is printed. */
export const SECTIONS = [
  'sizes',
  'cold',
  'warm',
  'room',
  'drain',
  'costs',
  'gate',
  'readers',
  'noise',
] as const;
export type Section = (typeof SECTIONS)[number];

export type BenchOptions = {
  sections: readonly Section[];
  /** How often each figure of `cold`, `warm` and `room` is taken. @default 5 */
  rounds: number;
};

export const BENCH_USAGE = `npm run bench -- [${SECTIONS.join('] [')}] [--rounds N]`;
const ROUNDS_MAX = 100;

/** @throws {UsageError} naming what was expected and got */
export function parseBenchOptions(args: readonly string[]): BenchOptions {
  const { values, positionals } = readArgs([...args], { rounds: { type: 'string' } });
  const unknown = positionals.find((given) => !SECTIONS.some((section) => section === given));
  if (unknown !== undefined) throw usage('measure', BENCH_USAGE, unknown);
  const rounds = Number(values.rounds ?? 5);
  if (!Number.isSafeInteger(rounds) || rounds < 1 || rounds > ROUNDS_MAX) {
    throw usage('measure', `--rounds from 1 to ${ROUNDS_MAX}`, values.rounds);
  }
  const wanted = SECTIONS.filter((section) => positionals.includes(section));
  return { sections: wanted.length > 0 ? wanted : SECTIONS, rounds };
}
