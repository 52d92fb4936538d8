import type { TrailProblem } from '../src/domain/trail-rows.ts';
import { composeAudit } from '../src/handlers/compose-audit.ts';
import { Actors } from '../src/local/actors.ts';
import {
  drain,
  type FloodAnswers,
  floodOf,
  outcomeOf,
  sendFlood,
} from '../src/local/alert-flood.ts';
import { startWorld, type World } from '../src/local/world.ts';
import { verifyTrail } from '../src/services/verify-trail.ts';
import { readArgs, usage } from './command-line.ts';

const USAGE = `usage: npm run prove:storm -- [--groups N]

Sends N alert groups (default 1,000) of four services and mixed severities to the embedded world as
fast as it answers, then the same three times more, with Slack's limits on. Prints what came of it,
and fails if a group was lost, a delivery doubled, a limit exceeded, an answer later than 1 s, or if
the trail that it left does not verify.
`;

/** Of real time, for one flood to be worked off. */
const PATIENCE_MS = 3_600_000;
/** What 99 of 100 answers must be under. Unit: ms. */
const ANSWER_P99_MS = 1_000;

process.exitCode = await main(process.argv.slice(2));

async function main(args: string[]): Promise<number> {
  const { values } = readArgs(args, { groups: { type: 'string' }, help: { type: 'boolean' } });
  if (values.help) {
    process.stdout.write(USAGE);
    return 0;
  }
  const groups = Number(values.groups ?? 1_000);
  if (!Number.isSafeInteger(groups) || groups < 1) {
    throw usage('read --groups', 'a positive integer', String(values.groups));
  }
  const world = await startWorld(
    { port: 0, functions: 'inline', limits: 'on', ai: 'off' },
    { writeLog: () => {} },
  );
  const actors = new Actors(world);
  try {
    const startedAtMs = world.clock.nowMs();
    const firings = floodOf(groups, startedAtMs);
    const answers = await sendFlood(world, firings);
    print('answers', answersIn(answers));
    await drain(world, PATIENCE_MS);
    const outcome = outcomeOf(world, await actors.trails(), { firings, startedAtMs });
    print('first time', told(outcome));
    for (let again = 0; again < 3; again += 1) await sendFlood(world, firings);
    await drain(world, PATIENCE_MS);
    const fourth = outcomeOf(world, await actors.trails(), { firings, startedAtMs });
    print('four times', told(fourth));
    const verified = await verifiedTrail(world);
    print('verify', verified);
    const isSound =
      verified.startsWith('valid') &&
      answers.statuses[202] === groups &&
      percentile(answers.tookMs, 0.99) < ANSWER_P99_MS &&
      [outcome, fourth].every((of) => of.lost.length + of.doubled.length + of.refused === 0) &&
      fourth.rooms === outcome.rooms &&
      fourth.linked === outcome.linked;
    print('verdict', isSound ? 'sound' : 'NOT SOUND');
    return isSound ? 0 : 1;
  } finally {
    actors.close();
    await world.close();
  }
}

/** What `npm run audit -- verify` says of the trail that the storm left. */
async function verifiedTrail(world: World): Promise<string> {
  const { region, credentials, urls, tables, keys } = world.ready;
  const tools = await composeAudit({
    access: { region, endpoint: urls.aws, credentials },
    tables,
    keys,
    clock: world.clock,
  });
  try {
    const { ok, chains, events, ...rest } = await verifyTrail(tools);
    if (ok) return `valid: ${chains} chains, ${events} events`;
    const { incidentId, seq, reason } = (rest as { firstBad: TrailProblem }).firstBad;
    return `NOT valid: ${incidentId}#${seq}: ${reason}`;
  } finally {
    tools.close();
  }
}

function answersIn({ statuses, tookMs }: FloodAnswers): string {
  const by = Object.entries(statuses).map(([status, count]) => `${count} × ${status}`);
  const [p50, p99] = [0.5, 0.99].map((share) => percentile(tookMs, share).toFixed(0));
  return `${by.join(', ')}; p50 ${p50} ms, p99 ${p99} ms`;
}

function percentile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
}

function told(of: ReturnType<typeof outcomeOf>): string {
  const last = Object.entries(of.lastRoomS).sort(([a], [b]) => (a < b ? -1 : 1));
  return (
    `${of.lost.length} lost, ${of.doubled.length} doubled, ${of.refused} refused by Slack; ` +
    `${of.rooms} rooms, ${of.storms} of them storms with ${of.linked} groups; ` +
    `last room ${last.map(([severity, s]) => `${severity} ${s.toFixed(0)} s`).join(', ')}`
  );
}

function print(name: string, line: string): void {
  process.stdout.write(`${name.padEnd(12)}${line}\n`);
}
