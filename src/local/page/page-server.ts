/**
 * The page of the embedded world: the Slack workspace, the public status page and the audit trail
 * side by side. Serves the bundled client, a live feed of everything it shows, and a same-origin
 * way to the control APIs.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import {
  ControlError,
  type FakeRequest,
  json,
  listen,
  parseJsonBody,
  type RunningServer,
  readFakeRequest,
} from '../fake-server.ts';
import type { Reply } from '../fault-board.ts';
import { SAMPLE_ALERTS } from '../samples/sample-alerts.ts';
import { LiveFeed } from './live-feed.ts';
import { bundlePage, type PageAsset } from './page-bundle.ts';
import { forward } from './page-proxy.ts';
import type { TrailView } from './read-trail.ts';

/** What the page needs to know of the world. */
export type PageOptions = {
  /** 0 picks a free port. */
  port: number;
  urls: { world: string; slack: string; statuspage: string };
  /** The root slash command, with its slash. */
  command: string;
  /** Sends a sample alert, signed, to the product. @throws {ControlError} 404 no such sample */
  fireAlert: (sample: string) => Promise<{ status: number }>;
  /** Reads the audit trail; undefined when nothing was written since the last time. */
  readTrail: () => Promise<TrailView | undefined>;
};

/** What never changes while the world runs. */
const settingsOf = ({ command }: PageOptions) => ({
  command,
  samples: SAMPLE_ALERTS.map(({ id, label, title }) => ({ id, label, title })),
});

/** Serves the page on 127.0.0.1. The client is bundled once, at the first visit. @throws EADDRINUSE */
export async function startPage(options: PageOptions): Promise<RunningServer> {
  const feed = new LiveFeed(options);
  let bundle: Promise<ReadonlyMap<string, PageAsset>> | undefined;
  const assets = () => {
    bundle ??= bundlePage();
    return bundle;
  };
  const server = createServer((request, response) => {
    void serve({ options, feed, assets }, request, response);
  });
  const running = await listen(server, options.port);
  return {
    ...running,
    close: () => {
      feed.close();
      return running.close();
    },
  };
}

type Parts = {
  options: PageOptions;
  feed: LiveFeed;
  assets: () => Promise<ReadonlyMap<string, PageAsset>>;
};

async function serve(
  parts: Parts,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  try {
    if (request.method === 'GET' && request.url === '/api/changes') {
      return parts.feed.connect(response);
    }
    const reply = await answer(parts, await readFakeRequest(request));
    response.writeHead(reply.status, { ...SAFE_HEADERS, ...reply.headers }).end(reply.body);
  } catch (error) {
    const status = error instanceof ControlError ? error.status : 500;
    const message = error instanceof Error ? error.message : String(error);
    if (status === 500) process.stderr.write(`page failed: ${message}\n`);
    if (response.headersSent) response.destroy();
    else response.writeHead(status, JSON_TYPE).end(JSON.stringify({ error: message }));
  }
}

const JSON_TYPE = { 'content-type': 'application/json' };
const SAFE_HEADERS = {
  'cache-control': 'no-store',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; " +
    "img-src 'self' data: https:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
};

async function answer(parts: Parts, request: FakeRequest): Promise<Reply> {
  refuseOtherOrigins(request);
  const { options, feed } = parts;
  const { method, path } = request;
  if (method === 'GET' && path === '/api/settings') return json(200, settingsOf(options));
  if (method === 'POST' && path === '/api/fire') {
    const { sample } = parseJsonBody(request);
    const answered = await options.fireAlert(String(sample));
    feed.look();
    return json(200, answered);
  }
  const forwarded = await forward(options.urls, request);
  if (forwarded) {
    if (method !== 'GET') feed.look();
    return forwarded;
  }
  const asset = method === 'GET' ? (await parts.assets()).get(path) : undefined;
  if (!asset) throw new ControlError(404, `cannot ${method} ${path}: no such path`);
  return { status: 200, headers: { 'content-type': asset.type }, body: asset.body };
}

/** Another site open in the same browser must not drive this world. */
function refuseOtherOrigins({ method, headers }: FakeRequest): void {
  const { origin, host } = headers;
  if (method === 'GET' || origin === undefined || origin === `http://${host}`) return;
  throw new ControlError(403, 'cannot act: expected a request from this page');
}
