import fc from 'fast-check';
import { failingCalls } from '../test/properties/gate-failures.ts';
import { interleavingProperty } from '../test/properties/gate-interleavings.ts';

const USAGE = `usage: npm run prove:gate -- [--minutes N] [--seed N]

Looks for a history in which the approval gate breaks a promise: interleavings of everybody at once,
and every call of every port failing before and after its effect.

  --minutes N   how long to look (default 1)
  --seed N      where to start; the same seed looks at the same histories (default: the day's)
`;
/** Histories between two looks at the clock. */
const BATCH = 500;
const DAY_MS = 86_400_000;

process.exitCode = await main(process.argv.slice(2));

async function main(args: string[]): Promise<number> {
  const options = parse(args);
  if (!options) {
    process.stderr.write(USAGE);
    return args.includes('--help') ? 0 : 2;
  }
  const startedMs = performance.now();
  const endsMs = startedMs + options.minutes * 60_000;
  let histories = 0;
  for (let batch = 0; batch === 0 || performance.now() < endsMs; batch += 1) {
    const seed = options.seed + batch;
    const found = await fc.check(interleavingProperty(), { numRuns: BATCH, seed });
    histories += found.numRuns;
    if (found.failed) {
      row('interleavings', histories, `BROKEN at seed ${seed}, path ${found.counterexamplePath}`);
      process.stdout.write(`${String(found.errorInstance)}\n`);
      return 1;
    }
  }
  row('interleavings', histories, 'held');
  const failures = await failingCalls();
  for (const { name, points, broken } of failures) row(name, points, broken ?? 'held');
  row('seconds', Math.round((performance.now() - startedMs) / 1_000), `seed ${options.seed}`);
  return failures.some(({ broken }) => broken !== undefined) ? 1 : 0;
}

function parse(args: string[]): { minutes: number; seed: number } | undefined {
  const options = { minutes: 1, seed: Math.floor(startOfToday() / DAY_MS) };
  for (let i = 0; i < args.length; i += 2) {
    const value = Number(args[i + 1]);
    if (!Number.isFinite(value) || value < 0) return undefined;
    if (args[i] === '--minutes') options.minutes = value;
    else if (args[i] === '--seed') options.seed = Math.floor(value);
    else return undefined;
  }
  return options;
}

function startOfToday(): number {
  return performance.timeOrigin - (performance.timeOrigin % DAY_MS);
}

function row(what: string, count: number, verdict: string): void {
  process.stdout.write(`${what.padEnd(44)}${String(count).padStart(8)}  ${verdict}\n`);
}
