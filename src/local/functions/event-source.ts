import { ACCOUNT_ID, REGION } from '../aws/aws-call.ts';
import type { SqsMessage } from '../aws/sqs-message.ts';
import type { SqsStandIn } from '../aws/sqs-stand-in.ts';
import { FunctionKilledError, type FunctionRunner, failureLine } from './function-runner.ts';

/** A killed function's message returns after this long; on AWS it would be its visibility. */
const KILLED_RETURN_MS = 1_000;

/**
 * A message stays taken for as long as its function runs: on AWS a function ends before its
 * message's visibility does, but here the clock may be moved by hours while one runs.
 */
const HELD_MS = 10 * 365 * 86_400_000;

/** How to connect a queue to a function. */
export type EventSourceOptions = {
  sqs: SqsStandIn;
  queueName: string;
  runner: FunctionRunner;
  /** Most invocations at a time; the queue keeps those of one group in order. */
  concurrency: number;
  writeLog: (line: string) => void;
};

/**
 * Lambda's event-source mapping for one queue, batch size 1.
 *
 * A message is deleted when the function neither threw nor named it in `batchItemFailures`;
 * otherwise it stays invisible until its visibility ends, which the function may have changed.
 */
export class EventSource {
  readonly #of: EventSourceOptions;
  #unsubscribe: () => void = () => {};
  #inFlight = 0;
  #isRunning = false;
  #isScheduled = false;

  constructor(of: EventSourceOptions) {
    this.#of = of;
  }

  start(): void {
    this.#isRunning = true;
    this.#unsubscribe = this.#of.sqs.onAvailable(this.#of.queueName, () => this.#schedule());
    this.#schedule();
  }

  stop(): void {
    this.#isRunning = false;
    this.#unsubscribe();
  }

  /** Not at once: the sender's own call should be answered before its message is at work. */
  #schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    setImmediate(() => {
      this.#isScheduled = false;
      this.#poll();
    });
  }

  #poll(): void {
    const { sqs, queueName, concurrency } = this.#of;
    while (this.#isRunning && this.#inFlight < concurrency) {
      // One at a time: receiving several could hand out two of one group.
      const message = sqs.receive(queueName, { max: 1, visibilityMs: HELD_MS })[0];
      if (!message) return;
      this.#inFlight += 1;
      void this.#deliver(message).finally(() => {
        this.#inFlight -= 1;
        this.#schedule();
      });
    }
  }

  async #deliver(message: SqsMessage): Promise<void> {
    const { sqs, queueName, runner, writeLog } = this.#of;
    const handle = message.receiptHandle ?? '';
    try {
      const answer = await runner.invoke({ Records: [toRecord(queueName, message)] });
      if (failed(answer, message.messageId)) this.#letGo(message);
      else sqs.delete(queueName, handle);
    } catch (error) {
      // A world that ends takes its functions along; nobody is left to tell.
      if (!this.#isRunning) return;
      if (error instanceof FunctionKilledError) this.#returnIn(handle, KILLED_RETURN_MS);
      else this.#letGo(message);
      writeLog(failureLine(runner.name, error));
    }
  }

  /** The queue's visibility counts again, unless the function has set another. */
  #letGo(message: SqsMessage): void {
    const { sqs, queueName } = this.#of;
    const queue = sqs.queue(queueName);
    const now = queue.peek().find(({ messageId }) => messageId === message.messageId);
    if (now?.visibleAtMs !== message.visibleAtMs) return;
    const visibilityS = Number(queue.attributes.VisibilityTimeout ?? 30);
    this.#returnIn(message.receiptHandle ?? '', visibilityS * 1000);
  }

  #returnIn(handle: string, afterMs: number): void {
    const { sqs, queueName } = this.#of;
    try {
      sqs.changeVisibility(queueName, handle, afterMs);
    } catch {
      // Somebody gave it back or took it out meanwhile.
    }
  }
}

function failed(answer: unknown, messageId: string): boolean {
  const failures = (answer as { batchItemFailures?: { itemIdentifier?: string }[] } | null)
    ?.batchItemFailures;
  return failures?.some(({ itemIdentifier }) => itemIdentifier === messageId) ?? false;
}

/** https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html */
function toRecord(queueName: string, message: SqsMessage): Record<string, unknown> {
  return {
    messageId: message.messageId,
    receiptHandle: message.receiptHandle,
    body: message.body,
    attributes: {
      ApproximateReceiveCount: String(message.receiveCount),
      SentTimestamp: String(message.sentAtMs),
      SenderId: 'AIDALOCAL',
      ApproximateFirstReceiveTimestamp: String(message.firstReceivedAtMs ?? message.sentAtMs),
      ...(message.groupId === undefined ? {} : { MessageGroupId: message.groupId }),
      ...(message.dedupId === undefined ? {} : { MessageDeduplicationId: message.dedupId }),
      ...(message.sequenceNumber === undefined ? {} : { SequenceNumber: message.sequenceNumber }),
    },
    messageAttributes: {},
    eventSource: 'aws:sqs',
    eventSourceARN: `arn:aws:sqs:${REGION}:${ACCOUNT_ID}:${queueName}`,
    awsRegion: REGION,
  };
}
