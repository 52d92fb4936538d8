import type { UnknownReason } from '../../domain/context-snapshot.ts';
import { ANSWER_TOO_LONG, type HttpOutcome } from './send-once.ts';

/** Why an answer says nothing, or undefined when it may say something (200). */
export function unknownReasonOf(outcome: HttpOutcome): UnknownReason | undefined {
  if (outcome.kind === 'not_sent') return 'UNREACHABLE';
  if (outcome.kind === 'no_answer') {
    if (outcome.reason === ANSWER_TOO_LONG) return 'ANSWER_TOO_LARGE';
    return outcome.reason === 'TimeoutError' ? 'TIMED_OUT' : 'UNREACHABLE';
  }
  const { status } = outcome;
  // GitHub limits with 403 as well: primary limits by what is left, secondary ones by a delay.
  const isLimited = outcome.rateLimitRemaining === 0 || outcome.retryAfterS !== undefined;
  if (status === 200) return undefined;
  if (status === 429 || (status === 403 && isLimited)) return 'RATE_LIMITED';
  if (status === 401) return 'UNAUTHORIZED';
  if (status === 403) return 'FORBIDDEN';
  if (status === 404) return 'NOT_FOUND';
  return status === 400 || status === 422 ? 'QUERY_REFUSED' : 'UNAVAILABLE';
}

/** JSON of an answer; undefined when it is none. */
export function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The fields of a JSON object; of anything else, none. */
export function fieldsOf(value: unknown): Record<string, unknown> {
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
  return isObject ? (value as Record<string, unknown>) : {};
}

/** `fallback` when `work` takes longer; what it does then is nobody's any more. */
export async function withinMs<T>(work: Promise<T>, ms: number, fallback: T): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<T>((resolve) => {
    timer = setTimeout(() => resolve(fallback), ms);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
