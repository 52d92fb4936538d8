import { CfnOutput, Duration, Stack } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { Alarms } from './constructs/alarms.ts';
import { AlertWebhook } from './constructs/alert-webhook.ts';
import { AuditReader } from './constructs/audit-reader.ts';
import { AuditTable } from './constructs/audit-table.ts';
import { DeploymentSecrets } from './constructs/deployment-secrets.ts';
import { FifoQueue } from './constructs/fifo-queue.ts';
import { ProductHttpApi } from './constructs/http-api.ts';
import { IncidentWorker } from './constructs/incident-worker.ts';
import { IncidentsTable } from './constructs/incidents-table.ts';
import { OutboxTable } from './constructs/outbox-table.ts';
import { Publisher } from './constructs/publisher.ts';
import { Schedules } from './constructs/schedules.ts';
import { SigningKey } from './constructs/signing-key.ts';
import { SlackIngress } from './constructs/slack-ingress.ts';
import { Sweeper } from './constructs/sweeper.ts';
import type { DeploymentParameters } from './deployment-parameters.ts';
import type { DeploymentParts } from './deployment-parts.ts';
import { type ResourceNames, resourceNames } from './resource-names.ts';
import { wantedSecrets } from './wanted-secrets.ts';

/**
 * The longest a queue's function may run. A message that needs more continues as a new message, so
 * that a crash is noticed, and the message seen again, within seconds.
 */
const CONSUMER_TIMEOUT = Duration.seconds(30);

export type IncidentResponseStackProps = {
  parameters: DeploymentParameters;
  /** False: functions get a placeholder instead of their bundle. Default true. */
  bundle?: boolean;
};

/** One deployment: one organisation, one environment, its own tables, keys, secrets and roles. */
export class IncidentResponseStack extends Stack {
  constructor(scope: Construct, id: string, props: IncidentResponseStackProps) {
    const { parameters } = props;
    const names = resourceNames(parameters.deploymentId);
    super(scope, id, {
      stackName: names.stack,
      description: 'Incident-commander assistant: war rooms, approvals, audit trail',
      // The audit table must never go because somebody deleted the stack.
      terminationProtection: true,
    });
    const parts = this.#parts(parameters, names, props.bundle ?? true);
    const alertWebhook = new AlertWebhook(this, 'AlertWebhook', parts);
    const slackIngress = new SlackIngress(this, 'SlackIngress', parts);
    const worker = new IncidentWorker(this, 'IncidentWorker', parts, CONSUMER_TIMEOUT);
    const publisher = new Publisher(this, 'Publisher', parts, CONSUMER_TIMEOUT);
    const sweeper = new Sweeper(this, 'Sweeper', parts);
    const api = new ProductHttpApi(this, 'HttpApi', {
      apiName: names.stack,
      alertWebhook: alertWebhook.lambda,
      slackIngress: slackIngress.lambda,
    });
    new AuditReader(this, 'AuditReader', {
      policyName: names.auditReader,
      audit: parts.audit,
      keys: [parts.approvalKey, parts.publicationKey],
    });
    new Alarms(this, 'Alarms', {
      deploymentId: parameters.deploymentId,
      email: parameters.alarmEmail,
      queues: {
        alerts: parts.alerts,
        incidents: parts.incidents,
        publications: parts.publications,
      },
      undelivered: parts.schedules.undelivered,
      secrets: wantedSecrets(parameters),
      functions: [
        ['alert-webhook', alertWebhook],
        ['slack-ingress', slackIngress],
        ['incident-worker', worker],
        ['publisher', publisher],
        ['sweeper', sweeper],
      ],
    });
    new CfnOutput(this, 'ApiUrl', { value: api.url, description: 'Base of every webhook URL' });
    this.#outputs(parts);
  }

  #parts(parameters: DeploymentParameters, names: ResourceNames, bundle: boolean): DeploymentParts {
    const incidents = new FifoQueue(this, 'Incidents', {
      queueName: names.incidentsQueue,
      dlqName: names.incidentsDlq,
      consumerTimeout: CONSUMER_TIMEOUT,
    });
    return {
      parameters,
      names,
      bundle,
      incidents,
      alerts: new FifoQueue(this, 'Alerts', {
        queueName: names.alertsQueue,
        deadLetters: incidents.deadLetters,
        consumerTimeout: CONSUMER_TIMEOUT,
      }),
      publications: new FifoQueue(this, 'Publications', {
        queueName: names.publicationsQueue,
        dlqName: names.publicationsDlq,
        consumerTimeout: CONSUMER_TIMEOUT,
      }),
      audit: new AuditTable(this, 'AuditTable', { tableName: names.auditTable }),
      incidentRows: new IncidentsTable(this, 'IncidentsTable', { tableName: names.incidentsTable }),
      outbox: new OutboxTable(this, 'OutboxTable', { tableName: names.outboxTable }),
      secrets: new DeploymentSecrets(this, 'Secrets', { names, wanted: wantedSecrets(parameters) }),
      approvalKey: new SigningKey(this, 'ApprovalKey', {
        alias: `alias/${names.stack}-approvals`,
        description: 'Signs approvals; only incident-worker may use it',
      }),
      publicationKey: new SigningKey(this, 'PublicationKey', {
        alias: `alias/${names.stack}-publications`,
        description: 'Signs publications; only publisher may use it',
      }),
      schedules: new Schedules(this, 'Schedules', {
        groupName: names.scheduleGroup,
        incidents,
        undeliveredName: names.schedulesUndelivered,
      }),
    };
  }

  /** What `npm run audit` and a reviewer need to find the trail and check its signatures. */
  #outputs({ audit, approvalKey, publicationKey, names }: DeploymentParts): void {
    new CfnOutput(this, 'AuditTableName', { value: audit.table.tableName });
    new CfnOutput(this, 'ApprovalKeyId', { value: approvalKey.key.keyId });
    new CfnOutput(this, 'PublicationKeyId', { value: publicationKey.key.keyId });
    new CfnOutput(this, 'AuditReaderPolicy', { value: names.auditReader });
  }
}
