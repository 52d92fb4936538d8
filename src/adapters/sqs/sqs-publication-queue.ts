import type { PublicationQueue } from '../../services/ports.ts';
import type { AwsJsonClient } from '../aws/aws-json-client.ts';
import type { AwsClientOptions } from '../aws/client-options.ts';
import { sendFifo, sqsClient } from './send-message.ts';

/** publications.fifo on SQS: one group per status page, so publications never overtake. */
export class SqsPublicationQueue implements PublicationQueue {
  readonly #client: AwsJsonClient;
  readonly #queueUrl: string;
  readonly #pageId: string;

  constructor(options: AwsClientOptions, of: { queueUrl: string; pageId: string }) {
    this.#client = sqsClient(options, of.queueUrl);
    this.#queueUrl = of.queueUrl;
    this.#pageId = of.pageId;
  }

  async send(
    message: { incidentId: string; draftId: string; revision: number },
    deduplicationId: string,
  ): Promise<void> {
    // Named one by one: whatever else the caller's object holds, only ids travel.
    const { incidentId, draftId, revision } = message;
    await sendFifo(this.#client, this.#queueUrl, {
      body: JSON.stringify({ incidentId, draftId, revision }),
      group: this.#pageId,
      deduplicationId,
    });
  }
}
