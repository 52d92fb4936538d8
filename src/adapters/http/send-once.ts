/** An answer of any status. */
export type HttpAnswer = {
  kind: 'answer';
  status: number;
  text: string;
  retryAfterS?: number;
  /** Requests left, where the other side says so. */
  rateLimitRemaining?: number;
};

/** `reason` of an answer longer than the caller takes. */
export const ANSWER_TOO_LONG = 'an answer that is too long';

/** What happened to one request, as far as this side can know. */
export type HttpOutcome =
  | HttpAnswer
  /** No connection was ever made: the other side cannot have seen anything. */
  | { kind: 'not_sent'; reason: string }
  /** It may have been received: the answer was lost, late or cut. */
  | { kind: 'no_answer'; reason: string };

/** Failures that come before the first byte is sent. Node's and undici's own codes. */
const NEVER_CONNECTED = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
  'CERT_HAS_EXPIRED',
  'ERR_TLS_CERT_ALTNAME_INVALID',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
]);

/** Largest answer read unless the caller says less; what is longer is cut. Unit: characters. */
const ANSWER_MAX = 2_000_000;

/**
 * Sends one HTTP request, exactly once: no retry, no redirect, no reuse of a connection that the
 * other side may be closing.
 */
export async function sendOnce(request: {
  url: string;
  method: string;
  headers: Record<string, string>;
  body?: string;
  timeoutMs: number;
  /** A longer answer is `no_answer`, and the rest of it is never read. Unit: bytes. */
  answerMaxBytes?: number;
}): Promise<HttpOutcome> {
  let prepared: Request;
  try {
    prepared = new Request(request.url, {
      method: request.method,
      headers: { ...request.headers, connection: 'close' },
      ...(request.body === undefined ? {} : { body: request.body }),
      redirect: 'manual',
      signal: AbortSignal.timeout(request.timeoutMs),
    });
  } catch {
    // For example a token with a line break inside, which no header can carry.
    return { kind: 'not_sent', reason: 'a request that cannot be built' };
  }
  try {
    const response = await fetch(prepared);
    const text = await readText(response, request.answerMaxBytes);
    if (text === undefined) return { kind: 'no_answer', reason: ANSWER_TOO_LONG };
    const { headers } = response;
    const retryAfterS = Number(headers.get('retry-after') ?? headers.get('ratelimit-reset'));
    const remaining = headers.get('x-ratelimit-remaining');
    return {
      kind: 'answer',
      status: response.status,
      text,
      ...(retryAfterS > 0 ? { retryAfterS } : {}),
      ...(remaining === null ? {} : { rateLimitRemaining: Number(remaining) }),
    };
  } catch (error) {
    const code = codeOfFailure(error);
    return { kind: NEVER_CONNECTED.has(code) ? 'not_sent' : 'no_answer', reason: code };
  }
}

async function readText(response: Response, maxBytes?: number): Promise<string | undefined> {
  if (maxBytes === undefined) return (await response.text()).slice(0, ANSWER_MAX);
  const chunks: Uint8Array[] = [];
  let size = 0;
  // Leaving the loop early cancels the rest of the body.
  for await (const chunk of response.body ?? []) {
    size += chunk.byteLength;
    if (size > maxBytes) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function codeOfFailure(error: unknown): string {
  const { name, cause } = error as {
    name?: string;
    cause?: { code?: unknown; errors?: unknown[] };
  };
  if (typeof cause?.code === 'string') return cause.code;
  const first = cause?.errors?.[0] as { code?: unknown } | undefined;
  return typeof first?.code === 'string' ? first.code : (name ?? 'unknown failure');
}
