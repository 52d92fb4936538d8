import { ListQueuesCommand, SQSClient } from '@aws-sdk/client-sqs';
import { ConfigError } from '../../config.ts';
import type { AwsClientOptions } from '../aws/client-options.ts';

/**
 * The alerts queue of the one deployment behind an endpoint, by its name.
 * @throws {ConfigError} `CONFIG_INVALID` when none, or more than one, could be meant
 */
export async function findAlertsQueue(options: AwsClientOptions): Promise<string> {
  const client = new SQSClient(options);
  try {
    const { QueueUrls = [] } = await client.send(new ListQueuesCommand({}));
    const found = QueueUrls.filter((url) => /alerts\.fifo$/.test(url));
    const [only] = found;
    if (only !== undefined && found.length === 1) return only;
    throw new ConfigError(
      `cannot find the alerts queue: expected one queue named so, got ${found.length}; ` +
        'set ALERTS_QUEUE_URL',
    );
  } finally {
    client.destroy();
  }
}
