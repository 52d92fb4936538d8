import type { FaultReply, Reply } from '../fault-board.ts';

/**
 * An error an AWS service answers on purpose.
 *
 * `code` is the vendor's own error name, as SDK clients report it in `error.name`; `extra` holds
 * further members of the error's body. `message` goes to the client: it MUST hold no secret.
 */
export class AwsError extends Error {
  readonly code: string;
  readonly status: number;
  readonly extra: Record<string, unknown>;
  constructor(
    code: string,
    message: string,
    options: { status?: number; extra?: Record<string, unknown> } = {},
  ) {
    super(message);
    this.code = code;
    this.status = options.status ?? statusOf(code);
    this.extra = options.extra ?? {};
  }
}

/** The reply every AWS protocol understands: name in the header and in `__type`. */
export function errorReply(error: AwsError, headers: Record<string, string> = {}): Reply {
  const queryCode = QUERY_CODES[error.code];
  return {
    status: error.status,
    headers: {
      'content-type': 'application/x-amz-json-1.0',
      'x-amzn-errortype': error.code,
      ...(queryCode ? { 'x-amzn-query-error': `${queryCode};Sender` } : {}),
      ...headers,
    },
    body: JSON.stringify({ __type: error.code, message: error.message, ...error.extra }),
  };
}

/** The name of an error in SQS's former query protocol; its own name where that has no other. */
export function queryCodeOf(error: AwsError): string {
  return QUERY_CODES[error.code] ?? error.code;
}

/** Builds the AWS error a planned fault asks for. A name alone gives its usual status. */
export const awsFaultReply: FaultReply = ({ status, error, retryAfterS }) => {
  const code = error ?? codeOf(status ?? 500);
  return errorReply(
    new AwsError(code, 'planned fault', { status: status ?? statusOf(code) }),
    retryAfterS === undefined ? {} : { 'retry-after': String(retryAfterS) },
  );
};

/** Statuses other than 400, from the services' API references. */
const STATUSES: Record<string, number> = {
  InternalServerError: 500,
  InternalServerException: 500,
  InternalServiceError: 500,
  InternalServiceErrorException: 500,
  InternalFailure: 500,
  KMSInternalException: 500,
  DependencyTimeoutException: 503,
  ServiceUnavailable: 503,
  ServiceUnavailableException: 503,
  ModelTimeoutException: 408,
  ModelErrorException: 424,
  ModelNotReadyException: 429,
};

function statusOf(code: string): number {
  return STATUSES[code] ?? 400;
}

function codeOf(status: number): string {
  if (status === 403) return 'AccessDeniedException';
  if (status === 404) return 'ResourceNotFoundException';
  if (status === 408) return 'ModelTimeoutException';
  if (status === 429) return 'ThrottlingException';
  if (status === 503) return 'ServiceUnavailable';
  return status >= 500 ? 'InternalServerError' : 'ValidationException';
}

/** SQS keeps the names of its former query protocol in a header, and in the parts of a batch. */
const QUERY_CODES: Record<string, string> = {
  InvalidParameterValueException: 'InvalidParameterValue',
  MissingRequiredParameterException: 'MissingParameter',
  InvalidMessageContents: 'InvalidMessageContents',
  QueueDoesNotExist: 'AWS.SimpleQueueService.NonExistentQueue',
  QueueNameExists: 'QueueAlreadyExists',
  MessageNotInflight: 'AWS.SimpleQueueService.MessageNotInflight',
  ReceiptHandleIsInvalid: 'ReceiptHandleIsInvalid',
  EmptyBatchRequest: 'AWS.SimpleQueueService.EmptyBatchRequest',
  TooManyEntriesInBatchRequest: 'AWS.SimpleQueueService.TooManyEntriesInBatchRequest',
  BatchEntryIdsNotDistinct: 'AWS.SimpleQueueService.BatchEntryIdsNotDistinct',
  BatchRequestTooLong: 'AWS.SimpleQueueService.BatchRequestTooLong',
};
