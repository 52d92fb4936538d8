import { isRetryable } from '../domain/errors.ts';

/**
 * Runs independent steps at once and waits for every one of them to end: a step that went on in the
 * background would meet its own repetition.
 *
 * @throws the first retryable failure, else the first failure
 */
export async function settleAll(steps: readonly Promise<unknown>[]): Promise<void> {
  const ended = await Promise.allSettled(steps);
  const failures = ended.flatMap((end) => (end.status === 'rejected' ? [end.reason] : []));
  if (failures.length > 0) throw failures.find(isRetryable) ?? failures[0];
}
