import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { FunctionName } from '../../config.ts';
import type { Clock, Ids } from '../../services/ports.ts';
import { listen, type RunningServer } from '../fake-server.ts';
import { type FunctionRunner, failureLine } from './function-runner.ts';
import { fromHttpResult, type HttpAnswer, toHttpEvent } from './http-event.ts';

/** Every route of the product, and the function behind it. Methods are the function's business. */
export const HTTP_ROUTES: Readonly<Record<string, FunctionName>> = {
  '/webhooks/grafana-oncall': 'alert-webhook',
  '/webhooks/grafana-oncall/bearer': 'alert-webhook',
  '/webhooks/grafana-alerting': 'alert-webhook',
  '/webhooks/standard': 'alert-webhook',
  '/webhooks/alertmanager': 'alert-webhook',
  '/webhooks/pagerduty': 'alert-webhook',
  '/webhooks/grafana-irm': 'alert-webhook',
  '/health': 'alert-webhook',
  '/slack/commands': 'slack-ingress',
  '/slack/interactions': 'slack-ingress',
  '/slack/events': 'slack-ingress',
};

/** What the HTTP API needs. */
export type HttpApiOptions = {
  port: number;
  clock: Clock;
  ids: Ids;
  runners: Readonly<Record<FunctionName, FunctionRunner>>;
  writeLog: (line: string) => void;
  /** Sees each request before its function does. */
  onRequest?: (request: { path: string; authorization: string | undefined; body: Buffer }) => void;
};

/** API Gateway's own limit, before any function runs. */
const MAX_REQUEST_BYTES = 10 * 1024 * 1024;

/** Starts what API Gateway's HTTP API is on AWS. @throws the listen error, e.g. EADDRINUSE */
export async function startHttpApi(options: HttpApiOptions): Promise<RunningServer> {
  const server = createServer((request, response) => {
    void serve(options, request, response);
  });
  return listen(server, options.port);
}

async function serve(
  options: HttpApiOptions,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  try {
    write(response, await answer(options, request));
  } catch {
    // The sender went away while it was sending.
    response.destroy();
  }
}

async function answer(options: HttpApiOptions, request: IncomingMessage): Promise<HttpAnswer> {
  const path = (request.url ?? '/').replace(/\?.*$/s, '');
  const name = Object.hasOwn(HTTP_ROUTES, path) ? HTTP_ROUTES[path] : undefined;
  const body = await readBody(request);
  if (!name) return refusal(404, 'Not Found');
  if (!body) return refusal(413, 'Request Entity Too Large');
  options.onRequest?.({ path, authorization: request.headers.authorization, body });
  const event = toHttpEvent(request, {
    body,
    requestId: options.ids.unique(),
    nowMs: options.clock.nowMs(),
    routeKey: `ANY ${path}`,
  });
  try {
    return fromHttpResult(await options.runners[name].invoke(event));
  } catch (error) {
    options.writeLog(failureLine(name, error));
    return refusal(500, 'Internal Server Error');
  }
}

/** The raw bytes, or undefined when there are too many; the rest is read and thrown away. */
async function readBody(request: IncomingMessage): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request) {
    bytes += (chunk as Buffer).length;
    if (bytes <= MAX_REQUEST_BYTES) chunks.push(chunk as Buffer);
  }
  return bytes <= MAX_REQUEST_BYTES ? Buffer.concat(chunks) : undefined;
}

function refusal(status: number, message: string): HttpAnswer {
  const headers = { 'content-type': 'application/json' };
  return { status, headers, cookies: [], body: Buffer.from(JSON.stringify({ message })) };
}

function write(response: ServerResponse, { status, headers, cookies, body }: HttpAnswer): void {
  response.writeHead(status, {
    ...headers,
    ...(cookies.length > 0 ? { 'set-cookie': cookies } : {}),
  });
  response.end(body);
}
