import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FORGERIES } from '../test/gate/forged-trail.ts';
import { exportOf, toldTrail } from '../test/gate/told-trail.ts';
import { audit } from './audit.ts';
import { exitCodeOf, readArgs, usage } from './command-line.ts';

const USAGE = `usage: npm run second-opinion:trails -- --python FILE [--trails N] [--seed N]

Writes N (default 200) exported trails as the system writes them and some of each kind of cut and
forgery, verifies each with "npm run audit -- verify --file" and with scripts/verify_trail.py, and fails
unless both give the same verdict and name the same event, and the exit codes agree. FILE is a Python 3
with the packages rfc8785 and cryptography.
`;

/** Trails of each kind of forgery. */
const FORGED_OF_EACH = 6;
/** Trails tried before a kind is taken for impossible. */
const TRIED_MAX = 400;

type Verdict = { exitCode: number; place: string | null; text: string };

async function main(args: string[]): Promise<number> {
  const options = { python: { type: 'string' }, trails: { type: 'string' } } as const;
  const { values } = readArgs(args, { ...options, seed: { type: 'string' } });
  const { python } = values;
  if (!python) throw usage('compare', '--python FILE');
  const trails = Number(values.trails ?? 200);
  const folder = mkdtempSync(join(tmpdir(), 'trails-'));
  try {
    const files = await writeTrails(folder, { trails, seed: Number(values.seed ?? 1) });
    return (await compare(files, python)) + (await compareExits(folder, python)) > 0 ? 1 : 0;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** @returns what each file holds, by its path */
async function writeTrails(
  folder: string,
  { trails, seed }: { trails: number; seed: number },
): Promise<Map<string, string>> {
  const files = new Map<string, string>();
  const write = (name: string, what: string, events: Parameters<typeof exportOf>[0]) => {
    const path = join(folder, `${name}.json`);
    writeFileSync(path, JSON.stringify(exportOf(events)));
    files.set(path, what);
  };
  for (let n = 0; n < trails; n += 1) {
    write(`honest-${n}`, 'honest', (await toldTrail(seed * 1_000 + n)).events);
  }
  for (const [index, [kind, forge]] of Object.entries(FORGERIES).entries()) {
    let made = 0;
    for (let n = 0; made < FORGED_OF_EACH && n < TRIED_MAX; n += 1) {
      const rows = await forge((await toldTrail(seed * 1_000 + n)).events);
      if (!rows) continue;
      made += 1;
      write(`forged-${index}-${n}`, kind, rows);
    }
    if (made === 0) throw new Error(`cannot forge: no trail can be forged so that ${kind}`);
  }
  return files;
}

/** @returns how many files the two disagree on, or judge wrongly */
async function compare(files: ReadonlyMap<string, string>, python: string): Promise<number> {
  const other = pythonVerdicts([...files.keys()], python);
  let wrong = 0;
  let honest = 0;
  for (const [path, what] of files) {
    const mine = await ownVerdict(path);
    const theirs = other.get(path);
    const isHonest = what === 'honest';
    if (isHonest) honest += 1;
    const isRight = (mine.exitCode === 0) === isHonest;
    const isSame = theirs?.exitCode === mine.exitCode && theirs.place === mine.place;
    if (isRight && isSame) continue;
    wrong += 1;
    process.stdout.write(`${what}: ${path}\n  here:   ${mine.text}\n  Python: ${theirs?.text}\n`);
  }
  const kinds = Object.keys(FORGERIES).length;
  process.stdout.write(
    `FIGURE trails: ${honest} as written and ${files.size - honest} forged in ${kinds} kinds, ` +
      `${wrong} judged differently or wrongly by the two verifiers\n`,
  );
  return wrong;
}

async function ownVerdict(path: string): Promise<Verdict> {
  let out = '';
  const exitCode = await audit(['verify', '--file', path, '--format', 'json'], {
    environment: {},
    world: () => undefined,
    clock: { nowMs: () => 0 },
    out: (text) => {
      out += text;
    },
    err: (text) => {
      if (!text.startsWith('Reading') && !text.startsWith('The projections')) out += text;
    },
  });
  const { firstBad } = (exitCode < 2 ? JSON.parse(out) : {}) as {
    firstBad?: { incidentId: string; seq: number; reason: string };
  };
  const place = firstBad ? `${firstBad.incidentId}#${firstBad.seq}` : null;
  return { exitCode, place, text: firstBad ? `${place}: ${firstBad.reason}` : out.slice(0, 200) };
}

/** All in one process: starting it costs more than a verification. */
function pythonVerdicts(paths: readonly string[], python: string): Map<string, Verdict> {
  const { stdout, stderr } = runPython(paths, python);
  const verdicts = new Map<string, Verdict>();
  for (const line of stdout.split('\n')) {
    const [, path, said = ''] = /^(.+?\.json): (.*)$/.exec(line) ?? [];
    if (path === undefined) continue;
    const place = /^NOT VALID: ([^ ]+#\d+): /.exec(said)?.[1] ?? null;
    const exitCode = said === 'valid' ? 0 : place === null ? 3 : 1;
    verdicts.set(path, { exitCode, place, text: said });
  }
  if (verdicts.size === 0) throw new Error(`cannot run Python: ${stderr.slice(0, 500)}`);
  return verdicts;
}

function runPython(words: readonly string[], python: string) {
  const script = join(import.meta.dirname, 'verify_trail.py');
  return spawnSync(python, [script, ...words], { encoding: 'utf8', maxBuffer: 2 ** 26 });
}

/** The exit codes of files that are valid, not valid, no export, and not there. */
async function compareExits(folder: string, python: string): Promise<number> {
  const { events } = await toldTrail(1);
  const bad = events.map((event, n) => (n === 0 ? { ...event, commandId: 'other' } : event));
  const contents = {
    'valid.json': JSON.stringify(exportOf(events)),
    'not-valid.json': JSON.stringify(exportOf(bad)),
    'no-json.json': 'not JSON',
    'no-export.json': '{"events":[]}',
  };
  for (const [name, text] of Object.entries(contents)) writeFileSync(join(folder, name), text);
  let wrong = 0;
  for (const [name, expected] of [
    ['valid.json', 0],
    ['not-valid.json', 1],
    ['no-json.json', 3],
    ['no-export.json', 3],
    ['not-there.json', 3],
  ] as const) {
    const path = join(folder, name);
    const codes = [(await ownVerdict(path)).exitCode, runPython([path], python).status];
    if (codes.every((code) => code === expected)) continue;
    wrong += 1;
    process.stdout.write(`${name}: expected exit code ${expected}, got ${codes.join(' and ')}\n`);
  }
  return wrong;
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  process.stderr.write(`${(error as Error).message}\n${USAGE}`);
  process.exitCode = exitCodeOf(error);
}
