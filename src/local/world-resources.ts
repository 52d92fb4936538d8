import { randomBytes } from 'node:crypto';
import { FUNCTION_NAMES, type FunctionName } from '../config.ts';
import { RECEIVES_MAX } from '../domain/limits.ts';
import type { EmbeddedAws } from './aws/aws-server.ts';
import { TABLE_NAMES, tableDefinitions } from './tables.ts';

/** Time-out of every function, in seconds of real time. */
export const FUNCTION_TIMEOUT_S = 30;
/** A queue's visibility: the function's time-out and 5 s. */
const VISIBILITY_S = FUNCTION_TIMEOUT_S + 5;
/** Fewer than on AWS: whatever a test sets aside there is set aside soon. */
const PUBLICATION_RECEIVES_MAX = 5;

/** Queue names of the world. */
export const QUEUE_NAMES = {
  alerts: 'alerts.fifo',
  incidents: 'incidents.fifo',
  incidentsDlq: 'incidents-dlq.fifo',
  publications: 'publications.fifo',
  publicationsDlq: 'publications-dlq.fifo',
  schedulesUndelivered: 'schedules-undelivered',
} as const;
/** Those that a function reads. */
export const FUNCTION_QUEUES = [
  QUEUE_NAMES.alerts,
  QUEUE_NAMES.incidents,
  QUEUE_NAMES.publications,
] as const;
export type QueueUrls = { readonly [K in keyof typeof QUEUE_NAMES]: string };

/** The secrets a sender of webhooks, or Slack, shares with the product. */
export type SharedSecrets = {
  oncallHmac: string;
  oncallBearer: string;
  grafanaAlerting: string;
  standardWebhooks: string;
  alertmanagerBearer: string;
  pagerduty: string;
  grafanaIrm: string;
  slackSigning: string;
};

/** Names in Secrets Manager. */
export const SECRET_NAMES = {
  oncallHmac: 'incident-response/oncall-hmac',
  oncallBearer: 'incident-response/oncall-bearer',
  grafanaAlerting: 'incident-response/grafana-alerting',
  standardWebhooks: 'incident-response/standard-webhooks',
  alertmanagerBearer: 'incident-response/alertmanager-bearer',
  pagerduty: 'incident-response/pagerduty',
  grafanaIrm: 'incident-response/grafana-irm',
  slackSigning: 'incident-response/slack-signing',
  statuspageApiKey: 'incident-response/statuspage-api-key',
  grafanaRead: 'incident-response/grafana-read-token',
  githubToken: 'incident-response/github-token',
  workosKey: 'incident-response/workos-key',
} as const;

/** The bot token's name: each function has its own token, so that a fake knows who calls. */
export function botTokenSecretName(name: FunctionName | 'external'): string {
  return `incident-response/slack-bot-token/${name}`;
}

/** The OnCall token's name: each function that asks has its own, for the same reason. */
export function oncallTokenSecretName(name: FunctionName): string {
  return `incident-response/oncall-api-token/${name}`;
}

/** The functions that ask OnCall's API. */
export const ONCALL_READERS = ['incident-worker', 'sweeper'] as const;

/** Made before anything starts: what proves who a caller is. */
export type Identities = {
  /** Access keys, by function. */
  accessKeys: Record<FunctionName, { accessKeyId: string; secretAccessKey: string }>;
  /** Bot tokens at Slack, by function; `external`: for tools. */
  botTokens: Record<FunctionName | 'external', string>;
  statuspageApiKey: string;
  /** Tokens at OnCall, by function; `external`: for tools. */
  oncallTokens: Record<FunctionName | 'external', string>;
  /** Reads metrics, logs and traces; only incident-worker has it, as the next. */
  grafanaToken: string;
  githubToken: string;
  workosKey: string;
  /** For people and tests; no function has it. */
  operator: { accessKeyId: string; secretAccessKey: string };
};

/** Fresh identities: a world shares no secret with another. */
export function makeIdentities(): Identities {
  const each = <T>(make: (name: FunctionName) => T) =>
    Object.fromEntries(FUNCTION_NAMES.map((name) => [name, make(name)])) as Record<FunctionName, T>;
  const accessKey = (name: string) => ({
    accessKeyId: `AKIALOCAL${name.replaceAll('-', '').toUpperCase()}`,
    secretAccessKey: token(20),
  });
  return {
    accessKeys: each(accessKey),
    botTokens: {
      ...each((name) => `xoxb-${name}-${token(12)}`),
      external: `xoxb-external-${token(12)}`,
    },
    statuspageApiKey: token(16),
    oncallTokens: { ...each(() => token(16)), external: token(16) },
    grafanaToken: `glc_${token(24)}`,
    githubToken: `github_pat_${token(20)}`,
    workosKey: `sk_test_${token(20)}`,
    operator: accessKey('operator'),
  };
}

/** What the world made at AWS. */
export type WorldResources = {
  secrets: SharedSecrets;
  queues: QueueUrls;
  incidentsQueueArn: string;
  schedulesUndeliveredArn: string;
  keys: { approval: string; publication: string };
  scheduleGroup: string;
};

const SCHEDULE_GROUP = 'incident-response';

/** Creates tables, queues, secrets, keys and the schedule group. */
export async function createResources(
  aws: EmbeddedAws,
  identities: Identities,
): Promise<WorldResources> {
  await Promise.all(tableDefinitions(TABLE_NAMES).map((table) => aws.dynamodb.createTable(table)));
  const { queues, incidentsQueueArn, schedulesUndeliveredArn } = createQueues(aws);
  const secrets = createSecrets(aws, identities);
  const approval = aws.kms.createKey({ alias: 'approval', signers: ['incident-worker'] });
  const publication = aws.kms.createKey({ alias: 'publication', signers: ['publisher'] });
  aws.scheduler.createGroup(SCHEDULE_GROUP);
  return {
    secrets,
    queues,
    incidentsQueueArn,
    schedulesUndeliveredArn,
    keys: { approval: approval.keyId, publication: publication.keyId },
    scheduleGroup: SCHEDULE_GROUP,
  };
}

function createQueues(
  aws: EmbeddedAws,
): Pick<WorldResources, 'queues' | 'incidentsQueueArn' | 'schedulesUndeliveredArn'> {
  const fifo = {
    FifoQueue: 'true',
    // EventBridge Scheduler sets no deduplication id.
    ContentBasedDeduplication: 'true',
    DeduplicationScope: 'messageGroup',
    FifoThroughputLimit: 'perMessageGroupId',
  };
  const readBy = (name: string, dlqArn: string, maxReceiveCount: number) =>
    aws.sqs.createQueue(name, {
      ...fifo,
      VisibilityTimeout: String(VISIBILITY_S),
      RedrivePolicy: JSON.stringify({ deadLetterTargetArn: dlqArn, maxReceiveCount }),
    });
  const pair = (name: string, dlqName: string, maxReceiveCount: number) => {
    const dlq = aws.sqs.createQueue(dlqName, { ...fifo, MessageRetentionPeriod: '1209600' });
    return { main: readBy(name, dlq.arn, maxReceiveCount), dlq };
  };
  const incidents = pair(QUEUE_NAMES.incidents, QUEUE_NAMES.incidentsDlq, RECEIVES_MAX);
  const alerts = readBy(QUEUE_NAMES.alerts, incidents.dlq.arn, RECEIVES_MAX);
  const publications = pair(
    QUEUE_NAMES.publications,
    QUEUE_NAMES.publicationsDlq,
    PUBLICATION_RECEIVES_MAX,
  );
  // EventBridge Scheduler cannot use a FIFO queue for it.
  const undelivered = aws.sqs.createQueue(QUEUE_NAMES.schedulesUndelivered, {
    MessageRetentionPeriod: '1209600',
  });
  return {
    queues: {
      alerts: alerts.url,
      incidents: incidents.main.url,
      incidentsDlq: incidents.dlq.url,
      publications: publications.main.url,
      publicationsDlq: publications.dlq.url,
      schedulesUndelivered: undelivered.url,
    },
    incidentsQueueArn: incidents.main.arn,
    schedulesUndeliveredArn: undelivered.arn,
  };
}

function createSecrets(aws: EmbeddedAws, identities: Identities): SharedSecrets {
  const secrets: SharedSecrets = {
    oncallHmac: token(32),
    oncallBearer: token(32),
    grafanaAlerting: token(32),
    standardWebhooks: `whsec_${randomBytes(24).toString('base64')}`,
    alertmanagerBearer: token(32),
    pagerduty: token(32),
    grafanaIrm: token(32),
    slackSigning: token(16),
  };
  const webhookReaders = ['alert-webhook', 'external'];
  for (const [key, text] of Object.entries(secrets) as [keyof SharedSecrets, string][]) {
    const readers =
      key === 'slackSigning' ? ['slack-ingress', 'incident-worker', 'external'] : webhookReaders;
    aws.secrets.createSecret(SECRET_NAMES[key], text, { readers });
  }
  for (const name of ['slack-ingress', 'incident-worker', 'external'] as const) {
    const text = identities.botTokens[name];
    aws.secrets.createSecret(botTokenSecretName(name), text, { readers: [name] });
  }
  for (const name of ONCALL_READERS) {
    const text = identities.oncallTokens[name];
    aws.secrets.createSecret(oncallTokenSecretName(name), text, { readers: [name] });
  }
  const worker = { readers: ['incident-worker'] };
  aws.secrets.createSecret(SECRET_NAMES.grafanaRead, identities.grafanaToken, worker);
  aws.secrets.createSecret(SECRET_NAMES.githubToken, identities.githubToken, worker);
  aws.secrets.createSecret(SECRET_NAMES.workosKey, identities.workosKey, worker);
  // Only the publisher may ever hold the key that can write to the status page.
  const readers = ['publisher'];
  aws.secrets.createSecret(SECRET_NAMES.statuspageApiKey, identities.statuspageApiKey, { readers });
  return secrets;
}

function token(bytes: number): string {
  return randomBytes(bytes).toString('hex');
}
