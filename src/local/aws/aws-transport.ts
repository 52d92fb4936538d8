import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import {
  createServer as createHttp2Server,
  type Http2ServerRequest,
  type Http2ServerResponse,
  type ServerHttp2Session,
} from 'node:http2';
import type { Socket } from 'node:net';
import { type FakeRequest, listen, type RunningServer, readFakeRequest } from '../fake-server.ts';
import type { Outcome, Reply } from '../fault-board.ts';

/** Answers one request; `signal` is aborted when the client closed before the answer. */
export type TransportHandler = (
  request: FakeRequest,
  signal: AbortSignal,
) => Promise<Reply | Outcome>;

/**
 * Serves HTTP/1.1 and HTTP/2 with prior knowledge on one loopback port.
 *
 * The Bedrock client opens HTTP/2 without asking; the others speak HTTP/1.1. The first bytes of a
 * connection tell which. Connections stay open until the client or `close()` ends them, so that a
 * pooled connection is never closed under a request.
 */
export async function startTransport(
  handler: TransportHandler,
  port: number,
): Promise<RunningServer> {
  const sockets = new Set<Socket>();
  const sessions = new Set<ServerHttp2Session>();
  const http2 = createHttp2Server((request, response) => void serve(handler, request, response));
  http2.on('session', (session) => {
    sessions.add(session);
    session.once('close', () => sessions.delete(session));
    session.on('error', () => session.destroy());
  });
  const http1 = createServer((request, response) => void serve(handler, request, response));
  http1.keepAliveTimeout = 0;
  http1.requestTimeout = 0;
  http1.headersTimeout = 0;
  const [onHttp1Connection] = http1.listeners('connection');
  http1.removeAllListeners('connection');
  http1.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.setNoDelay(true);
    socket.once('close', () => sockets.delete(socket));
    socket.on('error', () => socket.destroy());
    socket.once('data', (chunk: Buffer) => {
      socket.pause();
      socket.unshift(chunk);
      if (chunk.subarray(0, 3).toString('latin1') === 'PRI') {
        // The session reads what was put back by itself; resuming would take it away.
        http2.emit('connection', socket);
        return;
      }
      onHttp1Connection?.call(http1, socket);
      socket.resume();
    });
  });
  const running = await listen(http1, port);
  return {
    ...running,
    close: async () => {
      for (const session of sessions) session.destroy();
      for (const socket of sockets) socket.destroy();
      await running.close();
    },
  };
}

type AnyRequest = IncomingMessage | Http2ServerRequest;
type AnyResponse = ServerResponse | Http2ServerResponse;

async function serve(
  handler: TransportHandler,
  request: AnyRequest,
  response: AnyResponse,
): Promise<void> {
  const gone = new AbortController();
  response.once('close', () => gone.abort());
  try {
    const fakeRequest = await readFakeRequest(request as IncomingMessage);
    send(response, await handler(fakeRequest, gone.signal));
  } catch (error) {
    if (gone.signal.aborted) return;
    if (error instanceof URIError) {
      sendReply(response, { status: 400, body: '' });
      return;
    }
    process.stderr.write(`aws failed: ${error instanceof Error ? error.stack : String(error)}\n`);
    send(response, { status: 500, body: JSON.stringify({ __type: 'InternalFailure' }) });
  }
}

function send(response: AnyResponse, answer: Reply | Outcome): void {
  const outcome: Outcome = 'kind' in answer ? answer : { kind: 'reply', reply: answer };
  switch (outcome.kind) {
    case 'reply':
      sendReply(response, outcome.reply);
      return;
    case 'drop':
      if ('stream' in response) response.stream.session?.destroy();
      else response.socket?.destroy();
      return;
    case 'never':
      // Held open until the client gives up or the server closes.
      return;
  }
}

function sendReply(response: AnyResponse, reply: Reply): void {
  if (response.writableEnded || response.destroyed) return;
  // The compatibility API of HTTP/2 has the same method with another overload list.
  (response as ServerResponse).writeHead(reply.status, {
    ...reply.headers,
    'content-length': Buffer.byteLength(reply.body),
  });
  response.end(reply.body);
}
