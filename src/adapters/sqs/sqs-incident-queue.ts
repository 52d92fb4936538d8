import type { IncidentMessage, IncidentQueue } from '../../services/ports.ts';
import type { AwsJsonClient } from '../aws/aws-json-client.ts';
import type { AwsClientOptions } from '../aws/client-options.ts';
import { sendFifo, sqsClient } from './send-message.ts';

/** incidents.fifo or alerts.fifo on SQS. The message travels as JSON. */
export class SqsIncidentQueue implements IncidentQueue {
  readonly #client: AwsJsonClient;
  readonly #queueUrl: string;

  constructor(options: AwsClientOptions, queueUrl: string) {
    this.#client = sqsClient(options, queueUrl);
    this.#queueUrl = queueUrl;
  }

  /** Begins to connect, while whoever is to send still finds out whether there is anything to. */
  connect(): void {
    this.#client.connect();
  }

  async send(
    message: IncidentMessage,
    as: { group: string; deduplicationId: string },
  ): Promise<void> {
    await sendFifo(this.#client, this.#queueUrl, { body: JSON.stringify(message), ...as });
  }
}
