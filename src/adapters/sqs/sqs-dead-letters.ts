import {
  ChangeMessageVisibilityCommand,
  DeleteMessageCommand,
  type Message,
  ReceiveMessageCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { DeliveryError } from '../../domain/errors.ts';
import { sha256Hex } from '../../domain/ids.ts';
import type { DeadLetter, DeadLetters } from '../../services/dead-letters.ts';
import { type Lane, laneOf } from '../../services/incident-lanes.ts';
import type { AwsClientOptions } from '../aws/client-options.ts';

/** Carries how often a message was sent back. */
const RETURNS = 'returns';
/** As many as SQS gives at a time. */
const RECEIVED_MAX = 10;
/** Longer than a sweep takes. Unit: s. */
const HIDDEN_S = 30;

/**
 * A dead-letter queue on SQS: the one that incidents.fifo and alerts.fifo share, or another, from which
 * nothing is sent back.
 */
export class SqsDeadLetters implements DeadLetters {
  readonly #client: SQSClient;
  readonly #queueUrls: Readonly<Record<Lane, string>>;
  readonly #deadLettersUrl: string;

  constructor(
    options: AwsClientOptions,
    of: { queueUrls: Readonly<Record<Lane, string>>; deadLettersUrl: string },
  ) {
    this.#client = new SQSClient({ ...options, maxAttempts: 2 });
    this.#queueUrls = of.queueUrls;
    this.#deadLettersUrl = of.deadLettersUrl;
  }

  async receive(): Promise<DeadLetter[]> {
    const command = new ReceiveMessageCommand({
      QueueUrl: this.#deadLettersUrl,
      MaxNumberOfMessages: RECEIVED_MAX,
      VisibilityTimeout: HIDDEN_S,
      WaitTimeSeconds: 0,
      MessageSystemAttributeNames: ['MessageGroupId', 'MessageDeduplicationId', 'SentTimestamp'],
      MessageAttributeNames: [RETURNS],
    });
    const { Messages } = await attempt('receive', () => this.#client.send(command));
    return (Messages ?? []).flatMap(letterOf);
  }

  async sendBack(letter: DeadLetter): Promise<void> {
    const returns = letter.returns + 1;
    const command = new SendMessageCommand({
      QueueUrl: this.#queueUrls[laneOfBody(letter.body)],
      MessageBody: letter.body,
      MessageGroupId: letter.group,
      // Another id than the message had, or the queue would take it for the one it gave up on.
      MessageDeduplicationId: sha256Hex(`${letter.deduplicationId}#${RETURNS}#${returns}`),
      MessageAttributes: { [RETURNS]: { DataType: 'Number', StringValue: String(returns) } },
    });
    await attempt('send back', () => this.#client.send(command));
  }

  async remove(letter: DeadLetter): Promise<void> {
    const command = new DeleteMessageCommand({
      QueueUrl: this.#deadLettersUrl,
      ReceiptHandle: letter.receipt,
    });
    await attempt('remove', () => this.#client.send(command));
  }

  async release(letter: DeadLetter): Promise<void> {
    const command = new ChangeMessageVisibilityCommand({
      QueueUrl: this.#deadLettersUrl,
      ReceiptHandle: letter.receipt,
      VisibilityTimeout: 0,
    });
    await attempt('release', () => this.#client.send(command));
  }
}

function letterOf({ Body, ReceiptHandle, Attributes, MessageAttributes }: Message): DeadLetter[] {
  const group = Attributes?.MessageGroupId;
  if (Body === undefined || ReceiptHandle === undefined || group === undefined) return [];
  return [
    {
      body: Body,
      group,
      deduplicationId: Attributes?.MessageDeduplicationId ?? sha256Hex(Body),
      returns: Number(MessageAttributes?.[RETURNS]?.StringValue ?? 0) || 0,
      sinceMs: Number(Attributes?.SentTimestamp ?? 0),
      receipt: ReceiptHandle,
    },
  ];
}

/** Where the message came from: back among what has to stay in order with it. */
function laneOfBody(body: string): Lane {
  try {
    return laneOf(JSON.parse(body));
  } catch {
    return 'incidents';
  }
}

async function attempt<T>(act: string, call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (cause) {
    throw new DeliveryError({
      code: 'QUEUE_UNAVAILABLE',
      message: `cannot ${act} dead letters: expected an answer from SQS, got ${nameOf(cause)}`,
      retryable: true,
      cause,
    });
  }
}

function nameOf(error: unknown): string {
  const name = (error as { name?: unknown } | null)?.name;
  return typeof name === 'string' ? name : 'an unknown error';
}
