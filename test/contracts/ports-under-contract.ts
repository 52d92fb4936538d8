import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DocumentClient, PutCommand } from '../../src/adapters/dynamodb/document-client.ts';
import { DynamoAuditTrail } from '../../src/adapters/dynamodb/dynamo-audit-trail.ts';
import { DynamoIncidentRows } from '../../src/adapters/dynamodb/incident-rows.ts';
import type { AuditEvent } from '../../src/domain/audit-event.ts';
import { keysOf } from '../../src/domain/event-keys.ts';
import { startAws } from '../../src/local/aws/aws-server.ts';
import { MemoryAuditTrail } from '../../src/local/memory/memory-audit-trail.ts';
import { MemoryIncidentRows } from '../../src/local/memory/memory-incident-rows.ts';
import { TABLE_NAMES, tableDefinitions } from '../../src/local/tables.ts';
import { WorldClock } from '../../src/local/world-clock.ts';
import type { AuditTrail, IncidentRows } from '../../src/services/ports.ts';

/** Both ports of one store, a hand that changes a stored event, and its end. */
export type Stores = {
  trail: AuditTrail;
  rows: IncidentRows;
  overwrite(event: AuditEvent): Promise<void>;
  close(): Promise<void>;
};

/** Every implementation of the ports, by name. The suites run on each. */
export const STORES: Record<string, () => Promise<Stores>> = {
  memory: async () => {
    const trail = new MemoryAuditTrail();
    return {
      trail,
      rows: new MemoryIncidentRows(),
      overwrite: async (event) => trail.tamper(event.incidentId, event.seq, () => event),
      close: async () => {},
    };
  },
  dynamodb: async () => {
    const clock = new WorldClock();
    const aws = await startAws({ clock, callers: {} });
    await Promise.all(tableDefinitions().map((table) => aws.dynamodb.createTable(table)));
    const client = new DocumentClient(
      new DynamoDBClient({
        endpoint: aws.url,
        region: 'us-east-1',
        credentials: { accessKeyId: 'AKIATEST', secretAccessKey: 'unchecked' },
      }),
    );
    return {
      trail: new DynamoAuditTrail({ client, table: TABLE_NAMES.audit }),
      rows: new DynamoIncidentRows({ client, table: TABLE_NAMES.incidents }),
      overwrite: async (event) => {
        const Item = { ...event, ...keysOf(event) };
        await client.send(new PutCommand({ TableName: TABLE_NAMES.audit, Item }));
      },
      close: async () => {
        clock.close();
        await aws.close();
      },
    };
  },
};
