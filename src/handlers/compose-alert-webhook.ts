import { awsClientOptions } from '../adapters/aws/client-options.ts';
import { DynamoOutbox } from '../adapters/dynamodb/outbox.ts';
import { SecretsManagerSource } from '../adapters/secrets-manager/secrets-manager-source.ts';
import { SqsIncidentQueue } from '../adapters/sqs/sqs-incident-queue.ts';
import type { System } from '../adapters/system/system.ts';
import { type Environment, readAwsAccess, readFunctionConfig } from '../config.ts';
import {
  ALERT_PATHS,
  ALERT_ROUTES,
  type AlertPath,
  type AlertSecretVariable,
} from '../domain/alerts/alert-paths.ts';
import type { VerifiedDelivery } from '../domain/alerts/senders/sender.ts';
import { type AcceptOutcome, acceptAlert, type Delivery } from '../services/accept-alert.ts';
import { type ArrivedRequest, authenticateAlert } from '../services/authenticate-alert.ts';
import { SecretCache } from '../services/secret-cache.ts';

/** What the alert webhook does, with everything it needs bound. */
export type AlertWebhookParts = {
  authenticate: (path: AlertPath, request: ArrivedRequest) => Promise<VerifiedDelivery>;
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
  const secrets = Object.fromEntries(
    ALERT_PATHS.map((path) => {
      const variable = ALERT_ROUTES[path].secretVariable as AlertSecretVariable;
      return [path, secret(config[variable])];
    }),
  ) as Record<AlertPath, SecretCache>;
  const settings = {
    grafanaAlerting: {
      signature: config.GRAFANA_ALERTING_SIGNATURE_HEADER,
      timestamp: config.GRAFANA_ALERTING_TIMESTAMP_HEADER,
      untimed: config.GRAFANA_ALERTING_UNTIMED,
    },
  };
  const queue = new SqsIncidentQueue(options, config.ALERTS_QUEUE_URL);
  // Meanwhile the first sender's secret is fetched.
  queue.connect();
  const outbox = new DynamoOutbox(options, config.OUTBOX_TABLE);
  return {
    authenticate: (path, request) => authenticateAlert({ clock, secrets, settings }, path, request),
    accept: (delivery) => acceptAlert({ queue, outbox, clock, log }, delivery),
  };
}
