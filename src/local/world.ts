import { fileURLToPath } from 'node:url';
import { loadDeploymentConfig } from '../adapters/files/deployment-config.ts';
import { jsonLog } from '../adapters/system/json-log.ts';
import { realSystem, type System } from '../adapters/system/system.ts';
import { REGION } from './aws/aws-call.ts';
import { functionEnvironment, ROOT_COMMAND } from './function-environments.ts';
import { EventSource } from './functions/event-source.ts';
import { startHttpApi } from './functions/http-api.ts';
import { type Runners, startRunners } from './functions/start-runners.ts';
import { startSweepRule } from './functions/sweep-rule.ts';
import { startPage } from './page/page-server.ts';
import { TABLE_NAMES, type TableNames } from './tables.ts';
import { WorldClock } from './world-clock.ts';
import { type IdleAnswer, startWorldControl, waitUntilIdle } from './world-control.ts';
import { type Fakes, startFakes } from './world-fakes.ts';
import type { WorldOptions } from './world-options.ts';
import { onPort } from './world-ports.ts';
import {
  createResources,
  makeIdentities,
  QUEUE_NAMES,
  type QueueUrls,
  type SharedSecrets,
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
  /** Ends servers and functions, children included. Safe to repeat. */
  close(): Promise<void>;
};

/** What only code, not the command line, chooses. */
export type WorldSurroundings = {
  /** @default the repository's `config` folder */
  configFolder?: string;
  /** Takes each line of the functions' logs. @default stderr */
  writeLog?: (line: string) => void;
};

const DEFAULT_CONFIG_FOLDER = fileURLToPath(new URL('../../config', import.meta.url));
/** Invocations at a time of one queue's function. */
const CONCURRENCY = 20;

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

type End = () => Promise<void> | void;

/** How to end what was started: last started, first ended, as it may need what came before it. */
class Ends {
  #ends: End[] = [];

  readonly add = (end: End): void => {
    this.#ends.push(end);
  };

  readonly run = async (): Promise<void> => {
    for (const end of this.#ends.splice(0).reverse()) await end();
  };
}

async function assemble(
  options: WorldOptions,
  surroundings: WorldSurroundings,
  ends: Ends,
): Promise<World> {
  const configFolder = surroundings.configFolder ?? DEFAULT_CONFIG_FOLDER;
  const writeLog = surroundings.writeLog ?? ((line) => void process.stderr.write(`${line}\n`));
  const { components } = loadDeploymentConfig(configFolder).routing;
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
    components,
    kill: options.functions === 'process' ? (name) => late.runners?.kill(name) : undefined,
    apiUrl: () => late.apiUrl,
    onStarted: ends.add,
  });
  const resources = await createResources(fakes.aws, identities);
  const urls = {
    slack: fakes.slack.url,
    statuspage: fakes.statuspage.url,
    oncall: fakes.oncall.url,
    aws: fakes.aws.url,
  };
  const ai = options.ai === 'off' ? 'off' : 'on';
  const inputs = { urls, identities, resources, configFolder, ai } as const;
  const runners = await startRunners({
    mode: options.functions,
    system,
    clock,
    writeLog,
    environmentOf: (name) => functionEnvironment(name, inputs),
  });
  late.runners = runners;
  ends.add(runners.close);
  const parts = { clock, sqs: fakes.aws.sqs, runners: runners.byName };
  const front = await startFront({ port: options.port, parts, system, urls, ends });
  late.apiUrl = front.api;
  connectQueues({ ...parts, writeLog, ends });
  return {
    ready: {
      ready: true,
      urls: { ...front, ...urls },
      region: REGION,
      credentials: identities.operator,
      tables: TABLE_NAMES,
      queues: resources.queues,
      secrets: resources.secrets,
      command: ROOT_COMMAND,
      keys: resources.keys,
    },
    clock,
    ...fakes,
    idle: (timeoutMs) => waitUntilIdle(parts, timeoutMs),
    close: ends.run,
  };
}

type Parts = Parameters<typeof startWorldControl>[0];

/** Starts what faces outward: the product's HTTP API, the world's control API, the page. */
async function startFront(of: {
  port: number;
  parts: Parts;
  system: System;
  urls: Omit<WorldUrls, 'api' | 'world' | 'page'>;
  ends: Ends;
}): Promise<Pick<WorldUrls, 'api' | 'world' | 'page'>> {
  const { parts, system } = of;
  const api = await onPort(of.port, 'api', (port) =>
    startHttpApi({ port, clock: parts.clock, ids: system.ids, runners: parts.runners }),
  );
  of.ends.add(api.close);
  const world = await onPort(of.port, 'world', (port) => startWorldControl(parts, port));
  of.ends.add(world.close);
  const urls = { ...of.urls, api: api.url, world: world.url };
  const page = await onPort(of.port, 'page', (port) => startPage({ port, urls }));
  of.ends.add(page.close);
  return { api: api.url, world: world.url, page: page.url };
}

/** Connects both queues to their functions, and the sweeper to the clock. */
function connectQueues(of: Parts & { writeLog: (line: string) => void; ends: Ends }): void {
  const { clock, sqs, runners, writeLog, ends } = of;
  const sources = [
    [QUEUE_NAMES.incidents, runners['incident-worker']],
    [QUEUE_NAMES.publications, runners.publisher],
  ] as const;
  for (const [queueName, runner] of sources) {
    const source = new EventSource({ sqs, queueName, runner, concurrency: CONCURRENCY, writeLog });
    source.start();
    ends.add(() => source.stop());
  }
  ends.add(startSweepRule({ clock, sweeper: runners.sweeper }));
}
