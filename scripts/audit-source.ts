import { ConfigError, type Environment, readAuditConfig, readAwsAccess } from '../src/config.ts';
import { type AuditTools, composeAudit } from '../src/handlers/compose-audit.ts';
import type { WorldFile } from '../src/local/world-file.ts';
import type { Clock } from '../src/services/ports.ts';

/** Where the tools read. */
export type AuditSource = AuditTools & {
  /** For stderr: which of the four it is. */
  said: string;
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
 * Opens, in this order: `--endpoint`, `AWS_ENDPOINT_URL`, the running embedded world, AWS.
 *
 * Behind an endpoint, tables and keys are found by name unless the environment names them. On AWS
 * they MUST be named: what verifies a trail must not be told by the trail's own account which key
 * to trust.
 *
 * @throws {ConfigError} `CONFIG_INVALID`
 */
export async function openSource(
  endpoint: string | undefined,
  deps: SourceDeps,
): Promise<AuditSource> {
  const access = readAwsAccess(deps.environment);
  const named = endpoint ?? access.endpoint;
  if (named !== undefined) return openEndpoint(named, endpoint === undefined, deps);
  const world = deps.world();
  if (world) {
    const { region, credentials, tables, keys } = world;
    const tools = await composeAudit({
      access: { region, endpoint: world.urls.aws, credentials },
      tables,
      keys,
      clock: deps.clock,
    });
    return { ...tools, said: `the running embedded world at ${world.urls.aws}` };
  }
  const tables = namedTables(deps.environment);
  if (!tables) {
    throw new ConfigError(
      'cannot read an audit trail: expected --endpoint, AWS_ENDPOINT_URL, a running world ' +
        '(npm start), or AUDIT_TABLE and INCIDENTS_TABLE for AWS, got none of them',
    );
  }
  const tools = await composeAudit({
    access,
    tables,
    keys: namedKeys(deps.environment),
    clock: deps.clock,
  });
  return { ...tools, ...requireKeys(tools, deps.environment), said: `AWS, ${access.region}` };
}

async function openEndpoint(
  endpoint: string,
  isFromEnvironment: boolean,
  { environment, clock }: SourceDeps,
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
  return { ...tools, said: `${isFromEnvironment ? 'AWS_ENDPOINT_URL' : 'endpoint'} ${endpoint}` };
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
