/**
 * `npm run demo`: one whole P1 in the terminal, without a browser: the embedded world, real
 * functions, people who type and click. Exits 0 only if every expected fact is on record, 1 naming
 * what is missing. `--export FILE` also writes the trail for a verifier that is not ours.
 */
import { writeFileSync } from 'node:fs';
import { composeAudit } from '../handlers/compose-audit.ts';
import { exportTrail } from '../services/export-trail.ts';
import { verifyTrail } from '../services/verify-trail.ts';
import { Actors } from './actors.ts';
import { missingFacts } from './demo/facts.ts';
import { Narrator } from './demo/narrator.ts';
import { playStory } from './demo/story.ts';
import { startWorld, type World } from './world.ts';

const problems: string[] = [];
const write = (text: string): void => void process.stdout.write(text);

process.exitCode = await main().catch((error: unknown) => {
  process.stderr.write(`demo failed: ${error instanceof Error ? error.message : String(error)}\n`);
  for (const line of problems.slice(-5)) process.stderr.write(`${line}\n`);
  return 1;
});

async function main(): Promise<0 | 1> {
  const world = await startWorld(
    { port: 0, functions: 'inline', limits: 'on', ai: 'standin' },
    { writeLog: keepProblem },
  );
  const actors = new Actors(world);
  try {
    const narrator = new Narrator({ actors, write, colours: process.stdout.isTTY === true });
    write('One P1, from alert to postmortem, all of it on this machine. Times are min:s.\n');
    const told = await playStory(actors, narrator);
    narrator.heading('The record');
    const missing = [...(await missingFacts(actors, told)), ...(await verified(world))];
    if (missing.length === 0) {
      write('\nEvery expected fact is on record. See it in a browser: npm start\n');
      return 0;
    }
    for (const fact of missing) process.stderr.write(`missing: ${fact}\n`);
    return 1;
  } finally {
    actors.close();
    await world.close();
  }
}

/** Verifies the audit trail as a reviewer would, from the tables and public keys alone. */
async function verified(world: World): Promise<string[]> {
  const { urls, region, credentials, tables, keys } = world.ready;
  const access = { region, credentials, endpoint: urls.aws };
  const audit = await composeAudit({ access, tables, keys, clock: world.clock });
  try {
    const file = process.argv[process.argv.indexOf('--export') + 1];
    if (process.argv.includes('--export') && file) {
      writeFileSync(file, JSON.stringify(await exportTrail(audit)));
    }
    const verdict = await verifyTrail(audit);
    if (!verdict.ok) {
      const { incidentId, seq, reason } = verdict.firstBad;
      return [`expected the trail to verify, got ${incidentId} event ${seq}: ${reason}`];
    }
    const { events, approvals, publications } = verdict;
    const counts = `${approvals} signed approvals, ${publications} signed publications`;
    write(`  The audit trail verifies: ${events} events in unbroken chains, ${counts}.\n`);
    return approvals === 3 && publications === 3 ? [] : [`expected 3 of each, got ${counts}`];
  } finally {
    audit.close();
  }
}

/** Keeps what went wrong, to be shown if the story fails. */
function keepProblem(line: string): void {
  if (line.startsWith('{"level":"WARN"') || line.startsWith('{"level":"ERROR"'))
    problems.push(line);
}
