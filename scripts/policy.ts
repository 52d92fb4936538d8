import { basename } from 'node:path';
import { CedarPolicy } from '../src/adapters/cedar/cedar-policy.ts';
import {
  loadRouting,
  policySurroundings,
  readPolicyFiles,
} from '../src/adapters/files/deployment-config.ts';
import { loadPolicyTable, loadPolicyTables } from '../src/adapters/files/policy-tables.ts';
import { realSystem } from '../src/adapters/system/system.ts';
import { processEnvironment } from '../src/config.ts';
import { calendarIn } from '../src/domain/calendar.ts';
import type { Routing } from '../src/domain/routing.ts';
import { readWorldFile } from '../src/local/world-file.ts';
import { explainApproval } from '../src/services/explain-approval.ts';
import { runPolicyTable } from '../src/services/policy-table.ts';
import type { AuditDeps } from './audit.ts';
import { openSource } from './audit-source.ts';
import { EXIT, exitCodeOf } from './command-line.ts';
import {
  type ExplainOptions,
  POLICY_HELP,
  parsePolicyOptions,
  type TestOptions,
} from './policy-options.ts';
import { policyReport } from './policy-report.ts';
import { findDraft, findPerson } from './policy-source.ts';
import { NO_LOG } from './terminal.ts';

const WEEKDAYS = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'];

/**
 * The command of whoever writes or questions the approval policy.
 * @returns the exit code
 */
export async function policy(args: string[], deps: AuditDeps): Promise<number> {
  try {
    const options = parsePolicyOptions(args);
    if (options.command === 'help') {
      deps.out(POLICY_HELP);
      return 0;
    }
    const routing = loadRouting(options.config);
    const engine = engineOf(options, routing);
    if (options.command === 'test') return testTables(options, engine, deps);
    return await explain(options, { engine, routing, deps });
  } catch (error) {
    deps.err(`${(error as Error).message}\n`);
    const isCoded = typeof (error as { code?: unknown }).code === 'string';
    return isCoded ? exitCodeOf(error) : EXIT.notValid;
  }
}

function engineOf(options: TestOptions | ExplainOptions, routing: Routing): CedarPolicy {
  const folder = options.policies ?? `${options.config}/policies`;
  return new CedarPolicy(readPolicyFiles(folder, options.with), policySurroundings(routing));
}

function testTables(options: TestOptions, engine: CedarPolicy, deps: AuditDeps): number {
  const tables = options.tests.length
    ? options.tests.map(loadPolicyTable)
    : loadPolicyTables(options.config);
  const results = tables.map((table) => ({
    file: basename(table.file),
    rows: runPolicyTable(table, engine),
  }));
  const { text, failures } = policyReport(results);
  deps.out(text);
  return failures === 0 ? 0 : 1;
}

async function explain(
  options: ExplainOptions,
  { engine, routing, deps }: { engine: CedarPolicy; routing: Routing; deps: AuditDeps },
): Promise<number> {
  const source = await openSource(options.source, deps);
  try {
    deps.err(`Reading ${source.said}\n`);
    const draft = await findDraft(source, options, routing);
    for (const problem of draft.problems) deps.err(`The trail does not verify: ${problem}\n`);
    // The embedded world's clock may be ahead of this machine's; the trail knows.
    const now = new Date(deps.clock.nowMs()).toISOString();
    const at = options.at ?? (draft.at > now ? draft.at : now);
    const person = await findPerson(options, { ...draft, at }, { routing, source, deps });
    const { weekday, minuteOfDay } = calendarIn(routing.timeZone)(at);
    const two = (n: number) => String(n).padStart(2, '0');
    const time = `${two(Math.floor(minuteOfDay / 60))}:${two(minuteOfDay % 60)}`;
    const explanation = explainApproval(engine, {
      ...draft,
      ...person,
      at,
      clockWords: `${WEEKDAYS[weekday - 1]} ${time}, ${routing.timeZone}`,
      groupsOf: Object.fromEntries(
        Object.entries(routing.roles).map(([role, { slackUserGroups }]) => [role, slackUserGroups]),
      ),
    });
    const { lines, ...verdict } = explanation;
    deps.out(
      options.json ? `${JSON.stringify({ ...verdict, at, lines })}\n` : `${lines.join('\n')}\n`,
    );
    return 0;
  } finally {
    source.close();
  }
}

if (import.meta.main) {
  process.exitCode = await policy(process.argv.slice(2), {
    environment: processEnvironment(),
    world: readWorldFile,
    clock: realSystem(NO_LOG).clock,
    out: (text) => void process.stdout.write(text),
    err: (text) => void process.stderr.write(text),
  });
}
