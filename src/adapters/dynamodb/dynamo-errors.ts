import { CodedError } from '../../domain/errors.ts';

/** Errors after which the same call may succeed; everything else is a mistake of ours. */
const RETRYABLE = new Set([
  'ProvisionedThroughputExceededException',
  'RequestLimitExceeded',
  'ThrottlingException',
  'Throttling',
  'InternalServerError',
  'ServiceUnavailable',
  'ServiceUnavailableException',
  'TransactionConflictException',
  'ReplicatedWriteConflictException',
  'TimeoutError',
  'AbortError',
  'ECONNRESET',
  'ECONNREFUSED',
  'EPIPE',
  'ETIMEDOUT',
  'NetworkingError',
]);

/** The name or code of a vendor error, for the `cause` line; never its message. */
export function dynamoErrorName(error: unknown): string {
  const named = error as { name?: unknown; code?: unknown };
  if (typeof named?.code === 'string') return named.code;
  return typeof named?.name === 'string' ? named.name : 'unknown error';
}

/** Whether what was written is refused as it is: of no size or shape that the table takes. */
export function isRefusedByDynamo(error: unknown): boolean {
  if (error instanceof CodedError) return error.code === 'ROW_INVALID';
  return ['ValidationException', 'ItemCollectionSizeLimitExceededException'].includes(
    dynamoErrorName(error),
  );
}

/** Whether DynamoDB may take the same call later. Unknown errors without a status: the network. */
export function isRetryableDynamoError(error: unknown): boolean {
  if (error instanceof CodedError) return error.retryable;
  const named = error as { name?: string; code?: string; $metadata?: { httpStatusCode?: number } };
  if (RETRYABLE.has(named?.name ?? '') || RETRYABLE.has(named?.code ?? '')) return true;
  const status = named?.$metadata?.httpStatusCode;
  return status === undefined || status >= 500 || status === 429;
}

/** True when a condition of ours was not met, which is an answer and not a failure. */
export function isConditionFailure(error: unknown): boolean {
  return (error as { name?: string })?.name === 'ConditionalCheckFailedException';
}
