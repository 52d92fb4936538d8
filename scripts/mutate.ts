import { spawnSync } from 'node:child_process';
import { globSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { shuffled } from './shuffled.ts';

const USAGE = `usage: npm run mutate -- [--minutes N] [--seed N]

Changes the gate, the audit trail, the signature checks and the secret cache one small mistake at a
time, and tells which mistakes no test notices. Files and tests: stryker.config.json.

  --minutes N   a slice of about this length instead of everything
  --seed N      which slice (default 1); the same seed takes the same lines
`;
/** Lines of one piece of a slice. */
const PIECE_LINES = 30;
/** Pieces that two cores get through in a minute, after about half a minute of preparation. */
const PIECES_PER_MINUTE = 4;

const root = resolve(import.meta.dirname, '..');

process.exitCode = main(process.argv.slice(2));

function main(args: string[]): number {
  const options = parse(args);
  if (!options) {
    process.stderr.write(USAGE);
    return args.includes('--help') ? 0 : 2;
  }
  const slice =
    options.minutes === undefined
      ? []
      : ['--mutate', sliceOf({ minutes: options.minutes, seed: options.seed }).join(',')];
  const stryker = join(root, 'node_modules/@stryker-mutator/core/bin/stryker.js');
  const run = spawnSync(process.execPath, [stryker, 'run', ...slice], {
    cwd: root,
    stdio: 'inherit',
  });
  return run.status ?? 1;
}

/** Pieces of the files under mutation, as `file:from-to`, in an order that only the seed decides. */
function sliceOf(of: { minutes: number; seed: number }): string[] {
  const config = JSON.parse(readFileSync(join(root, 'stryker.config.json'), 'utf8'));
  const files = globSync(config.mutate as string[], { cwd: root }).sort();
  const pieces = files.flatMap((file) => {
    const lines = readFileSync(join(root, file), 'utf8').split('\n').length;
    const starts = Array.from(
      { length: Math.ceil(lines / PIECE_LINES) },
      (_, i) => i * PIECE_LINES,
    );
    return starts.map((start) => `${file}:${start + 1}-${Math.min(start + PIECE_LINES, lines)}`);
  });
  const count = Math.max(1, Math.round((of.minutes - 0.5) * PIECES_PER_MINUTE));
  return shuffled(pieces, of.seed).slice(0, count);
}

function parse(args: string[]): { minutes?: number; seed: number } | undefined {
  const options: { minutes?: number; seed: number } = { seed: 1 };
  for (let i = 0; i < args.length; i += 2) {
    const value = Number(args[i + 1]);
    if (!Number.isFinite(value) || value <= 0) return undefined;
    if (args[i] === '--minutes') options.minutes = value;
    else if (args[i] === '--seed') options.seed = Math.floor(value);
    else return undefined;
  }
  return options;
}
