import {
  type AwsAccess,
  ConfigError,
  type Environment,
  readAuditConfig,
  readAwsAccess,
} from '../src/config.ts';
import { type AuditTools, composeAudit } from '../src/handlers/compose-audit.ts';
import type { WorldFile } from '../src/local/world-file.ts';
import type { Clock } from '../src/services/ports.ts';
import type { SourceChoice } from './source-options.ts';
import { openTrailFile } from './trail-file.ts';

/** Where the tools read. */
export type AuditSource = Omit<AuditTools, 'writer' | 'queue'> & {
  /** Undefined for a file, which is evidence and is never changed. */
  writer: AuditTools['writer'] | undefined;
  /** Undefined for a file, behind which nobody works. */
  queue?: AuditTools['queue'];
  /** For stderr: which source it is. */
  said: string;
  /** The running embedded world, when that is what is read. */
  world?: WorldFile;
};

export type SourceDeps = {
  environment: Environment;
  /** The running embedded world, if any. */
  world: () => WorldFile | undefined;
  clock: Clock;
};

/** An endpoint that is no AWS checks no credentials, but the SDK wants some. */
const NO_CREDENTIALS = { accessKeyId: 'AUDIT', secretAccessKey: 'unchecked' };

/**
 * Opens what was named; else what is there: `AWS_ENDPOINT_URL`, the running embedded world, or AWS.
 * Two of them at once are refused, because a reviewer must not verify another trail than they meant.
 *
 * Behind an endpoint, tables and keys are found by name unless the environment names them. On AWS
 * they MUST be named: what verifies a trail must not be told by the trail's own account which key
 * to trust.
 *
 * @throws {ConfigError} `CONFIG_INVALID`
 */
export async function openSource(choice: SourceChoice, deps: SourceDeps): Promise<AuditSource> {
  if (choice.file !== undefined) return openTrailFile(choice.file);
  if (choice.endpoint !== undefined) return openEndpoint(choice.endpoint, 'endpoint', deps);
  const { endpoint } = readAwsAccess(deps.environment);
  const { AUDIT_TABLE, INCIDENTS_TABLE } = readAuditConfig(deps.environment);
  const isAwsNamed = AUDIT_TABLE !== undefined || INCIDENTS_TABLE !== undefined;
  const world = choice.aws ? undefined : deps.world();
  if (choice.world) {
    if (world) return openWorld(world, deps);
    throw new ConfigError('cannot read the embedded world: expected a running one (npm start)');
  }
  if (choice.aws && endpoint !== undefined) {
    throw new ConfigError('cannot read AWS: expected no AWS_ENDPOINT_URL, got one');
  }
  // The variable may well name the world that runs.
  const isOther = world && (endpoint === undefined ? isAwsNamed : endpoint !== world.urls.aws);
  if (isOther) throw twoSources(world, endpoint);
  if (endpoint !== undefined) return openEndpoint(endpoint, 'AWS_ENDPOINT_URL', deps);
  return world ? openWorld(world, deps) : openAws(deps);
}

function twoSources(world: WorldFile, endpoint: string | undefined): ConfigError {
  const [what, how] =
    endpoint === undefined
      ? ['the AWS variables (AUDIT_TABLE, INCIDENTS_TABLE)', '--aws']
      : [`AWS_ENDPOINT_URL ${endpoint}`, `--endpoint ${endpoint}`];
  return new ConfigError(
    `cannot tell what to read: expected one source, got ${what} and the running embedded world at ` +
      `${world.urls.aws}; choose with ${how} or --world`,
  );
}

async function openWorld(world: WorldFile, { clock }: SourceDeps): Promise<AuditSource> {
  const { region, credentials, tables, keys } = world;
  const tools = await composeAudit({
    access: { region, endpoint: world.urls.aws, credentials },
    tables,
    keys,
    clock,
  });
  return { ...tools, world, said: `the running embedded world at ${world.urls.aws}` };
}

async function openAws({ environment, clock }: SourceDeps): Promise<AuditSource> {
  const access: AwsAccess = readAwsAccess(environment);
  const tables = namedTables(environment);
  if (!tables) {
    throw new ConfigError(
      'cannot read an audit trail: expected --endpoint, AWS_ENDPOINT_URL, a running world ' +
        '(npm start), or AUDIT_TABLE and INCIDENTS_TABLE for AWS, got none of them',
    );
  }
  const tools = await composeAudit({ access, tables, keys: namedKeys(environment), clock });
  return { ...tools, ...requireKeys(tools, environment), said: `AWS, ${access.region}` };
}

async function openEndpoint(
  endpoint: string,
  name: string,
  { environment, clock, world }: SourceDeps,
): Promise<AuditSource> {
  if (!URL.canParse(endpoint) || !/^https?:/.test(endpoint)) {
    throw new ConfigError('cannot use the endpoint: expected an http or https URL');
  }
  const access = readAwsAccess(environment);
  const tools = await composeAudit({
    access: { ...access, endpoint, credentials: access.credentials ?? NO_CREDENTIALS },
    tables: namedTables(environment),
    keys: namedKeys(environment),
    clock,
  });
  const running = world();
  const isWorld = running?.urls.aws === endpoint;
  return { ...tools, ...(isWorld ? { world: running } : {}), said: `${name} ${endpoint}` };
}

function namedTables(environment: Environment): { audit: string; incidents: string } | undefined {
  const { AUDIT_TABLE, INCIDENTS_TABLE } = readAuditConfig(environment);
  if (AUDIT_TABLE === undefined || INCIDENTS_TABLE === undefined) return undefined;
  return { audit: AUDIT_TABLE, incidents: INCIDENTS_TABLE };
}

function namedKeys(
  environment: Environment,
): { approval: string; publication: string } | undefined {
  const { APPROVAL_KEY_ID, PUBLICATION_KEY_ID } = readAuditConfig(environment);
  if (APPROVAL_KEY_ID === undefined || PUBLICATION_KEY_ID === undefined) return undefined;
  return { approval: APPROVAL_KEY_ID, publication: PUBLICATION_KEY_ID };
}

/** On AWS nothing is found by alias: without pinned keys a signature cannot be checked. */
function requireKeys(tools: AuditTools, environment: Environment): Pick<AuditTools, 'pinned'> {
  if (namedKeys(environment)) return { pinned: tools.pinned };
  const message =
    'cannot check signatures: expected APPROVAL_KEY_ID and PUBLICATION_KEY_ID, got nothing';
  return { pinned: () => Promise.reject(new ConfigError(message)) };
}
