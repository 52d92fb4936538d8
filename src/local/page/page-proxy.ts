import type { FakeRequest } from '../fake-server.ts';
import type { Reply } from '../fault-board.ts';

/** What of each server the page may reach. Never a vendor API that needs a key. */
const ALLOWED = {
  slack:
    /^\/_world\/(users|channels|ephemerals|views|files\/\w+|command|click|submit|close|message|join|leave)\b/,
  statuspage: /^\/(_world\/(incidents|requests|edit)|api\/v2\/[a-z/]+\.json)$/,
  world: /^\/_world\/(functions|clock|idle)$/,
} as const;

/**
 * Passes `/slack/…`, `/statuspage/…` and `/world/…` on to the control APIs.
 *
 * @returns undefined when the path is none of these
 */
export async function forward(
  urls: Readonly<Record<keyof typeof ALLOWED, string>>,
  request: FakeRequest,
): Promise<Reply | undefined> {
  const [, name, path] = /^\/(slack|statuspage|world)(\/.*)$/.exec(request.path) ?? [];
  if (path === undefined) return undefined;
  const target = name as keyof typeof ALLOWED;
  if (!ALLOWED[target].test(path)) return undefined;
  const query = request.query.size > 0 ? `?${request.query}` : '';
  const response = await fetch(`${urls[target]}${path}${query}`, {
    method: request.method,
    ...(request.body.length > 0 ? { body: new Uint8Array(request.body) } : {}),
  });
  return {
    status: response.status,
    headers: { 'content-type': response.headers.get('content-type') ?? 'application/json' },
    body: Buffer.from(await response.arrayBuffer()),
  };
}
