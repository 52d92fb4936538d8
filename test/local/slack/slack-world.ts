import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { LogLevel, WebClient } from '@slack/web-api';
import { type EmbeddedSlack, startSlack } from '../../../src/local/slack/slack-server.ts';
import { WorldClock } from '../../../src/local/world-clock.ts';

/** A request as the product's endpoint got it. */
export type Received = { path: string; headers: IncomingHttpHeaders; body: string };

/** The fake of Slack, a client of it, and a product that answers what a test tells it to. */
export type SlackWorld = {
  clock: WorldClock;
  slack: EmbeddedSlack;
  client: WebClient;
  received: Received[];
  /** The product's next answers; `undefined` means that it never answers. */
  answer: (request: Received) => { status: number; body: string } | undefined;
  secret: string;
  get(path: string): Promise<{ status: number; body: unknown }>;
  post(path: string, body: unknown): Promise<{ status: number; body: unknown }>;
  close(): Promise<void>;
};

export const TOKEN = 'xoxb-incident-worker';

export async function givenSlack(options: { limits?: boolean } = {}): Promise<SlackWorld> {
  const clock = new WorldClock();
  const received: Received[] = [];
  const product = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks).toString('utf8');
    const one = { path: request.url ?? '', headers: request.headers, body };
    received.push(one);
    const answer = world.answer(one);
    if (!answer) return;
    response.writeHead(answer.status, { 'content-type': 'application/json' });
    response.end(answer.body);
  });
  await new Promise<void>((resolve) => product.listen(0, '127.0.0.1', resolve));
  const base = `http://127.0.0.1:${(product.address() as AddressInfo).port}`;
  const slack = await startSlack({
    clock,
    limits: options.limits ?? false,
    tokens: { [TOKEN]: 'incident-worker', 'xoxb-slack-ingress': 'slack-ingress' },
    signingSecrets: () => world.secret,
    command: '/incident-response',
    targets: () => ({
      commands: `${base}/slack/commands`,
      interactions: `${base}/slack/interactions`,
      events: `${base}/slack/events`,
    }),
  });
  const world: SlackWorld = {
    clock,
    slack,
    client: clientOf(slack, TOKEN),
    received,
    answer: () => ({ status: 200, body: '' }),
    secret: 'signing-secret-1',
    get: (path) => call(slack.url, path),
    post: (path, body) => call(slack.url, path, body),
    close: async () => {
      await slack.close();
      await closeServer(product);
      clock.close();
    },
  };
  return world;
}

/** The real client, with its own retries off as in the product. */
export function clientOf(slack: EmbeddedSlack, token: string): WebClient {
  return new WebClient(token, {
    slackApiUrl: `${slack.url}/api/`,
    retryConfig: { retries: 0 },
    rejectRateLimitedCalls: true,
    logLevel: LogLevel.ERROR,
  });
}

/** The payload of the last interaction the product received. */
export function lastPayload(world: SlackWorld): Record<string, never> & PayloadShape {
  const body = world.received.at(-1)?.body ?? '';
  return JSON.parse(new URLSearchParams(body).get('payload') ?? '{}');
}
export type PayloadShape = {
  type: string;
  user: Record<string, unknown>;
  team: Record<string, unknown>;
  channel: { id: string; name: string };
  message: { ts: string; blocks: unknown[]; metadata?: unknown };
  container: Record<string, unknown>;
  view: { id: string; private_metadata: string; state: { values: Record<string, unknown> } };
  actions: Record<string, unknown>[];
  state: { values: Record<string, unknown> };
  trigger_id: string;
  response_url: string;
};

/** What a refused Web API call answered. */
export async function refusal(call: Promise<unknown>): Promise<Record<string, unknown>> {
  try {
    await call;
  } catch (error) {
    return (error as { data?: Record<string, unknown> }).data ?? { thrown: String(error) };
  }
  return { ok: true };
}

async function call(base: string, path: string, body?: unknown) {
  const init = body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) };
  const response = await fetch(base + path, init);
  const text = await response.text();
  let parsed: unknown = text;
  if (text.startsWith('{') || text.startsWith('[')) parsed = JSON.parse(text);
  return { status: response.status, body: parsed };
}

function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
