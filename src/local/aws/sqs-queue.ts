import type { WorldClock } from '../world-clock.ts';
import { AwsError } from './aws-error.ts';
import {
  checkEntry,
  contentDedupId,
  invalidParameter,
  type SqsEntry,
  type SqsMessage,
} from './sqs-message.ts';

/** What a queue needs from its surroundings. */
export type SqsQueueDeps = {
  clock: WorldClock;
  /** Unique over all queues; message ids and sequence numbers come from it. */
  nextNumber: () => number;
  /** Finds a dead-letter queue. */
  byArn: (arn: string) => SqsQueue | undefined;
};

/** How many messages a queue holds, by state. `soon` become visible within 60 s. */
export type SqsCounts = { visible: number; inFlight: number; delayed: number; soon: number };

/** The deduplication interval. SQS Developer Guide, "Exactly-once processing" */
const DEDUP_WINDOW_MS = 300_000;
const SOON_MS = 60_000;
/** Deduplication ids kept before the expired ones are dropped. */
const MAX_SEEN = 10_000;
const NUMERIC = new Set(['VisibilityTimeout', 'DelaySeconds', 'MessageRetentionPeriod']);

/** One queue: order, group locks, visibility, deduplication and redrive, on the world's clock. */
export class SqsQueue {
  readonly name: string;
  readonly arn: string;
  readonly fifo: boolean;
  readonly createdAtMs: number;
  /** As set by CreateQueue and SetQueueAttributes. */
  readonly attributes: Record<string, string> = {};
  readonly #deps: SqsQueueDeps;
  readonly #messages = new Map<string, SqsMessage>();
  readonly #seen = new Map<
    string,
    { messageId: string; sequenceNumber: string; untilMs: number }
  >();
  readonly #listeners = new Set<() => void>();
  #wakeAtMs = Number.POSITIVE_INFINITY;
  #cancelWake: () => void = () => {};

  constructor(deps: SqsQueueDeps, name: string, arn: string, attributes: Record<string, string>) {
    this.#deps = deps;
    this.name = name;
    this.arn = arn;
    this.fifo = name.endsWith('.fifo');
    this.setAttributes(attributes);
    this.createdAtMs = deps.clock.nowMs();
  }

  /** @throws {AwsError} `InvalidAttributeValue` for a number or a redrive policy that is none */
  setAttributes(attributes: Record<string, string>): void {
    for (const [name, value] of Object.entries(attributes)) {
      const isBad = NUMERIC.has(name)
        ? !/^\d+$/.test(value)
        : name === 'RedrivePolicy' && !isPolicy(value);
      if (isBad) throw new AwsError('InvalidAttributeValue', `Invalid value for ${name}.`);
    }
    Object.assign(this.attributes, attributes);
  }

  /** Calls `listener` whenever a message may have become receivable. @returns unsubscribe */
  onAvailable(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Appends a message; a repeat inside the 5-minute window gets the first one's ids. */
  send(entry: SqsEntry): { messageId: string; sequenceNumber: string | undefined } {
    const contentBased = this.attributes.ContentBasedDeduplication === 'true';
    checkEntry(entry, { fifo: this.fifo, contentBased });
    const nowMs = this.#deps.clock.nowMs();
    const number = this.#deps.nextNumber();
    const messageId = `00000000-0000-4000-8000-${number.toString(16).padStart(12, '0')}`;
    const sequenceNumber = this.fifo ? `188${String(number).padStart(17, '0')}` : undefined;
    const dedupId = this.fifo ? (entry.dedupId ?? contentDedupId(entry.body)) : undefined;
    if (dedupId !== undefined && sequenceNumber !== undefined) {
      const key = this.#dedupKey(dedupId, entry.groupId);
      const first = this.#seen.get(key);
      if (first && first.untilMs > nowMs) return first;
      if (this.#seen.size >= MAX_SEEN) this.#forgetSeen(nowMs);
      this.#seen.set(key, { messageId, sequenceNumber, untilMs: nowMs + DEDUP_WINDOW_MS });
    }
    this.adopt({
      messageId,
      sequenceNumber,
      dedupId,
      body: entry.body,
      groupId: entry.groupId,
      attributes: entry.attributes ?? {},
      sentAtMs: nowMs,
      firstReceivedAtMs: undefined,
      receiveCount: 0,
      visibleAtMs: nowMs + (entry.delayMs ?? this.#seconds('DelaySeconds', 0) * 1000),
      receiptHandle: undefined,
      deadLetterSourceArn: undefined,
    });
    return { messageId, sequenceNumber };
  }

  /** Takes a message over as it is, without checks: redrive and moves between queues. */
  adopt(message: SqsMessage): void {
    this.#messages.set(message.messageId, message);
    if (message.visibleAtMs > this.#deps.clock.nowMs()) this.#wakeAt(message.visibleAtMs);
    else this.#notify();
  }

  /** Hands out up to `max` messages now; several of one group only in order. */
  receive(options: { max: number; visibilityMs?: number | undefined }): SqsMessage[] {
    const nowMs = this.#deps.clock.nowMs();
    const visibilityMs = options.visibilityMs ?? this.#seconds('VisibilityTimeout', 30) * 1000;
    const locked = this.#lockedGroups(nowMs);
    const taken: SqsMessage[] = [];
    for (const message of [...this.#messages.values()]) {
      if (taken.length >= options.max) break;
      if (this.#retired(message, nowMs)) continue;
      const group = this.fifo ? message.groupId : undefined;
      if (group !== undefined && locked.has(group)) continue;
      if (message.visibleAtMs > nowMs) {
        if (group !== undefined) locked.add(group);
        continue;
      }
      if (this.#redriven(message)) continue;
      message.receiveCount += 1;
      message.firstReceivedAtMs ??= nowMs;
      message.visibleAtMs = nowMs + visibilityMs;
      message.receiptHandle = toHandle(message);
      this.#wakeAt(message.visibleAtMs);
      taken.push({ ...message });
    }
    return taken;
  }

  /** Deletes by handle; one already deleted is fine. @throws {AwsError} expired FIFO handle */
  delete(receiptHandle: string): void {
    const message = this.#messages.get(idOf(receiptHandle));
    if (!message) return;
    const isLatest = message.receiptHandle === receiptHandle;
    if (this.fifo && !(isLatest && this.#inFlight(message))) throw expired(receiptHandle);
    if (!isLatest) return;
    this.#messages.delete(message.messageId);
    if (this.fifo) this.#notify();
  }

  /** @param visibilityMs from now; 0 gives it back at once. @throws {AwsError} not in flight */
  changeVisibility(receiptHandle: string, visibilityMs: number): void {
    const message = this.#messages.get(idOf(receiptHandle));
    if (!message) {
      const reason = 'Message does not exist or is not available for visibility timeout change.';
      throw invalidParameter('ReceiptHandle', reason);
    }
    const held = message.receiptHandle === receiptHandle && this.#inFlight(message);
    if (!held && this.fifo) throw expired(receiptHandle);
    if (!held) throw new AwsError('MessageNotInflight', 'The message referred to is not in flight');
    message.visibleAtMs = this.#deps.clock.nowMs() + visibilityMs;
    if (visibilityMs > 0) this.#wakeAt(message.visibleAtMs);
    else this.#notify();
  }

  /** Deletes every message. Deduplication remembers them still. */
  purge(): void {
    this.#messages.clear();
  }

  /** Removes and returns every message that nobody holds, oldest first. */
  takeAll(): SqsMessage[] {
    const free = [...this.#messages.values()].filter((message) => !this.#inFlight(message));
    for (const message of free) this.#messages.delete(message.messageId);
    return free;
  }

  counts(): SqsCounts {
    const nowMs = this.#deps.clock.nowMs();
    const counts: SqsCounts = { visible: 0, inFlight: 0, delayed: 0, soon: 0 };
    for (const message of [...this.#messages.values()]) {
      if (this.#retired(message, nowMs)) continue;
      if (message.visibleAtMs <= nowMs) counts.visible += 1;
      else if (message.receiveCount > 0) counts.inFlight += 1;
      else counts.delayed += 1;
      if (message.visibleAtMs > nowMs && message.visibleAtMs <= nowMs + SOON_MS) counts.soon += 1;
    }
    return counts;
  }

  /** A look at what is stored, oldest first; takes nothing. */
  peek(): SqsMessage[] {
    return [...this.#messages.values()].map((message) => ({ ...message }));
  }

  /** The queue's redrive policy, if set and readable. */
  redrivePolicy(): { arn: string; maxReceiveCount: number } | undefined {
    const text = this.attributes.RedrivePolicy;
    if (!text) return undefined;
    const policy = JSON.parse(text) as { deadLetterTargetArn: string; maxReceiveCount: unknown };
    return { arn: policy.deadLetterTargetArn, maxReceiveCount: Number(policy.maxReceiveCount) };
  }

  #lockedGroups(nowMs: number): Set<string> {
    const locked = new Set<string>();
    if (!this.fifo) return locked;
    for (const { receiveCount, visibleAtMs, groupId } of this.#messages.values()) {
      if (receiveCount > 0 && visibleAtMs > nowMs && groupId !== undefined) locked.add(groupId);
    }
    return locked;
  }

  #redriven(message: SqsMessage): boolean {
    const policy = this.redrivePolicy();
    if (!policy || message.receiveCount < policy.maxReceiveCount) return false;
    const target = this.#deps.byArn(policy.arn);
    if (!target) return false;
    this.#messages.delete(message.messageId);
    target.adopt({ ...message, receiptHandle: undefined, deadLetterSourceArn: this.arn });
    return true;
  }

  #retired(message: SqsMessage, nowMs: number): boolean {
    const keepMs = this.#seconds('MessageRetentionPeriod', 345_600) * 1000;
    if (message.sentAtMs + keepMs > nowMs) return false;
    this.#messages.delete(message.messageId);
    return true;
  }

  #inFlight(message: SqsMessage): boolean {
    const { receiptHandle, visibleAtMs } = message;
    return receiptHandle !== undefined && visibleAtMs > this.#deps.clock.nowMs();
  }

  #dedupKey(dedupId: string, groupId: string | undefined): string {
    const perGroup = this.attributes.DeduplicationScope === 'messageGroup';
    return perGroup ? `${groupId}\n${dedupId}` : dedupId;
  }

  #forgetSeen(nowMs: number): void {
    for (const [key, { untilMs }] of this.#seen) if (untilMs <= nowMs) this.#seen.delete(key);
  }

  #seconds(attribute: string, otherwise: number): number {
    const text = this.attributes[attribute];
    return text === undefined ? otherwise : Number(text);
  }

  #notify(): void {
    for (const listener of [...this.#listeners]) listener();
  }

  /** One timer a queue, at the earliest known instant; a fired one looks for the next. */
  #wakeAt(atMs: number): void {
    if (atMs >= this.#wakeAtMs) return;
    this.#cancelWake();
    this.#wakeAtMs = atMs;
    this.#cancelWake = this.#deps.clock.at(atMs, () => {
      this.#wakeAtMs = Number.POSITIVE_INFINITY;
      const nowMs = this.#deps.clock.nowMs();
      let nextMs = Number.POSITIVE_INFINITY;
      for (const { visibleAtMs } of this.#messages.values()) {
        if (visibleAtMs > nowMs) nextMs = Math.min(nextMs, visibleAtMs);
      }
      if (nextMs < Number.POSITIVE_INFINITY) this.#wakeAt(nextMs);
      this.#notify();
    });
  }
}

function isPolicy(text: string): boolean {
  // The empty string takes a policy away.
  if (text === '') return true;
  try {
    const policy = JSON.parse(text) as { deadLetterTargetArn?: unknown; maxReceiveCount?: unknown };
    return typeof policy.deadLetterTargetArn === 'string' && Number(policy.maxReceiveCount) >= 1;
  } catch {
    return false;
  }
}

function toHandle(message: SqsMessage): string {
  return Buffer.from(`${message.messageId}:${message.receiveCount}`).toString('base64');
}

function idOf(receiptHandle: string): string {
  const match = /^([0-9a-f-]{36}):\d+$/.exec(Buffer.from(receiptHandle, 'base64').toString('utf8'));
  if (match) return match[1] as string;
  throw new AwsError('ReceiptHandleIsInvalid', 'The input receipt handle is invalid.');
}

function expired(receiptHandle: string): AwsError {
  return invalidParameter('ReceiptHandle', 'The receipt handle has expired.', receiptHandle);
}
