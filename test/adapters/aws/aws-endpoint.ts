import { createHash, createHmac } from 'node:crypto';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';

/** One request as it came in. */
export type WireRequest = {
  method: string;
  path: string;
  headers: IncomingHttpHeaders;
  body: string;
  /** What stands behind the dot of `X-Amz-Target`. */
  action: string;
  input: Record<string, unknown>;
  signature: 'right' | 'wrong';
};

/** What to answer; `drop` closes the connection, `never` leaves it open. */
export type WireReply =
  | { status?: number; headers?: Record<string, string>; body: unknown }
  | 'drop'
  | 'never';
type Responder = (request: WireRequest) => WireReply | Promise<WireReply>;

export const REGION = 'us-east-1';
export const CREDENTIALS = { accessKeyId: 'AKIDTEST', secretAccessKey: 'not-a-secret' };

/** A refusal in the shape that AWS's JSON protocols give it. */
export function refusal(name: string, status = 400): WireReply {
  return { status, body: { __type: `com.amazonaws.test#${name}`, message: 'vendor text' } };
}

/** An endpoint on loopback that keeps every request and checks its signature. */
export class AwsEndpoint {
  readonly requests: WireRequest[] = [];
  readonly sockets = new Set<Socket>();
  connections = 0;
  #responders = new Map<string, Responder>();
  readonly #server: Server;

  private constructor() {
    this.#server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk) => chunks.push(chunk));
      request.on('end', async () => {
        const wire = toWireRequest(request, Buffer.concat(chunks));
        this.requests.push(wire);
        const reply = await this.#answer(wire);
        if (reply === 'never') return;
        if (reply === 'drop') return void request.socket.destroy();
        const { status = 200, headers, body } = reply;
        response.writeHead(status, { 'content-type': 'application/x-amz-json-1.0', ...headers });
        response.end(typeof body === 'string' ? body : JSON.stringify(body));
      });
    });
    this.#server.on('connection', (socket) => {
      this.connections += 1;
      this.sockets.add(socket);
      socket.once('close', () => this.sockets.delete(socket));
    });
  }

  static async start(): Promise<AwsEndpoint> {
    const endpoint = new AwsEndpoint();
    await new Promise<void>((resolve) => endpoint.#server.listen(0, '127.0.0.1', resolve));
    return endpoint;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  get options() {
    return { region: REGION, endpoint: this.url, credentials: CREDENTIALS };
  }

  /** What a function's environment says of AWS. */
  get environment(): Record<string, string> {
    return {
      AWS_REGION: REGION,
      AWS_ENDPOINT_URL: this.url,
      AWS_ACCESS_KEY_ID: CREDENTIALS.accessKeyId,
      AWS_SECRET_ACCESS_KEY: CREDENTIALS.secretAccessKey,
    };
  }

  /** Answers one action from now on; `SendMessage` is taken and the rest is `{}` without it. */
  on(action: string, respond: Responder | WireReply): void {
    this.#responders.set(action, typeof respond === 'function' ? respond : () => respond);
  }

  inputs(action: string): Record<string, unknown>[] {
    return this.requests.filter((request) => request.action === action).map(({ input }) => input);
  }

  reset(): void {
    this.requests.length = 0;
    this.connections = 0;
    this.#responders.clear();
  }

  async close(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #answer(wire: WireRequest): Promise<WireReply> {
    const respond = this.#responders.get(wire.action);
    if (respond) return respond(wire);
    return wire.action === 'SendMessage' ? taken(wire) : { body: {} };
  }
}

/** What SQS answers to a message that it keeps. */
export function taken({ input }: WireRequest): WireReply {
  const MD5OfMessageBody = createHash('md5').update(String(input.MessageBody)).digest('hex');
  return { body: { MessageId: 'm1', MD5OfMessageBody, SequenceNumber: '1' } };
}

function toWireRequest(
  request: { method?: string | undefined; url?: string | undefined; headers: IncomingHttpHeaders },
  bytes: Buffer,
): WireRequest {
  const { method = '', url = '', headers } = request;
  const body = bytes.toString('utf8');
  return {
    method,
    path: url,
    headers,
    body,
    action: String(headers['x-amz-target'] ?? '').replace(/^.*\./, ''),
    input: JSON.parse(body || '{}'),
    signature: signatureOf(method, url, headers, bytes) === given(headers) ? 'right' : 'wrong',
  };
}

function given(headers: IncomingHttpHeaders): string | undefined {
  return /Signature=([0-9a-f]{64})$/.exec(headers.authorization ?? '')?.[1];
}

/**
 * The signature that AWS would compute of what arrived, written from its description alone.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 */
function signatureOf(
  method: string,
  path: string,
  headers: IncomingHttpHeaders,
  body: Buffer,
): string | undefined {
  const found = /Credential=[^/]+\/(\S+), SignedHeaders=(\S+),/.exec(headers.authorization ?? '');
  if (!found?.[1] || !found[2]) return undefined;
  const [date = '', region = '', service = ''] = found[1].split('/');
  const canonicalHeaders = found[2].split(';').map((name) => `${name}:${headers[name]}\n`);
  const hex = (data: string | Buffer) => createHash('sha256').update(data).digest('hex');
  const request = [method, path, '', canonicalHeaders.join(''), found[2], hex(body)].join('\n');
  const toSign = ['AWS4-HMAC-SHA256', headers['x-amz-date'], found[1], hex(request)].join('\n');
  const hmac = (key: string | Buffer, data: string) =>
    createHmac('sha256', key).update(data).digest();
  const secret = `AWS4${CREDENTIALS.secretAccessKey}`;
  const key = [date, region, service, 'aws4_request'].reduce<string | Buffer>(hmac, secret);
  return hmac(key as Buffer, toSign).toString('hex');
}
