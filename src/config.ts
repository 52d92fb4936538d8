/**
 * Every environment variable of every function: its name, its meaning and how it is checked.
 *
 * The only module that reads the environment. Imports nothing, so that the ingress functions stay
 * small and the infrastructure code can share the names.
 */

/** The five functions, by the name that code, infrastructure, logs and the embedded world use. */
export const FUNCTION_NAMES = [
  'alert-webhook',
  'slack-ingress',
  'incident-worker',
  'publisher',
  'sweeper',
] as const;
export type FunctionName = (typeof FUNCTION_NAMES)[number];

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

type Rule<T> = { expected: string; parse: (value: string) => T | undefined; fallback?: T };

const text = (expected: string): Rule<string> => ({ expected, parse: (v) => v || undefined });
const matching = (pattern: RegExp, expected: string): Rule<string> => ({
  expected,
  parse: (v) => (pattern.test(v) ? v : undefined),
});
const integer = (min: number, max: number, unit: string, fallback?: number): Rule<number> => ({
  expected: `an integer from ${min} to ${max} (${unit})`,
  parse: (v) => {
    const n = Number(v);
    return /^\d{1,12}$/.test(v) && n >= min && n <= max ? n : undefined;
  },
  ...(fallback === undefined ? {} : { fallback }),
});
const url = (expected: string, fallback?: string): Rule<string> => ({
  expected,
  parse: (v) => (URL.canParse(v) && /^https?:/.test(v) ? v.replace(/\/$/, '') : undefined),
  ...(fallback === undefined ? {} : { fallback }),
});
const oneOf = <T extends string>(values: readonly T[], fallback?: T): Rule<T> => ({
  expected: `one of ${values.join(' ')}`,
  parse: (v) => values.find((candidate) => candidate === v),
  ...(fallback === undefined ? {} : { fallback }),
});

/** One rule per variable. The key is the variable's name. */
const RULES = {
  /** Names the deployment in every signed approval, e.g. `acme-prod`. */
  DEPLOYMENT_ID: matching(/^[a-z0-9][a-z0-9-]{1,62}$/, 'lower-case letters, digits and dashes'),
  AUDIT_TABLE: text('the name of the audit table'),
  INCIDENTS_TABLE: text('the name of the incidents table'),
  OUTBOX_TABLE: text('the name of the outbox table'),
  INCIDENTS_QUEUE_URL: url('the URL of incidents.fifo'),
  INCIDENTS_QUEUE_ARN: text('the ARN of incidents.fifo'),
  PUBLICATIONS_QUEUE_URL: url('the URL of publications.fifo'),
  ONCALL_HMAC_SECRET_ID: text('a Secrets Manager id'),
  ONCALL_BEARER_SECRET_ID: text('a Secrets Manager id'),
  GRAFANA_ALERTING_SECRET_ID: text('a Secrets Manager id'),
  /** Header in which Grafana Alerting sends its signature; the operator's choice in Grafana. */
  GRAFANA_ALERTING_SIGNATURE_HEADER: {
    ...matching(/^[a-z0-9-]+$/, 'a lower-case header name'),
    fallback: 'x-grafana-alerting-signature',
  },
  GRAFANA_ALERTING_TIMESTAMP_HEADER: {
    ...matching(/^[a-z0-9-]+$/, 'a lower-case header name'),
    fallback: 'x-grafana-alerting-timestamp',
  },
  SLACK_SIGNING_SECRET_ID: text('a Secrets Manager id'),
  SLACK_BOT_TOKEN_SECRET_ID: text('a Secrets Manager id'),
  STATUSPAGE_API_KEY_SECRET_ID: text('a Secrets Manager id'),
  /** How long AWSPREVIOUS of a webhook secret is accepted after a rotation; 0 = not at all. */
  WEBHOOK_SECRET_OVERLAP_S: integer(0, 604_800, 'seconds', 86_400),
  APPROVAL_KEY_ID: text('a KMS key id or ARN'),
  PUBLICATION_KEY_ID: text('a KMS key id or ARN'),
  SLACK_API_URL: url('the base URL of the Slack Web API', 'https://slack.com/api'),
  /** Where Slack's `response_url`s live; a signed body still must not choose our target freely. */
  SLACK_RESPONSE_ORIGIN: url('an origin', 'https://hooks.slack.com'),
  SLACK_TEAM_ID: matching(/^T[A-Z0-9]{2,20}$/, 'a Slack workspace id such as T0123ABC'),
  ANNOUNCEMENT_CHANNEL_ID: matching(/^C[A-Z0-9]{2,20}$/, 'a Slack channel id such as C0123ABC'),
  ROOT_COMMAND: {
    ...matching(/^\/[a-z0-9_-]{1,31}$/, 'a slash command such as /incident-response'),
    fallback: '/incident-response',
  },
  STATUSPAGE_API_URL: url('the base URL of the Manage API', 'https://api.statuspage.io/v1'),
  STATUSPAGE_PAGE_ID: matching(/^[a-z0-9]{4,40}$/, 'a Statuspage page id'),
  /** The public page; links in cards and the keyless API start with it. */
  STATUSPAGE_PUBLIC_URL: url('the URL of the public status page'),
  STATUSPAGE_TIMEOUT_MS: integer(500, 20_000, 'milliseconds', 8_000),
  /** How long one publication attempt may take from STARTED to its last permitted send. */
  PUBLISH_DEADLINE_MS: integer(1_000, 25_000, 'milliseconds', 10_000),
  /**
   * After an unknown outcome: how long the page may take to show what it did. A minute, because
   * Statuspage shows writes at once when it is well, and people wait for an answer meanwhile.
   */
  STATUSPAGE_SETTLE_S: integer(10, 3_600, 'seconds', 60),
  /** How often within that time, the last time at its end: three spare one odd answer its weight. */
  STATUSPAGE_LOOKS: integer(2, 10, 'looks', 3),
  /** Whether what no look finds is sent again by itself; a duplicate that mails nobody harms least. */
  AUTO_RETRY_AFTER_ABSENCE: oneOf(['never', 'when_silent', 'always'] as const, 'when_silent'),
  /** Who compares the page with the trail: `sweeper` without a key, or `publisher`, or nobody. */
  PAGE_DRIFT: oneOf(['sweeper', 'publisher', 'off'] as const, 'sweeper'),
  SCHEDULE_DLQ_ARN: text('the ARN of the queue for reminders that could not be delivered'),
  SCHEDULE_GROUP: text('the name of the EventBridge Scheduler group'),
  SCHEDULE_ROLE_ARN: text('the ARN of the role that EventBridge Scheduler assumes'),
  AI: oneOf(['on', 'off'] as const, 'on'),
  BEDROCK_MODEL_ID: { ...text('a Bedrock model id'), fallback: 'amazon.nova-lite-v1:0' },
  /** How long after the last update the IC is reminded. */
  UPDATE_DUE_S: integer(60, 86_400, 'seconds', 1_800),
  /** Folder that holds routing.json and policies/. */
  CONFIG_DIR: text('the path of the configuration folder'),
  /** Function time-out; step claims outlive it. */
  FUNCTION_TIMEOUT_S: integer(1, 900, 'seconds', 30),
} satisfies Record<string, Rule<unknown>>;

export type VariableName = keyof typeof RULES;
type Value<N extends VariableName> = (typeof RULES)[N] extends Rule<infer T> ? T : never;

/** Which variables each function reads. Infrastructure sets exactly these. */
export const FUNCTION_VARIABLES = {
  'alert-webhook': [
    'INCIDENTS_QUEUE_URL',
    'OUTBOX_TABLE',
    'ONCALL_HMAC_SECRET_ID',
    'ONCALL_BEARER_SECRET_ID',
    'GRAFANA_ALERTING_SECRET_ID',
    'GRAFANA_ALERTING_SIGNATURE_HEADER',
    'GRAFANA_ALERTING_TIMESTAMP_HEADER',
    'WEBHOOK_SECRET_OVERLAP_S',
  ],
  'slack-ingress': [
    'INCIDENTS_QUEUE_URL',
    'INCIDENTS_TABLE',
    'SLACK_SIGNING_SECRET_ID',
    'SLACK_BOT_TOKEN_SECRET_ID',
    'SLACK_API_URL',
    'ROOT_COMMAND',
    'CONFIG_DIR',
    'AI',
  ],
  'incident-worker': [
    'DEPLOYMENT_ID',
    'AUDIT_TABLE',
    'INCIDENTS_TABLE',
    'INCIDENTS_QUEUE_URL',
    'INCIDENTS_QUEUE_ARN',
    'PUBLICATIONS_QUEUE_URL',
    'SLACK_SIGNING_SECRET_ID',
    'SLACK_BOT_TOKEN_SECRET_ID',
    'SLACK_API_URL',
    'SLACK_RESPONSE_ORIGIN',
    'SLACK_TEAM_ID',
    'ANNOUNCEMENT_CHANNEL_ID',
    'ROOT_COMMAND',
    'APPROVAL_KEY_ID',
    'STATUSPAGE_PAGE_ID',
    'STATUSPAGE_PUBLIC_URL',
    'STATUSPAGE_TIMEOUT_MS',
    'SCHEDULE_GROUP',
    'SCHEDULE_ROLE_ARN',
    'SCHEDULE_DLQ_ARN',
    'PAGE_DRIFT',
    'AI',
    'BEDROCK_MODEL_ID',
    'UPDATE_DUE_S',
    'CONFIG_DIR',
    'FUNCTION_TIMEOUT_S',
  ],
  publisher: [
    'DEPLOYMENT_ID',
    'AUDIT_TABLE',
    'INCIDENTS_TABLE',
    'INCIDENTS_QUEUE_URL',
    'PUBLICATIONS_QUEUE_URL',
    'APPROVAL_KEY_ID',
    'PUBLICATION_KEY_ID',
    'STATUSPAGE_API_KEY_SECRET_ID',
    'STATUSPAGE_API_URL',
    'STATUSPAGE_PAGE_ID',
    'STATUSPAGE_TIMEOUT_MS',
    'PUBLISH_DEADLINE_MS',
    'STATUSPAGE_SETTLE_S',
    'STATUSPAGE_LOOKS',
    'AUTO_RETRY_AFTER_ABSENCE',
    'PAGE_DRIFT',
    'CONFIG_DIR',
  ],
  sweeper: [
    'OUTBOX_TABLE',
    'INCIDENTS_TABLE',
    'INCIDENTS_QUEUE_URL',
    'STATUSPAGE_PUBLIC_URL',
    'PAGE_DRIFT',
  ],
} as const satisfies Record<FunctionName, readonly VariableName[]>;

/** The checked configuration of one function, keyed by variable name. */
export type FunctionConfig<F extends FunctionName> = {
  readonly [N in (typeof FUNCTION_VARIABLES)[F][number]]: Value<N>;
};

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
] as const satisfies readonly VariableName[];
export type AuditConfig = { readonly [N in (typeof AUDIT_VARIABLES)[number]]: string | undefined };

/** Reads what of a deployment the environment names; the tools say what they miss. */
export function readAuditConfig(environment: Environment): AuditConfig {
  const entries = AUDIT_VARIABLES.map((name) => [name, environment[name] || undefined]);
  return Object.fromEntries(entries) as AuditConfig;
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
