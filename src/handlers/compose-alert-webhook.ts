import { awsClientOptions } from '../adapters/aws/client-options.ts';
import { SecretsManagerSource } from '../adapters/secrets-manager/secrets-manager-source.ts';
import { SqsIncidentQueue } from '../adapters/sqs/sqs-incident-queue.ts';
import type { System } from '../adapters/system/system.ts';
import { type Environment, readAwsAccess, readFunctionConfig } from '../config.ts';
import type { AlertPath } from '../domain/alerts/alert-paths.ts';
import { type AcceptOutcome, acceptAlert, type Delivery } from '../services/accept-alert.ts';
import { type ArrivedRequest, authenticateAlert } from '../services/authenticate-alert.ts';
import type { Outbox } from '../services/ports.ts';
import { SecretCache } from '../services/secret-cache.ts';

/** What the alert webhook does, with everything it needs bound. */
export type AlertWebhookParts = {
  authenticate: (path: AlertPath, request: ArrivedRequest) => Promise<void>;
  accept: (delivery: Delivery) => Promise<AcceptOutcome>;
};

/** Joins the alert webhook to SQS, Secrets Manager and the outbox. */
export function composeAlertWebhook(environment: Environment, system: System): AlertWebhookParts {
  const config = readFunctionConfig('alert-webhook', environment);
  const options = awsClientOptions(readAwsAccess(environment));
  const { clock, log } = system;
  const source = new SecretsManagerSource(options);
  const overlapMs = config.WEBHOOK_SECRET_OVERLAP_S * 1000;
  const secret = (secretId: string) =>
    new SecretCache({ source, clock, log }, { secretId, previousRule: { kind: 'for', overlapMs } });
  const secrets: Record<AlertPath, SecretCache> = {
    '/webhooks/grafana-oncall': secret(config.ONCALL_HMAC_SECRET_ID),
    '/webhooks/grafana-oncall/bearer': secret(config.ONCALL_BEARER_SECRET_ID),
    '/webhooks/grafana-alerting': secret(config.GRAFANA_ALERTING_SECRET_ID),
  };
  const alertingHeaders = {
    signature: config.GRAFANA_ALERTING_SIGNATURE_HEADER,
    timestamp: config.GRAFANA_ALERTING_TIMESTAMP_HEADER,
  };
  const queue = new SqsIncidentQueue(options, config.INCIDENTS_QUEUE_URL);
  const outbox = lazyOutbox(async () => {
    const { DynamoOutbox } = await import('../adapters/dynamodb/outbox.ts');
    return new DynamoOutbox(options, config.OUTBOX_TABLE);
  });
  return {
    authenticate: (path, request) =>
      authenticateAlert({ clock, secrets, alertingHeaders }, path, request),
    accept: (delivery) => acceptAlert({ queue, outbox, clock, log }, delivery),
  };
}

/** The DynamoDB client is loaded when the queue fails, not at each cold start. */
function lazyOutbox(load: () => Promise<Outbox>): Outbox {
  let loaded: Promise<Outbox> | undefined;
  return {
    put: async (row) => {
      loaded ??= load();
      await (await loaded).put(row);
    },
  };
}
