/**
 * Throws odd requests at the two functions that face the internet, and odd bodies at their readers.
 *
 *   npm run fuzz -- [--seed N] [--minutes N] [--cases N] [--keep FOLDER]
 *
 * Every case: an answer below 500, no exception, no stray rejection; nothing written before the
 * request is authenticated, and at most once after; an authentic alert is answered 202 and is in the
 * queue; a read alert becomes a valid event and survives being cut to its parts; no request takes
 * long or much memory, and all of them together leave none behind.
 *
 * Every fourth case goes to a function as a whole request, the others to a reader; alerts go on from
 * there to the record, as incident-worker takes them, each event, projection and row through the
 * marshaller and back, and each alert twice: it is on one chain, once. Ends after the minutes or the cases,
 * whichever comes first. Exits 1 with the smallest failing case; the same seed makes the same cases.
 * `--keep` writes one small case of each way that a request took.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { sha256Hex } from '../src/domain/ids.ts';
import { type FuzzCase, makeCase } from './fuzz/cases.ts';
import { randomOf } from './fuzz/random.ts';
import { checkReader, makeReaderCase } from './fuzz/readers.ts';
import { Recorder } from './fuzz/recorder.ts';
import { shrink } from './fuzz/shrink.ts';
import { type Outcome, startTarget, type Target } from './fuzz/target.ts';

/** Cases between two looks at the clock. */
const BATCH = 500;
/** A request that costs more, garbage collection included, three times over, is a finding. Unit: ms. */
const CPU_MAX_MS = 1_000;
/** What a starved machine can cause by itself must happen as often as this to be a finding. */
const REPEATS = 3;
const REST_MS = 1_000;
/** One request of at most 1 MiB, with its copies, its parsed form and what is sent on. */
const REQUEST_MAX_BYTES = 256 * 1024 * 1024;
/** What a whole run may leave behind, after its first tenth. */
const LEFT_MAX_BYTES = 32 * 1024 * 1024;
const KEPT_BODY_MAX_CHARACTERS = 6_000;

setFlagsFromString('--expose-gc');
const collectGarbage: () => void = runInNewContext('gc');

type Tally = {
  done: number;
  slowest: { cpuMs: number; number: number };
  widest: { grownBytes: number; number: number };
  /** Cases that only a busy machine answered too late. */
  starved: number;
  marks: Map<string, FuzzCase | undefined>;
  readerMarks: Map<string, number>;
  /** Alerts that went on to the record. */
  recorded: number;
  recordMarks: Set<string>;
  heaps: number[];
};

async function main(): Promise<number> {
  const seed = option('--seed', 1);
  const minutes = option('--minutes', 5);
  const limit = option('--cases', 1_000_000);
  const target = await startTarget();
  const recorder = new Recorder();
  const startedMs = performance.now();
  const tally: Tally = {
    done: 0,
    slowest: { cpuMs: 0, number: 0 },
    starved: 0,
    widest: { grownBytes: 0, number: 0 },
    marks: new Map(),
    readerMarks: new Map(),
    recorded: 0,
    recordMarks: new Set(),
    heaps: [],
  };
  try {
    while (tally.done < limit && performance.now() - startedMs < minutes * 60_000) {
      const until = Math.min(tally.done + BATCH, limit);
      for (; tally.done < until; tally.done += 1) {
        const found = await one({ target, recorder }, { seed, number: tally.done, tally });
        if (found) return report(found, seed, tally.done);
      }
      target.forget();
      recorder.forget();
      if (tally.done % 20_000 < BATCH) tally.heaps.push(heapLeft());
    }
    tally.heaps.push(heapLeft());
    const left = leftBehind(tally.heaps);
    keep(tally.marks);
    say(tally, { seed, tookS: (performance.now() - startedMs) / 1000, left });
    return left > LEFT_MAX_BYTES ? 1 : 0;
  } finally {
    await target.close();
  }
}

async function one(
  { target, recorder }: { target: Target; recorder: Recorder },
  of: { seed: number; number: number; tally: Tally },
): Promise<string | undefined> {
  const { seed, number, tally } = of;
  const random = randomOf(seed, number);
  if (number % 4 !== 0) {
    const given = makeReaderCase(random);
    const { finding, mark } = checkReader(given);
    tally.readerMarks.set(mark, (tally.readerMarks.get(mark) ?? 0) + 1);
    if (!finding) return onRecord(recorder, given, tally);
    const body = await shrink(given.body, async (less) => {
      return checkReader({ ...given, body: less }).finding !== undefined;
    });
    return JSON.stringify({ finding, path: given.path, body: body.toString('base64') }, null, 2);
  }
  const given = makeCase(random);
  const outcome = await target.run(given);
  for (let again = 1; again < REPEATS && isPerhapsStarved(outcome); again += 1) {
    await pause(REST_MS);
    const repeated = await target.run(given);
    outcome.cpuMs = Math.min(outcome.cpuMs, repeated.cpuMs);
    if (repeated.finding !== outcome.finding) {
      tally.starved += 1;
      delete outcome.finding;
    }
  }
  const { cpuMs, grownBytes, mark } = outcome;
  if (cpuMs > CPU_MAX_MS) outcome.finding ??= `took ${Math.round(cpuMs)} ms of CPU`;
  if (cpuMs > tally.slowest.cpuMs) tally.slowest = { cpuMs, number };
  if (grownBytes > tally.widest.grownBytes) tally.widest = { grownBytes, number };
  if (grownBytes > REQUEST_MAX_BYTES) outcome.finding ??= `grew the heap by ${grownBytes} bytes`;
  remember(tally.marks, mark, given);
  if (!outcome.finding) return undefined;
  const smallest = await smallestOf(given, target);
  return JSON.stringify({ finding: outcome.finding, ...smallest }, null, 2);
}

/** An alert goes on to the record. @returns what is wrong, with a body as small as still fails */
async function onRecord(
  recorder: Recorder,
  { path, body }: { path: string; body: Buffer },
  tally: Tally,
): Promise<string | undefined> {
  if (path.startsWith('/slack/')) return undefined;
  const { finding, mark } = await recorder.check({ path, body });
  tally.recorded += 1;
  tally.recordMarks.add(mark);
  if (!finding) return undefined;
  const fails = async (less: Buffer) =>
    (await new Recorder().check({ path, body: less })).finding !== undefined;
  // What fails only after others came before is shown as it is.
  const smallest = (await fails(body)) ? await shrink(body, fails) : body;
  return JSON.stringify({ finding, path, body: smallest.toString('base64') }, null, 2);
}

/** The failing case with as few headers and bytes as still fail. */
async function smallestOf(given: FuzzCase, target: Target): Promise<FuzzCase> {
  const fails = async (one: FuzzCase) => (await target.run(one)).finding !== undefined;
  let smallest = given;
  for (const name of Object.keys(given.headers)) {
    const { [name]: _, ...headers } = smallest.headers;
    if (await fails({ ...smallest, headers })) smallest = { ...smallest, headers };
  }
  const body = await shrink(Buffer.from(smallest.body, 'base64'), (less) =>
    fails({ ...smallest, body: less.toString('base64') }),
  );
  return { ...smallest, body: body.toString('base64') };
}

/** The fake AWS shares the process: where that gets no time, the function's calls run into theirs. */
function isPerhapsStarved({ finding, cpuMs }: Outcome): boolean {
  return finding === 'answered 503' || cpuMs > CPU_MAX_MS;
}

function remember(marks: Map<string, FuzzCase | undefined>, mark: string, given: FuzzCase): void {
  const known = marks.get(mark);
  // Only what may be kept: a megabyte of each way would be the leak that this looks for.
  const kept = given.body.length <= KEPT_BODY_MAX_CHARACTERS ? given : undefined;
  if (!known || (kept && kept.body.length < known.body.length)) marks.set(mark, kept);
}

function keep(marks: ReadonlyMap<string, FuzzCase | undefined>): void {
  const index = process.argv.indexOf('--keep');
  if (index < 0) return;
  const folder = process.argv[index + 1] ?? '';
  mkdirSync(folder, { recursive: true });
  for (const [mark, given] of marks) {
    if (!given) continue;
    const name = `${sha256Hex(mark).slice(0, 16)}.json`;
    writeFileSync(join(folder, name), `${JSON.stringify({ mark, ...given }, null, 1)}\n`);
  }
}

function heapLeft(): number {
  collectGarbage();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

/** Growth after the first tenth, in which everything is loaded and every cache is filled. */
function leftBehind(heaps: readonly number[]): number {
  return (heaps.at(-1) ?? 0) - (heaps[Math.floor(heaps.length / 10)] ?? 0);
}

function report(found: string, seed: number, number: number): number {
  process.stdout.write(`FINDING in case ${number} of seed ${seed}:\n${found}\n`);
  return 1;
}

function say(tally: Tally, of: { seed: number; tookS: number; left: number }): void {
  const { done, slowest, widest, marks, readerMarks, recorded, recordMarks } = tally;
  const mib = (bytes: number) => (bytes / 1_048_576).toFixed(1);
  process.stdout.write(
    `FIGURE fuzz: ${done} cases in ${of.tookS.toFixed(0)} s, ${(done / of.tookS).toFixed(0)} a second, ` +
      `0 findings, seed ${of.seed}\n` +
      `       ways taken: ${marks.size} through the functions, ${readerMarks.size} through readers, ` +
      `${recordMarks.size} onto the record (${recorded} alerts)\n` +
      `       dearest request ${slowest.cpuMs.toFixed(0)} ms of CPU (case ${slowest.number}), ` +
      `widest ${mib(widest.grownBytes)} MiB (case ${widest.number}), ` +
      `left behind ${mib(of.left)} MiB, ` +
      `${tally.starved} answered late by a busy machine\n`,
  );
}

function option(name: string, fallback: number): number {
  const index = process.argv.indexOf(name);
  const value = index < 0 ? fallback : Number(process.argv[index + 1]);
  if (!Number.isFinite(value) || value <= 0) {
    process.stderr.write(
      'usage: npm run fuzz -- [--seed N] [--minutes N] [--cases N] [--keep FOLDER]\n',
    );
    process.exit(2);
  }
  return value;
}

process.exitCode = await main();
