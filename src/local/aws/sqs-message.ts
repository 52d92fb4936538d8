import { createHash } from 'node:crypto';
import { AwsError } from './aws-error.ts';

/** A message attribute as the JSON protocol writes it; `BinaryValue` is base64. */
export type SqsAttribute = { DataType: string; StringValue?: string; BinaryValue?: string };

/** What a sender gives. `delayMs` is the message's own delay, standard queues only. */
export type SqsEntry = {
  body: string;
  groupId?: string | undefined;
  dedupId?: string | undefined;
  delayMs?: number | undefined;
  attributes?: Record<string, SqsAttribute> | undefined;
};

/** A message in a queue. Times are epoch milliseconds on the world's clock. */
export type SqsMessage = {
  messageId: string;
  body: string;
  groupId: string | undefined;
  dedupId: string | undefined;
  sequenceNumber: string | undefined;
  attributes: Record<string, SqsAttribute>;
  sentAtMs: number;
  firstReceivedAtMs: number | undefined;
  receiveCount: number;
  visibleAtMs: number;
  /** The handle of the latest receive; undefined before the first. */
  receiptHandle: string | undefined;
  /** Set when redrive moved it here. */
  deadLetterSourceArn: string | undefined;
};

/** 1 MiB, body and attributes together. SQS Developer Guide, "Amazon SQS message quotas" */
export const MAX_MESSAGE_BYTES = 1_048_576;

/** Hex MD5, as SQS answers it for clients to compare. */
export function md5Hex(data: string | Buffer): string {
  return createHash('md5').update(data).digest('hex');
}

/** The deduplication id of a queue with content-based deduplication. */
export function contentDedupId(body: string): string {
  return createHash('sha256').update(body).digest('hex');
}

/** Checks one entry against the queue's kind. @throws {AwsError} as SQS does */
export function checkEntry(entry: SqsEntry, queue: { fifo: boolean; contentBased: boolean }): void {
  if (entry.body.length === 0) {
    throw missing('MessageBody');
  }
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what SQS refuses.
  if (/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/.test(entry.body)) {
    throw new AwsError('InvalidMessageContents', 'Invalid characters found in the message body');
  }
  if (messageBytes(entry) > MAX_MESSAGE_BYTES) {
    const reason = `Message must be shorter than ${MAX_MESSAGE_BYTES} bytes.`;
    throw invalid(`One or more parameters are invalid. Reason: ${reason}`);
  }
  checkId('MessageGroupId', entry.groupId);
  checkId('MessageDeduplicationId', entry.dedupId);
  if (!queue.fifo) {
    if (entry.dedupId !== undefined) throw notForThisQueue('MessageDeduplicationId', entry.dedupId);
    return;
  }
  if (entry.groupId === undefined) throw missing('MessageGroupId');
  if (entry.delayMs) throw notForThisQueue('DelaySeconds', String(entry.delayMs / 1000));
  if (entry.dedupId === undefined && !queue.contentBased) {
    throw invalid(
      'The queue should either have ContentBasedDeduplication enabled ' +
        'or MessageDeduplicationId provided explicitly',
    );
  }
}

/** Size as SQS counts it: body, and each attribute's name, type and value. */
export function messageBytes(entry: SqsEntry): number {
  let bytes = Buffer.byteLength(entry.body);
  for (const [name, attribute] of Object.entries(entry.attributes ?? {})) {
    bytes += Buffer.byteLength(name) + Buffer.byteLength(attribute.DataType);
    bytes += attributeValue(attribute).length;
  }
  return bytes;
}

/** MD5 over attributes in SQS's binary form. @returns undefined when there are none */
export function attributesMd5(attributes: Record<string, SqsAttribute>): string | undefined {
  const names = Object.keys(attributes).sort();
  if (names.length === 0) return undefined;
  const parts: Buffer[] = [];
  for (const name of names) {
    const attribute = attributes[name] as SqsAttribute;
    const isBinary = attribute.BinaryValue !== undefined;
    parts.push(withLength(Buffer.from(name)), withLength(Buffer.from(attribute.DataType)));
    parts.push(Buffer.from([isBinary ? 2 : 1]), withLength(attributeValue(attribute)));
  }
  return md5Hex(Buffer.concat(parts));
}

/** `InvalidParameterValueException`. */
export function invalid(message: string): AwsError {
  return new AwsError('InvalidParameterValueException', message);
}

/** `InvalidParameterValueException` in SQS's usual wording. */
export function invalidParameter(name: string, reason: string, value?: string): AwsError {
  const what = value === undefined ? 'Value' : `Value ${value}`;
  return invalid(`${what} for parameter ${name} is invalid. Reason: ${reason}`);
}

/** `MissingRequiredParameterException`. */
export function missing(name: string): AwsError {
  return new AwsError(
    'MissingRequiredParameterException',
    `The request must contain the parameter ${name}.`,
  );
}

function attributeValue(attribute: SqsAttribute): Buffer {
  return attribute.BinaryValue === undefined
    ? Buffer.from(attribute.StringValue ?? '')
    : Buffer.from(attribute.BinaryValue, 'base64');
}

function withLength(data: Buffer): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(data.length);
  return Buffer.concat([length, data]);
}

function checkId(name: string, value: string | undefined): void {
  if (value === undefined || /^[!-~]{1,128}$/.test(value)) return;
  const allowed = 'alphanumeric and punctuation characters. 1 to 128 in length.';
  throw invalidParameter(name, `${name} can only include ${allowed}`);
}

function notForThisQueue(name: string, value: string): AwsError {
  const reason = 'The request include parameter that is not valid for this queue type.';
  return invalidParameter(name, reason, value);
}
