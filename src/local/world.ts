import { fileURLToPath } from 'node:url';
import { CedarPolicy } from '../adapters/cedar/cedar-policy.ts';
import { loadDeploymentConfig, policySurroundings } from '../adapters/files/deployment-config.ts';
import { jsonLog } from '../adapters/system/json-log.ts';
import { realSystem, type System } from '../adapters/system/system.ts';
import type { FunctionName, VariableName } from '../config.ts';
import { REGION } from './aws/aws-call.ts';
import { Ends } from './ends.ts';
import { functionEnvironment, ROOT_COMMAND } from './function-environments.ts';
import { EventSource } from './functions/event-source.ts';
import { type Runners, startRunners } from './functions/start-runners.ts';
import { startSweepRule } from './functions/sweep-rule.ts';
import { writePinnedGroups } from './pinned-groups.ts';
import { TABLE_NAMES, type TableNames } from './tables.ts';
import { WorldClock } from './world-clock.ts';
import { type IdleAnswer, type WorldParts, waitUntilIdle } from './world-control.ts';
import { type Fakes, startFakes } from './world-fakes.ts';
import { type FakeUrls, startFront } from './world-front.ts';
import type { WorldOptions } from './world-options.ts';
import {
  createResources,
  type Identities,
  makeIdentities,
  QUEUE_NAMES,
  type QueueUrls,
  type SharedSecrets,
  type WorldResources,
} from './world-resources.ts';

/** Where each server of the world listens. */
export type WorldUrls = {
  api: string;
  page: string;
  world: string;
  slack: string;
  statuspage: string;
  oncall: string;
  aws: string;
  grafana: string;
  github: string;
  workos: string;
};

/** What the world says of itself when it is ready: the one line of `--json`. */
export type WorldReady = {
  ready: true;
  urls: WorldUrls;
  region: string;
  credentials: { accessKeyId: string; secretAccessKey: string };
  tables: TableNames;
  queues: QueueUrls;
  secrets: SharedSecrets;
  command: string;
  keys: { approval: string; publication: string };
};

/** A running world. */
export type World = Fakes & {
  ready: WorldReady;
  clock: WorldClock;
  /** @see waitUntilIdle */
  idle(timeoutMs: number): Promise<IdleAnswer>;
  /** Ends a function's process, as a fault with `kill` would; a function inline lives on. */
  kill(name: FunctionName): void;
  /** Stops a function's process where it is. @returns wakes it; @see ProcessRunner.freeze */
  freeze(name: FunctionName): () => void;
  /** The whole environment that a function runs with. */
  environmentOf(name: FunctionName): Record<string, string>;
  /** Ends servers and functions, children included. Safe to repeat. */
  close(): Promise<void>;
};

/** What only code, not the command line, chooses. */
export type WorldSurroundings = {
  /** @default the repository's `config` folder */
  configFolder?: string;
  /** Of the functions' environments, instead of what the world would say. */
  variables?: Partial<Record<VariableName, string>>;
  /** What a function's own process runs. @default the source as it is */
  processEntry?: string;
  /** False: messages stay in their queues, for who wants to deliver them. @default true */
  deliversMessages?: boolean;
  /** Takes each line of the functions' logs. @default stderr */
  writeLog?: (line: string) => void;
};

const DEFAULT_CONFIG_FOLDER = fileURLToPath(new URL('../../config', import.meta.url));
/** Invocations at a time of one queue's function. */
const CONCURRENCY = 20;
/**
 * The same for alerts: on AWS each invocation has a processor of its own, here they share one with the
 * clicks that must not wait for them.
 */
const ALERTS_CONCURRENCY = 4;

/**
 * Starts the whole system on loopback, empty.
 *
 * @throws {ConfigError} `CONFIG_INVALID` for a mistake in the configuration folder
 * @throws {PortBusyError} `PORT_BUSY`
 */
export async function startWorld(
  options: WorldOptions,
  surroundings: WorldSurroundings = {},
): Promise<World> {
  const ends = new Ends();
  try {
    return await assemble(options, surroundings, ends);
  } catch (error) {
    await ends.run();
    throw error;
  }
}

async function assemble(
  options: WorldOptions,
  surroundings: WorldSurroundings,
  ends: Ends,
): Promise<World> {
  const configFolder = surroundings.configFolder ?? DEFAULT_CONFIG_FOLDER;
  const writeLog = surroundings.writeLog ?? ((line) => void process.stderr.write(`${line}\n`));
  const { routing, policies } = loadDeploymentConfig(configFolder);
  // Checked as a deployment would be; the functions read the policy only when they need it.
  new CedarPolicy(policies, policySurroundings(routing));
  const clock = new WorldClock();
  ends.add(() => clock.close());
  const log = jsonLog({ functionName: 'world', clock, write: writeLog });
  const system: System = { ...realSystem(log), clock };
  const identities = makeIdentities();
  // Slack and the faults reach the functions, and the functions reach Slack: tie the knot late.
  const late: { runners?: Runners; apiUrl: string } = { apiUrl: '' };
  const fakes = await startFakes({
    ...options,
    clock,
    identities,
    components: routing.components,
    kill: options.functions === 'process' ? (name) => late.runners?.kill(name) : undefined,
    apiUrl: () => late.apiUrl,
    onStarted: ends.add,
  });
  const resources = await createResources(fakes.aws, identities);
  const urls = urlsOf(fakes);
  const ai = options.ai === 'off' ? 'off' : 'on';
  // Where the fakes limit nothing, nobody need wait for his turn either.
  const rates = options.limits === 'on' ? 'keep' : 'ignore';
  const variables = { SLACK_RATE_LIMITS: rates, ...surroundings.variables };
  const userGroupsFile = writePinnedGroups(fakes.slack.workspace.userGroups, ends.add);
  const places = { urls, identities, resources, configFolder, userGroupsFile } as const;
  const inputs = { ...places, ai, variables } as const;
  const environmentOf = (name: FunctionName) => functionEnvironment(name, inputs);
  const runners = await startRunners({
    mode: options.functions,
    system,
    clock,
    writeLog,
    environmentOf,
    processEntry: surroundings.processEntry,
  });
  late.runners = runners;
  ends.add(runners.close);
  const parts = { clock, sqs: fakes.aws.sqs, runners: runners.byName };
  const front = await startFront({
    port: options.port,
    parts,
    system,
    urls,
    writeLog,
    ends,
    aws: fakes.aws,
    oncall: fakes.oncall,
    operator: identities.operator,
  });
  late.apiUrl = front.api;
  if (surroundings.deliversMessages ?? true) connectQueues({ ...parts, writeLog, ends });
  return {
    ready: toReady({ ...front, ...urls }, identities, resources),
    clock,
    ...fakes,
    idle: (timeoutMs) => waitUntilIdle(parts, timeoutMs),
    kill: runners.kill,
    freeze: runners.freeze,
    environmentOf,
    close: ends.run,
  };
}

function urlsOf({ aws, slack, statuspage, oncall, grafana, github, workos }: Fakes): FakeUrls {
  return {
    slack: slack.url,
    statuspage: statuspage.url,
    oncall: oncall.url,
    aws: aws.url,
    grafana: grafana.url,
    github: github.url,
    workos: workos.url,
  };
}

function toReady(urls: WorldUrls, { operator }: Identities, made: WorldResources): WorldReady {
  return {
    ready: true,
    urls,
    region: REGION,
    credentials: operator,
    tables: TABLE_NAMES,
    queues: made.queues,
    secrets: made.secrets,
    command: ROOT_COMMAND,
    keys: made.keys,
  };
}

/** Connects the queues to their functions, and the sweeper to the clock. */
function connectQueues(of: WorldParts & { writeLog: (line: string) => void; ends: Ends }): void {
  const { clock, sqs, runners, writeLog, ends } = of;
  const sources = [
    [QUEUE_NAMES.alerts, runners['incident-worker'], ALERTS_CONCURRENCY],
    [QUEUE_NAMES.incidents, runners['incident-worker'], CONCURRENCY],
    [QUEUE_NAMES.publications, runners.publisher, CONCURRENCY],
  ] as const;
  for (const [queueName, runner, concurrency] of sources) {
    const source = new EventSource({ sqs, queueName, runner, concurrency, writeLog });
    source.start();
    ends.add(() => source.stop());
  }
  ends.add(startSweepRule({ clock, sweeper: runners.sweeper, writeLog }));
}
