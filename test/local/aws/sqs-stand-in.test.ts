import {
  ChangeMessageVisibilityCommand,
  CreateQueueCommand,
  DeleteMessageBatchCommand,
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  ListDeadLetterSourceQueuesCommand,
  ListQueuesCommand,
  type Message,
  PurgeQueueCommand,
  ReceiveMessageCommand,
  type ReceiveMessageCommandInput,
  SendMessageBatchCommand,
  SendMessageCommand,
  type SendMessageCommandInput,
  SQSClient,
  StartMessageMoveTaskCommand,
} from '@aws-sdk/client-sqs';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { useAws } from './aws-fixture.ts';

describe('SQS standard queues', () => {
  const world = useAws();
  let client: SQSClient;
  let QueueUrl: string;
  let dlqUrl: string;

  beforeEach(() => {
    client = new SQSClient(world.config());
    const dlq = world.aws.sqs.createQueue('work-dlq');
    dlqUrl = dlq.url;
    QueueUrl = world.aws.sqs.createQueue('work', {
      VisibilityTimeout: '35',
      RedrivePolicy: JSON.stringify({ deadLetterTargetArn: dlq.arn, maxReceiveCount: 2 }),
    }).url;
  });

  const send = (MessageBody: string, more: Partial<SendMessageCommandInput> = {}) =>
    client.send(new SendMessageCommand({ QueueUrl, MessageBody, ...more }));
  const receive = async (more: Partial<ReceiveMessageCommandInput> = {}): Promise<Message[]> => {
    const all = { MaxNumberOfMessages: 10, MessageSystemAttributeNames: ['All' as const] };
    const input = { QueueUrl, ...all, MessageAttributeNames: ['All'], ...more };
    return (await client.send(new ReceiveMessageCommand(input))).Messages ?? [];
  };
  const remove = (ReceiptHandle: string | undefined) =>
    client.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }));

  const callsReach = (count: number) =>
    vi.waitFor(() => expect(world.aws.board.calls().calls).toHaveLength(count), { interval: 1 });

  it('a message is received with its attributes, hidden, and gone once deleted', async () => {
    await send('héllo', {
      MessageAttributes: {
        text: { DataType: 'String', StringValue: 'ü' },
        count: { DataType: 'Number', StringValue: '7' },
        bytes: { DataType: 'Binary', BinaryValue: Uint8Array.of(1, 2) },
      },
    });
    const [message] = await receive();
    expect(message).toMatchObject({
      Body: 'héllo',
      Attributes: { ApproximateReceiveCount: '1' },
      MessageAttributes: { bytes: { BinaryValue: Uint8Array.of(1, 2) } },
    });
    expect(await receive()).toEqual([]);
    await remove(message?.ReceiptHandle);
    world.clock.advance(60_000);
    expect(await receive()).toEqual([]);
  });

  it('MD5OfMessageAttributes is the published one', async () => {
    // The vector that moto's tests/test_sqs/test_sqs.py pins.
    const { MD5OfMessageAttributes } = await send('derp', {
      MessageAttributes: { timestamp: { DataType: 'Number', StringValue: '1493147359900' } },
    });
    expect(MD5OfMessageAttributes).toBe('235c5c510d26fb653d073faed50ae77c');
  });

  it('a message returns at its visibility time-out in the world, not before', async () => {
    await send('x');
    const [first] = await receive();
    world.clock.advance(34_000);
    expect(await receive()).toEqual([]);
    world.clock.advance(1_000);
    const [second] = await receive();
    expect(second?.Attributes?.ApproximateReceiveCount).toBe('2');
    expect(second?.MessageId).toBe(first?.MessageId);
    expect(second?.Attributes?.ApproximateFirstReceiveTimestamp).toBe(
      first?.Attributes?.ApproximateFirstReceiveTimestamp,
    );
  });

  it('ChangeMessageVisibility 0 gives the message back; again is MessageNotInflight', async () => {
    await send('x');
    const [message] = await receive();
    const ReceiptHandle = message?.ReceiptHandle;
    const change = () =>
      client.send(
        new ChangeMessageVisibilityCommand({ QueueUrl, ReceiptHandle, VisibilityTimeout: 0 }),
      );
    await change();
    await expect(change()).rejects.toMatchObject({ name: 'MessageNotInflight' });
    expect(await receive()).toHaveLength(1);
  });

  it('a message received maxReceiveCount times goes to the DLQ, and back', async () => {
    await send('poison');
    for (let time = 0; time < 2; time += 1) {
      expect(await receive()).toHaveLength(1);
      world.clock.advance(35_000);
    }
    expect(await receive()).toEqual([]);
    const sources = new ListDeadLetterSourceQueuesCommand({ QueueUrl: dlqUrl });
    expect((await client.send(sources)).queueUrls).toEqual([QueueUrl]);
    const move = { SourceArn: world.aws.sqs.queue('work-dlq').arn };
    await client.send(new StartMessageMoveTaskCommand(move));
    const [message] = await receive();
    expect(message).toMatchObject({ Body: 'poison', Attributes: { ApproximateReceiveCount: '1' } });
  });

  it('a long poll wakes on send, and answers nothing when its time is over', async () => {
    const waiting = receive({ WaitTimeSeconds: 20 });
    await callsReach(1);
    world.aws.sqs.queue('work').send({ body: 'late' });
    expect((await waiting).map(({ Body }) => Body)).toEqual(['late']);
    const empty = receive({ WaitTimeSeconds: 20 });
    await callsReach(2);
    world.clock.advance(20_000);
    expect(await empty).toEqual([]);
  });

  it('a long poll whose client went away takes no message', async () => {
    const gone = new AbortController();
    const input = { QueueUrl, WaitTimeSeconds: 20 };
    const waiting = client.send(new ReceiveMessageCommand(input), { abortSignal: gone.signal });
    await callsReach(1);
    gone.abort();
    await expect(waiting).rejects.toMatchObject({ name: 'AbortError' });
    await new Promise((resolve) => setTimeout(resolve, 20));
    await send('x');
    expect(await receive()).toHaveLength(1);
  });

  it('DelaySeconds hides a message until then', async () => {
    await send('later', { DelaySeconds: 5 });
    world.clock.advance(4_000);
    expect(await receive()).toEqual([]);
    world.clock.advance(1_000);
    expect(await receive()).toHaveLength(1);
  });

  it('1 MiB is accepted, one byte more is InvalidParameterValue', async () => {
    await send('x'.repeat(1_048_576));
    await expect(send('x'.repeat(1_048_577))).rejects.toMatchObject({
      name: 'InvalidParameterValue',
    });
  });

  it('a batch of 10 is accepted and of 11 is refused; a bad entry fails alone', async () => {
    const entries = (count: number) =>
      Array.from({ length: count }, (_, i) => ({ Id: `e${i}`, MessageBody: `b${i}` }));
    const batch = (Entries: { Id: string; MessageBody: string }[]) =>
      client.send(new SendMessageBatchCommand({ QueueUrl, Entries }));
    await batch(entries(10));
    await expect(batch(entries(11))).rejects.toMatchObject({
      name: 'TooManyEntriesInBatchRequest',
    });
    const mixed = await batch([...entries(1), { Id: 'bad', MessageBody: '\u0000' }]);
    expect(mixed.Successful?.map(({ Id }) => Id)).toEqual(['e0']);
    expect(mixed.Failed).toMatchObject([{ Id: 'bad', Code: 'InvalidMessageContents' }]);
    const received = await receive();
    const Entries = received.map(({ ReceiptHandle }, i) => ({ Id: `d${i}`, ReceiptHandle }));
    await client.send(new DeleteMessageBatchCommand({ QueueUrl, Entries }));
    expect(world.aws.sqs.pending().work?.visible).toBe(1);
  });

  it('PurgeQueue empties, attributes count, and retention of 4 days drops', async () => {
    await send('a');
    await send('b');
    await receive({ MaxNumberOfMessages: 1 });
    const names = { QueueUrl, AttributeNames: ['All' as const] };
    const attributes = async () =>
      (await client.send(new GetQueueAttributesCommand(names))).Attributes ?? {};
    expect(await attributes()).toMatchObject({
      ApproximateNumberOfMessages: '1',
      ApproximateNumberOfMessagesNotVisible: '1',
      VisibilityTimeout: '35',
      QueueArn: 'arn:aws:sqs:us-east-1:000000000000:work',
    });
    await client.send(new PurgeQueueCommand({ QueueUrl }));
    expect((await attributes()).ApproximateNumberOfMessages).toBe('0');
    await send('old');
    world.clock.advance(345_600_000);
    expect((await attributes()).ApproximateNumberOfMessages).toBe('0');
  });

  it('queues are created, listed, found; a missing one is QueueDoesNotExist', async () => {
    await client.send(new CreateQueueCommand({ QueueName: 'made' }));
    const found = await client.send(new GetQueueUrlCommand({ QueueName: 'made' }));
    expect(found.QueueUrl).toBe(`${world.aws.url}/000000000000/made`);
    const { QueueUrls } = await client.send(new ListQueuesCommand({ QueueNamePrefix: 'work' }));
    expect(QueueUrls).toEqual([dlqUrl, QueueUrl]);
    await expect(client.send(new GetQueueUrlCommand({ QueueName: 'none' }))).rejects.toMatchObject({
      name: 'QueueDoesNotExist',
    });
  });

  it('the log holds size and digest of a body, not the body', async () => {
    await send('customer text');
    const { calls } = world.aws.board.calls();
    expect(calls[0]).toMatchObject({
      operation: 'sqs:SendMessage',
      caller: 'external',
      args: { queue: 'work', bodyBytes: 13 },
    });
    expect(JSON.stringify(calls)).not.toContain('customer text');
  });
});
