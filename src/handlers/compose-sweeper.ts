import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { awsClientOptions } from '../adapters/aws/client-options.ts';
import { DynamoIncidentRows } from '../adapters/dynamodb/incident-rows.ts';
import { DynamoOutboxDrain } from '../adapters/dynamodb/outbox-drain.ts';
import { SqsIncidentQueue } from '../adapters/sqs/sqs-incident-queue.ts';
import { StatuspagePublicPage } from '../adapters/statuspage-public/statuspage-public-page.ts';
import type { System } from '../adapters/system/system.ts';
import { type Environment, readAwsAccess, readFunctionConfig } from '../config.ts';
import { askForLooks, suspectDrift } from '../services/suspect-drift.ts';
import type { SweepDeps } from '../services/sweep.ts';

/** Joins the sweeper to the outbox, the queue, the indexes of incidents and the public page. */
export function composeSweeper(environment: Environment, system: System): SweepDeps {
  const config = readFunctionConfig('sweeper', environment);
  const options = awsClientOptions(readAwsAccess(environment));
  const client = DynamoDBDocumentClient.from(new DynamoDBClient(options));
  const queue = new SqsIncidentQueue(options, config.INCIDENTS_QUEUE_URL);
  const rows = new DynamoIncidentRows({ client, table: config.INCIDENTS_TABLE });
  const page = new StatuspagePublicPage(config.STATUSPAGE_PUBLIC_URL);
  const { clock, log } = system;
  const watchPage = {
    sweeper: (hasTime: () => boolean) => suspectDrift({ page, rows, queue, clock, log }, hasTime),
    publisher: (hasTime: () => boolean) => askForLooks({ rows, queue, clock }, hasTime),
    off: async () => 0,
  };
  return {
    outbox: new DynamoOutboxDrain(options, config.OUTBOX_TABLE),
    queue,
    rows,
    watchPage: watchPage[config.PAGE_DRIFT],
    clock,
    log,
  };
}
