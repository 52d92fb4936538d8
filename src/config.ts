/**
 * The only module that reads the environment: what `function-variables.ts` describes, checked.
 *
 * Imports nothing else, so that the ingress functions stay small.
 */
import {
  FUNCTION_VARIABLES,
  type FunctionConfig,
  type FunctionName,
  RULES,
  type Rule,
  type VariableName,
} from './function-variables.ts';

export {
  FUNCTION_NAMES,
  FUNCTION_VARIABLES,
  type FunctionConfig,
  type FunctionName,
  type VariableName,
} from './function-variables.ts';

/** Thrown when a function must not start. The message names each variable and what was expected. */
export class ConfigError extends Error {
  readonly code = 'CONFIG_INVALID';
  constructor(message: string) {
    super(message);
    this.name = 'ConfigError';
  }
}

/** The environment as Node gives it. */
export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Reads and checks one function's configuration.
 *
 * @throws {ConfigError} naming every variable that is missing or malformed and what was expected;
 *   values are not repeated, as a secret may have been pasted into the wrong one
 */
export function readFunctionConfig<F extends FunctionName>(
  name: F,
  environment: Environment,
): FunctionConfig<F> {
  const values: Record<string, unknown> = {};
  const problems: string[] = [];
  for (const variable of FUNCTION_VARIABLES[name]) {
    const rule: Rule<unknown> = RULES[variable];
    const given = environment[variable];
    if (given === undefined || given === '') {
      if (rule.fallback === undefined)
        problems.push(`${variable}: expected ${rule.expected}, got nothing`);
      else values[variable] = rule.fallback;
      continue;
    }
    const parsed = rule.parse(given);
    if (parsed === undefined) problems.push(`${variable}: expected ${rule.expected}`);
    else values[variable] = parsed;
  }
  if (problems.length > 0) {
    throw new ConfigError(`cannot start ${name}: ${problems.join('; ')}`);
  }
  return values as FunctionConfig<F>;
}

/** The process's environment. Read here so that no other module touches it. */
export function processEnvironment(): Environment {
  return process.env;
}

/** What the reviewer's tools read of one deployment; each may be absent. */
const AUDIT_VARIABLES = [
  'AUDIT_TABLE',
  'INCIDENTS_TABLE',
  'APPROVAL_KEY_ID',
  'PUBLICATION_KEY_ID',
  'ALERTS_QUEUE_URL',
] as const satisfies readonly VariableName[];
export type AuditConfig = { readonly [N in (typeof AUDIT_VARIABLES)[number]]: string | undefined };

/** Reads what of a deployment the environment names; the tools say what they miss. */
export function readAuditConfig(environment: Environment): AuditConfig {
  const entries = AUDIT_VARIABLES.map((name) => [name, environment[name] || undefined]);
  return Object.fromEntries(entries) as AuditConfig;
}

/** Where the deployment's public status page is, if the environment says so. */
export function readPublicUrl(environment: Environment): string | undefined {
  return environment.STATUSPAGE_PUBLIC_URL || undefined;
}

/** What a tool needs to ask Slack who somebody is. */
export type SlackReaderConfig = {
  SLACK_API_URL: string;
  SLACK_TEAM_ID: string;
  SLACK_BOT_TOKEN_SECRET_ID: string;
};

/** Reads how a tool reaches Slack; undefined when the environment does not name a workspace. */
export function readSlackReaderConfig(environment: Environment): SlackReaderConfig | undefined {
  const { SLACK_API_URL, SLACK_TEAM_ID, SLACK_BOT_TOKEN_SECRET_ID } = environment;
  if (!SLACK_TEAM_ID || !SLACK_BOT_TOKEN_SECRET_ID) return undefined;
  const apiUrl = SLACK_API_URL || RULES.SLACK_API_URL.fallback || '';
  return { SLACK_API_URL: apiUrl, SLACK_TEAM_ID, SLACK_BOT_TOKEN_SECRET_ID };
}

/** How to reach AWS: what the SDK's own variables say. */
export type AwsAccess = {
  region: string;
  /** Set only when everything AWS is served by one endpoint, as in the embedded world. */
  endpoint: string | undefined;
  credentials: { accessKeyId: string; secretAccessKey: string; sessionToken?: string } | undefined;
};

/** Reads the SDK's variables from one function's environment, so functions can share a process. */
export function readAwsAccess(environment: Environment): AwsAccess {
  const { AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN } = environment;
  return {
    region: environment.AWS_REGION ?? 'us-east-1',
    endpoint: environment.AWS_ENDPOINT_URL,
    credentials:
      AWS_ACCESS_KEY_ID && AWS_SECRET_ACCESS_KEY
        ? {
            accessKeyId: AWS_ACCESS_KEY_ID,
            secretAccessKey: AWS_SECRET_ACCESS_KEY,
            ...(AWS_SESSION_TOKEN ? { sessionToken: AWS_SESSION_TOKEN } : {}),
          }
        : undefined,
  };
}
