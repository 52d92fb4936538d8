import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { isKept, tableEnd, tableHead, tableRows } from '../test/crash-matrix/matrix-table.ts';
import {
  type ActOfStory,
  type MatrixOptions,
  type MatrixReport,
  runMatrix,
} from '../test/crash-matrix/run-matrix.ts';

/** How one section of a proof ended. */
export type Verdict = { count: number; kept: boolean; words: string };

/** How a proof was asked for. */
export type ProofOptions = {
  /** Undefined: until everything is done. */
  minutes: number | undefined;
  /** More than is done by default. */
  isAll: boolean;
  seed: number;
  /** Disturb only this act. */
  only: string | undefined;
  /** When this section has had its share of the time; undefined: when it is done. */
  stopAtMs: number | undefined;
};

/** One part of a proof that can be asked for by name. */
export type ProofSection = {
  /** Of the time there is; 0 for what takes a few seconds whatever it is. */
  share: number;
  /** Left out unless it is asked for, or all is. @default false */
  isExtra?: boolean;
  run: (options: ProofOptions) => Promise<Verdict>;
};

/** A proof: what it looks for, in which sections. */
export type Proof = {
  usage: string;
  sections: Readonly<Record<string, ProofSection>>;
  /** Acts that `--only` takes. */
  acts: readonly string[];
};

const DAY_MS = 86_400_000;
const PROCESSES_PER_CORE = 2;
/** Runs between two lines of a log; a story is up to three. */
const LOGGED_EVERY = 100;

/** Runs the sections that are asked for, prints what each found. @returns the exit code */
export async function prove(proof: Proof, args: string[]): Promise<number> {
  const options = parse(proof, args);
  if (!options) {
    process.stderr.write(proof.usage);
    return args.includes('--help') ? 0 : 2;
  }
  const startedMs = performance.now();
  const verdicts: (Verdict & { name: string })[] = [];
  for (const name of options.sections) {
    print(`\n${name}`);
    const stopAtMs = endOf(proof, name, options);
    verdicts.push({ name, ...(await proof.sections[name]!.run({ ...options, stopAtMs })) });
  }
  print('\nsummary');
  for (const { name, count, kept, words } of verdicts) {
    print(`${name.padEnd(16)}${String(count).padStart(8)}  ${kept ? 'held' : 'BROKEN'}  ${words}`);
  }
  const seconds = Math.round((performance.now() - startedMs) / 1_000);
  print(`${'seconds'.padEnd(16)}${String(seconds).padStart(8)}  seed ${options.seed}`);
  return verdicts.every(({ kept }) => kept) ? 0 : 1;
}

/** A section that disturbs the calls of stories in the embedded world. */
export async function proveMatrix(
  options: ProofOptions,
  of: Pick<MatrixOptions, 'matrix' | 'stories' | 'cases'>,
): Promise<Verdict> {
  const printed = new Set<ActOfStory>();
  const show = (report: MatrixReport, act: ActOfStory) => {
    printed.add(act);
    print(tableRows(report, act));
  };
  print(tableHead());
  const report = await runMatrix({
    ...of,
    only: options.only,
    seed: options.seed,
    stopAtMs: options.stopAtMs,
    // A story waits for a third of its time: for processes that start, and for the clock.
    processes: Math.max(2, PROCESSES_PER_CORE * availableParallelism()),
    plays: options.minutes === undefined ? 3 : 1,
    progress,
    isDone: show,
  });
  for (const act of report.discovered) if (!printed.has(act)) show(report, act);
  print(tableEnd(report));
  const calls = report.discovered.reduce((sum, found) => sum + found.calls.length, 0);
  const broken = report.done.filter(({ broken: what }) => what.length > 0).length;
  return {
    count: report.done.length,
    kept: isKept(report),
    words: `runs; ${calls} calls discovered, ${broken} runs with a violation`,
  };
}

export function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** A person sees each step; a log gets a line now and then. */
function progress({ done }: MatrixReport, left: number): void {
  const words = `${done.length} runs, ${left} to go`;
  if (process.stderr.isTTY) process.stderr.write(`\r${words} `);
  else if (done.length % LOGGED_EVERY < 3) process.stderr.write(`${words}\n`);
}

type Parsed = Omit<ProofOptions, 'stopAtMs'> & { sections: readonly string[] };

function endOf(proof: Proof, name: string, { minutes, sections }: Parsed): number | undefined {
  if (minutes === undefined) return undefined;
  const shareOf = (of: readonly string[]) =>
    of.reduce((sum, each) => sum + (proof.sections[each]?.share ?? 0), 0);
  const all = shareOf(Object.keys(proof.sections));
  const share = (shareOf([name]) * all) / (shareOf(sections) || 1);
  return performance.now() + share * minutes * 60_000;
}

function parse({ sections: known, acts }: Proof, args: string[]): Parsed | undefined {
  try {
    const text = { type: 'string' } as const;
    const { values } = parseArgs({
      args,
      options: { minutes: text, seed: text, sections: text, only: text, all: { type: 'boolean' } },
    });
    const minutes = values.minutes === undefined ? undefined : Number(values.minutes);
    const seed = Math.floor(Number(values.seed ?? startOfToday() / DAY_MS));
    const isAll = values.all === true || minutes !== undefined;
    const usual = Object.keys(known).filter((name) => isAll || known[name]?.isExtra !== true);
    const names = values.sections?.split(',') ?? usual;
    const sections = Object.keys(known).filter((name) => names.includes(name));
    const isWrong =
      !Number.isFinite(seed) ||
      seed < 0 ||
      (minutes !== undefined && !(minutes >= 0)) ||
      sections.length !== names.length ||
      (values.only !== undefined && !acts.includes(values.only));
    return isWrong ? undefined : { minutes, isAll, seed, sections, only: values.only };
  } catch {
    return undefined;
  }
}

function startOfToday(): number {
  return performance.timeOrigin - (performance.timeOrigin % DAY_MS);
}
