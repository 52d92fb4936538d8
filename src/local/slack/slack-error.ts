/**
 * Thrown inside a Web API method to answer `{ok: false, error, …more}` with HTTP 200,
 * or another status (429) with headers.
 */
export class SlackError extends Error {
  readonly code: string;
  readonly more: Record<string, unknown>;
  readonly status: number;
  readonly headers: Record<string, string>;

  constructor(
    code: string,
    more: Record<string, unknown> = {},
    http: { status?: number; headers?: Record<string, string> } = {},
  ) {
    super(code);
    this.code = code;
    this.more = more;
    this.status = http.status ?? 200;
    this.headers = http.headers ?? {};
  }
}

/** `error` with the explaining lines that Slack puts in `response_metadata.messages`. */
export function explained(code: string, messages: string[]): SlackError {
  return new SlackError(code, {
    errors: messages,
    response_metadata: { messages: messages.map((message) => `[ERROR] ${message}`) },
  });
}
