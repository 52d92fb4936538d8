import { realSystem } from '../src/adapters/system/system.ts';
import { ConfigError, processEnvironment, readAuditConfig } from '../src/config.ts';
import { sha256Hex } from '../src/domain/ids.ts';
import { readWorldFile } from '../src/local/world-file.ts';
import { findQuarantined, type QuarantinedAlert } from '../src/services/audit-listing.ts';
import type { IncidentQueue } from '../src/services/ports.ts';
import type { AuditDeps } from './audit.ts';
import { type AuditSource, openSource } from './audit-source.ts';
import { EXIT, exitCodeOf, readArgs, usage } from './command-line.ts';
import { SOURCE_HELP, SOURCE_OPTIONS, sourceChoice } from './source-options.ts';
import { NO_LOG } from './terminal.ts';

const HELP = `Has alerts in quarantine placed again, after what refused them was put right.

usage: npm run replay-quarantined -- [--event CHAIN#NUMBER]... [--all] [--endpoint URL]

  (nothing)          lists what waits in quarantine
  --event CHAIN#NUMBER
                     replays this one, e.g. intake-20261120#7; may be repeated
  --all              replays everything that waits
${SOURCE_HELP}Asks incident-worker through its queue (ALERTS_QUEUE_URL; found by its name behind an endpoint).
What comes of each is an ALERT_REPLAYED on its chain, and said in the announcement channel. Safe to
repeat: what was placed is not placed again, and the same alert never opens two rooms.
Exit codes: 0 listed or asked, 2 usage, 3 could not be read or sent.
`;

/**
 * The operator's command.
 * @returns the exit code
 */
export async function replayQuarantined(args: string[], deps: AuditDeps): Promise<number> {
  let source: AuditSource | undefined;
  try {
    const values = optionsOf(args);
    if (values.help) {
      deps.out(HELP);
      return EXIT.done;
    }
    source = await openSource(sourceChoice(values), deps);
    deps.err(`Reading ${source.said}\n`);
    const waiting = await findQuarantined(source);
    const wanted = values.all ? waiting : (values.event ?? []).map((one) => named(waiting, one));
    if (!values.all && wanted.length === 0) {
      list(waiting, deps);
      return EXIT.done;
    }
    const queue = wanted.length > 0 ? await queueOf(source, deps) : undefined;
    for (const { incidentId, seq } of wanted) {
      await ask(queue as IncidentQueue, { incidentId, seq, askedAtMs: deps.clock.nowMs() });
    }
    deps.out(
      `Asked incident-worker to replay ${wanted.length} of ${waiting.length} alert(s). What comes of ` +
        'it is said in the announcement channel, and here: npm run audit -- list --type ALERT_REPLAYED\n',
    );
    return EXIT.done;
  } catch (error) {
    deps.err(`${(error as Error).message}\n`);
    return exitCodeOf(error);
  } finally {
    source?.close();
  }
}

function list(waiting: readonly QuarantinedAlert[], deps: AuditDeps): void {
  for (const { incidentId, seq, at, path, reason } of waiting) {
    deps.out(`${incidentId}#${seq}  ${at}  ${path}  ${reason}\n`);
  }
  deps.out(
    waiting.length === 0
      ? 'Nothing waits in quarantine.\n'
      : `${waiting.length} alert(s) wait in quarantine.\n`,
  );
}

function named(waiting: readonly QuarantinedAlert[], text: string): QuarantinedAlert {
  const found = waiting.find(({ incidentId, seq }) => `${incidentId}#${seq}` === text);
  if (found) return found;
  throw usage('replay', 'an alert that waits in quarantine, e.g. intake-20261120#7', text);
}

async function queueOf(source: AuditSource, deps: AuditDeps): Promise<IncidentQueue> {
  const { ALERTS_QUEUE_URL } = readAuditConfig(deps.environment);
  if (source.queue) return source.queue(ALERTS_QUEUE_URL);
  throw new ConfigError('cannot replay: expected a deployment, got a file');
}

async function ask(
  queue: IncidentQueue,
  of: { incidentId: string; seq: number; askedAtMs: number },
): Promise<void> {
  const { incidentId, seq, askedAtMs } = of;
  // A group of its own each: one that is still refused holds up no other.
  const group = `replay#${incidentId}#${seq}`;
  await queue.send(
    { kind: 'replay_quarantined', ...of },
    { group, deduplicationId: sha256Hex(`${group}#${askedAtMs}`) },
  );
}

function optionsOf(args: string[]) {
  const { values, positionals } = readArgs(args, {
    event: { type: 'string', multiple: true },
    all: { type: 'boolean' },
    ...SOURCE_OPTIONS,
    help: { type: 'boolean', default: false },
  });
  if (positionals[0] !== undefined) throw usage('replay', 'no further words', positionals[0]);
  if (values.all && values.event) throw usage('replay', '--all or --event', 'both');
  return values;
}

if (import.meta.main) {
  process.exitCode = await replayQuarantined(process.argv.slice(2), {
    environment: processEnvironment(),
    world: readWorldFile,
    clock: realSystem(NO_LOG).clock,
    out: (text) => void process.stdout.write(text),
    err: (text) => void process.stderr.write(text),
  });
}
