import type { WorldClock } from '../world-clock.ts';
import { ACCOUNT_ID, type AwsCall, type AwsService, REGION, unknownOperation } from './aws-call.ts';
import { AwsError } from './aws-error.ts';
import { perform, recordedArgs } from './sqs-api.ts';
import type { SqsMessage } from './sqs-message.ts';
import { type SqsCounts, SqsQueue } from './sqs-queue.ts';

/**
 * SQS in memory, standard and FIFO, on the world's clock.
 *
 * The in-process methods take a queue's name. They bypass call log and faults: they are for the
 * world's event-source poller, which on AWS is not a caller of ours either.
 */
export class SqsStandIn implements AwsService {
  readonly operationPrefix = 'sqs';
  readonly #clock: WorldClock;
  readonly #endpoint: () => string;
  readonly #queues = new Map<string, SqsQueue>();
  #lastNumber = 0;

  /** @param deps.endpoint the server's base URL, known once it listens */
  constructor(deps: { clock: WorldClock; endpoint: () => string }) {
    this.#clock = deps.clock;
    this.#endpoint = deps.endpoint;
  }

  /**
   * Creates a queue; the same name with the same attributes returns the one that is there.
   *
   * @param attributes as CreateQueue takes them, e.g. `{VisibilityTimeout: '35'}`
   * @throws {AwsError} `QueueNameExists`, `InvalidParameterValueException`
   */
  createQueue(name: string, attributes: Record<string, string> = {}): { url: string; arn: string } {
    if (!/^[A-Za-z0-9_-]{1,75}(\.fifo)?$/.test(name) || name.length > 80) {
      throw new AwsError(
        'InvalidParameterValueException',
        'Can only include alphanumeric characters, …',
      );
    }
    if ((attributes.FifoQueue === 'true') !== name.endsWith('.fifo')) {
      throw new AwsError(
        'InvalidParameterValueException',
        'The name of a FIFO queue can only end in .fifo, and FifoQueue must then be true',
      );
    }
    const arn = `arn:aws:sqs:${REGION}:${ACCOUNT_ID}:${name}`;
    const existing = this.#queues.get(name);
    if (existing) {
      const same = Object.entries(attributes).every(([k, v]) => existing.attributes[k] === v);
      if (!same) throw new AwsError('QueueNameExists', 'A queue already exists with other values');
      return { url: this.urlOf(existing), arn };
    }
    const queue = new SqsQueue(
      {
        clock: this.#clock,
        nextNumber: () => {
          this.#lastNumber += 1;
          return this.#lastNumber;
        },
        byArn: (wanted) => this.byArn(wanted),
      },
      name,
      arn,
      attributes,
    );
    this.#queues.set(name, queue);
    return { url: this.urlOf(queue), arn };
  }

  /** @param nameOrUrl a name, or a queue URL. @throws {AwsError} `QueueDoesNotExist` */
  queue(nameOrUrl: string): SqsQueue {
    const name = nameOrUrl.slice(nameOrUrl.lastIndexOf('/') + 1);
    const queue = this.#queues.get(name);
    if (queue) return queue;
    throw new AwsError('QueueDoesNotExist', 'The specified queue does not exist.');
  }

  queues(): SqsQueue[] {
    return [...this.#queues.values()];
  }

  byArn(arn: string): SqsQueue | undefined {
    return this.queues().find((queue) => queue.arn === arn);
  }

  urlOf(queue: SqsQueue): string {
    return `${this.#endpoint()}/${ACCOUNT_ID}/${queue.name}`;
  }

  /** Up to `max` messages, at once, possibly none. */
  receive(queueName: string, options: { max: number; visibilityMs?: number }): SqsMessage[] {
    return this.queue(queueName).receive(options);
  }

  delete(queueName: string, receiptHandle: string): void {
    this.queue(queueName).delete(receiptHandle);
  }

  /** Also how a killed function's message returns: `changeVisibility(queue, handle, 1000)`. */
  changeVisibility(queueName: string, receiptHandle: string, visibilityMs: number): void {
    this.queue(queueName).changeVisibility(receiptHandle, visibilityMs);
  }

  /** Calls `listener` whenever the queue may have a receivable message. @returns unsubscribe */
  onAvailable(queueName: string, listener: () => void): () => void {
    return this.queue(queueName).onAvailable(listener);
  }

  /** Counts by queue name, for `/_world/idle`. */
  pending(): Record<string, SqsCounts> {
    return Object.fromEntries(this.queues().map((queue) => [queue.name, queue.counts()]));
  }

  /** Receives, waiting up to `waitMs` of the world's time for a first message. */
  async receiveWaiting(
    queue: SqsQueue,
    options: { max: number; visibilityMs?: number | undefined; waitMs: number },
    signal: AbortSignal,
  ): Promise<SqsMessage[]> {
    const deadlineMs = this.#clock.nowMs() + options.waitMs;
    for (;;) {
      if (signal.aborted) return [];
      const messages = queue.receive(options);
      if (messages.length > 0 || this.#clock.nowMs() >= deadlineMs) return messages;
      await this.#untilAvailable(queue, deadlineMs, signal);
    }
  }

  recordedArgs(action: string, input: Record<string, unknown>): unknown {
    return recordedArgs(action, input);
  }

  async perform(call: AwsCall): Promise<Record<string, unknown>> {
    const output = await perform(this, call);
    if (output) return output;
    throw unknownOperation(`sqs:${call.action}`);
  }

  #untilAvailable(queue: SqsQueue, deadlineMs: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const done = () => {
        stop();
        cancel();
        signal.removeEventListener('abort', done);
        resolve();
      };
      const stop = queue.onAvailable(done);
      const cancel = this.#clock.at(deadlineMs, done);
      signal.addEventListener('abort', done);
    });
  }
}
