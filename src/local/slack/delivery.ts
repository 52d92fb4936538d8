import { createHmac } from 'node:crypto';
import type { Workspace } from './workspace.ts';

/** Slack waits this long for an answer, in milliseconds of the world. */
const ACK_TIMEOUT_MS = 3_000;
/** Past requests that can be sent again. */
const MAX_REMEMBERED = 500;

/** Where the product listens. */
export type Targets = { commands: string; interactions: string; events: string };
export type TargetName = keyof Targets;

/**
 * The product's answer. `status` is 0 when none came: `error` says `operation_timeout` or
 * `dispatch_failed`. `json` is `body` parsed, where it is JSON.
 */
export type Ack = {
  status: number;
  body: string;
  ms: number;
  json?: unknown;
  error?: 'operation_timeout' | 'dispatch_failed';
};

type Sent = { target: TargetName; body: string; headers: Record<string, string> };

/** Sends signed requests to the product as Slack does, and remembers them for a retry. */
export class Delivery {
  readonly #workspace: Workspace;
  readonly #targets: () => Targets;
  readonly #signingSecret: () => Promise<string> | string;
  #sent: Sent[] = [];

  constructor(deps: {
    workspace: Workspace;
    targets: () => Targets;
    /** Read at each signing, because it may rotate. */
    signingSecret: () => Promise<string> | string;
  }) {
    this.#workspace = deps.workspace;
    this.#targets = deps.targets;
    this.#signingSecret = deps.signingSecret;
  }

  async send(target: TargetName, body: string, contentType: string): Promise<Ack> {
    const timestamp = String(this.#workspace.nowS());
    const secret = await this.#signingSecret();
    const digest = createHmac('sha256', secret).update(`v0:${timestamp}:${body}`).digest('hex');
    const headers = {
      'content-type': contentType,
      'user-agent': 'Slackbot 1.0 (+https://api.slack.com/robots)',
      'x-slack-request-timestamp': timestamp,
      'x-slack-signature': `v0=${digest}`,
    };
    this.#sent.push({ target, body, headers });
    if (this.#sent.length > MAX_REMEMBERED) this.#sent.shift();
    return this.#post({ target, body, headers });
  }

  /**
   * Sends a past request again: same bytes, same signature, and Slack's retry headers.
   *
   * @param nth - 1 is the most recent request
   * @returns undefined when there are not so many
   */
  async retry(nth: number): Promise<Ack | undefined> {
    const sent = this.#sent.at(-nth);
    if (!sent) return undefined;
    const retry = { 'x-slack-retry-num': '1', 'x-slack-retry-reason': 'http_timeout' };
    return this.#post({ ...sent, headers: { ...sent.headers, ...retry } });
  }

  get sentCount(): number {
    return this.#sent.length;
  }

  async #post(sent: Sent): Promise<Ack> {
    const { clock } = this.#workspace;
    const startedAtMs = clock.nowMs();
    const abort = new AbortController();
    let late = false;
    const cancel = clock.at(startedAtMs + ACK_TIMEOUT_MS, () => {
      late = true;
      abort.abort();
    });
    try {
      const { body, headers } = sent;
      const url = this.#targets()[sent.target];
      const response = await fetch(url, { method: 'POST', body, headers, signal: abort.signal });
      const text = await response.text();
      const ms = clock.nowMs() - startedAtMs;
      return { status: response.status, body: text, ms, ...parsed(text) };
    } catch {
      const error = late ? 'operation_timeout' : 'dispatch_failed';
      return { status: 0, body: '', ms: clock.nowMs() - startedAtMs, error };
    } finally {
      cancel();
    }
  }
}

function parsed(text: string): { json?: unknown } {
  if (!text.startsWith('{')) return {};
  try {
    return { json: JSON.parse(text) };
  } catch {
    return {};
  }
}
