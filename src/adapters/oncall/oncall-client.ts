import { OnCallError } from '../../domain/errors.ts';
import { type HttpOutcome, sendOnce } from '../http/send-once.ts';

/** One call, the reading of its answer included. Unit: ms. */
export const ONCALL_TIMEOUT_MS = 2_000;
/** Largest answer taken: fifty alert groups with their last alerts are far below. Unit: bytes. */
const ANSWER_MAX_BYTES = 4_000_000;
/** Pages read of one list unless the caller says otherwise. */
const PAGES_MAX = 20;
/** `resource`, `resource/<id>` or `resource/<id>/<part>`; an id never leads out of its place. */
const PATH = /^[a-z_]+(\/[A-Za-z0-9_-]{1,64}(\/[a-z_]+)?)?$/;

export type OnCallClientOptions = {
  /** OnCall's API up to and without `/api/v1`. */
  apiUrl: string;
  /** The Grafana stack a service account token belongs to; empty: the token is an OnCall API key. */
  stackUrl?: string;
  /**
   * The bare token. Asked again with the one that was refused: another one is tried once.
   * @throws {SecretError} when there is none
   */
  token: (refused?: string) => Promise<string>;
  /** Takes a place in the rate limit that all callers share; default: always true. */
  takePlace?: () => Promise<boolean>;
  /** Default: {@link ONCALL_TIMEOUT_MS}. Unit: ms. */
  timeoutMs?: number;
};

/** One call; with a body it asks OnCall to do something. */
type Call = { path: string; search: string; body?: unknown };

/** Filters and page sizes of a list. OnCall ignores the ones it does not know. */
export type OnCallQuery = Readonly<Record<string, string>>;

/**
 * Grafana OnCall's public API: one attempt a call, with its own deadline, and never
 * anywhere but at the configured address.
 *
 * @throws {OnCallError} `ONCALL_RATE_LIMITED` (429, with `retryAfterS`), `ONCALL_UNAVAILABLE`;
 *   both retryable; and where it is asked to do something `ONCALL_REFUSED`. None holds the token or any
 *   part of an answer.
 */
export class OnCallClient {
  readonly #options: OnCallClientOptions;

  constructor(options: OnCallClientOptions) {
    this.#options = options;
  }

  /**
   * Reads `path`, for example `alert_groups/I7FQ3N5ZK8WTB`.
   * @returns the JSON, or undefined when OnCall knows no such thing (404)
   */
  async get(path: string, query: OnCallQuery = {}): Promise<unknown> {
    // An id of another form was never one of OnCall's; asking with it could ask for something else.
    if (!PATH.test(path)) return undefined;
    const search = new URLSearchParams(query).toString();
    return answerOf(await this.#exchange({ path, search }));
  }

  /**
   * Asks OnCall to page people about an alert group that it has. Not safe to repeat without need: who
   * was paged is paged again.
   * @throws {OnCallError} `ONCALL_UNAVAILABLE`: it may have been done
   */
  async escalate(body: {
    alert_group_id: string;
    users: readonly { id: string; important: boolean }[];
  }): Promise<void> {
    const outcome = await this.#exchange({ path: 'escalation/', search: '', body });
    const status = outcome.kind === 'answer' ? outcome.status : 0;
    if ([400, 401, 403, 404].includes(status)) {
      throw new OnCallError({
        code: 'ONCALL_REFUSED',
        message: `cannot page by OnCall: expected 200, got status ${status}`,
        retryable: false,
      });
    }
    answerOf(outcome);
  }

  async #exchange(call: Call): Promise<HttpOutcome> {
    const { takePlace } = this.#options;
    // The token is usually at hand, and the place one short update away: no need to queue them.
    const [token, hasPlace] = await Promise.all([this.#token(), takePlace?.() ?? true]);
    if (!hasPlace) throw rateLimited('none left', undefined);
    const outcome = await this.#ask(call, token);
    if (outcome.kind !== 'answer' || outcome.status !== 403) return outcome;
    // OnCall's way of refusing a token. A rotated one may be there already.
    const next = await this.#token(token);
    return next === token ? outcome : this.#ask(call, next);
  }

  /**
   * Reads a list page by page, following `next`: a page past the end is the last page again, so
   * counting on would never end.
   * @param limit pages at most; what is beyond is not read
   */
  async *pages(
    path: string,
    query: OnCallQuery = {},
    limit: number = PAGES_MAX,
  ): AsyncGenerator<unknown[], void> {
    const seen = new Set<string>();
    let search: string | undefined = new URLSearchParams(query).toString();
    for (let page = 0; search !== undefined && page < limit && !seen.has(search); page += 1) {
      seen.add(search);
      const answer = await this.get(path, Object.fromEntries(new URLSearchParams(search)));
      if (answer === undefined) return;
      const { results, next } = answer as { results?: unknown; next?: unknown };
      if (!Array.isArray(results)) throw unavailable('a list with results', 'another shape');
      yield results;
      search = searchOf(next, path);
    }
  }

  async #token(refused?: string): Promise<string> {
    try {
      return await this.#options.token(refused);
    } catch (cause) {
      throw unavailable('a token', 'none', cause);
    }
  }

  #ask({ path, search, body }: Call, token: string): Promise<HttpOutcome> {
    const { apiUrl, stackUrl, timeoutMs } = this.#options;
    return sendOnce({
      url: `${apiUrl}/api/v1/${path}${search === '' ? '' : `?${search}`}`,
      method: body === undefined ? 'GET' : 'POST',
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      headers: {
        accept: 'application/json',
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        // Bare: OnCall knows no `Bearer`.
        authorization: token,
        ...(stackUrl ? { 'x-grafana-url': stackUrl } : {}),
      },
      timeoutMs: timeoutMs ?? ONCALL_TIMEOUT_MS,
      answerMaxBytes: ANSWER_MAX_BYTES,
    });
  }
}

function answerOf(outcome: HttpOutcome): unknown {
  if (outcome.kind !== 'answer') throw unavailable('an answer', outcome.reason);
  const { status, text, retryAfterS } = outcome;
  if (status === 404) return undefined;
  if (status === 429) throw rateLimited('429', retryAfterS);
  if (status !== 200) throw unavailable('200', `status ${status}`);
  const parsed = parse(text);
  if (typeof parsed !== 'object' || parsed === null) throw unavailable('a JSON object', 'no such');
  return parsed;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // The parser's message would quote the answer.
    return undefined;
  }
}

/** The query of the next page of this very list; whatever host the link names, we ask our own. */
function searchOf(next: unknown, path: string): string | undefined {
  if (typeof next !== 'string' || !URL.canParse(next)) return undefined;
  const url = new URL(next);
  const isSameList = url.pathname.replace(/\/$/, '').endsWith(`/api/v1/${path}`);
  return isSameList ? url.searchParams.toString() : undefined;
}

function rateLimited(got: string, retryAfterS: number | undefined): OnCallError {
  return new OnCallError({
    code: 'ONCALL_RATE_LIMITED',
    message: `cannot ask OnCall: expected a free place in its rate limit, got ${got}`,
    retryable: true,
    retryAfterS,
  });
}

function unavailable(expected: string, got: string, cause?: unknown): OnCallError {
  return new OnCallError({
    code: 'ONCALL_UNAVAILABLE',
    message: `cannot ask OnCall: expected ${expected}, got ${got}`,
    retryable: true,
    cause,
  });
}
