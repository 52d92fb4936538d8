import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { afterEach, beforeEach } from 'vitest';
import { DocumentClient } from '../../src/adapters/dynamodb/document-client.ts';
import { DynamoAuditTrail } from '../../src/adapters/dynamodb/dynamo-audit-trail.ts';
import { DynamoIncidentRows } from '../../src/adapters/dynamodb/incident-rows.ts';
import type { DetailsOf } from '../../src/domain/audit-event.ts';
import { type EmbeddedAws, startAws } from '../../src/local/aws/aws-server.ts';
import { tableDefinitions } from '../../src/local/tables.ts';
import { WorldClock } from '../../src/local/world-clock.ts';
import { type Command, IncidentRecord } from '../../src/services/incident-record.ts';

/** The record over the real adapters and an embedded DynamoDB, started anew for each test. */
export type RecordWorld = {
  aws: EmbeddedAws;
  clock: WorldClock;
  trail: DynamoAuditTrail;
  rows: DynamoIncidentRows;
  record: IncidentRecord;
  documents: DocumentClient;
  /** Ends the world and begins an empty one, for many runs in one test. */
  restart(): Promise<void>;
  /** Calls of one operation since the start, e.g. `dynamodb:Query`. */
  calls(operation: string): number;
};

export const INCIDENT = 'inc-aaaaaaaaaaaaaaaa';
export const WORKER_ACTOR = { kind: 'system', id: 'incident-worker' } as const;

/** @param maxAttempts - of the SDK; 1 leaves every repetition to the code under test */
export function useRecord(maxAttempts = 1): RecordWorld {
  const world = {} as RecordWorld;
  const start = async () => {
    world.clock = new WorldClock();
    world.aws = await startAws({ clock: world.clock, callers: {} });
    for (const table of tableDefinitions()) await world.aws.dynamodb.createTable(table);
    const client = new DynamoDBClient({
      endpoint: world.aws.url,
      region: 'us-east-1',
      maxAttempts,
      credentials: { accessKeyId: 'AKIATEST', secretAccessKey: 'unchecked' },
    });
    world.documents = new DocumentClient(client);
    world.trail = new DynamoAuditTrail({ client: world.documents, table: 'audit' });
    world.rows = new DynamoIncidentRows({ client: world.documents, table: 'incidents' });
    world.record = new IncidentRecord({
      trail: world.trail,
      rows: world.rows,
      clock: world.clock,
      pause: { forMs: async () => {} },
    });
  };
  const stop = async () => {
    world.documents.destroy();
    world.clock.close();
    await world.aws.close();
  };
  beforeEach(start);
  afterEach(stop);
  world.restart = async () => {
    await stop();
    await start();
  };
  world.calls = (operation) => world.aws.board.calls().counts[operation] ?? 0;
  return world;
}

/** A command that adds one note, whatever the state. */
export function noteCommand(text: string, commandId = text): Command<never> {
  return {
    incidentId: INCIDENT,
    commandId,
    actor: { kind: 'slack_user', id: 'U0MAYA' },
    decide: () => ({ append: 'NOTE_ADDED', details: { text } }),
  };
}

/** A command that declares the incident, once. @param of - where it is another one */
export function declareCommand(
  commandId = 'declare',
  of: Partial<DetailsOf<'INCIDENT_DECLARED'>> = {},
): Command<string> {
  return {
    incidentId: INCIDENT,
    commandId,
    actor: { kind: 'slack_user', id: 'U0MAYA' },
    decide: (incident) =>
      incident
        ? { decline: 'there already' }
        : {
            append: 'INCIDENT_DECLARED',
            details: {
              title: 'Checkout is down',
              severity: 'P1',
              severityIsDefault: false,
              service: 'checkout-api',
              declaredIn: null,
              ...of,
            },
          },
  };
}
