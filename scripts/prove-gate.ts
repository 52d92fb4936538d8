import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { faultsOf, kills } from '../test/crash-matrix/disturbances.ts';
import { isKept, matrixTable } from '../test/crash-matrix/matrix-table.ts';
import {
  type MatrixOptions,
  type MatrixReport,
  runMatrix,
} from '../test/crash-matrix/run-matrix.ts';
import { failingCalls } from '../test/properties/gate-failures.ts';
import { runInterleavings } from '../test/properties/gate-interleavings.ts';
import { FOUND_WITHIN, findMistakes } from '../test/properties/mistakes-found.ts';

const USAGE = `usage: npm run prove:gate -- [--minutes N] [--seed N] [--sections a,b] [--only ACT] [--all]

Looks for a history in which the approval gate breaks a promise.

  crash           in the embedded world: the function is killed right before and right after every
                  call it makes on the way to the status page
  faults          the same calls: their answer is lost, they are throttled, fail, are overtaken,
                  repeated, or meet a conflict
  interleavings   everybody at once, in every order, on the real gate in memory
  calls           every call of every port fails before and after its effect, in memory
  mistakes        the gate is broken on purpose; the interleavings must notice each within 100

  --all           more than is done in a quarter of an hour: faults too, and in both matrices
                  texts that mail nobody, and what follows an answer that was lost
  --minutes N     a random slice of all that
  --seed N        chooses the slice and the interleavings; the same seed, the same choice
  --sections a,b  only these
  --only ACT      create, update or resolve: disturb only this one
`;

const SECTIONS = ['crash', 'faults', 'interleavings', 'calls', 'mistakes'] as const;
type Section = (typeof SECTIONS)[number];
const ACTS = ['create', 'update', 'resolve'];
/** Histories between two looks at the clock. */
const BATCH = 500;
/** Without a limit of time. */
const HISTORIES = 10_000;
/** Of the time there is; the rest is for the sections that take a few seconds whatever it is. */
const SHARES: Record<Section, number> = {
  crash: 0.45,
  faults: 0.25,
  interleavings: 0.15,
  calls: 0,
  mistakes: 0,
};
const DAY_MS = 86_400_000;
const PROCESSES_PER_CORE = 2;
/** Runs between two lines of a log; a story is up to three. */
const LOGGED_EVERY = 100;

type Options = {
  minutes: number | undefined;
  /** Every story of the matrices, and the sections that take long. */
  isAll: boolean;
  seed: number;
  sections: readonly Section[];
  only: string | undefined;
};
type Verdict = { section: Section; count: number; kept: boolean; words: string };

process.exitCode = await main(process.argv.slice(2));

async function main(args: string[]): Promise<number> {
  const options = parse(args);
  if (!options) {
    process.stderr.write(USAGE);
    return args.includes('--help') ? 0 : 2;
  }
  const startedMs = performance.now();
  const verdicts: Verdict[] = [];
  for (const section of options.sections) {
    print(`\n${section}`);
    verdicts.push(await run(section, options));
  }
  print('\nsummary');
  for (const { section, count, kept, words } of verdicts) {
    print(
      `${section.padEnd(16)}${String(count).padStart(8)}  ${kept ? 'held' : 'BROKEN'}  ${words}`,
    );
  }
  const seconds = Math.round((performance.now() - startedMs) / 1_000);
  print(`${'seconds'.padEnd(16)}${String(seconds).padStart(8)}  seed ${options.seed}`);
  return verdicts.every(({ kept }) => kept) ? 0 : 1;
}

function run(section: Section, options: Options): Promise<Verdict> {
  switch (section) {
    case 'crash':
      return matrix(section, options, {
        matrix: 'crash',
        stories: [
          { name: 'publication' },
          { name: 'silent publication', callers: ['publisher'] },
          { name: 'lost answer' },
        ],
        disturbances: kills,
      });
    case 'faults':
      return matrix(section, options, {
        matrix: 'faults',
        stories: [
          { name: 'publication' },
          { name: 'silent publication', callers: ['publisher'] },
          { name: 'lost answer', callers: ['publisher'] },
        ],
        disturbances: faultsOf,
      });
    case 'interleavings':
      return interleavings(options);
    case 'calls':
      return calls();
    case 'mistakes':
      return mistakes(options);
  }
}

async function matrix(
  section: Section,
  options: Options,
  of: Pick<MatrixOptions, 'matrix' | 'stories' | 'disturbances'>,
): Promise<Verdict> {
  const isSlice = options.minutes !== undefined;
  // To find the calls of each story takes longer than most slices.
  const one = of.stories[isSlice ? (options.seed + 2) % of.stories.length : 0]!;
  const report = await runMatrix({
    ...of,
    stories: options.isAll && !isSlice ? of.stories : [one],
    only: options.only,
    seed: options.seed,
    stopAtMs: endOf(section, options),
    // A story waits for a third of its time: for processes that start, and for the clock.
    processes: Math.max(2, PROCESSES_PER_CORE * availableParallelism()),
    plays: isSlice ? 1 : 3,
    progress,
  });
  print(matrixTable(report));
  const calls = report.discovered.reduce((sum, found) => sum + found.calls.length, 0);
  const broken = report.done.filter(({ broken: what }) => what.length > 0).length;
  return {
    section,
    count: report.done.length,
    kept: isKept(report),
    words: `runs; ${calls} calls discovered, ${broken} runs with a violation`,
  };
}

/** A person sees each step; a log gets a line now and then. */
function progress({ done }: MatrixReport, left: number): void {
  const words = `${done.length} runs, ${left} to go`;
  if (process.stderr.isTTY) process.stderr.write(`\r${words} `);
  else if (done.length % LOGGED_EVERY < 3) process.stderr.write(`${words}\n`);
}

async function interleavings(options: Options): Promise<Verdict> {
  const endsMs = endOf('interleavings', options);
  let histories = 0;
  const isLeft = () => (endsMs === undefined ? histories < HISTORIES : performance.now() < endsMs);
  for (let batch = 0; batch === 0 || isLeft(); batch += 1) {
    const seed = options.seed + batch;
    const { runs, broken, path } = await runInterleavings(BATCH, seed);
    histories += runs;
    if (broken !== undefined) {
      const words = `at seed ${seed}, path ${path}`;
      print(`BROKEN ${words}\n${broken}`);
      return { section: 'interleavings', count: histories, kept: false, words };
    }
  }
  print(`${histories} schedules, each promise kept`);
  return { section: 'interleavings', count: histories, kept: true, words: 'schedules' };
}

async function calls(): Promise<Verdict> {
  const failures = await failingCalls();
  for (const { name, points, broken } of failures) {
    print(`${name.padEnd(44)}${String(points).padStart(8)}  ${broken ?? 'held'}`);
  }
  const count = failures.reduce((sum, { points }) => sum + points, 0);
  const kept = failures.every(({ broken }) => broken === undefined);
  return { section: 'calls', count, kept, words: 'calls of ports failed' };
}

async function mistakes(options: Options): Promise<Verdict> {
  const results = await findMistakes([options.seed]);
  for (const { name, histories, missed } of results) {
    const found = histories[0];
    print(`${name.padEnd(60)}${String(found ?? '').padStart(8)}  ${missed[0] ?? 'noticed'}`);
  }
  const kept = results.every(({ missed }) => missed.length === 0);
  const words = `mistakes, each noticed within ${FOUND_WITHIN} schedules`;
  return { section: 'mistakes', count: results.length, kept, words };
}

/** When a section has had its share of the time; undefined: when it is done. */
function endOf(section: Section, { minutes, sections }: Options): number | undefined {
  if (minutes === undefined) return undefined;
  const shares = sections.reduce((sum, each) => sum + SHARES[each], 0);
  const all = SECTIONS.reduce((sum, each) => sum + SHARES[each], 0);
  return performance.now() + ((SHARES[section] * all) / (shares || 1)) * minutes * 60_000;
}

function parse(args: string[]): Options | undefined {
  try {
    const text = { type: 'string' } as const;
    const { values } = parseArgs({
      args,
      options: { minutes: text, seed: text, sections: text, only: text, all: { type: 'boolean' } },
    });
    const minutes = values.minutes === undefined ? undefined : Number(values.minutes);
    const seed = Math.floor(Number(values.seed ?? startOfToday() / DAY_MS));
    const isAll = values.all === true || minutes !== undefined;
    const usual = SECTIONS.filter((section) => isAll || section !== 'faults');
    const names = values.sections?.split(',') ?? usual;
    const sections = SECTIONS.filter((section) => names.includes(section));
    const isWrong =
      !Number.isFinite(seed) ||
      seed < 0 ||
      (minutes !== undefined && !(minutes >= 0)) ||
      sections.length !== names.length ||
      (values.only !== undefined && !ACTS.includes(values.only));
    return isWrong ? undefined : { minutes, isAll, seed, sections, only: values.only };
  } catch {
    return undefined;
  }
}

function startOfToday(): number {
  return performance.timeOrigin - (performance.timeOrigin % DAY_MS);
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
