import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { recordedBody } from '../domain/alerts/recorded.ts';
import { FIXTURE_SECRETS, startIngress } from '../handlers/ingress.ts';

const RELAY = join(import.meta.dirname, '../../relay/signing-relay.mjs');
const BEARER = FIXTURE_SECRETS.oncallBearer;
const OLD_BEARER = 'b'.repeat(64);
const OLD_KEY = `whsec_${Buffer.alloc(32, 9).toString('base64')}`;
const BODY = recordedBody('oncall-bearer.created');
const NO_TIME = recordedBody('standard.unacknowledge.two-secrets');
/** Long enough for a busy machine; for what must succeed. */
const PATIENT = { RELAY_DEADLINE_MS: '20000', RELAY_HOLD_MS: '25000' };
/** For what must fail: the relay gives up and holds as it does by default, only sooner. */
const HOLD_MS = 1_300;
const HASTY = { RELAY_DEADLINE_MS: '1200', RELAY_HOLD_MS: String(HOLD_MS) };

type Seen = { headers: Record<string, string | undefined>; body: Buffer };
type Line = { level: string; message: string; reason?: string; outcome?: string };

let ingress: Awaited<ReturnType<typeof startIngress>>;
let product: Server;
let folder: string;
let seen: Seen[];
/** What the product does with the next requests instead of taking them. */
let troubles: ('503' | 'silence' | 'redirect' | 'hang up' | '413' | '401')[];
let relays: ChildProcess[];

/** The real function behind a plain HTTP server, as API Gateway would call it. */
async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const body = Buffer.concat(chunks);
  const headers = request.headers as Seen['headers'];
  seen.push({ headers, body });
  const trouble = troubles.shift();
  if (trouble === 'silence') return;
  if (trouble === 'hang up') {
    request.socket.destroy();
    return;
  }
  if (trouble === 'redirect') {
    response.writeHead(307, { location: '/elsewhere' }).end();
    return;
  }
  if (trouble) {
    response.writeHead(Number(trouble)).end();
    return;
  }
  const answer = await ingress.at(Math.floor(Date.now() / 1000), {
    rawPath: request.url ?? '',
    headers,
    body: body.toString('base64'),
    isBase64Encoded: true,
    requestContext: { requestId: `gateway-${seen.length}`, http: { method: 'POST' } },
  });
  response.writeHead(answer.statusCode, answer.headers).end(answer.body);
}

/** Starts the relay as its own process. @returns where it listens, and what it logs */
async function startRelay(more: Record<string, string> = {}) {
  const { port } = product.address() as AddressInfo;
  const child = spawn(process.execPath, [RELAY], {
    env: {
      RELAY_LISTEN: '127.0.0.1:0',
      RELAY_TARGET: `http://127.0.0.1:${port}/webhooks/standard`,
      RELAY_BEARER_FILE: join(folder, 'bearer'),
      RELAY_SIGNING_SECRET_FILE: join(folder, 'signing'),
      ...PATIENT,
      ...more,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  relays.push(child);
  const lines: Line[] = [];
  const output = createInterface({ input: child.stdout });
  const listening = new Promise<number>((resolve, reject) => {
    output.on('line', (text) => {
      const line = JSON.parse(text);
      lines.push(line);
      if (line.message === 'listening') resolve(line.port);
    });
    child.once('exit', (code) => reject(new Error(`the relay ended with ${code}`)));
  });
  const url = `http://127.0.0.1:${await listening}/oncall`;
  return { child, lines, url };
}

/** What OnCall does: one POST, and its patience. */
async function deliver(
  url: string,
  of: { body?: Uint8Array; bearer?: string; patienceMs?: number } = {},
): Promise<{ status: number | 'no answer'; tookMs: number; text: string }> {
  const startedAtMs = performance.now();
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: { authorization: `Bearer ${of.bearer ?? BEARER}` },
      body: Buffer.from(of.body ?? BODY),
      signal: AbortSignal.timeout(of.patienceMs ?? 26_000),
    });
    const text = await response.text();
    return { status: response.status, tookMs: performance.now() - startedAtMs, text };
  } catch {
    return { status: 'no answer', tookMs: performance.now() - startedAtMs, text: '' };
  }
}

const ids = () => seen.map(({ headers }) => headers['webhook-id']);

beforeAll(async () => {
  ingress = await startIngress();
  product = createServer((request, response) => void serve(request, response));
  product.listen(0, '127.0.0.1');
  await once(product, 'listening');
});
afterAll(async () => {
  product.closeAllConnections();
  product.close();
  await ingress.close();
});
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'relay-'));
  writeFileSync(join(folder, 'bearer'), `${BEARER}\n`);
  writeFileSync(join(folder, 'signing'), `${FIXTURE_SECRETS.standardWebhooks}\n`);
  seen = [];
  troubles = [];
  relays = [];
  ingress.aws.board.clearCalls();
});
afterEach(async () => {
  for (const relay of relays) {
    relay.kill('SIGKILL');
    if (relay.exitCode === null && relay.signalCode === null) await once(relay, 'exit');
  }
  rmSync(folder, { recursive: true });
});

describe('the signing relay', { timeout: 90_000 }, () => {
  it('hands the unchanged bytes to the product, signed so that it takes them', async () => {
    const { url, lines } = await startRelay();
    expect(await deliver(url)).toMatchObject({ status: 200, text: '{"result":"forwarded"}' });
    expect(seen).toHaveLength(1);
    expect(seen[0]!.body.equals(BODY)).toBe(true);
    expect(seen[0]!.headers.authorization).toBeUndefined();
    expect(ingress.writes()).toEqual([['sqs:SendMessage', 1]]);
    expect(lines.map(({ message }) => message)).toEqual(['listening', 'sent']);
  });

  it.each([
    ['no token', ''],
    ['another token', 'c'.repeat(64)],
    ['the token and more', `${BEARER}0`],
    ['the token in upper case', BEARER.toUpperCase()],
  ])('refuses %s with 401, and sends nothing', async (_name, bearer) => {
    const { url } = await startRelay();
    expect((await deliver(url, { bearer })).status).toBe(401);
    expect(seen).toEqual([]);
  });

  it('refuses another path, another method and 1 MiB and a byte, and takes 1 MiB', async () => {
    const { url } = await startRelay();
    expect((await deliver(`${url}/x`)).status).toBe(404);
    expect((await fetch(url)).status).toBe(405);
    expect((await deliver(url, { body: Buffer.alloc(1_048_577, 'x') })).status).toBe(413);
    expect(seen).toEqual([]);
    expect((await deliver(url, { body: Buffer.alloc(1_048_576, 'x') })).status).toBe(200);
    const health = await fetch(url.replace('/oncall', '/health'));
    expect(await health.json()).toEqual({ result: 'ok' });
  });

  it.each(['503', 'hang up', 'redirect', '401'] as const)(
    'sends again within its time after %s, under the same id',
    async (trouble) => {
      troubles = [trouble];
      const { url } = await startRelay();
      expect((await deliver(url)).status).toBe(200);
      expect(seen.length).toBeGreaterThanOrEqual(2);
      expect(new Set(ids()).size).toBe(1);
    },
  );

  it.each(['503', 'silence', 'redirect', '401'] as const)(
    'answers nothing before the hold is over while the product answers with %s',
    async (trouble) => {
      troubles = Array(10).fill(trouble);
      const { url, lines } = await startRelay(HASTY);
      const { status, tookMs } = await deliver(url);
      expect(status).toBe(504);
      expect(tookMs).toBeGreaterThanOrEqual(HOLD_MS - 20);
      expect(lines.at(-1)).toMatchObject({
        level: 'error',
        message: 'not taken over; OnCall will send it again',
      });
    },
  );

  it('answers 413 at once where sending again cannot help', async () => {
    troubles = ['413'];
    const { url } = await startRelay();
    const { status, tookMs } = await deliver(url);
    expect(status).toBe(413);
    expect(tookMs).toBeLessThan(20_000);
    expect(seen).toHaveLength(1);
  });

  it('gives OnCall’s next attempt the same id, and so one fact, even without a time in it', async () => {
    troubles = Array(10).fill('503');
    const { url } = await startRelay(HASTY);
    // OnCall loses patience before the hold is over.
    expect((await deliver(url, { body: NO_TIME, patienceMs: 1_220 })).status).toBe('no answer');
    troubles = [];
    // As often as it takes: on a busy machine the hasty relay may give up again.
    while ((await deliver(url, { body: NO_TIME })).status !== 200);
    expect(new Set(ids()).size).toBe(1);
  });

  it('gives the same words an id of their own when they are a new fact', async () => {
    const { url } = await startRelay();
    await deliver(url, { body: NO_TIME });
    await deliver(url, { body: NO_TIME });
    expect(new Set(ids()).size).toBe(2);
    for (const id of ids()) expect(id).toMatch(/^msg_[0-9a-f]{32}$/);
  });

  it('rotates without a gap: two tokens are taken and two signatures sent, after SIGHUP', async () => {
    const { url, lines, child } = await startRelay();
    writeFileSync(join(folder, 'bearer'), `${OLD_BEARER}\n${BEARER}\n`);
    writeFileSync(join(folder, 'signing'), `${OLD_KEY}\n${FIXTURE_SECRETS.standardWebhooks}\n`);
    child.kill('SIGHUP');
    while (!lines.some(({ message }) => message === 'secrets read again')) {
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    expect((await deliver(url, { bearer: OLD_BEARER })).status).toBe(200);
    expect((await deliver(url)).status).toBe(200);
    expect(seen[0]!.headers['webhook-signature']!.split(' ')).toHaveLength(2);
  });

  it('keeps its secrets when the files are no good, and says so', async () => {
    const { url, lines, child } = await startRelay();
    writeFileSync(join(folder, 'signing'), 'not a secret\n');
    child.kill('SIGHUP');
    while (!lines.some(({ message }) => message.startsWith('secrets not read'))) {
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    expect((await deliver(url)).status).toBe(200);
    expect(lines.at(-2)?.reason).toBe(
      'cannot start: RELAY_SIGNING_SECRET_FILE: expected whsec_ and 24 to 64 bytes in base64',
    );
  });

  it('finishes what it has in hand when it is stopped', async () => {
    troubles = ['503'];
    const { url, child } = await startRelay();
    const delivering = deliver(url);
    while (seen.length === 0) await new Promise((resolve) => setTimeout(resolve, 2));
    child.kill('SIGTERM');
    expect((await delivering).status).toBe(200);
    if (child.exitCode === null) await once(child, 'exit');
    expect(child.exitCode).toBe(0);
  });

  it('logs neither token, key nor body', async () => {
    troubles = ['503', '401'];
    const { url, lines } = await startRelay();
    await deliver(url);
    await deliver(url, { bearer: 'x'.repeat(40) });
    const text = JSON.stringify(lines);
    const key = FIXTURE_SECRETS.standardWebhooks.slice('whsec_'.length);
    for (const secret of [BEARER, key, 'x'.repeat(40), 'checkout-api 5xx']) {
      expect(text).not.toContain(secret);
    }
  });

  it.each([
    ['RELAY_TARGET', { RELAY_TARGET: 'http://example.com/webhooks/standard' }],
    ['RELAY_TARGET', { RELAY_TARGET: '' }],
    ['RELAY_LISTEN', { RELAY_LISTEN: '8090' }],
    ['RELAY_BEARER_FILE', { RELAY_BEARER_FILE: '/nowhere' }],
    [
      'RELAY_DEADLINE_MS',
      { RELAY_TARGET: 'https://example.com/webhooks/standard', RELAY_DEADLINE_MS: '3501' },
    ],
    [
      'RELAY_HOLD_MS',
      { RELAY_TARGET: 'https://example.com/webhooks/standard', RELAY_HOLD_MS: '4199' },
    ],
    ['RELAY_TLS_CERT_FILE', { RELAY_TLS_KEY_FILE: '/nowhere' }],
  ])('does not start with a wrong %s', async (_name, more) => {
    await expect(startRelay(more)).rejects.toThrow('the relay ended with 1');
  });
});
