import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { DeliveryError } from '../../domain/errors.ts';
import type { AwsClientOptions } from '../aws/client-options.ts';

/**
 * How long one send may take, the SDK's one retry included. A pager waits for the answer, and what
 * the queue does not take in this time goes to the outbox. Unit: ms.
 */
export const SEND_BUDGET_MS = 1_200;
const CONNECTION_TIMEOUT_MS = 400;
const REQUEST_TIMEOUT_MS = 700;

/** What SQS will refuse however often it is asked. */
const PERMANENT: ReadonlySet<string> = new Set([
  'AccessDenied',
  'AccessDeniedException',
  'InvalidMessageContents',
  'InvalidParameterValue',
  'QueueDoesNotExist',
  'UnsupportedOperation',
]);

/** One FIFO message. Both ids are at most 128 characters. */
export type FifoMessage = { body: string; group: string; deduplicationId: string };

/** An SQS client whose calls end inside `SEND_BUDGET_MS`. */
export function sqsClient(options: AwsClientOptions): SQSClient {
  return new SQSClient({
    ...options,
    maxAttempts: 2,
    requestHandler: {
      connectionTimeout: CONNECTION_TIMEOUT_MS,
      requestTimeout: REQUEST_TIMEOUT_MS,
      throwOnRequestTimeout: true,
    },
  });
}

/**
 * Sends one message to a FIFO queue. Durable when it resolves.
 * @throws {DeliveryError} `QUEUE_UNAVAILABLE`: the message may or may not be there
 */
export async function sendFifo(
  client: SQSClient,
  queueUrl: string,
  message: FifoMessage,
): Promise<void> {
  const command = new SendMessageCommand({
    QueueUrl: queueUrl,
    MessageBody: message.body,
    MessageGroupId: message.group,
    MessageDeduplicationId: message.deduplicationId,
  });
  try {
    await client.send(command, { abortSignal: AbortSignal.timeout(SEND_BUDGET_MS) });
  } catch (cause) {
    const name = cause instanceof Error ? cause.name : 'no answer';
    throw new DeliveryError({
      code: 'QUEUE_UNAVAILABLE',
      message: `cannot enqueue to ${queueUrl}: expected an answer, got ${name}`,
      retryable: !PERMANENT.has(name),
      cause,
    });
  }
}
