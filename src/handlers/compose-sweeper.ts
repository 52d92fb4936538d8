import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { awsClientOptions } from '../adapters/aws/client-options.ts';
import { DynamoIncidentRows } from '../adapters/dynamodb/incident-rows.ts';
import { DynamoOutboxDrain } from '../adapters/dynamodb/outbox-drain.ts';
import { SqsIncidentQueue } from '../adapters/sqs/sqs-incident-queue.ts';
import type { System } from '../adapters/system/system.ts';
import { type Environment, readAwsAccess, readFunctionConfig } from '../config.ts';
import type { SweepDeps } from '../services/sweep.ts';

/** Joins the sweeper to the outbox, the queue and the index of unfinished incidents. */
export function composeSweeper(environment: Environment, system: System): SweepDeps {
  const config = readFunctionConfig('sweeper', environment);
  const options = awsClientOptions(readAwsAccess(environment));
  const client = DynamoDBDocumentClient.from(new DynamoDBClient(options));
  return {
    outbox: new DynamoOutboxDrain(options, config.OUTBOX_TABLE),
    queue: new SqsIncidentQueue(options, config.INCIDENTS_QUEUE_URL),
    rows: new DynamoIncidentRows({ client, table: config.INCIDENTS_TABLE }),
    clock: system.clock,
    log: system.log,
  };
}
