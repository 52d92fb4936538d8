import { createHash } from 'node:crypto';
import type { AwsCall } from './aws-call.ts';
import { AwsError, queryCodeOf } from './aws-error.ts';
import {
  attributesMd5,
  invalid,
  MAX_MESSAGE_BYTES,
  md5Hex,
  messageBytes,
  missing,
  type SqsAttribute,
  type SqsEntry,
  type SqsMessage,
} from './sqs-message.ts';
import type { SqsQueue } from './sqs-queue.ts';
import type { SqsStandIn } from './sqs-stand-in.ts';

type Input = Record<string, unknown>;
type Attributes = Record<string, SqsAttribute>;
type Action = (sqs: SqsStandIn, call: AwsCall) => Input | Promise<Input>;

/** Runs one action of the JSON protocol. @returns undefined for an action that is not offered */
export async function perform(sqs: SqsStandIn, call: AwsCall): Promise<Input | undefined> {
  return await ACTIONS[call.action]?.(sqs, call);
}

/** Arguments for the call log: bodies only as length and SHA-256. */
export function recordedArgs(action: string, input: Input): unknown {
  const args: Input = {
    queue: String(input.QueueUrl ?? input.QueueName ?? '').replace(/^.*\//, ''),
  };
  if (action === 'SendMessage') Object.assign(args, recordedEntry(input));
  if (action === 'SendMessageBatch') args.entries = listOf(input.Entries).map(recordedEntry);
  for (const name of ['VisibilityTimeout', 'WaitTimeSeconds', 'MaxNumberOfMessages']) {
    if (input[name] !== undefined) args[name] = input[name];
  }
  return args;
}

const ACTIONS: Record<string, Action> = {
  CreateQueue: (sqs, { input }) => {
    const { url } = sqs.createQueue(String(input.QueueName), stringMap(input.Attributes));
    return { QueueUrl: url };
  },
  GetQueueUrl: (sqs, { input }) => ({ QueueUrl: sqs.urlOf(sqs.queue(String(input.QueueName))) }),
  ListQueues: (sqs, { input }) => {
    const prefix = String(input.QueueNamePrefix ?? '');
    const found = sqs.queues().filter(({ name }) => name.startsWith(prefix));
    return { QueueUrls: found.map((queue) => sqs.urlOf(queue)) };
  },
  SendMessage: (sqs, { input }) => sent(queueOf(sqs, input), input),
  SendMessageBatch: (sqs, { input }) => {
    const queue = queueOf(sqs, input);
    const entries = entriesOf(input);
    const total = entries.reduce((bytes, entry) => bytes + messageBytes(toEntry(entry)), 0);
    if (total > MAX_MESSAGE_BYTES) {
      throw new AwsError('BatchRequestTooLong', 'Batch requests cannot be longer than 1 MiB');
    }
    return batch(entries, (entry) => sent(queue, entry));
  },
  ReceiveMessage: receive,
  DeleteMessage: (sqs, { input }) => {
    queueOf(sqs, input).delete(handleOf(input));
    return {};
  },
  DeleteMessageBatch: (sqs, { input }) => {
    const queue = queueOf(sqs, input);
    return batch(entriesOf(input), (entry) => {
      queue.delete(handleOf(entry));
      return {};
    });
  },
  ChangeMessageVisibility: (sqs, { input }) => changed(queueOf(sqs, input), input),
  ChangeMessageVisibilityBatch: (sqs, { input }) => {
    const queue = queueOf(sqs, input);
    return batch(entriesOf(input), (entry) => changed(queue, entry));
  },
  PurgeQueue: (sqs, { input }) => {
    queueOf(sqs, input).purge();
    return {};
  },
  GetQueueAttributes: (sqs, { input }) => {
    const all = attributesOf(queueOf(sqs, input));
    const names = (input.AttributeNames ?? []) as string[];
    const wanted = Object.entries(all).filter(([n]) => names.includes('All') || names.includes(n));
    return wanted.length > 0 ? { Attributes: Object.fromEntries(wanted) } : {};
  },
  SetQueueAttributes: (sqs, { input }) => {
    queueOf(sqs, input).setAttributes(stringMap(input.Attributes));
    return {};
  },
  TagQueue: () => ({}),
  ListDeadLetterSourceQueues: (sqs, { input }) => {
    const { arn } = queueOf(sqs, input);
    const sources = sqs.queues().filter((queue) => queue.redrivePolicy()?.arn === arn);
    return { queueUrls: sources.map((queue) => sqs.urlOf(queue)) };
  },
  StartMessageMoveTask: (sqs, { input }) => moved(sqs, input),
};

async function receive(sqs: SqsStandIn, { input, signal }: AwsCall): Promise<Input> {
  const queue = queueOf(sqs, input);
  const max = Number(input.MaxNumberOfMessages ?? 1);
  if (!(max >= 1 && max <= 10)) {
    throw invalid('Value for parameter MaxNumberOfMessages is invalid. Reason: Must be 1 to 10.');
  }
  const waitS = Number(
    input.WaitTimeSeconds ?? queue.attributes.ReceiveMessageWaitTimeSeconds ?? 0,
  );
  if (!(waitS >= 0 && waitS <= 20)) {
    throw invalid('Value for parameter WaitTimeSeconds is invalid. Reason: Must be 0 to 20.');
  }
  const visibilityMs =
    input.VisibilityTimeout === undefined ? undefined : Number(input.VisibilityTimeout) * 1000;
  const options = { max, visibilityMs, waitMs: waitS * 1000 };
  const messages = await sqs.receiveWaiting(queue, options, signal);
  return messages.length > 0 ? { Messages: messages.map((m) => toWire(m, input)) } : {};
}

function sent(queue: SqsQueue, input: Input): Input {
  const entry = toEntry(input);
  const { messageId, sequenceNumber } = queue.send(entry);
  const output: Input = { MessageId: messageId, MD5OfMessageBody: md5Hex(entry.body) };
  const md5 = attributesMd5(entry.attributes ?? {});
  if (md5 !== undefined) output.MD5OfMessageAttributes = md5;
  if (sequenceNumber !== undefined) output.SequenceNumber = sequenceNumber;
  return output;
}

function changed(queue: SqsQueue, input: Input): Input {
  const seconds = Number(input.VisibilityTimeout);
  if (!(seconds >= 0 && seconds <= 43_200)) {
    throw invalid('Value for parameter VisibilityTimeout is invalid. Reason: 0 to 43200.');
  }
  queue.changeVisibility(handleOf(input), seconds * 1000);
  return {};
}

function moved(sqs: SqsStandIn, input: Input): Input {
  const source = sqs.byArn(String(input.SourceArn));
  if (!source) throw new AwsError('ResourceNotFoundException', 'The source queue does not exist.');
  for (const message of source.takeAll()) {
    const arn = String(input.DestinationArn ?? message.deadLetterSourceArn);
    const fresh = { ...message, receiveCount: 0, firstReceivedAtMs: undefined };
    (sqs.byArn(arn) ?? source).adopt({ ...fresh, deadLetterSourceArn: undefined });
  }
  return { TaskHandle: Buffer.from(`move:${source.name}`).toString('base64') };
}

function toEntry(input: Input): SqsEntry {
  const delayS = input.DelaySeconds as number | undefined;
  return {
    body: String(input.MessageBody ?? ''),
    groupId: input.MessageGroupId as string | undefined,
    dedupId: input.MessageDeduplicationId as string | undefined,
    delayMs: delayS === undefined ? undefined : delayS * 1000,
    attributes: input.MessageAttributes as Attributes | undefined,
  };
}

function toWire(message: SqsMessage, input: Input): Input {
  const attributes = pickAttributes(
    message.attributes,
    (input.MessageAttributeNames ?? []) as string[],
  );
  const names = [
    ...((input.MessageSystemAttributeNames ?? []) as string[]),
    ...((input.AttributeNames ?? []) as string[]),
  ];
  const system = Object.entries(systemAttributes(message));
  const picked = system.filter(([name]) => names.includes('All') || names.includes(name));
  const output: Input = {
    MessageId: message.messageId,
    ReceiptHandle: message.receiptHandle,
    MD5OfBody: md5Hex(message.body),
    Body: message.body,
  };
  if (picked.length > 0) output.Attributes = Object.fromEntries(picked);
  const md5 = attributesMd5(attributes);
  if (md5 !== undefined) {
    output.MessageAttributes = attributes;
    output.MD5OfMessageAttributes = md5;
  }
  return output;
}

/** The system attributes of a received message, by the names Lambda's event uses too. */
export function systemAttributes(message: SqsMessage): Record<string, string> {
  const attributes: Record<string, string> = {
    ApproximateReceiveCount: String(message.receiveCount),
    SentTimestamp: String(message.sentAtMs),
    SenderId: 'AIDALOCALSENDER',
    ApproximateFirstReceiveTimestamp: String(message.firstReceivedAtMs ?? message.sentAtMs),
  };
  if (message.groupId !== undefined) attributes.MessageGroupId = message.groupId;
  if (message.dedupId !== undefined) attributes.MessageDeduplicationId = message.dedupId;
  if (message.sequenceNumber !== undefined) attributes.SequenceNumber = message.sequenceNumber;
  if (message.deadLetterSourceArn) {
    attributes.DeadLetterQueueSourceArn = message.deadLetterSourceArn;
  }
  return attributes;
}

function pickAttributes(all: Attributes, names: string[]): Attributes {
  const wanted = (name: string) =>
    names.some((n) => n === 'All' || n === '.*' || n === name || isPrefix(n, name));
  return Object.fromEntries(Object.entries(all).filter(([name]) => wanted(name)));
}

function isPrefix(pattern: string, name: string): boolean {
  return pattern.endsWith('.*') && name.startsWith(pattern.slice(0, -1));
}

function batch(entries: Input[], run: (entry: Input) => Input): Input {
  const successful: Input[] = [];
  const failed: Input[] = [];
  for (const entry of entries) {
    try {
      successful.push({ Id: entry.Id, ...run(entry) });
    } catch (error) {
      if (!(error instanceof AwsError)) throw error;
      failed.push({
        Id: entry.Id,
        SenderFault: true,
        Code: queryCodeOf(error),
        Message: error.message,
      });
    }
  }
  return failed.length > 0
    ? { Successful: successful, Failed: failed }
    : { Successful: successful };
}

function entriesOf(input: Input): Input[] {
  const entries = listOf(input.Entries);
  if (entries.length === 0) throw new AwsError('EmptyBatchRequest', 'There should be an entry.');
  if (entries.length > 10) {
    throw new AwsError(
      'TooManyEntriesInBatchRequest',
      `Maximum number of entries per request are 10. You have sent ${entries.length}.`,
    );
  }
  if (new Set(entries.map(({ Id }) => Id)).size !== entries.length) {
    throw new AwsError('BatchEntryIdsNotDistinct', 'Id of an entry is repeated.');
  }
  return entries;
}

function attributesOf(queue: SqsQueue): Record<string, string> {
  const { visible, inFlight, delayed } = queue.counts();
  const createdS = String(Math.floor(queue.createdAtMs / 1000));
  return {
    VisibilityTimeout: '30',
    DelaySeconds: '0',
    MaximumMessageSize: String(MAX_MESSAGE_BYTES),
    MessageRetentionPeriod: '345600',
    ReceiveMessageWaitTimeSeconds: '0',
    SqsManagedSseEnabled: 'true',
    ...(queue.fifo ? { FifoQueue: 'true', ContentBasedDeduplication: 'false' } : {}),
    ...queue.attributes,
    QueueArn: queue.arn,
    CreatedTimestamp: createdS,
    LastModifiedTimestamp: createdS,
    ApproximateNumberOfMessages: String(visible),
    ApproximateNumberOfMessagesNotVisible: String(inFlight),
    ApproximateNumberOfMessagesDelayed: String(delayed),
  };
}

function recordedEntry(input: Input): Input {
  const body = String(input.MessageBody ?? '');
  return {
    groupId: input.MessageGroupId,
    dedupId: input.MessageDeduplicationId,
    bodyBytes: Buffer.byteLength(body),
    bodySha256: createHash('sha256').update(body).digest('hex'),
  };
}

function queueOf(sqs: SqsStandIn, input: Input): SqsQueue {
  if (typeof input.QueueUrl !== 'string') throw missing('QueueUrl');
  return sqs.queue(input.QueueUrl);
}

function handleOf(input: Input): string {
  if (typeof input.ReceiptHandle !== 'string') throw missing('ReceiptHandle');
  return input.ReceiptHandle;
}

function stringMap(value: unknown): Record<string, string> {
  return (value ?? {}) as Record<string, string>;
}

function listOf(value: unknown): Input[] {
  return Array.isArray(value) ? value : [];
}
