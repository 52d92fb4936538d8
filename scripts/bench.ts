/**
 * Measures the first minute of an incident and the gate, on this machine.
 *
 *   npm run bench -- [--rounds N]
 *
 * Everything runs in the embedded world: real functions, adapters and SDKs, with stand-ins on
 * loopback. Milliseconds differ between machines; the ratios do not much. Nothing here is a test.
 */
import { createHmac } from 'node:crypto';
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { Actors } from '../src/local/actors.ts';
import { deliveryOf, newFiring, SAMPLE_ALERTS } from '../src/local/samples/sample-alerts.ts';
import { postSignedAlert } from '../src/local/sign-alert.ts';
import { startWorld, type World } from '../src/local/world.ts';
import { printPublicationCosts } from './bench-gate.ts';

type Figures = Record<string, number[]>;

async function main(): Promise<void> {
  const rounds = Number(process.argv[process.argv.indexOf('--rounds') + 1]) || 20;
  const world = await startWorld(
    { port: 0, functions: 'inline', limits: 'off', ai: 'standin' },
    { writeLog: () => {} },
  );
  const actors = new Actors(world);
  const figures: Figures = {};
  try {
    await oneAlert(world, { figures: {}, round: 0 });
    for (let round = 1; round <= rounds; round += 1) {
      await bareSend(world, { figures, round });
      await oneAlert(world, { figures, round });
    }
    print(figures, rounds);
    perIncident(world, rounds + 1);
  } finally {
    actors.close();
    await world.close();
  }
  await printPublicationCosts();
}

/** From the signed alert to the answer, and to a complete room. */
async function oneAlert(world: World, of: { figures: Figures; round: number }): Promise<void> {
  const alert = SAMPLE_ALERTS[0];
  if (!alert) throw new Error('cannot measure: expected a sample alert, got none');
  const nowMs = world.clock.nowMs();
  const { urls, secrets } = world.ready;
  const firing = newFiring(alert, nowMs, of.round);
  const delivery = deliveryOf(firing, 'alert group created', nowMs);
  const started = performance.now();
  await postSignedAlert({ apiUrl: urls.api, secrets, nowMs }, delivery);
  record(of.figures, 'alert answered', performance.now() - started);
  await world.idle(30_000);
  record(of.figures, 'room complete', performance.now() - started);
}

/** The least an accepted alert can cost here: one HMAC and one send through the SDK. */
async function bareSend(world: World, of: { figures: Figures; round: number }): Promise<void> {
  const { urls, region, credentials, queues, secrets } = world.ready;
  client ??= new SQSClient({ region, endpoint: urls.aws, credentials });
  const body = JSON.stringify({ kind: 'bench', round: of.round, text: 'x'.repeat(2_000) });
  const started = performance.now();
  const hmac = createHmac('sha256', secrets.oncallHmac).update(body).digest('hex');
  await client.send(
    new SendMessageCommand({
      QueueUrl: queues.publicationsDlq,
      MessageBody: body,
      MessageGroupId: 'bench',
      MessageDeduplicationId: hmac,
    }),
  );
  record(of.figures, 'HMAC and one send (limit)', performance.now() - started);
}
let client: SQSClient | undefined;

function record(figures: Figures, name: string, ms: number): void {
  const values = figures[name] ?? [];
  values.push(ms);
  figures[name] = values;
}

function print(figures: Figures, rounds: number): void {
  process.stdout.write(`${rounds} rounds, milliseconds\n`);
  const limit = median(figures['HMAC and one send (limit)'] ?? []);
  for (const [name, values] of Object.entries(figures)) {
    const cells = [Math.min(...values), median(values), Math.max(...values)];
    const shown = cells.map((value) => value.toFixed(1).padStart(8)).join('');
    const ratio = (median(values) / limit).toFixed(1);
    process.stdout.write(`${name.padEnd(28)} min/med/max${shown}   ${ratio} × limit\n`);
  }
}

/** What an alert and its room cost at AWS and Slack, in calls. */
function perIncident(world: World, incidents: number): void {
  for (const [name, board] of [
    ['AWS', world.aws.board],
    ['Slack', world.slack.board],
  ] as const) {
    const counts = Object.entries(board.calls().counts).sort((a, b) => b[1] - a[1]);
    const shown = counts
      .map(([operation, count]) => `${operation} ${(count / incidents).toFixed(1)}`)
      .join(', ');
    process.stdout.write(`${name} calls per incident: ${shown}\n`);
  }
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

await main();
