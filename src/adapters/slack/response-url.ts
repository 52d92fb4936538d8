import { ChatError, type ChatErrorCode } from '../../domain/errors.ts';
import { sendOnce } from '../http/send-once.ts';
import type { RenderedMessage } from './render/block-kit.ts';

/** Waited when Slack says "later" without saying when. Unit: s. */
const RETRY_AFTER_DEFAULT_S = 1;

/**
 * Answers a command or click through its response URL; only the asker sees it.
 *
 * The URL comes from a request. It is signed, but a signed body still must not choose where we send
 * to, so its origin is pinned.
 * @throws {ChatError} `CHAT_REFUSED` for another origin or a used-up URL; `CHAT_RATE_LIMITED`,
 *   `CHAT_UNAVAILABLE`
 */
export async function answerResponseUrl(
  responseUrl: string,
  message: RenderedMessage,
  limits: { origin: string; timeoutMs: number },
): Promise<void> {
  const target = URL.canParse(responseUrl) ? new URL(responseUrl) : undefined;
  if (target?.origin !== new URL(limits.origin).origin) {
    throw refusal('CHAT_REFUSED', 'another origin');
  }
  const outcome = await sendOnce({
    url: responseUrl,
    method: 'POST',
    headers: { 'content-type': 'application/json; charset=utf-8' },
    body: JSON.stringify({ ...message, response_type: 'ephemeral', replace_original: false }),
    timeoutMs: limits.timeoutMs,
  });
  if (outcome.kind !== 'answer') throw refusal('CHAT_UNAVAILABLE', outcome.reason);
  const { status, retryAfterS } = outcome;
  if (status >= 200 && status < 300) return;
  if (status === 429) {
    throw refusal('CHAT_RATE_LIMITED', 'status 429', retryAfterS ?? RETRY_AFTER_DEFAULT_S);
  }
  throw refusal(status >= 500 ? 'CHAT_UNAVAILABLE' : 'CHAT_REFUSED', `status ${status}`);
}

function refusal(code: ChatErrorCode, got: string, retryAfterS?: number): ChatError {
  return new ChatError({
    code,
    message: `cannot answer response URL: expected Slack to take it, got ${got}`,
    retryable: code !== 'CHAT_REFUSED',
    retryAfterS,
  });
}
