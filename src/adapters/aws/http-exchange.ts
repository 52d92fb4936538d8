import type { Agent, IncomingMessage } from 'node:http';
import { isIP, type Socket } from 'node:net';
import { AwsCallError } from './aws-call-error.ts';

/** How long one attempt may take. Unit: ms. */
export type AttemptLimits = {
  /** Until there is a connection, TLS included. */
  connectMs: number;
  /** From the start until the last byte of the answer. */
  answerMs: number;
};

/** An answer of any status, whole. */
export type WireAnswer = { status: number; headers: IncomingMessage['headers']; body: Buffer };

/** Nothing that is asked for here is larger: a DynamoDB item ends at 400 KB. Unit: bytes. */
const ANSWER_MAX_BYTES = 2 * 1024 * 1024;
const AGENT_OPTIONS = { keepAlive: true, maxSockets: 50, scheduling: 'lifo' } as const;

/**
 * Connections to one origin, kept open between calls.
 *
 * A connection that went stale while the function was frozen fails with the attempt that used it;
 * a second attempt takes another.
 */
export class HttpExchange {
  readonly #url: URL;
  readonly #isTls: boolean;
  readonly #agent: Agent;

  constructor(url: URL) {
    this.#url = url;
    this.#isTls = url.protocol === 'https:';
    this.#agent = new (httpModule(this.#isTls).Agent)(AGENT_OPTIONS);
  }

  /** Begins a connection, which the first request takes over if it still stands. */
  open(): void {
    const agent = this.#agent;
    const create = agent.createConnection.bind(agent);
    const { hostname: host, port } = this.#url;
    const target = {
      host,
      port: port || (this.#isTls ? 443 : 80),
      // TLS checks the certificate against it; an address is no name.
      servername: isIP(host) === 0 ? host : '',
    };
    const opened = create(target) as Socket;
    // Whoever takes it over is told; until then a lost connection is no loss.
    opened.on('error', () => {});
    opened.unref();
    agent.createConnection = (options, done) => {
      agent.createConnection = create;
      if (opened.destroyed) return create(options, done);
      return opened.ref();
    };
  }

  /** Sends one POST, once. @throws {AwsCallError} `TimeoutError`, or Node's code; transient */
  post(
    sent: { headers: Record<string, string>; body: Uint8Array },
    limits: AttemptLimits,
  ): Promise<WireAnswer> {
    const { request: send } = httpModule(this.#isTls);
    return new Promise((resolve, reject) => {
      const headers = { ...sent.headers, 'content-length': String(sent.body.byteLength) };
      const request = send(this.#url, { method: 'POST', headers, agent: this.#agent });
      let late: AwsCallError | undefined;
      let answer: IncomingMessage | undefined;
      // A timer that fires late, after a freeze or a busy moment, fires before what has arrived is
      // read; so that is read first.
      const giveUp = () =>
        setImmediate(() => {
          if (answer?.complete) return;
          late = new AwsCallError(TIMED_OUT);
          request.destroy(late);
        });
      // An answer that is cut off by the timer reports the cut, not the reason for it.
      const fail = (error: unknown) => reject(late ?? asCallError(error));
      const answerTimer = setTimeout(giveUp, limits.answerMs);
      let connectTimer: NodeJS.Timeout | undefined;
      request.once('socket', (socket: Socket) => {
        if (!socket.connecting) return;
        connectTimer = setTimeout(giveUp, Math.min(limits.connectMs, limits.answerMs));
        const connected = this.#isTls ? 'secureConnect' : 'connect';
        socket.once(connected, () => clearTimeout(connectTimer));
      });
      request.once('close', () => {
        clearTimeout(answerTimer);
        clearTimeout(connectTimer);
      });
      request.on('error', fail);
      request.once('response', (response) => {
        answer = response;
        collect(response).then(resolve, fail);
      });
      request.end(sent.body);
    });
  }
}

/**
 * An `import` of `node:http` reads each of its exports, and one of them loads all of Node's `fetch`:
 * more than half of a cold start. On AWS, where all is TLS, the module is not needed at all.
 */
function httpModule(isTls: boolean): typeof import('node:http') | typeof import('node:https') {
  return process.getBuiltinModule(isTls ? 'node:https' : 'node:http');
}

const TIMED_OUT = { name: 'TimeoutError', isTransient: true };

async function collect(response: IncomingMessage): Promise<WireAnswer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    size += chunk.byteLength;
    if (size > ANSWER_MAX_BYTES) {
      throw new AwsCallError({ name: 'AnswerTooLarge', isTransient: false });
    }
    chunks.push(chunk);
  }
  const { statusCode = 0, headers } = response;
  return { status: statusCode, headers, body: Buffer.concat(chunks) };
}

function asCallError(error: unknown): AwsCallError {
  if (error instanceof AwsCallError) return error;
  const { code, name } = error as NodeJS.ErrnoException;
  return new AwsCallError({ name: code ?? name, isTransient: true, cause: error });
}
