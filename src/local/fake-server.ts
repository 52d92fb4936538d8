import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type FaultBoard, FaultError, type Outcome, type Reply } from './fault-board.ts';

/** A request as a fake sees it: raw bytes, lower-case header names. */
export type FakeRequest = {
  method: string;
  path: string;
  query: URLSearchParams;
  headers: Record<string, string>;
  body: Buffer;
};

/** Answers one request. A `Reply` bypasses the fault board; an `Outcome` went through it. */
export type FakeHandler = (request: FakeRequest) => Promise<Reply | Outcome>;

/** A running loopback server. */
export type RunningServer = { url: string; server: Server; close(): Promise<void> };

/** A JSON reply. */
export function json(status: number, value: unknown, headers: Record<string, string> = {}): Reply {
  return {
    status,
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(value),
  };
}

/** Thrown inside a control call to answer 4xx with `{error}`. */
export class ControlError extends Error {
  readonly status: number;
  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/**
 * Answers the part of the control API that every fake has:
 * `GET|DELETE /_world/calls` and `POST|GET|DELETE /_world/faults`.
 *
 * @returns undefined when the path is not one of these
 */
export function answerBoardCall(board: FaultBoard, request: FakeRequest): Reply | undefined {
  const route = `${request.method} ${request.path}`;
  switch (route) {
    case 'GET /_world/calls':
      return json(200, board.calls());
    case 'DELETE /_world/calls':
      board.clearCalls();
      return json(200, { ok: true });
    case 'GET /_world/faults':
      return json(200, { faults: board.faults() });
    case 'DELETE /_world/faults':
      board.clearFaults();
      return json(200, { ok: true });
    case 'POST /_world/faults':
      return json(200, { fault: board.plan(parseJsonBody(request)) });
    default:
      return undefined;
  }
}

/** Parses a control call's JSON body; an empty body is `{}`. @throws {ControlError} 400 */
export function parseJsonBody(request: FakeRequest): Record<string, unknown> {
  if (request.body.length === 0) return {};
  try {
    return JSON.parse(request.body.toString('utf8')) as Record<string, unknown>;
  } catch {
    throw new ControlError(400, `cannot read ${request.path}: expected a JSON body`);
  }
}

/** Starts a fake on 127.0.0.1. `port` 0 picks a free one. */
export async function startFakeServer(handler: FakeHandler, port = 0): Promise<RunningServer> {
  const server = createServer((request, response) => {
    void serve(handler, request, response);
  });
  return listen(server, port);
}

/** Listens on loopback only and resolves when ready. @throws the listen error, e.g. EADDRINUSE */
export async function listen(server: Server, port: number): Promise<RunningServer> {
  // Longer than any client keeps an idle connection: one that we close under a client's request
  // would look like a lost answer.
  server.keepAliveTimeout = 120_000;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  const address = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${address.port}`,
    server,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** Reads a request's raw bytes into a `FakeRequest`. */
export async function readFakeRequest(request: IncomingMessage): Promise<FakeRequest> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const url = new URL(request.url ?? '/', 'http://127.0.0.1');
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(request.headers)) {
    if (value !== undefined) headers[name] = Array.isArray(value) ? value.join(',') : value;
  }
  return {
    method: request.method ?? 'GET',
    path: decodeURIComponent(url.pathname),
    query: url.searchParams,
    headers,
    body: Buffer.concat(chunks),
  };
}

async function serve(
  handler: FakeHandler,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  try {
    send(response, await handler(await readFakeRequest(request)));
  } catch (error) {
    if (error instanceof FaultError) return send(response, json(400, { error: error.message }));
    if (error instanceof ControlError) {
      return send(response, json(error.status, { error: error.message }));
    }
    process.stderr.write(`fake failed: ${error instanceof Error ? error.stack : String(error)}\n`);
    send(response, json(500, { error: 'the fake itself failed; see its log' }));
  }
}

function send(response: ServerResponse, answer: Reply | Outcome): void {
  if (!('kind' in answer)) {
    response.writeHead(answer.status, answer.headers ?? {});
    response.end(answer.body);
    return;
  }
  switch (answer.kind) {
    case 'reply':
      send(response, answer.reply);
      return;
    case 'drop':
      response.socket?.destroy();
      return;
    case 'never':
      // Held open until the client gives up or the server closes.
      return;
  }
}
