import { createHash } from 'node:crypto';
import { DeliveryError } from '../../domain/errors.ts';
import { AwsCallError, nameOfFailure } from '../aws/aws-call-error.ts';
import { AwsJsonClient } from '../aws/aws-json-client.ts';
import type { AwsClientOptions } from '../aws/client-options.ts';

/**
 * How long one send may take, the one retry included. A pager waits for the answer, and what the
 * queue does not take in this time goes to the outbox. Unit: ms.
 */
export const SEND_BUDGET_MS = 1_200;
const LIMITS = { connectMs: 400, answerMs: 700, budgetMs: SEND_BUDGET_MS };
const SQS = { name: 'sqs', target: 'AmazonSQS', jsonVersion: '1.0' } as const;

/** What SQS will refuse however often it is asked. */
const PERMANENT: ReadonlySet<string> = new Set([
  'AccessDenied',
  'AccessDeniedException',
  'InvalidMessageContents',
  'InvalidParameterValue',
  'QueueDoesNotExist',
  'UnsupportedOperation',
]);

/**
 * SQS puts U+FFFD in place of two characters that JSON allows, and what was signed would not verify any
 * more; escaped, they are the same JSON.
 */
function storableText(json: string): string {
  return json.replace(/[\ufffe\uffff]/g, (one) => `\\u${one.charCodeAt(0).toString(16)}`);
}

/** One FIFO message: JSON. Both ids are at most 128 characters. */
export type FifoMessage = { body: string; group: string; deduplicationId: string };

/** Sends to one queue, at the host that its URL names unless everything AWS is served elsewhere. */
export function sqsClient(options: AwsClientOptions, queueUrl: string): AwsJsonClient {
  return new AwsJsonClient(SQS, { endpoint: new URL(queueUrl).origin, ...options }, LIMITS);
}

/**
 * Sends one message to a FIFO queue. Durable when it resolves.
 * @throws {DeliveryError} `QUEUE_UNAVAILABLE`: the message may or may not be there
 */
export async function sendFifo(
  client: AwsJsonClient,
  queueUrl: string,
  message: FifoMessage,
): Promise<void> {
  const body = storableText(message.body);
  try {
    const { MD5OfMessageBody } = await client.call('SendMessage', {
      QueueUrl: queueUrl,
      MessageBody: body,
      MessageGroupId: message.group,
      MessageDeduplicationId: message.deduplicationId,
    });
    const md5 = createHash('md5').update(body).digest('hex');
    if (MD5OfMessageBody !== md5) {
      throw new AwsCallError({ name: 'InvalidChecksumError', isTransient: true });
    }
  } catch (cause) {
    const name = nameOfFailure(cause);
    throw new DeliveryError({
      code: 'QUEUE_UNAVAILABLE',
      message: `cannot enqueue to ${queueUrl}: expected an answer, got ${name}`,
      retryable: !PERMANENT.has(name),
      cause,
    });
  }
}
