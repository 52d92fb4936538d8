import {
  LogLevel,
  WebAPIHTTPError,
  WebAPIPlatformError,
  WebAPIRateLimitedError,
  WebClient,
} from '@slack/web-api';
import { ChatError, type ChatErrorCode } from '../../domain/errors.ts';
import type { KeepRate } from '../../services/keep-rate.ts';
import { settleAll } from '../../services/settle-all.ts';
import { bucketOf } from './rate-table.ts';
import type { SlackMethod } from './scopes.ts';

/**
 * The bot token. Given the token that Slack just refused, it looks for a newer one.
 * @returns the same token again when there is none
 */
export type BotToken = (refused?: string) => Promise<string>;

export type SlackClientOptions = {
  /** Base URL of the Web API, without a slash at its end. */
  apiUrl: string;
  token: BotToken;
  /** For one call. Unit: ms. */
  timeoutMs: number;
  /** Keeps calls within Slack's rate limits. @default nobody does, but Slack */
  rate?: Pick<KeepRate, 'take' | 'refused' | 'opened'> | undefined;
};

/** What Slack answers, as far as nobody has looked into it. */
export type SlackAnswer = Record<string, unknown>;

/** Waited when Slack says "later" without saying when. Unit: s. */
const RETRY_AFTER_DEFAULT_S = 1;
const TOKEN_REFUSED = new Set(['invalid_auth', 'token_revoked', 'token_expired', 'not_authed']);
/** "Possible some aspect of the operation succeeded", says Slack of the first two. */
const UNAVAILABLE = new Set([
  'fatal_error',
  'internal_error',
  'service_unavailable',
  'request_timeout',
  'team_added_to_org',
]);
/** Of a private channel that it is not in, an app is told the first or the second. */
const ROOM_CLOSED = new Set(['channel_not_found', 'not_in_channel', 'is_archived', 'is_inactive']);
const NOT_FOUND = new Set([
  'user_not_found',
  'users_not_found',
  'message_not_found',
  'no_such_subteam',
  'not_found',
]);
/** The SDK writes to the console unless it is given a logger. */
const SILENT = {
  debug: () => {},
  info: () => {},
  warn: () => {},
  error: () => {},
  setLevel: () => {},
  getLevel: () => LogLevel.ERROR,
  setName: () => {},
};

/**
 * Calls the Web API, each method once: the SDK's own retries are off, because a repeated call can
 * post twice and a function cannot wait half an hour.
 */
export class SlackClient {
  readonly #options: SlackClientOptions;
  #client: WebClient | undefined;

  constructor(options: SlackClientOptions) {
    this.#options = options;
  }

  /**
   * @throws {ChatError} `CHAT_RATE_LIMITED`, `CHAT_UNAVAILABLE`, `CHAT_NAME_TAKEN`,
   *   `CHAT_NOT_FOUND`, `CHAT_ROOM_CLOSED`, `CHAT_REFUSED`, with Slack's own name for it in `refusal`
   */
  async call(method: SlackMethod, args: Record<string, unknown> = {}): Promise<SlackAnswer> {
    const { rate } = this.#options;
    const channel = typeof args.channel === 'string' ? args.channel : undefined;
    const bucket = bucketOf(method, channel);
    // Both at once: on a calm night the place is there as fast as the token.
    const token = this.#options.token();
    await settleAll([token, ...(rate ? [rate.take(bucket)] : [])]);
    try {
      const answer = await this.#sendSigned(await token, method, args);
      if (method === 'conversations.create') this.#opened(answer);
      return answer;
    } catch (error) {
      const isLimited = error instanceof ChatError && error.code === 'CHAT_RATE_LIMITED';
      if (isLimited) await rate?.refused(bucket, error.retryAfterS ?? RETRY_AFTER_DEFAULT_S);
      throw error;
    }
  }

  /** Nobody else knows of a channel that was created just now. */
  #opened({ channel }: SlackAnswer): void {
    const id = (channel as { id?: unknown } | undefined)?.id;
    if (typeof id === 'string') this.#options.rate?.opened(bucketOf('chat.postMessage', id));
  }

  async #sendSigned(token: string, method: SlackMethod, args: SlackAnswer): Promise<SlackAnswer> {
    try {
      return await this.#send(token, method, args);
    } catch (error) {
      if (!TOKEN_REFUSED.has(slackCodeOf(error) ?? '')) throw toChatError(method, args, error);
      const newer = await this.#options.token(token);
      if (newer === token) throw toChatError(method, args, error);
      return await this.#send(newer, method, args).catch((again: unknown) => {
        throw toChatError(method, args, again);
      });
    }
  }

  async #send(token: string, method: SlackMethod, args: SlackAnswer): Promise<SlackAnswer> {
    if (this.#client?.token !== token) {
      this.#client = new WebClient(token, {
        slackApiUrl: `${this.#options.apiUrl}/`,
        retryConfig: { retries: 0 },
        rejectRateLimitedCalls: true,
        timeout: this.#options.timeoutMs,
        allowAbsoluteUrls: false,
        logger: SILENT,
      });
    }
    return { ...(await this.#client.apiCall(method, args)) };
  }
}

/** Slack's own error code, also of an error that was turned into ours. */
export function slackCodeOf(error: unknown): string | undefined {
  if (error instanceof ChatError) return slackCodeOf(error.cause);
  return error instanceof WebAPIPlatformError ? error.data.error : undefined;
}

/** Slack's whole answer to a refused call, e.g. its per-user errors. */
export function refusedAnswerOf(error: unknown): SlackAnswer | undefined {
  if (error instanceof ChatError) return refusedAnswerOf(error.cause);
  return error instanceof WebAPIPlatformError ? { ...error.data } : undefined;
}

function toChatError(method: SlackMethod, args: SlackAnswer, cause: unknown): ChatError {
  const about = args.channel ?? args.channel_id;
  const channelId = typeof about === 'string' ? about : undefined;
  if (cause instanceof WebAPIRateLimitedError) {
    return chatError('CHAT_RATE_LIMITED', method, 'ratelimited', {
      ...{ cause, channelId },
      retryAfterS: cause.retryAfter,
    });
  }
  const code = slackCodeOf(cause);
  if (code === 'ratelimited' || code === 'rate_limited') {
    return chatError('CHAT_RATE_LIMITED', method, code, {
      ...{ cause, channelId },
      retryAfterS: RETRY_AFTER_DEFAULT_S,
    });
  }
  if (code !== undefined) return chatError(classOf(code), method, code, { cause, channelId });
  if (cause instanceof WebAPIHTTPError && cause.statusCode < 500) {
    return chatError('CHAT_REFUSED', method, `http_${cause.statusCode}`, { cause, channelId });
  }
  // Time-outs, lost connections, 5xx and answers that are no JSON: it may have happened.
  return chatError('CHAT_UNAVAILABLE', method, 'no_usable_answer', { cause, channelId });
}

function classOf(code: string): ChatErrorCode {
  if (code === 'name_taken') return 'CHAT_NAME_TAKEN';
  if (UNAVAILABLE.has(code)) return 'CHAT_UNAVAILABLE';
  if (ROOM_CLOSED.has(code)) return 'CHAT_ROOM_CLOSED';
  return NOT_FOUND.has(code) ? 'CHAT_NOT_FOUND' : 'CHAT_REFUSED';
}

function chatError(
  code: ChatErrorCode,
  method: string,
  got: string,
  more: { cause: unknown; channelId: string | undefined; retryAfterS?: number },
): ChatError {
  const { needed } = refusedAnswerOf(more.cause) ?? {};
  return new ChatError({
    code,
    message: `cannot call ${method}: expected ok, got ${got}`,
    retryable: code === 'CHAT_RATE_LIMITED' || code === 'CHAT_UNAVAILABLE',
    refusal: got,
    needed: typeof needed === 'string' ? needed : undefined,
    ...more,
  });
}
