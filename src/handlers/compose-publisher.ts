import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { KMSClient } from '@aws-sdk/client-kms';
import { awsClientOptions } from '../adapters/aws/client-options.ts';
import { DocumentClient } from '../adapters/dynamodb/document-client.ts';
import { DynamoAuditTrail } from '../adapters/dynamodb/dynamo-audit-trail.ts';
import { DynamoIncidentRows } from '../adapters/dynamodb/incident-rows.ts';
import { loadPolicyFiles, loadRouting } from '../adapters/files/deployment-config.ts';
import { KmsPublicKeys, KmsSigner } from '../adapters/kms/kms-keys.ts';
import { SecretsManagerSource } from '../adapters/secrets-manager/secrets-manager-source.ts';
import { SqsIncidentQueue } from '../adapters/sqs/sqs-incident-queue.ts';
import { Statuspage } from '../adapters/statuspage/statuspage.ts';
import type { System } from '../adapters/system/system.ts';
import {
  type Environment,
  type FunctionConfig,
  readAwsAccess,
  readFunctionConfig,
} from '../config.ts';
import type { Routing } from '../domain/routing.ts';
import { PageBudget } from '../services/page-budget.ts';
import type {
  AuditTrail,
  IncidentQueue,
  IncidentRows,
  PublicKeys,
  Signer,
} from '../services/ports.ts';
import type { PublicIncidents } from '../services/public-page.ts';
import { PublicationChain } from '../services/publication-chain.ts';
import { PublisherDrift } from '../services/publisher-drift.ts';
import { SecretCache } from '../services/secret-cache.ts';
import type { StatusPage } from '../services/status-page.ts';
import { StatuspageApprovalGate } from '../services/statuspage-approval-gate.ts';
import { Redelivery } from './sqs-delivery.ts';

/** Joins phase two of the gate to DynamoDB, KMS, SQS and the status page. */
export function composePublisher(environment: Environment, system: System) {
  const config = readFunctionConfig('publisher', environment);
  const options = awsClientOptions(readAwsAccess(environment));
  const policies = loadPolicyFiles(config.CONFIG_DIR);
  const { clock, log } = system;
  const documents = new DocumentClient(new DynamoDBClient(options));
  const kms = new KMSClient(options);
  const apiKey = new SecretCache(
    { source: new SecretsManagerSource(options), clock, log },
    { secretId: config.STATUSPAGE_API_KEY_SECRET_ID, previousRule: { kind: 'for', overlapMs: 0 } },
  );
  const page = new Statuspage({
    apiUrl: config.STATUSPAGE_API_URL,
    pageId: config.STATUSPAGE_PAGE_ID,
    apiKey: () => apiKey.current(),
    timeoutMs: config.STATUSPAGE_TIMEOUT_MS,
    clock,
  });
  const outside: PublisherPorts = {
    page,
    trail: new DynamoAuditTrail({ client: documents, table: config.AUDIT_TABLE }),
    rows: new DynamoIncidentRows({ client: documents, table: config.INCIDENTS_TABLE }),
    queue: new SqsIncidentQueue(options, config.INCIDENTS_QUEUE_URL),
    signer: new KmsSigner({ client: kms, keyId: config.PUBLICATION_KEY_ID }),
    keys: new KmsPublicKeys({ client: kms, allowed: [config.APPROVAL_KEY_ID] }),
    policyDigest: policies.digest,
    components: loadRouting(config.CONFIG_DIR).components,
  };
  const queueUrls = [config.PUBLICATIONS_QUEUE_URL] as const;
  const redelivery = new Redelivery({ options, queueUrls, log });
  return { ...joinPublisher({ config, outside, system }), redelivery };
}

/** What phase two speaks through. */
export type PublisherPorts = {
  page: StatusPage & PublicIncidents;
  trail: AuditTrail;
  rows: IncidentRows;
  queue: IncidentQueue;
  signer: Signer;
  keys: PublicKeys;
  policyDigest: string;
  /** By which names refusals speak of components. */
  components: Routing['components'];
};

/** Joins phase two of the gate to whatever stands behind its ports. */
export function joinPublisher(of: {
  config: FunctionConfig<'publisher'>;
  outside: PublisherPorts;
  system: Pick<System, 'clock' | 'ids' | 'log'>;
}) {
  const { config, outside } = of;
  const { clock, ids, log } = of.system;
  const { page, rows, queue, signer } = outside;
  const chain = new PublicationChain({ trail: outside.trail, clock });
  const budget = new PageBudget(clock);
  const gate = new StatuspageApprovalGate({
    chain,
    rows,
    page,
    signer,
    queue,
    identity: {
      deployment: config.DEPLOYMENT_ID,
      pageId: config.STATUSPAGE_PAGE_ID,
      policyDigest: outside.policyDigest,
      approvalKeyId: config.APPROVAL_KEY_ID,
      keys: outside.keys,
    },
    clock,
    ids,
    log,
    deadlineMs: config.PUBLISH_DEADLINE_MS,
    pageTimeoutMs: config.STATUSPAGE_TIMEOUT_MS,
    lookRules: {
      looks: config.STATUSPAGE_LOOKS,
      settleMs: config.STATUSPAGE_SETTLE_S * 1000,
      autoRetry: config.AUTO_RETRY_AFTER_ABSENCE,
    },
    budget,
    components: outside.components,
  });
  const drift =
    config.PAGE_DRIFT === 'publisher'
      ? new PublisherDrift({ chain, rows, page, budget, queue, clock, log })
      : undefined;
  return { gate, drift };
}
