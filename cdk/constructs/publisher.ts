import type { Duration } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { DeploymentParts } from '../deployment-parts.ts';
import { CONFIG_FOLDER } from '../function-bundle.ts';
import { PUBLISH_DEADLINE_MS, STATUSPAGE_API_URL, STATUSPAGE_TIMEOUT_MS } from '../vendor-urls.ts';
import { ProductFunction } from './product-function.ts';

/** One page has one message group; the least that an event source may have. */
const PUBLISHERS_MAX = 2;

/** Phase two of the gate. The only role with the Statuspage key; holds no Slack token. */
export class Publisher extends ProductFunction<'publisher'> {
  /** @param timeout - also what visibility of publications.fifo is derived from */
  constructor(scope: Construct, id: string, parts: DeploymentParts, timeout: Duration) {
    const { parameters, names, audit, incidentRows, incidents, secrets } = parts;
    super(scope, id, {
      name: 'publisher',
      functionName: names.function('publisher'),
      description: 'Verifies approvals and publishes to the status page',
      // Customers wait for it, and between two publications it is mostly cold: 155 ms of CPU to the
      // first answer, which this makes a quarter of a second. It needs 90 MB.
      memoryMb: 1024,
      timeout,
      // No policy engine: it compares the digest of the policies that were deployed with it.
      beside: { config: true },
      continuesByMessage: true,
      bundle: parts.bundle,
      variables: {
        DEPLOYMENT_ID: parameters.deploymentId,
        AUDIT_TABLE: audit.table.tableName,
        INCIDENTS_TABLE: incidentRows.table.tableName,
        INCIDENTS_QUEUE_URL: incidents.queue.queueUrl,
        PUBLICATIONS_QUEUE_URL: parts.publications.queue.queueUrl,
        APPROVAL_KEY_ID: parts.approvalKey.key.keyId,
        PUBLICATION_KEY_ID: parts.publicationKey.key.keyId,
        STATUSPAGE_API_KEY_SECRET_ID: secrets.idOf('statuspage-api-key'),
        STATUSPAGE_API_URL,
        STATUSPAGE_PAGE_ID: parameters.statuspagePageId,
        STATUSPAGE_TIMEOUT_MS: String(STATUSPAGE_TIMEOUT_MS),
        PUBLISH_DEADLINE_MS: String(PUBLISH_DEADLINE_MS),
        STATUSPAGE_SETTLE_S: String(parameters.statuspageSettleS),
        STATUSPAGE_LOOKS: String(parameters.statuspageLooks),
        AUTO_RETRY_AFTER_ABSENCE: parameters.autoRetryAfterAbsence,
        PAGE_DRIFT: parameters.pageDrift,
        CONFIG_DIR: CONFIG_FOLDER,
      },
    });
    audit.grantAppend(this);
    incidentRows.grantLookUp(this);
    incidents.grantSend(this);
    secrets.grantReadExclusively(this.role, 'statuspage-api-key');
    parts.publicationKey.grantSign(this.role);
    parts.approvalKey.grantVerify(this);
    this.consume(parts.publications, PUBLISHERS_MAX);
  }
}
