/** What API Gateway's HTTP API (payload format 2.0) sends, as far as it is read here. */
export type HttpEvent = {
  rawPath?: string;
  headers?: Readonly<Record<string, string | undefined>>;
  body?: string;
  isBase64Encoded?: boolean;
  requestContext?: { requestId?: string; http?: { method?: string } };
};

/** What API Gateway takes back. */
export type HttpAnswer = {
  statusCode: number;
  headers: Record<string, string>;
  body: string;
};

/** A small JSON answer. It MUST NOT hold anything of the request: senders log what they get. */
export function answer(
  statusCode: number,
  body: unknown,
  headers: Record<string, string> = {},
): HttpAnswer {
  return {
    statusCode,
    headers: { 'content-type': 'application/json', 'cache-control': 'no-store', ...headers },
    body: JSON.stringify(body),
  };
}

/** The body's bytes exactly as the sender wrote them. */
export function rawBody(event: HttpEvent): Uint8Array {
  return Buffer.from(event.body ?? '', event.isBase64Encoded ? 'base64' : 'utf8');
}

/** Headers by lower-case name, as every verifier expects them. */
export function lowerCaseHeaders(event: HttpEvent): Record<string, string | undefined> {
  const entries = Object.entries(event.headers ?? {});
  return Object.fromEntries(entries.map(([name, value]) => [name.toLowerCase(), value]));
}
