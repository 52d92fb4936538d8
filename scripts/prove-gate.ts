import {
  eachOf,
  faultsOf,
  kills,
  killsAtEffects,
  killsAtFacts,
  pairsOf,
} from '../test/crash-matrix/disturbances.ts';
import type { MatrixOptions } from '../test/crash-matrix/run-matrix.ts';
import { failingCalls } from '../test/properties/gate-failures.ts';
import { runInterleavings } from '../test/properties/gate-interleavings.ts';
import { FOUND_WITHIN, findMistakes } from '../test/properties/mistakes-found.ts';
import { type ProofOptions, print, prove, proveMatrix, type Verdict } from './proof.ts';

const USAGE = `usage: npm run prove:gate -- [--minutes N] [--seed N] [--sections a,b] [--only ACT] [--all]

Looks for a history in which the approval gate breaks a promise.

  crash           in the embedded world: the function is killed right before and right after every
                  call by which it changes anything on the way to the status page
  faults          the same calls: their answer is lost, they are throttled, fail, are overtaken,
                  repeated, or meet a conflict
  lives           killed around each fact, signature, message and publication while an incident is
                  cancelled or opened again with a text that waits, while two incidents share a
                  component, and while a storm gathers
  pairs           two faults in one act, by seed: killed, answer lost, turned away for now
  interleavings   everybody at once, in every order, on the real gate in memory
  calls           every call of every port fails before and after its effect, in memory
  mistakes        the gate is broken on purpose; the interleavings must notice each within 100

  --all           more than is done in a quarter of an hour: faults too, killed around each look as
                  well, texts that mail nobody, and what follows an answer that was lost
  --minutes N     a random slice of all that
  --seed N        chooses the slice and the interleavings; the same seed, the same choice
  --sections a,b  only these
  --only ACT      create, update or resolve: disturb only this one
`;

/** Stories about more than one publication. */
const LIVES = ['cancelled', 'reopened', 'twins', 'storm'] as const;
/** Pairs of faults in each act of each story. */
const PAIRS_IN_ACT = 10;
/** Histories between two looks at the clock. */
const BATCH = 500;
/** Without a limit of time. */
const HISTORIES = 10_000;

process.exitCode = await prove(
  {
    usage: USAGE,
    acts: ['create', 'update', 'resolve'],
    sections: {
      crash: {
        share: 0.3,
        run: (options) =>
          matrix(options, {
            matrix: 'crash',
            stories: [
              { name: 'publication' },
              { name: 'silent publication', callers: ['publisher'] },
              { name: 'lost answer' },
            ],
            cases: eachOf(options.isAll ? kills : killsAtEffects),
          }),
      },
      faults: {
        share: 0.15,
        isExtra: true,
        run: (options) =>
          matrix(options, {
            matrix: 'faults',
            stories: [
              { name: 'publication' },
              { name: 'silent publication', callers: ['publisher'] },
              { name: 'lost answer', callers: ['publisher'] },
            ],
            cases: eachOf(faultsOf),
          }),
      },
      lives: {
        share: 0.25,
        run: (options) =>
          matrix(options, {
            matrix: 'crash',
            areAllUsual: true,
            stories: LIVES.map((name) => ({ name, callers: ['incident-worker', 'publisher'] })),
            cases: eachOf(options.isAll ? killsAtEffects : killsAtFacts),
          }),
      },
      pairs: {
        share: 0.15,
        run: (options) =>
          matrix(options, {
            matrix: 'crash',
            areAllUsual: true,
            stories: [{ name: 'publication' }, ...LIVES.map((name) => ({ name }))],
            cases: pairsOf(PAIRS_IN_ACT, options.seed),
          }),
      },
      interleavings: { share: 0.15, run: interleavings },
      calls: { share: 0, run: calls },
      mistakes: { share: 0, run: mistakes },
    },
  },
  process.argv.slice(2),
);

function matrix(
  options: ProofOptions,
  of: Pick<MatrixOptions, 'matrix' | 'stories' | 'cases'> & { areAllUsual?: true },
): Promise<Verdict> {
  const isSlice = options.minutes !== undefined;
  // To find the calls of each story takes longer than most slices.
  const one = of.stories[isSlice ? (options.seed + 2) % of.stories.length : 0]!;
  const isWhole = !isSlice && (options.isAll || of.areAllUsual);
  return proveMatrix(options, { ...of, stories: isWhole ? of.stories : [one] });
}

async function interleavings({ seed: first, stopAtMs }: ProofOptions): Promise<Verdict> {
  let histories = 0;
  const isLeft = () =>
    stopAtMs === undefined ? histories < HISTORIES : performance.now() < stopAtMs;
  for (let batch = 0; batch === 0 || isLeft(); batch += 1) {
    const seed = first + batch;
    const { runs, broken, path } = await runInterleavings(BATCH, seed);
    histories += runs;
    if (broken !== undefined) {
      const words = `at seed ${seed}, path ${path}`;
      print(`BROKEN ${words}\n${broken}`);
      return { count: histories, kept: false, words };
    }
  }
  print(`${histories} schedules, each promise kept`);
  return { count: histories, kept: true, words: 'schedules' };
}

async function calls(): Promise<Verdict> {
  const failures = await failingCalls();
  for (const { name, points, broken } of failures) {
    print(`${name.padEnd(44)}${String(points).padStart(8)}  ${broken ?? 'held'}`);
  }
  const count = failures.reduce((sum, { points }) => sum + points, 0);
  const kept = failures.every(({ broken }) => broken === undefined);
  return { count, kept, words: 'calls of ports failed' };
}

async function mistakes({ seed }: ProofOptions): Promise<Verdict> {
  const results = await findMistakes([seed]);
  for (const { name, histories, missed } of results) {
    const found = histories[0];
    print(`${name.padEnd(60)}${String(found ?? '').padStart(8)}  ${missed[0] ?? 'noticed'}`);
  }
  const kept = results.every(({ missed }) => missed.length === 0);
  const words = `mistakes, each noticed within ${FOUND_WITHIN} schedules`;
  return { count: results.length, kept, words };
}
