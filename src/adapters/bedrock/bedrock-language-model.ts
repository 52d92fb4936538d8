import {
  BedrockRuntimeClient,
  type BedrockRuntimeClientConfig,
  ConverseCommand,
  type ConverseCommandOutput,
} from '@aws-sdk/client-bedrock-runtime';
import {
  type LanguageModel,
  type ModelAnswer,
  ModelError,
  type ModelErrorCode,
  type ModelRequest,
} from '../../ai/language-model.ts';

/** One try and one retry: a second retry rarely fits the deadline and doubles a throttled load. */
export const BEDROCK_MAX_ATTEMPTS = 2;

/**
 * Amazon Bedrock's Converse API as a `LanguageModel`.
 *
 * The deadline covers the SDK's retry as well. Error messages name the model and the code only,
 * never prompt or answer.
 */
export class BedrockLanguageModel implements LanguageModel {
  readonly #client: BedrockRuntimeClient;
  readonly #modelId: string;
  readonly #temperature: number | undefined;

  /**
   * @param given.modelId - a model, an inference profile or the ARN of one, as Converse takes it
   * @param given.temperature - from 0 to 1; undefined: it is not sent, as some models refuse it
   */
  constructor(given: {
    client: BedrockRuntimeClient;
    modelId: string;
    temperature?: number | undefined;
  }) {
    this.#client = given.client;
    this.#modelId = given.modelId;
    this.#temperature = given.temperature;
  }

  /** @see LanguageModel.complete */
  async complete(request: ModelRequest): Promise<ModelAnswer> {
    const deadline = AbortSignal.timeout(request.deadlineMs);
    const output = await this.#client
      .send(this.#command(request), { abortSignal: deadline })
      .catch((error: unknown) => {
        const code = deadline.aborted ? 'MODEL_TIMEOUT' : modelErrorCode(error);
        throw this.#error(code, 'an answer', nameOf(error), error);
      });
    return {
      text: this.#answerText(output),
      modelId: this.#modelId,
      inputTokens: output.usage?.inputTokens ?? 0,
      outputTokens: output.usage?.outputTokens ?? 0,
    };
  }

  #command(request: ModelRequest): ConverseCommand {
    const temperature = this.#temperature;
    return new ConverseCommand({
      modelId: this.#modelId,
      system: [{ text: request.system }],
      messages: [{ role: 'user', content: [{ text: request.user }] }],
      inferenceConfig: {
        maxTokens: request.maxTokens,
        ...(temperature === undefined ? {} : { temperature }),
      },
    });
  }

  #answerText(output: ConverseCommandOutput): string {
    const reason = output.stopReason ?? 'no stop reason';
    const failure = STOP_FAILURES.get(reason);
    if (failure !== undefined) throw this.#error(failure, 'a complete answer', reason);
    if (reason !== 'end_turn' && reason !== 'stop_sequence') {
      throw this.#error('MODEL_ANSWER_UNUSABLE', 'a finished answer', reason);
    }
    const text = (output.output?.message?.content ?? []).map((block) => block.text ?? '').join('');
    if (text.trim() === '') throw this.#error('MODEL_ANSWER_UNUSABLE', 'text', 'no text');
    return text;
  }

  #error(code: ModelErrorCode, expected: string, got: string, cause?: unknown): ModelError {
    const message = `cannot ask model ${this.#modelId}: expected ${expected}, got ${got}`;
    return new ModelError({ code, message, cause });
  }
}

/**
 * A Bedrock client with our retry limit. HTTP/2, the SDK's default for this service, is kept, and so
 * are no time-outs of other services: a model takes its time, and each request has its deadline.
 */
export function createBedrockClient(config: BedrockRuntimeClientConfig): BedrockRuntimeClient {
  const { requestHandler: _, ...options } = config;
  return new BedrockRuntimeClient({ ...options, maxAttempts: BEDROCK_MAX_ATTEMPTS });
}

const STOP_FAILURES: ReadonlyMap<string, ModelErrorCode> = new Map([
  ['max_tokens', 'MODEL_ANSWER_TRUNCATED'],
  ['model_context_window_exceeded', 'MODEL_ANSWER_TRUNCATED'],
  ['content_filtered', 'MODEL_ANSWER_WITHHELD'],
  ['guardrail_intervened', 'MODEL_ANSWER_WITHHELD'],
] as const);

/** Converse's errors, by name, with those of credentials and of an aborted call. */
const ERROR_CODES: ReadonlyMap<string, ModelErrorCode> = new Map([
  ['ThrottlingException', 'MODEL_THROTTLED'],
  ['TooManyRequestsException', 'MODEL_THROTTLED'],
  ['ServiceQuotaExceededException', 'MODEL_THROTTLED'],
  ['ModelTimeoutException', 'MODEL_TIMEOUT'],
  ['AbortError', 'MODEL_TIMEOUT'],
  ['TimeoutError', 'MODEL_TIMEOUT'],
  ['ModelNotReadyException', 'MODEL_UNAVAILABLE'],
  ['ModelErrorException', 'MODEL_UNAVAILABLE'],
  ['ServiceUnavailableException', 'MODEL_UNAVAILABLE'],
  ['InternalServerException', 'MODEL_UNAVAILABLE'],
  ['AccessDeniedException', 'MODEL_ACCESS_DENIED'],
  ['UnrecognizedClientException', 'MODEL_ACCESS_DENIED'],
  ['InvalidSignatureException', 'MODEL_ACCESS_DENIED'],
  ['ExpiredTokenException', 'MODEL_ACCESS_DENIED'],
  ['CredentialsProviderError', 'MODEL_ACCESS_DENIED'],
  ['ResourceNotFoundException', 'MODEL_NOT_FOUND'],
  ['ValidationException', 'MODEL_REQUEST_INVALID'],
] as const);

/** Connections that were never made, or broke. */
const CONNECTION_CODES: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ETIMEDOUT',
  'ERR_HTTP2_ERROR',
  'ERR_HTTP2_STREAM_ERROR',
  'ERR_HTTP2_SESSION_ERROR',
  'ERR_HTTP2_STREAM_CANCEL',
  'ERR_HTTP2_GOAWAY_SESSION',
]);

function modelErrorCode(error: unknown): ModelErrorCode {
  const known = ERROR_CODES.get(nameOf(error));
  if (known !== undefined) return known;
  const { code, $metadata } = error as {
    code?: unknown;
    $metadata?: { httpStatusCode?: number };
  };
  if (typeof code === 'string' && CONNECTION_CODES.has(code)) return 'MODEL_UNAVAILABLE';
  return ($metadata?.httpStatusCode ?? 0) >= 500 ? 'MODEL_UNAVAILABLE' : 'MODEL_FAILED';
}

function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : 'an unknown error';
}
