import { realSystem } from '../src/adapters/system/system.ts';
import { processEnvironment } from '../src/config.ts';
import { readWorldFile } from '../src/local/world-file.ts';
import { type RebuildOutcome, rebuildProjections } from '../src/services/rebuild-projections.ts';
import type { AuditDeps } from './audit.ts';
import { type AuditSource, openSource } from './audit-source.ts';
import { exitCodeOf, readArgs, usage } from './command-line.ts';
import { SOURCE_HELP, SOURCE_OPTIONS, sourceChoice } from './source-options.ts';
import { NO_LOG } from './terminal.ts';

const HELP = `Rebuilds every projection from the audit trail.

usage: npm run rebuild -- [--check] [--endpoint URL]

  --check            compares only, and names every row that is not what the trail gives
${SOURCE_HELP}Never writes to the audit trail, and rebuilds nothing from
a chain that does not verify. Safe to repeat, and safe while the system runs.
Exit codes: 0 all rows are what the trail gives, 1 some are not (or, without --check, could not be
made so), 2 usage, 3 could not be read.
`;

/**
 * The operator's command.
 * @returns the exit code
 */
export async function rebuild(args: string[], deps: AuditDeps): Promise<number> {
  let source: AuditSource | undefined;
  try {
    const values = optionsOf(args);
    if (values.help) {
      deps.out(HELP);
      return 0;
    }
    source = await openSource(sourceChoice(values), deps);
    deps.err(`Reading ${source.said}\n`);
    const { reader, writer } = source;
    const before = await rebuildProjections(
      values.check || !writer ? { reader } : { reader, writer },
    );
    if (values.check) return report(before, deps);
    for (const { row, reason } of before.differences) deps.out(`corrected ${row}: ${reason}\n`);
    return report(await rebuildProjections({ reader }), deps);
  } catch (error) {
    deps.err(`${(error as Error).message}\n`);
    return exitCodeOf(error);
  } finally {
    source?.close();
  }
}

function report(outcome: RebuildOutcome, deps: AuditDeps): number {
  const { chains, rows, differences, unsound } = outcome;
  for (const { row, reason } of unsound) deps.out(`unsound ${row}: ${reason}\n`);
  for (const { row, reason } of differences) deps.out(`differs ${row}: ${reason}\n`);
  const isGood = differences.length + unsound.length === 0;
  deps.out(
    isGood
      ? `Every projection is what the trail gives: ${chains} chain(s), ${rows} row(s).\n`
      : `${differences.length} row(s) differ, ${unsound.length} chain(s) do not verify.\n`,
  );
  return isGood ? 0 : 1;
}

function optionsOf(args: string[]) {
  const { values, positionals } = readArgs(args, {
    check: { type: 'boolean', default: false },
    ...SOURCE_OPTIONS,
    help: { type: 'boolean', default: false },
  });
  if (positionals[0] !== undefined) throw usage('rebuild', 'no further words', positionals[0]);
  return values;
}

if (import.meta.main) {
  process.exitCode = await rebuild(process.argv.slice(2), {
    environment: processEnvironment(),
    world: readWorldFile,
    clock: realSystem(NO_LOG).clock,
    out: (text) => void process.stdout.write(text),
    err: (text) => void process.stderr.write(text),
  });
}
