import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { awsClientOptions } from '../adapters/aws/client-options.ts';
import { DocumentClient } from '../adapters/dynamodb/document-client.ts';
import { DynamoIncidentRows } from '../adapters/dynamodb/incident-rows.ts';
import { DynamoOutboxDrain } from '../adapters/dynamodb/outbox-drain.ts';
import { DynamoStormRows } from '../adapters/dynamodb/storm-rows.ts';
import { OnCallAlertGroups } from '../adapters/oncall/oncall-alert-groups.ts';
import { SecretsManagerSource } from '../adapters/secrets-manager/secrets-manager-source.ts';
import { SqsDeadLetters } from '../adapters/sqs/sqs-dead-letters.ts';
import { SqsIncidentQueue } from '../adapters/sqs/sqs-incident-queue.ts';
import { StatuspagePublicPage } from '../adapters/statuspage-public/statuspage-public-page.ts';
import type { System } from '../adapters/system/system.ts';
import { type Environment, readAwsAccess, readFunctionConfig } from '../config.ts';
import { IncidentLanes } from '../services/incident-lanes.ts';
import { findKnownGroup } from '../services/known-groups.ts';
import { reconcileAlerts } from '../services/reconcile-alerts.ts';
import { returnDeadLetters, returnDeadPublications } from '../services/return-dead-letters.ts';
import { askForLooks, suspectDrift } from '../services/suspect-drift.ts';
import type { SweepDeps } from '../services/sweep.ts';
import { wakeOpenOnPage } from '../services/wake-open-on-page.ts';
import { wakeOverdue } from '../services/wake-overdue.ts';
import { composeOnCall } from './compose-oncall.ts';

/** Joins the sweeper to outbox, queues, indexes of incidents, OnCall's API and the public page. */
export function composeSweeper(environment: Environment, system: System): SweepDeps {
  const config = readFunctionConfig('sweeper', environment);
  const options = awsClientOptions(readAwsAccess(environment));
  const client = new DocumentClient(new DynamoDBClient(options));
  const queue = new IncidentLanes({
    alerts: new SqsIncidentQueue(options, config.ALERTS_QUEUE_URL),
    incidents: new SqsIncidentQueue(options, config.INCIDENTS_QUEUE_URL),
  });
  const rows = new DynamoIncidentRows({ client, table: config.INCIDENTS_TABLE });
  const page = new StatuspagePublicPage(config.STATUSPAGE_PUBLIC_URL);
  const { clock, log } = system;
  const watchPage = {
    sweeper: (hasTime: () => boolean) => suspectDrift({ page, rows, queue, clock, log }, hasTime),
    publisher: (hasTime: () => boolean) => askForLooks({ rows, queue, clock }, hasTime),
    off: async () => 0,
  };
  const secrets = new SecretsManagerSource(options);
  const asked = { config, client, source: secrets, system, urgency: 'routine' } as const;
  const groups = new OnCallAlertGroups({ client: composeOnCall(asked), clock });
  const storms = new DynamoStormRows({ client, table: config.INCIDENTS_TABLE });
  const known = findKnownGroup({ rows, storms });
  const queueUrls = { alerts: config.ALERTS_QUEUE_URL, incidents: config.INCIDENTS_QUEUE_URL };
  const deadLetters = new SqsDeadLetters(options, {
    queueUrls,
    deadLettersUrl: config.INCIDENTS_DLQ_URL,
  });
  const deadPublications = new SqsDeadLetters(options, {
    queueUrls,
    deadLettersUrl: config.PUBLICATIONS_DLQ_URL,
  });
  const isAsked = config.ONCALL_API_URL !== '' && config.ONCALL_API_TOKEN_SECRET_ID !== '';
  return {
    returnDeadLetters: (hasTime) => returnDeadLetters({ deadLetters, queue, clock, log }, hasTime),
    returnDeadPublications: (hasTime) =>
      returnDeadPublications({ deadLetters: deadPublications, queue, clock, log }, hasTime),
    reconcileAlerts: async (hasTime) =>
      isAsked ? reconcileAlerts({ groups, rows, known, queue, clock, log }, hasTime) : 0,
    wakeOverdue: (hasTime) => wakeOverdue({ rows, queue, clock }, hasTime),
    wakeOpenOnPage: (hasTime) => wakeOpenOnPage({ rows, queue, clock }, hasTime),
    outbox: new DynamoOutboxDrain(options, config.OUTBOX_TABLE),
    queue,
    rows,
    watchPage: watchPage[config.PAGE_DRIFT],
    clock,
    log,
  };
}
