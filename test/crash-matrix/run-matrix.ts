import { shuffled } from '../../scripts/shuffled.ts';
import { bundleFunctions } from './bundle-functions.ts';
import type { DiscoveredCall } from './calls.ts';
import type { Case, CaseResult } from './case-runner.ts';
import type { FromMatrixProcess, MatrixKind } from './matrix-messages.ts';
import { MatrixPool } from './matrix-pool.ts';
import { STORIES, type StoryName } from './stories.ts';

/** What to disturb, how, and for how long. */
export type MatrixOptions = {
  matrix: MatrixKind;
  stories: readonly {
    name: StoryName;
    callers?: readonly string[];
    /** Calls worth disturbing here. @default all of the callers' */
    wants?: (call: DiscoveredCall) => boolean;
  }[];
  /** What is done to the calls of one act, one thing at a time. */
  cases: (calls: readonly DiscoveredCall[]) => Omit<Case, 'act'>[];
  /** Only this act of each story is disturbed. */
  only?: string | undefined;
  /** No further telling starts after this. @default all are told */
  stopAtMs?: number | undefined;
  /** Shuffles the cases. @default they keep their order */
  seed?: number | undefined;
  processes: number;
  /** Undisturbed plays of each kind in which calls are looked for. */
  plays: number;
  /** Told after each telling. */
  progress?: (report: MatrixReport, left: number) => void;
  /** Told when nothing is left to do in an act; never of an act that the time cut short. */
  isDone?: (report: MatrixReport, act: ActOfStory) => void;
};

/** One act, and the calls that are disturbed in it. */
export type ActOfStory = { story: StoryName; act: string; calls: DiscoveredCall[] };

/** A case that is done. */
export type DoneCase = CaseResult & { story: StoryName };

export type MatrixReport = {
  /** By story and act. */
  discovered: ActOfStory[];
  done: DoneCase[];
  /** Calls that were not made when it was their turn, however often. */
  missed: { story: StoryName; case: Case }[];
  /** Left over when the time was up. */
  leftOver: number;
  /** What failed outside of any case. */
  failures: string[];
  seconds: number;
};

type Open = { story: StoryName; case: Case; tries: number };

/** Which of two interleavings comes about is chance; a call of the rarer one is tried again. */
const TRIES_MAX = 4;

const DISCOVERY_TRIES_MAX = 2;

/** Disturbs every discovered call in every way, several at a time. */
export async function runMatrix(options: MatrixOptions): Promise<MatrixReport> {
  const startedMs = performance.now();
  const report: MatrixReport = {
    discovered: [],
    done: [],
    missed: [],
    leftOver: 0,
    failures: [],
    seconds: 0,
  };
  const bundle = options.matrix === 'crash' ? await bundleFunctions() : undefined;
  const pool = new MatrixPool(options.processes, bundle?.entry);
  try {
    await discover(pool, options, report);
    await tellAll(pool, options, report);
  } finally {
    pool.close();
    await bundle?.remove();
  }
  report.seconds = (performance.now() - startedMs) / 1_000;
  return report;
}

/** Calls by act, of each story and kind of matrix that was played undisturbed in this process. */
const DISCOVERED = new Map<string, Record<string, DiscoveredCall[]>>();

async function discover(
  pool: MatrixPool,
  options: MatrixOptions,
  report: MatrixReport,
): Promise<void> {
  const { matrix, plays } = options;
  const left: { story: MatrixOptions['stories'][number]; tries: number }[] = [];
  for (const story of options.stories) {
    const known = DISCOVERED.get(`${matrix}/${story.name}`);
    if (known) found(options, { story, calls: known }, report);
    else left.push({ story, tries: 1 });
  }
  await pool.work(() => {
    const next = left.shift();
    if (!next) return undefined;
    const { story, tries } = next;
    return {
      ask: { matrix, story: story.name, kind: 'discover', plays },
      take: (answer) => {
        if (answer.kind !== 'discovered') {
          // A machine that is busy with other things can upset a play; one that is not must not.
          if (tries < DISCOVERY_TRIES_MAX) left.push({ story, tries: tries + 1 });
          else report.failures.push(`${story.name}: ${reasonOf(answer)}`);
          return;
        }
        DISCOVERED.set(`${matrix}/${story.name}`, answer.calls);
        found(options, { story, calls: answer.calls }, report);
      },
    };
  });
}

function found(
  { only }: MatrixOptions,
  of: { story: MatrixOptions['stories'][number]; calls: Record<string, DiscoveredCall[]> },
  report: MatrixReport,
): void {
  const { name, callers, wants } = of.story;
  for (const [act, calls] of Object.entries(of.calls)) {
    if (only !== undefined && act !== only) continue;
    const wanted = calls.filter(
      (call) => (callers?.includes(call.caller) ?? true) && (wants?.(call) ?? true),
    );
    report.discovered.push({ story: name, act, calls: wanted });
  }
}

async function tellAll(
  pool: MatrixPool,
  options: MatrixOptions,
  report: MatrixReport,
): Promise<void> {
  const open = new Map<string, Open[]>();
  for (const { story, act, calls } of report.discovered) {
    const cases = options.cases(calls).map((one) => ({ story, tries: 0, case: { act, ...one } }));
    open.set(`${story}/${act}`, options.seed === undefined ? cases : shuffled(cases, options.seed));
  }
  const { stopAtMs = Number.POSITIVE_INFINITY } = options;
  const wanted = new Map([...open].map(([key, cases]) => [key, cases.length]));
  const told = new Set<string>();
  const tell = () => {
    for (const act of report.discovered) {
      const key = `${act.story}/${act.act}`;
      if (told.has(key) || settledIn(report, act) < (wanted.get(key) ?? 0)) continue;
      told.add(key);
      options.isDone?.(report, act);
    }
  };
  // However short the time: a slice of nothing would prove nothing.
  const isLate = () => report.done.length > 0 && performance.now() > stopAtMs;
  let turn = 0;
  await pool.work(() => {
    const plan = isLate() ? [] : nextPlan(open, turn);
    turn += 1;
    const story = plan[0]?.story;
    if (!story) return undefined;
    return {
      ask: { matrix: options.matrix, story, kind: 'tell', cases: plan.map((one) => one.case) },
      take: (answer) => {
        const results = answer.kind === 'told' ? answer.results : [];
        if (answer.kind === 'failed') failed(plan, answer.reason, report);
        else settle(plan, results, { open, report });
        options.progress?.(report, leftIn(open));
        tell();
      },
    };
  });
  report.leftOver = leftIn(open);
}

/** One case of each act of one story; stories take turns, so that a slice has some of each. */
function nextPlan(open: Map<string, Open[]>, turn: number): Open[] {
  const all = [...new Set([...open.keys()].map((key) => key.split('/')[0] as StoryName))];
  const stories = all.filter((name) => STORIES[name].acts.some((act) => count(open, name, act)));
  const story = stories[turn % stories.length];
  if (!story) return [];
  return STORIES[story].acts.flatMap((act) => open.get(`${story}/${act}`)?.shift() ?? []);
}

function count(open: Map<string, Open[]>, story: StoryName, act: string): number {
  return open.get(`${story}/${act}`)?.length ?? 0;
}

function leftIn(open: Map<string, Open[]>): number {
  return [...open.values()].reduce((sum, cases) => sum + cases.length, 0);
}

function settle(
  plan: readonly Open[],
  results: readonly CaseResult[],
  { open, report }: { open: Map<string, Open[]>; report: MatrixReport },
): void {
  for (const [index, one] of plan.entries()) {
    const result = results[index];
    const { story } = one;
    if (result && (result.isHit || result.broken.length > 0)) {
      report.done.push({ ...result, story });
      continue;
    }
    // Not told at all, because of what broke before it, does not count as a try.
    const tries = one.tries + (result ? 1 : 0);
    if (tries < TRIES_MAX) open.get(`${story}/${one.case.act}`)?.push({ ...one, tries });
    else report.missed.push({ story, case: one.case });
  }
}

/** Cases of an act that have come to their end. */
function settledIn({ done, missed }: MatrixReport, { story, act }: ActOfStory): number {
  return [...done, ...missed].filter((one) => one.story === story && one.case.act === act).length;
}

function reasonOf(answer: FromMatrixProcess): string {
  return answer.kind === 'failed' ? answer.reason : `answered ${answer.kind}`;
}

/** Which of the cases was to blame is not known. */
function failed(plan: readonly Open[], reason: string, report: MatrixReport): void {
  for (const { story, case: disturbed } of plan) {
    const broken = [`4: ${reason}`];
    const nothing = { hits: 1, helped: [], remarks: [], seconds: 0 };
    report.done.push({ story, case: disturbed, isHit: true, broken, ...nothing });
  }
}
