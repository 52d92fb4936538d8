import type { UnknownReason } from '../../domain/context-snapshot.ts';
import { askWithToken, type TokenSource } from '../http/ask-with-token.ts';
import { sendOnce } from '../http/send-once.ts';
import { jsonOf } from '../http/unknown-reason.ts';

/** One question, the reading of its answer included. Unit: ms. */
export const GRAFANA_TIMEOUT_MS = 4_000;
/** Largest answer read; a snapshot shows a handful of lines of it. Unit: bytes. */
const ANSWER_MAX_BYTES = 1_000_000;

export type GrafanaReaderOptions = {
  /** Base URL of the product, e.g. `https://prometheus-prod-13-prod-us-east-0.grafana.net/api/prom`. */
  url: string;
  /** User of Basic auth: the stack's id at this product, another one for each. Empty: no auth. */
  user: string;
  /** The access policy token, with the scope `metrics:read`, `logs:read` or `traces:read`. */
  token: TokenSource;
  timeoutMs?: number;
};

/** Reads JSON from one of the databases of a Grafana stack. Never rejects. */
export class GrafanaReader {
  readonly #options: GrafanaReaderOptions;

  constructor(options: GrafanaReaderOptions) {
    this.#options = options;
  }

  async read(
    path: string,
    params: Record<string, string>,
  ): Promise<{ json: unknown } | { reason: UnknownReason }> {
    const { url, user, token, timeoutMs = GRAFANA_TIMEOUT_MS } = this.#options;
    const asked = await askWithToken({
      // A database of one's own, behind a network that keeps others out.
      token: user === '' ? async () => '' : token,
      timeoutMs,
      ask: (password) =>
        sendOnce({
          url: `${url}${path}?${new URLSearchParams(params)}`,
          method: 'GET',
          headers: {
            accept: 'application/json',
            ...(user === '' ? {} : { authorization: basic(user, password) }),
          },
          timeoutMs,
          answerMaxBytes: ANSWER_MAX_BYTES,
        }),
    });
    if (asked.kind === 'unknown') return { reason: asked.reason };
    const json = jsonOf(asked.answer.text);
    return json === undefined ? { reason: 'ANSWER_UNREADABLE' } : { json };
  }
}

function basic(user: string, password: string): string {
  return `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
}
