import { Actors } from '../../src/local/actors.ts';
import { type BenchWorld, startBenchWorld } from './bench-world.ts';
import { AWS_CALL_MS, INDEXES, MEMORY_GB, PRICES } from './prices.ts';
import { openRooms, SLACK_CALL_MS } from './room.ts';
import { printTable } from './table.ts';

/** Drafts by her, approved by the other; ids of the embedded workspace. */
const AUTHOR = 'U04MAYAITO1';
const APPROVER = 'U04PRIYARMN';
const READS = ['GetItem', 'Query', 'BatchGetItem', 'Scan'];
const KB = 1024;

/** What one part of an incident asked of AWS. */
export type Usage = {
  /** Calls by `service:Operation`, of all functions but the sweeper. */
  calls: Record<string, number>;
  writeUnits: number;
  readUnits: number;
  httpRequests: number;
  lambdaRequests: number;
  lambdaGbS: number;
};

/** Measures an incident from its alert to a complete room, and one publication. */
export async function measureCosts(): Promise<Record<string, Usage>> {
  const world = await startBenchWorld({ responders: 8, limits: 'off', delivers: true });
  const meter = new Meter(world);
  const actors = new Actors(world);
  try {
    // Secrets and public keys are fetched once per function, not once per incident.
    await openRooms(world, { incidents: 1, from: 0 });
    world.slack.board.plan({ match: '*', times: 0, delayMs: SLACK_CALL_MS });
    const opened = await meter.during(() => openRooms(world, { incidents: 1, from: 1 }));
    const room = await newestRoom(actors);
    for (const user of [AUTHOR, APPROVER]) {
      const body = JSON.stringify({ user, channel: room });
      await fetch(`${world.ready.urls.slack}/_world/join`, { method: 'POST', body });
    }
    await actors.settle(60_000);
    const published = await meter.during(async () => {
      await actors.says(AUTHOR, room, 'draft investigating We see failed payments.');
      await actors.settle(60_000);
      await actors.clicks(APPROVER, room, { action: 'statuspage_approve' });
      await actors.settle(60_000);
    });
    return { 'alert to complete room': opened, 'draft, approval, publication': published };
  } finally {
    actors.close();
    await world.close();
  }
}

async function newestRoom(actors: Actors): Promise<string> {
  const rooms = (await actors.channels()).filter(({ name }) => name.startsWith('inc'));
  const room = rooms.at(-1);
  if (!room) throw new Error('cannot measure costs: expected a war room, got none');
  return room.id;
}

class Meter {
  readonly #world: BenchWorld;
  #writeUnits = 0;
  #readUnits = 0;

  constructor(world: BenchWorld) {
    this.#world = world;
    const { dynamodb } = world.aws;
    const perform = dynamodb.perform.bind(dynamodb);
    dynamodb.perform = async (call) => {
      const output = await perform(call);
      if (isCounted(call.caller)) this.#weigh(call.action, call.input, output);
      return output;
    };
  }

  async during(act: () => Promise<unknown>): Promise<Usage> {
    const { board } = this.#world.aws;
    board.clearCalls();
    this.#writeUnits = 0;
    this.#readUnits = 0;
    const before = await this.#functions();
    await act();
    const after = await this.#functions();
    const own = board.calls().calls.filter(({ caller }) => isCounted(caller));
    const calls: Record<string, number> = {};
    for (const { operation } of own) calls[operation] = (calls[operation] ?? 0) + 1;
    const usage = { httpRequests: 0, lambdaRequests: 0, lambdaGbS: 0 };
    for (const [name, gb] of Object.entries(MEMORY_GB)) {
      const invocations = after[name]!.invocations - before[name]!.invocations;
      const awaited = own.filter(({ caller }) => caller === name).length * AWS_CALL_MS;
      const ms = invocations * (after[name]!.p50Ms ?? 0) + awaited;
      usage.lambdaRequests += invocations;
      usage.lambdaGbS += (gb * ms) / 1000;
      if (name === 'alert-webhook' || name === 'slack-ingress') usage.httpRequests += invocations;
    }
    return { calls, writeUnits: this.#writeUnits, readUnits: this.#readUnits, ...usage };
  }

  /** Sizes as JSON, which is a little more than DynamoDB counts. */
  #weigh(action: string, input: object, output: object): void {
    if (READS.includes(action)) {
      this.#readUnits += Math.ceil(JSON.stringify(output).length / (4 * KB));
      return;
    }
    const text = JSON.stringify(input);
    const table = Object.keys(INDEXES).find((name) => text.includes(name)) ?? '';
    this.#writeUnits += Math.ceil(text.length / KB) * (1 + (INDEXES[table] ?? 0));
  }

  async #functions(): Promise<Record<string, { invocations: number; p50Ms: number | null }>> {
    const response = await fetch(`${this.#world.ready.urls.world}/_world/functions`);
    return (await response.json()) as never;
  }
}

/** The sweeper comes each minute, whether there are incidents or not. */
function isCounted(caller: string): boolean {
  return caller !== 'external' && caller !== 'sweeper';
}

/** Dollars by service. */
export function dollarsOf(usage: Usage): Record<string, number> {
  const calls = (service: string) =>
    Object.entries(usage.calls)
      .filter(([operation]) => operation.startsWith(`${service}:`))
      .reduce((sum, [, count]) => sum + count, 0);
  return {
    // A message is received and deleted once for each time it is sent.
    SQS: calls('sqs') * 3 * PRICES.sqsPerRequest,
    DynamoDB:
      usage.writeUnits * PRICES.dynamodbPerWriteUnit + usage.readUnits * PRICES.dynamodbPerReadUnit,
    KMS: calls('kms') * PRICES.kmsPerCall,
    'Secrets Manager': calls('secretsmanager') * PRICES.secretsPerCall,
    Scheduler: calls('scheduler') * PRICES.schedulerPerInvocation,
    Lambda: usage.lambdaRequests * PRICES.lambdaPerRequest + usage.lambdaGbS * PRICES.lambdaPerGbS,
    'HTTP API': usage.httpRequests * PRICES.httpApiPerRequest,
  };
}

/** Prints calls and estimated dollars. */
export async function printCosts(): Promise<void> {
  const usages = await measureCosts();
  const names = Object.keys(usages);
  const operations = [...new Set(Object.values(usages).flatMap(({ calls }) => Object.keys(calls)))];
  const count = (name: string, of: (usage: Usage) => number | undefined) =>
    String(Math.round((of(usages[name] as Usage) ?? 0) * 100) / 100);
  const rows = [
    ...operations.sort().map((operation) => [operation, (u: Usage) => u.calls[operation]] as const),
    ['DynamoDB write units', (u: Usage) => u.writeUnits] as const,
    ['DynamoDB read units', (u: Usage) => u.readUnits] as const,
    ['Lambda invocations', (u: Usage) => u.lambdaRequests] as const,
    ['Lambda GB-s', (u: Usage) => u.lambdaGbS] as const,
  ];
  printTable(
    `Costs: what is asked of AWS, all functions but the sweeper, caches warm`,
    ['', ...names],
    rows.map(([title, of]) => [title, ...names.map((name) => count(name, of))]),
  );
  const dollars = names.map((name) => dollarsOf(usages[name] as Usage));
  const services = Object.keys(dollars[0] ?? {});
  const shown = (value: number) => (value * 1000).toFixed(4);
  const totals = dollars.map((of) => Object.values(of).reduce((sum, each) => sum + each, 0));
  printTable(
    `Estimated dollars for 1,000 of each, ${PRICES.region}, prices of ${PRICES.asOf}`,
    ['', ...names],
    [
      ...services.map((service) => [service, ...dollars.map((of) => shown(of[service] ?? 0))]),
      ['together', ...totals.map(shown)],
    ],
  );
}
