import { Duration } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { DeploymentParts } from '../deployment-parts.ts';
import { CONFIG_FOLDER } from '../function-bundle.ts';
import { SLACK_API_URL } from '../vendor-urls.ts';
import { ProductFunction } from './product-function.ts';

/** Verifies Slack's signature, enqueues the signed request, opens modals. Cannot see the trail. */
export class SlackIngress extends ProductFunction<'slack-ingress'> {
  constructor(scope: Construct, id: string, parts: DeploymentParts) {
    const { parameters, names, incidents, incidentRows, secrets } = parts;
    super(scope, id, {
      name: 'slack-ingress',
      functionName: names.function('slack-ingress'),
      description: 'Verifies Slack requests, enqueues them and opens modals',
      // Slack gives up after 3 s. Cold, with a form to open, it needs some 80 ms of CPU and 70 MB:
      // here a third of a second, for half of what 1 GB costs.
      memoryMb: 512,
      // The answer is due in 3 s; the rest is room to finish a send that Slack will not hear of.
      timeout: Duration.seconds(10),
      beside: { config: true },
      bundle: parts.bundle,
      variables: {
        INCIDENTS_QUEUE_URL: incidents.queue.queueUrl,
        INCIDENTS_TABLE: incidentRows.table.tableName,
        SLACK_SIGNING_SECRET_ID: secrets.idOf('slack-signing'),
        SLACK_BOT_TOKEN_SECRET_ID: secrets.idOf('slack-bot-token'),
        SLACK_API_URL,
        ROOT_COMMAND: parameters.rootCommand,
        CONFIG_DIR: CONFIG_FOLDER,
        AI: parameters.ai,
      },
    });
    incidents.grantSend(this);
    incidentRows.grantLookUp(this);
    secrets.grantRead(this, 'slack-signing', 'slack-bot-token');
  }
}
