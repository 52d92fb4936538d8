import { ChangeMessageVisibilityCommand, SQSClient } from '@aws-sdk/client-sqs';
import type { AwsClientOptions } from '../adapters/aws/client-options.ts';
import { CodedError, codeOf } from '../domain/errors.ts';
import type { Log } from '../services/ports.ts';

/** One record of a Lambda SQS event, as far as we use it. */
export type SqsRecord = {
  messageId: string;
  receiptHandle: string;
  body: string;
  /** Which queue it came from. */
  eventSourceARN?: string;
  /** Timestamps: epoch ms. */
  attributes: {
    ApproximateReceiveCount: string;
    SentTimestamp?: string;
    ApproximateFirstReceiveTimestamp?: string;
  };
};
export type SqsEvent = { Records: SqsRecord[] };
export type SqsResult = { batchItemFailures: { itemIdentifier: string }[] };

/** Longest wait between two deliveries of a message that failed. Unit: s. */
const BACKOFF_MAX_S = 60;
/** The same of one that only waits for its time. Unit: s. */
const WAIT_MAX_S = 600;

/** Sets when a failed message comes back. */
export class Redelivery {
  readonly #client: SQSClient;
  readonly #queueUrls: readonly [string, ...string[]];
  readonly #log: Log;

  /** @param of.queueUrls - every queue that the function reads */
  constructor(of: {
    options: AwsClientOptions;
    queueUrls: readonly [string, ...string[]];
    log: Log;
  }) {
    this.#client = new SQSClient({ ...of.options, maxAttempts: 2 });
    this.#queueUrls = of.queueUrls;
    this.#log = of.log;
  }

  /** 2, 4, 8 … ≤ 60 s, or what the other side asked for. Never throws. */
  async delay(record: SqsRecord, error: unknown): Promise<void> {
    const asked = error instanceof CodedError ? (error.retryAfterS ?? 0) : 0;
    // What only waits for its time did not fail, and comes back when it was told to.
    const waits = codeOf(error) === 'NOT_YET';
    const backoffS = waits ? 1 : Math.min(2 ** receiveCountOf(record), BACKOFF_MAX_S);
    const seconds = Math.min(Math.max(asked, backoffS), waits ? WAIT_MAX_S : BACKOFF_MAX_S);
    try {
      await this.#client.send(
        new ChangeMessageVisibilityCommand({
          QueueUrl: this.#urlOf(record),
          ReceiptHandle: record.receiptHandle,
          VisibilityTimeout: seconds,
        }),
      );
    } catch (failure) {
      // It then comes back after the queue's own visibility time-out: later, but it comes.
      this.#log.warn('visibility not changed', { code: codeOf(failure) });
    }
  }

  #urlOf({ eventSourceARN }: SqsRecord): string {
    const name = eventSourceARN?.split(':').at(-1);
    return this.#queueUrls.find((url) => url.endsWith(`/${name}`)) ?? this.#queueUrls[0];
  }
}

/** Runs a handler for each record of a batch; failed ones are delivered again. */
export async function forEachRecord(
  event: SqsEvent,
  handle: (record: SqsRecord) => Promise<'done' | 'again'>,
): Promise<SqsResult> {
  const batchItemFailures: SqsResult['batchItemFailures'] = [];
  for (const record of event.Records) {
    if ((await handle(record)) === 'again') {
      batchItemFailures.push({ itemIdentifier: record.messageId });
    }
  }
  return { batchItemFailures };
}

export function receiveCountOf(record: SqsRecord): number {
  return Number(record.attributes.ApproximateReceiveCount) || 1;
}

/** Reads a message's JSON object; undefined for anything else. */
export function jsonBodyOf(record: SqsRecord): Record<string, unknown> | undefined {
  try {
    const parsed: unknown = JSON.parse(record.body);
    return typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed)
      ? (parsed as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}
