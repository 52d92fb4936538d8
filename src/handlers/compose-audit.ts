import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { KMSClient } from '@aws-sdk/client-kms';
import { awsClientOptions } from '../adapters/aws/client-options.ts';
import { DocumentClient } from '../adapters/dynamodb/document-client.ts';
import { DynamoProjectionWriter } from '../adapters/dynamodb/dynamo-projection-writer.ts';
import { DynamoTrailReader } from '../adapters/dynamodb/dynamo-trail-reader.ts';
import { findTables } from '../adapters/dynamodb/find-tables.ts';
import { findKeys } from '../adapters/kms/find-keys.ts';
import { KmsPublicKeys } from '../adapters/kms/kms-keys.ts';
import { findAlertsQueue } from '../adapters/sqs/find-alerts-queue.ts';
import { SqsIncidentQueue } from '../adapters/sqs/sqs-incident-queue.ts';
import { type AwsAccess, ConfigError } from '../config.ts';
import type { AuditIndexes } from '../services/audit-listing.ts';
import type { Clock, IncidentQueue } from '../services/ports.ts';
import type { ProjectionWriter } from '../services/rebuild-projections.ts';
import type { PinnedKeys, TrailReader } from '../services/verify-trail.ts';

/** One deployment as a reviewer reads it. */
export type AuditTools = {
  reader: TrailReader & AuditIndexes;
  writer: ProjectionWriter;
  /** @throws {ConfigError} when no key is pinned and none can be found */
  pinned: () => Promise<PinnedKeys>;
  /**
   * The queue by which incident-worker is asked for something.
   * @param url - undefined: found by its name behind the endpoint
   * @throws {ConfigError} when it is not named and cannot be told
   */
  queue: (url: string | undefined) => Promise<IncidentQueue>;
  /** Closes idle connections. */
  close(): void;
};

/**
 * Joins the reviewer's tools to AWS.
 *
 * @param of.tables - undefined: found by name behind the endpoint
 * @param of.keys - undefined: found by alias behind the endpoint
 * @throws {ConfigError} `CONFIG_INVALID` when the tables cannot be told
 */
export async function composeAudit(of: {
  access: AwsAccess;
  tables: { audit: string; incidents: string } | undefined;
  keys: { approval: string; publication: string } | undefined;
  clock: Clock;
}): Promise<AuditTools> {
  const options = { ...awsClientOptions(of.access), maxAttempts: 3 };
  const client = new DynamoDBClient(options);
  const kms = new KMSClient(options);
  const tables = of.tables ?? (await findTables(client));
  let pinned: Promise<PinnedKeys> | undefined;
  const pin = async (): Promise<PinnedKeys> => {
    const keys = of.keys ?? (await findKeys(kms));
    const allowed = [keys.approval, keys.publication];
    return { ...keys, keys: new KmsPublicKeys({ client: kms, allowed }) };
  };
  const documents = new DocumentClient(client);
  return {
    reader: new DynamoTrailReader({ client, tables, clock: of.clock }),
    writer: new DynamoProjectionWriter({ client: documents, table: tables.incidents }),
    pinned: () => {
      pinned ??= pin();
      return pinned;
    },
    queue: async (url) => {
      if (url === undefined && of.access.endpoint === undefined) {
        throw new ConfigError('cannot send to the alerts queue: expected ALERTS_QUEUE_URL');
      }
      return new SqsIncidentQueue(options, url ?? (await findAlertsQueue(options)));
    },
    close: () => {
      client.destroy();
      kms.destroy();
    },
  };
}
