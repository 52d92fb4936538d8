/**
 * The functions, and every environment variable of each: its name, its meaning and how it is checked.
 *
 * Imports nothing, so that the ingress functions stay small and the infrastructure code can share it.
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

export type Rule<T> = { expected: string; parse: (value: string) => T | undefined; fallback?: T };

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
export const RULES = {
  /** Names the deployment in every signed approval, e.g. `acme-prod`. */
  DEPLOYMENT_ID: matching(/^[a-z0-9][a-z0-9-]{1,62}$/, 'lower-case letters, digits and dashes'),
  AUDIT_TABLE: text('the name of the audit table'),
  INCIDENTS_TABLE: text('the name of the incidents table'),
  OUTBOX_TABLE: text('the name of the outbox table'),
  ALERTS_QUEUE_URL: url('the URL of alerts.fifo'),
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
  STANDARD_WEBHOOKS_SECRET_ID: text('a Secrets Manager id'),
  ALERTMANAGER_BEARER_SECRET_ID: text('a Secrets Manager id'),
  PAGERDUTY_SECRET_ID: text('a Secrets Manager id'),
  GRAFANA_IRM_SECRET_ID: text('a Secrets Manager id'),
  /**
   * Whether Grafana Alerting may leave out the timestamp. `accept` is an explicit choice: without one
   * a captured request verifies for as long as the secret lives.
   */
  GRAFANA_ALERTING_UNTIMED: oneOf(['refuse', 'accept'] as const, 'refuse'),
  /** OnCall's public API, up to and without `/api/v1`; empty: it is not asked. */
  ONCALL_API_URL: url('the base URL of OnCall’s API', ''),
  ONCALL_API_TOKEN_SECRET_ID: { ...text('a Secrets Manager id'), fallback: '' },
  /** The Grafana stack a service account token belongs to; empty: the token is an OnCall API key. */
  ONCALL_STACK_URL: url('the URL of the Grafana stack', ''),
  /** Directory groups are read from WorkOS when there is a key. */
  WORKOS_API_URL: url('the base URL of WorkOS', 'https://api.workos.com'),
  WORKOS_API_KEY_SECRET_ID: { ...text('a Secrets Manager id'), fallback: '' },
  /** Where the first facts about a service are read; empty: that source is not asked. */
  PROMETHEUS_URL: url('the base URL of Mimir or Prometheus, before /api/v1', ''),
  PROMETHEUS_USER: { ...text('the user of Basic auth'), fallback: '' },
  LOKI_URL: url('the base URL of Loki, before /loki/api/v1', ''),
  LOKI_USER: { ...text('the user of Basic auth'), fallback: '' },
  TEMPO_URL: url('the base URL of Tempo, before /api', ''),
  TEMPO_USER: { ...text('the user of Basic auth'), fallback: '' },
  /** The access policy token that all three of them take. */
  GRAFANA_READ_TOKEN_SECRET_ID: { ...text('a Secrets Manager id'), fallback: '' },
  GITHUB_API_URL: url('the base URL of GitHub’s API', 'https://api.github.com'),
  GITHUB_TOKEN_SECRET_ID: { ...text('a Secrets Manager id'), fallback: '' },
  PUBLICATIONS_DLQ_URL: url('the URL of the dead-letter queue of publications.fifo'),
  INCIDENTS_DLQ_URL: url('the URL of the dead-letter queue of incidents.fifo'),
  SLACK_SIGNING_SECRET_ID: text('a Secrets Manager id'),
  SLACK_BOT_TOKEN_SECRET_ID: text('a Secrets Manager id'),
  STATUSPAGE_API_KEY_SECRET_ID: text('a Secrets Manager id'),
  /** How long AWSPREVIOUS of a webhook secret is accepted after a rotation; 0 = not at all. */
  WEBHOOK_SECRET_OVERLAP_S: integer(0, 604_800, 'seconds', 86_400),
  APPROVAL_KEY_ID: text('a KMS key id or ARN'),
  PUBLICATION_KEY_ID: text('a KMS key id or ARN'),
  SLACK_API_URL: url('the base URL of the Slack Web API', 'https://slack.com/api'),
  /** Whether calls keep to Slack's rate limits of themselves, with rows that all functions share. */
  SLACK_RATE_LIMITS: oneOf(['keep', 'ignore'] as const, 'keep'),
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
  /** A model, an inference profile, or the ARN of one. */
  BEDROCK_MODEL_ID: { ...text('a Bedrock model id'), fallback: 'amazon.nova-lite-v1:0' },
  /** Empty: it is not sent, as some models refuse it. */
  BEDROCK_TEMPERATURE: {
    ...matching(/^(?:0(?:\.\d{1,2})?|1(?:\.0{1,2})?)$/, 'a number from 0 to 1'),
    fallback: '',
  },
  /** How long after the last update the IC is reminded. */
  UPDATE_DUE_S: integer(60, 86_400, 'seconds', 1_800),
  /** Folder that holds routing.json and policies/. */
  CONFIG_DIR: text('the path of the configuration folder'),
  /** File that pins the chat's user groups; one that is not there pins none. */
  USER_GROUPS_FILE: text('the path of user-groups.json'),
  /** Function time-out; step claims outlive it. */
  FUNCTION_TIMEOUT_S: integer(1, 900, 'seconds', 30),
} satisfies Record<string, Rule<unknown>>;

export type VariableName = keyof typeof RULES;
type Value<N extends VariableName> = (typeof RULES)[N] extends Rule<infer T> ? T : never;

/** Which variables each function reads. Infrastructure sets exactly these. */
export const FUNCTION_VARIABLES = {
  'alert-webhook': [
    'ALERTS_QUEUE_URL',
    'OUTBOX_TABLE',
    'ONCALL_HMAC_SECRET_ID',
    'ONCALL_BEARER_SECRET_ID',
    'GRAFANA_ALERTING_SECRET_ID',
    'GRAFANA_ALERTING_SIGNATURE_HEADER',
    'GRAFANA_ALERTING_TIMESTAMP_HEADER',
    'GRAFANA_ALERTING_UNTIMED',
    'STANDARD_WEBHOOKS_SECRET_ID',
    'ALERTMANAGER_BEARER_SECRET_ID',
    'PAGERDUTY_SECRET_ID',
    'GRAFANA_IRM_SECRET_ID',
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
    'ALERTS_QUEUE_URL',
    'INCIDENTS_QUEUE_URL',
    'INCIDENTS_QUEUE_ARN',
    'PUBLICATIONS_QUEUE_URL',
    'SLACK_SIGNING_SECRET_ID',
    'SLACK_BOT_TOKEN_SECRET_ID',
    'SLACK_API_URL',
    'SLACK_RATE_LIMITS',
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
    'BEDROCK_TEMPERATURE',
    'UPDATE_DUE_S',
    'CONFIG_DIR',
    'USER_GROUPS_FILE',
    'FUNCTION_TIMEOUT_S',
    'ONCALL_API_URL',
    'ONCALL_API_TOKEN_SECRET_ID',
    'ONCALL_STACK_URL',
    'WORKOS_API_URL',
    'WORKOS_API_KEY_SECRET_ID',
    'PROMETHEUS_URL',
    'PROMETHEUS_USER',
    'LOKI_URL',
    'LOKI_USER',
    'TEMPO_URL',
    'TEMPO_USER',
    'GRAFANA_READ_TOKEN_SECRET_ID',
    'GITHUB_API_URL',
    'GITHUB_TOKEN_SECRET_ID',
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
    'ALERTS_QUEUE_URL',
    'INCIDENTS_QUEUE_URL',
    'INCIDENTS_DLQ_URL',
    'PUBLICATIONS_DLQ_URL',
    'STATUSPAGE_PUBLIC_URL',
    'PAGE_DRIFT',
    'ONCALL_API_URL',
    'ONCALL_API_TOKEN_SECRET_ID',
    'ONCALL_STACK_URL',
  ],
} as const satisfies Record<FunctionName, readonly VariableName[]>;

/** The checked configuration of one function, keyed by variable name. */
export type FunctionConfig<F extends FunctionName> = {
  readonly [N in (typeof FUNCTION_VARIABLES)[F][number]]: Value<N>;
};
