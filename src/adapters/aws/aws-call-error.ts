/**
 * An AWS service refused a call, or did not answer.
 *
 * `name` is the service's own error name, such as `ResourceNotFoundException`, as the SDK's clients
 * report it; `TimeoutError` when the time was over, and Node's code, such as `ECONNRESET`, when the
 * connection failed. The message holds nothing of the request or the answer.
 */
export class AwsCallError extends Error {
  /** Whether the same call may succeed a moment later. */
  readonly isTransient: boolean;
  /** HTTP status; undefined without an answer. */
  readonly status: number | undefined;

  constructor(of: { name: string; isTransient: boolean; status?: number; cause?: unknown }) {
    super(`cannot call AWS: expected an answer, got ${of.name}`, { cause: of.cause });
    this.name = of.name;
    this.isTransient = of.isTransient;
    this.status = of.status;
  }
}

/** The error's own name, for the line that tells what came instead of an answer. */
export function nameOfFailure(error: unknown): string {
  return error instanceof Error ? error.name : 'no answer';
}
