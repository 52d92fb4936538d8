import { CodedError } from '../domain/errors.ts';
import type { RedactedText } from './redacted-text.ts';

/**
 * A model that answers one prompt.
 *
 * Both parts are `RedactedText`, which only `redact()` can make: text that has not been redacted
 * does not compile.
 */
export interface LanguageModel {
  /**
   * Asks once. Nothing durable changes; safe to repeat, at the price of another answer.
   *
   * @param request.maxTokens - the longest answer, in tokens; a longer one is an error
   * @param request.deadlineMs - milliseconds from now until the call is given up, retries included
   * @returns the answer and the model that gave it
   * @throws {ModelError} retryable: `MODEL_THROTTLED`, `MODEL_TIMEOUT`, `MODEL_UNAVAILABLE`;
   *   not: `MODEL_ACCESS_DENIED`, `MODEL_NOT_FOUND`, `MODEL_REQUEST_INVALID`,
   *   `MODEL_ANSWER_TRUNCATED`, `MODEL_ANSWER_WITHHELD`, `MODEL_ANSWER_UNUSABLE`, `MODEL_FAILED`
   */
  complete(request: ModelRequest): Promise<ModelAnswer>;
}

/** One prompt. */
export type ModelRequest = {
  system: RedactedText;
  user: RedactedText;
  maxTokens: number;
  deadlineMs: number;
};

/** One answer; token counts are 0 when the model reports none. */
export type ModelAnswer = {
  text: string;
  modelId: string;
  inputTokens: number;
  outputTokens: number;
};

/** Why a model gave no usable answer. */
export type ModelErrorCode =
  | 'MODEL_THROTTLED'
  | 'MODEL_TIMEOUT'
  | 'MODEL_UNAVAILABLE'
  | 'MODEL_ACCESS_DENIED'
  | 'MODEL_NOT_FOUND'
  | 'MODEL_REQUEST_INVALID'
  | 'MODEL_ANSWER_TRUNCATED'
  | 'MODEL_ANSWER_WITHHELD'
  | 'MODEL_ANSWER_UNUSABLE'
  | 'MODEL_FAILED';

/** The codes after which asking again may help. Explicit, so that a new code is not retried. */
const RETRYABLE: ReadonlySet<ModelErrorCode> = new Set([
  'MODEL_THROTTLED',
  'MODEL_TIMEOUT',
  'MODEL_UNAVAILABLE',
]);

/** A model gave no usable answer. The message never holds prompt or answer. */
export class ModelError extends CodedError<ModelErrorCode> {
  constructor(failure: { code: ModelErrorCode; message: string; cause?: unknown }) {
    super({ ...failure, retryable: RETRYABLE.has(failure.code) });
  }
}
