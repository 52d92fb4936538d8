import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { AwsCallError } from '../../../src/adapters/aws/aws-call-error.ts';
import { AwsJsonClient } from '../../../src/adapters/aws/aws-json-client.ts';
import { AwsEndpoint, refusal, type WireReply } from './aws-endpoint.ts';

const SERVICE = { name: 'sqs', target: 'AmazonSQS', jsonVersion: '1.0' } as const;
const LIMITS = { connectMs: 400, answerMs: 700, budgetMs: 1_200 };

let aws: AwsEndpoint;
beforeAll(async () => {
  aws = await AwsEndpoint.start();
});
afterEach(() => aws.reset());
afterAll(() => aws.close());

const client = (limits: Partial<typeof LIMITS> = {}) =>
  new AwsJsonClient(SERVICE, aws.options, { ...LIMITS, ...limits });
const send = (limits: Partial<typeof LIMITS> = {}) => client(limits).call('Do', { a: 'ü€😀' });
/** These answers one after the other, the last one from then on. */
function answerInTurn(...replies: WireReply[]): void {
  let next = 0;
  aws.on('Do', () => replies[Math.min(next++, replies.length - 1)] as WireReply);
}

describe('AwsJsonClient', () => {
  it('call() is one signed POST with the action, the protocol and the input', async () => {
    aws.on('Do', { body: { done: true } });
    expect(await send()).toEqual({ done: true });
    expect(aws.requests).toHaveLength(1);
    expect(aws.requests[0]).toMatchObject({
      method: 'POST',
      path: '/',
      body: '{"a":"ü€😀"}',
      signature: 'right',
      headers: {
        'content-type': 'application/x-amz-json-1.0',
        'x-amz-target': 'AmazonSQS.Do',
        'content-length': '17',
        connection: 'keep-alive',
      },
    });
  });

  it('sends the session token of a role, signed', async () => {
    const credentials = { ...aws.options.credentials, sessionToken: 'token' };
    await new AwsJsonClient(SERVICE, { ...aws.options, credentials }, LIMITS).call('Do', {});
    const [request] = aws.requests;
    expect(request).toMatchObject({ signature: 'right' });
    expect(request?.headers['x-amz-security-token']).toBe('token');
    expect(request?.headers.authorization).toContain(';x-amz-security-token;');
  });

  it('calls one after the other over one connection', async () => {
    const kept = client();
    for (let call = 0; call < 5; call += 1) await kept.call('Do', {});
    expect(aws.connections).toBe(1);
  });

  it('connect() opens the connection that the first call takes', async () => {
    const early = client();
    early.connect();
    while (aws.connections === 0) await new Promise((resolve) => setTimeout(resolve, 1));
    expect(aws.requests).toEqual([]);
    await early.call('Do', {});
    await early.call('Do', {});
    expect(aws.connections).toBe(1);
  });

  it('connect() is no loss when nobody listens, or the connection is gone when it is used', async () => {
    const early = client();
    early.connect();
    while (aws.connections === 0) await new Promise((resolve) => setTimeout(resolve, 1));
    for (const socket of aws.sockets) socket.destroy();
    expect(await early.call('Do', {})).toEqual({});

    const closed = await AwsEndpoint.start();
    const { options } = closed;
    await closed.close();
    const nobody = new AwsJsonClient(SERVICE, options, LIMITS);
    nobody.connect();
    await expect(nobody.call('Do', {})).rejects.toMatchObject({ name: 'ECONNREFUSED' });
  });

  it('an empty body of success is no output', async () => {
    answerInTurn({ body: '' });
    expect(await send()).toEqual({});
  });

  it.each<[string, WireReply]>([
    ['a throttled call', refusal('ThrottlingException')],
    ['a throttled request', refusal('RequestThrottled')],
    ['too much throughput', refusal('ProvisionedThroughputExceededException')],
    ['a failure of the service', refusal('InternalFailure', 500)],
    ['no capacity', { status: 503, body: '<html>busy</html>' }],
    ['a status for too many', { status: 429, body: '' }],
    ['a page in the place of an answer', { body: '<html>portal</html>' }],
    ['a closed connection', 'drop'],
  ])('tries once more after %s', async (_name, reply) => {
    answerInTurn(reply, { body: { done: true } });
    expect(await send()).toEqual({ done: true });
    expect(aws.requests).toHaveLength(2);
    expect(aws.requests[1]?.signature).toBe('right');
  });

  it('tries twice and no more', async () => {
    answerInTurn(refusal('ServiceUnavailable', 503));
    await expect(send()).rejects.toMatchObject({
      name: 'ServiceUnavailable',
      status: 503,
      isTransient: true,
    });
    expect(aws.requests).toHaveLength(2);
  });

  it.each<[string, WireReply, string]>([
    ['a refusal', refusal('AccessDeniedException', 403), 'AccessDeniedException'],
    [
      'a refusal named in a header',
      { status: 400, headers: { 'x-amzn-errortype': 'Named:http://x/' }, body: {} },
      'Named',
    ],
    ['a refusal without a name', { status: 404, body: 'none' }, 'Http404'],
    ['a redirect', { status: 302, headers: { location: 'http://x/' }, body: '' }, 'Http302'],
  ])('does not repeat what was answered with %s', async (_name, reply, name) => {
    answerInTurn(reply);
    const refused = send();
    await expect(refused).rejects.toBeInstanceOf(AwsCallError);
    await expect(refused).rejects.toMatchObject({ name, isTransient: false });
    expect(aws.requests).toHaveLength(1);
  });

  it('an attempt that is not answered ends after its time, and the next may be', async () => {
    answerInTurn('never', { body: { done: true } });
    expect(await send({ answerMs: 60 })).toEqual({ done: true });
    expect(aws.requests).toHaveLength(2);
  });

  it('an answer that came while the process was busy counts, however late it is read', async () => {
    const call = send({ answerMs: 80, budgetMs: 100 });
    while (aws.requests.length === 0) await new Promise((resolve) => setTimeout(resolve, 1));
    // The endpoint has answered by now, or does so in the same turn in which the timer is due.
    await new Promise((resolve) => setImmediate(resolve));
    const busyUntilMs = performance.now() + 120;
    while (performance.now() < busyUntilMs);
    expect(await call).toEqual({});
    expect(aws.requests).toHaveLength(1);
  });

  it('throws TimeoutError within the budget when nothing answers', async () => {
    answerInTurn('never');
    const startedMs = performance.now();
    await expect(send({ answerMs: 100, budgetMs: 150 })).rejects.toMatchObject({
      name: 'TimeoutError',
      status: undefined,
    });
    expect(performance.now() - startedMs).toBeLessThan(1_000);
    expect(aws.requests.length).toBeLessThanOrEqual(2);
  });

  it('throws TimeoutError for an answer whose end never comes', async () => {
    aws.on('Do', { headers: { 'content-length': '1000' }, body: '{"a":' });
    await expect(send({ answerMs: 60, budgetMs: 100 })).rejects.toMatchObject({
      name: 'TimeoutError',
    });
  });

  it('throws AnswerTooLarge above 2 MiB', async () => {
    answerInTurn({ body: JSON.stringify({ a: 'x'.repeat(2 * 1024 * 1024) }) });
    await expect(send()).rejects.toMatchObject({ name: 'AnswerTooLarge', isTransient: false });
  });

  it("throws Node's code when nobody listens, and repeats nothing of the request", async () => {
    const closed = await AwsEndpoint.start();
    const { options } = closed;
    await closed.close();
    const refused = new AwsJsonClient(SERVICE, options, LIMITS).call('Do', { a: 'private' });
    await expect(refused).rejects.toMatchObject({ name: 'ECONNREFUSED', isTransient: true });
    await expect(refused).rejects.toThrow('cannot call AWS: expected an answer, got ECONNREFUSED');
  });

  it('a connection that was closed while the function slept costs no call', async () => {
    const kept = client();
    await kept.call('Do', {});
    for (const socket of aws.sockets) socket.destroy();
    expect(await kept.call('Do', {})).toEqual({});
  });
});
