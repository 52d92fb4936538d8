import type { IncomingMessage } from 'node:http';

/** What the converter needs beside the request itself. */
export type HttpEventContext = { body: Buffer; requestId: string; nowMs: number; routeKey: string };

/**
 * A request as API Gateway's HTTP API passes it to Lambda, payload format 2.0.
 *
 * The body is text only for content types that are text, and base64 otherwise, form bodies
 * included; bytes that are not UTF-8 are always base64, because a text would not keep them.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
 */
export function toHttpEvent(request: IncomingMessage, of: HttpEventContext): object {
  const url = new URL(request.url ?? '/', 'http://127.0.0.1');
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(request.headers)) {
    if (value !== undefined) headers[name] = Array.isArray(value) ? value.join(',') : value;
  }
  const isText = isTextType(headers['content-type']) && isUtf8(of.body);
  const query = Object.fromEntries(url.searchParams);
  return {
    version: '2.0',
    routeKey: of.routeKey,
    rawPath: url.pathname,
    rawQueryString: url.search.slice(1),
    headers,
    ...(Object.keys(query).length > 0 ? { queryStringParameters: query } : {}),
    requestContext: {
      accountId: '000000000000',
      apiId: 'local',
      domainName: headers.host ?? '127.0.0.1',
      domainPrefix: 'local',
      http: {
        method: request.method ?? 'GET',
        path: url.pathname,
        protocol: `HTTP/${request.httpVersion}`,
        sourceIp: request.socket.remoteAddress ?? '127.0.0.1',
        userAgent: headers['user-agent'] ?? '',
      },
      requestId: of.requestId,
      routeKey: of.routeKey,
      stage: '$default',
      time: new Date(of.nowMs).toISOString(),
      timeEpoch: of.nowMs,
    },
    ...(of.body.length > 0 ? { body: of.body.toString(isText ? 'utf8' : 'base64') } : {}),
    isBase64Encoded: of.body.length > 0 && !isText,
  };
}

/** What a function answered, ready to be written. */
export type HttpAnswer = {
  status: number;
  headers: Record<string, string>;
  cookies: string[];
  body: Buffer;
};

/** Reads a function's answer; anything without a `statusCode` is a JSON body with 200. */
export function fromHttpResult(result: unknown): HttpAnswer {
  const answer = (result ?? {}) as {
    statusCode?: number;
    headers?: Record<string, unknown>;
    cookies?: string[];
    body?: string;
    isBase64Encoded?: boolean;
  };
  if (typeof answer.statusCode !== 'number') {
    const headers = { 'content-type': 'application/json' };
    return { status: 200, headers, cookies: [], body: Buffer.from(JSON.stringify(result)) };
  }
  const headers = Object.fromEntries(
    Object.entries(answer.headers ?? {}).map(([name, value]) => [name, String(value)]),
  );
  const body = Buffer.from(answer.body ?? '', answer.isBase64Encoded ? 'base64' : 'utf8');
  return { status: answer.statusCode, headers, cookies: answer.cookies ?? [], body };
}

function isTextType(contentType: string | undefined): boolean {
  return /^(text\/|application\/(.*\+)?(json|javascript|xml)\b)/i.test(contentType ?? '');
}

function isUtf8(bytes: Buffer): boolean {
  try {
    new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    return true;
  } catch {
    return false;
  }
}
