import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { sendOnce } from '../../../src/adapters/http/send-once.ts';

let server: Server;
let url: string;
let seen: { method: string; body: string; headers: Record<string, unknown> }[];
let answer: (response: ServerResponse) => void;

beforeEach(async () => {
  seen = [];
  server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk) => {
      body += chunk;
    });
    request.on('end', () => {
      seen.push({ method: request.method ?? '', body, headers: request.headers });
      answer(response);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/page`;
});
afterEach(() => {
  server.closeAllConnections();
  server.close();
});

const post = (of: { timeoutMs?: number; url?: string } = {}) =>
  sendOnce({ url, method: 'POST', headers: { 'x-a': 'b' }, body: '{}', timeoutMs: 2_000, ...of });

describe('sendOnce()', () => {
  it('sends one request and gives status, text and the wait that was asked for', async () => {
    answer = (response) => response.writeHead(429, { 'retry-after': '7' }).end('slow down');
    expect(await post()).toEqual({
      kind: 'answer',
      status: 429,
      text: 'slow down',
      retryAfterS: 7,
    });
    expect(seen).toHaveLength(1);
    expect(seen[0]).toMatchObject({ method: 'POST', body: '{}' });
    expect(seen[0]?.headers).toMatchObject({ 'x-a': 'b', connection: 'close' });
  });

  it('follows no redirect and repeats nothing after a 5xx', async () => {
    answer = (response) => response.writeHead(302, { location: url }).end();
    expect(await post()).toEqual({ kind: 'answer', status: 302, text: '' });
    answer = (response) => response.writeHead(503).end();
    expect(await post()).toMatchObject({ kind: 'answer', status: 503 });
    expect(seen).toHaveLength(2);
  });

  it('sends no body when there is none', async () => {
    answer = (response) => response.end('ok');
    await sendOnce({ url, method: 'GET', headers: {}, timeoutMs: 2_000 });
    expect(seen[0]).toMatchObject({ method: 'GET', body: '' });
  });

  it('says “no answer” when the connection was cut after the request, and sends it once', async () => {
    answer = (response) => response.destroy();
    expect(await post()).toMatchObject({ kind: 'no_answer' });
    expect(seen).toHaveLength(1);
  });

  it('says “no answer” when the answer is cut in the middle', async () => {
    answer = (response) => {
      response.writeHead(200, { 'content-length': '100' });
      response.write('half');
      setImmediate(() => response.destroy());
    };
    expect(await post()).toMatchObject({ kind: 'no_answer' });
  });

  it('says “no answer” when the time is up', async () => {
    answer = () => {};
    expect(await post({ timeoutMs: 30 })).toEqual({ kind: 'no_answer', reason: 'TimeoutError' });
  });

  it('says “not sent” when no connection was ever made', async () => {
    await new Promise((resolve) => server.close(resolve));
    expect(await post()).toEqual({ kind: 'not_sent', reason: 'ECONNREFUSED' });
  });
});
