import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import { fromHttpResult, toHttpEvent } from '../../../src/local/functions/http-event.ts';

function eventOf(of: { url?: string; type?: string; body: Buffer }) {
  const request = new IncomingMessage(new Socket());
  request.method = 'POST';
  request.url = of.url ?? '/webhooks/grafana-oncall?a=1&b=2';
  request.httpVersion = '1.1';
  request.headers = { 'x-one': 'first', ...(of.type ? { 'content-type': of.type } : {}) };
  const at = { body: of.body, requestId: 'req-1', nowMs: 1_773_480_000_000, routeKey: 'ANY /x' };
  // biome-ignore lint/suspicious/noExplicitAny: the event is JSON of API Gateway's making.
  return toHttpEvent(request, at) as any;
}

describe('toHttpEvent()', () => {
  it('passes JSON as text, with path, query, headers and request id', () => {
    const event = eventOf({
      type: 'application/json; charset=utf-8',
      body: Buffer.from('{"ü":1}'),
    });
    expect(event).toMatchObject({
      version: '2.0',
      rawPath: '/webhooks/grafana-oncall',
      rawQueryString: 'a=1&b=2',
      headers: { 'x-one': 'first' },
      queryStringParameters: { a: '1', b: '2' },
      requestContext: {
        http: { method: 'POST', path: '/webhooks/grafana-oncall' },
        requestId: 'req-1',
        timeEpoch: 1_773_480_000_000,
      },
      body: '{"ü":1}',
      isBase64Encoded: false,
    });
  });

  it.each([
    ['a form', 'application/x-www-form-urlencoded', Buffer.from('a=1')],
    ['bytes that are not UTF-8', 'application/json', Buffer.from([0x7b, 0xff])],
    ['no content type', undefined, Buffer.from('x')],
  ])('passes %s as base64 that keeps every byte', (_what, type, body) => {
    const event = eventOf({ body, ...(type ? { type } : {}) });
    expect(event.isBase64Encoded).toBe(true);
    expect(Buffer.from(event.body, 'base64')).toEqual(body);
  });

  it('keeps a byte-order mark, which is part of what was signed', () => {
    const body = Buffer.from([0xef, 0xbb, 0xbf, 0x7b, 0x7d]);
    const event = eventOf({ type: 'application/json', body });
    expect(Buffer.from(event.body, 'utf8')).toEqual(body);
  });

  it('leaves the body out when there is none', () => {
    const event = eventOf({ type: 'application/json', body: Buffer.alloc(0) });
    expect(event).not.toHaveProperty('body');
    expect(event.isBase64Encoded).toBe(false);
  });
});

describe('fromHttpResult()', () => {
  it('reads status, headers, cookies and a base64 body', () => {
    const answer = fromHttpResult({
      statusCode: 202,
      headers: { 'x-count': 2 },
      cookies: ['a=1'],
      body: 'aGk=',
      isBase64Encoded: true,
    });
    expect(answer).toEqual({
      status: 202,
      headers: { 'x-count': '2' },
      cookies: ['a=1'],
      body: Buffer.from('hi'),
    });
  });

  it('takes an answer without statusCode as a JSON body', () => {
    expect(fromHttpResult({ ok: true })).toMatchObject({
      status: 200,
      body: Buffer.from('{"ok":true}'),
    });
  });
});
