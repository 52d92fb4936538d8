import { connect } from 'node:net';
import { DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { ReceiveMessageCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { beforeEach, describe, expect, it } from 'vitest';
import { startAws } from '../../../src/local/aws/aws-server.ts';
import { WorldClock } from '../../../src/local/world-clock.ts';
import { useAws } from './aws-fixture.ts';

type Board = { faults: unknown[]; calls: unknown[]; counts: Record<string, number> };

describe('the AWS endpoint', () => {
  const world = useAws();
  let sqs: SQSClient;
  let QueueUrl: string;

  beforeEach(() => {
    sqs = new SQSClient(world.config('incident-worker'));
    QueueUrl = world.aws.sqs.createQueue('work').url;
  });

  const send = (client = sqs) =>
    client.send(new SendMessageCommand({ QueueUrl, MessageBody: 'x' }));
  const stored = () => world.aws.sqs.queue('work').counts().visible;
  const control = async (method: string, path: string, body?: unknown) => {
    const init = body === undefined ? { method } : { method, body: JSON.stringify(body) };
    const response = await fetch(`${world.aws.url}${path}`, init);
    return { status: response.status, body: (await response.json()) as Board };
  };

  it('a fault hits its nth matching call, as often as times says', async () => {
    world.aws.board.plan({ match: 'sqs:SendMessage', nth: 2, times: 2, status: 503 });
    await send();
    for (let time = 0; time < 2; time += 1) {
      await expect(send()).rejects.toMatchObject({ $metadata: { httpStatusCode: 503 } });
    }
    await send();
    expect(stored()).toBe(2);
    expect(world.aws.board.faults()).toMatchObject([{ nth: 2, times: 2, hits: 2 }]);
  });

  it('a fault for one caller leaves the others alone', async () => {
    const error = 'ThrottlingException';
    world.aws.board.plan({ match: '*', caller: 'publisher', times: 0, error });
    await send();
    const publisher = new SQSClient(world.config('publisher'));
    await expect(send(publisher)).rejects.toMatchObject({ name: error });
    await send(new SQSClient(world.config()));
  });

  it('effect done with an error: the message is sent though the client hears 500', async () => {
    const error = 'InternalServerError';
    world.aws.board.plan({ match: 'sqs:SendMessage', error, effect: 'done' });
    await expect(send()).rejects.toMatchObject({ $metadata: { httpStatusCode: 500 } });
    expect(stored()).toBe(1);
  });

  it('drop after the effect closes the connection and the message is sent', async () => {
    world.aws.board.plan({ match: 'sqs:SendMessage', answer: 'drop' });
    await expect(send()).rejects.toThrow();
    expect(stored()).toBe(1);
    await send();
  });

  it('drop with effect none sends nothing', async () => {
    world.aws.board.plan({ match: 'sqs:SendMessage', answer: 'drop', effect: 'none' });
    await expect(send()).rejects.toThrow();
    expect(stored()).toBe(0);
  });

  it('never holds the answer until the client gives up', async () => {
    world.aws.board.plan({ match: 'sqs:SendMessage', answer: 'never' });
    const abortSignal = AbortSignal.timeout(30);
    const held = sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: 'x' }), { abortSignal });
    await expect(held).rejects.toThrow();
    await send();
  });

  it('delayMs waits on the clock of the world', async () => {
    world.aws.board.plan({ match: 'sqs:SendMessage', delayMs: 60_000 });
    const delayed = send();
    await expect.poll(() => world.aws.board.calls().calls.length, { interval: 1 }).toBe(1);
    expect(stored()).toBe(0);
    world.clock.advance(60_000);
    await delayed;
    expect(stored()).toBe(1);
  });

  it.each([
    ['before', 0],
    ['after', 1],
  ])('kill %s ends the caller with %i messages sent', async (kill, sent) => {
    world.aws.board.plan({ match: 'sqs:SendMessage', kill });
    await expect(send()).rejects.toThrow();
    expect(world.killed).toEqual(['incident-worker']);
    expect(stored()).toBe(sent);
  });

  it('an SDK with retries gets past one planned 500', async () => {
    const retrying = new SQSClient({ ...world.config(), maxAttempts: 3 });
    world.aws.board.plan({ match: 'sqs:SendMessage', status: 500 });
    await send(retrying);
    expect(world.aws.board.calls().counts['sqs:SendMessage']).toBe(2);
  });

  it('the control API plans, shows and deletes faults and calls on the same port', async () => {
    const fault = { match: 'sqs:SendMessage', status: 500 };
    expect(await control('POST', '/_world/faults', fault)).toMatchObject({ status: 200 });
    await expect(send()).rejects.toThrow();
    expect((await control('GET', '/_world/faults')).body.faults).toMatchObject([{ hits: 1 }]);
    const { body } = await control('GET', '/_world/calls');
    expect(body.counts).toEqual({ 'sqs:SendMessage': 1 });
    expect(body.calls[0]).toMatchObject({
      operation: 'sqs:SendMessage',
      caller: 'incident-worker',
      status: 500,
      faulted: true,
    });
    await control('DELETE', '/_world/faults');
    await control('DELETE', '/_world/calls');
    expect(world.aws.board.faults()).toEqual([]);
    expect(world.aws.board.calls().calls).toEqual([]);
  });

  it('an unknown fault field is 400, an unknown control path 404', async () => {
    const bad = await control('POST', '/_world/faults', { match: '*', oops: 1 });
    expect(bad.status).toBe(400);
    expect((await control('GET', '/_world/none')).status).toBe(404);
  });

  it('an unknown service is UnknownOperationException', async () => {
    const response = await fetch(world.aws.url, {
      method: 'POST',
      headers: { 'x-amz-target': 'AWSEvents.PutEvents' },
      body: '{}',
    });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ __type: 'UnknownOperationException' });
  });

  it.each([
    ['AmazonSQS.SendMessageBatch', '{"QueueUrl":"work","Entries":5}'],
    ['AmazonSQS.SendMessage', 'no JSON'],
    ['DynamoDB_20120810.BatchWriteItem', '{"RequestItems":7}'],
    ['DynamoDB_20120810.PutItem', '{"TableName":"none","Item":5}'],
  ])('%s with the body %s is answered 400', async (target, body) => {
    const headers = { 'x-amz-target': target };
    const response = await fetch(world.aws.url, { method: 'POST', headers, body });
    expect(response.status).toBe(400);
  });

  it('a path that cannot be decoded is answered 400', async () => {
    expect((await fetch(`${world.aws.url}/%zz`)).status).toBe(400);
  });

  it('authorize() stands in for IAM', async () => {
    const clock = new WorldClock();
    const aws = await startAws({
      clock,
      callers: {},
      authorize: ({ operation }) => operation !== 'dynamodb:PutItem',
    });
    const dynamodb = new DynamoDBClient({ ...world.config(), endpoint: aws.url });
    const put = new PutItemCommand({ TableName: 'audit', Item: { pk: { S: 'x' } } });
    await expect(dynamodb.send(put)).rejects.toMatchObject({ name: 'AccessDeniedException' });
    clock.close();
    await aws.close();
  });

  it('close() ends long polls and held connections at once', async () => {
    const receive = new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 20 });
    const polling = sqs.send(receive).catch((error: unknown) => error);
    const silent = connect(Number(new URL(world.aws.url).port), '127.0.0.1');
    const closed = new Promise((resolve) => silent.once('close', resolve));
    await expect.poll(() => world.aws.board.calls().calls.length, { interval: 1 }).toBe(1);
    await world.aws.close();
    expect(await polling).toBeInstanceOf(Error);
    await closed;
  });

  it('starts in under 100 ms and serves 200 calls in parallel', async () => {
    const startedMs = performance.now();
    const aws = await startAws({ clock: world.clock, callers: {} });
    expect(performance.now() - startedMs).toBeLessThan(100);
    await aws.close();
    world.aws.secrets.createSecret('s', 'v');
    const client = new SecretsManagerClient(world.config());
    const reads = Array.from({ length: 200 }, () =>
      client.send(new GetSecretValueCommand({ SecretId: 's' })),
    );
    expect(await Promise.all(reads)).toHaveLength(200);
  });
});
