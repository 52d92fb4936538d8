import {
  ChangeMessageVisibilityCommand,
  DeleteMessageCommand,
  type Message,
  ReceiveMessageCommand,
  SendMessageCommand,
  type SendMessageCommandInput,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { beforeEach, describe, expect, it } from 'vitest';
import { useAws } from './aws-fixture.ts';

describe('SQS FIFO queues', () => {
  const world = useAws();
  let client: SQSClient;
  let QueueUrl: string;

  beforeEach(() => {
    client = new SQSClient(world.config('incident-worker'));
    const dlq = world.aws.sqs.createQueue('incidents-dlq.fifo', { FifoQueue: 'true' });
    QueueUrl = world.aws.sqs.createQueue('incidents.fifo', {
      FifoQueue: 'true',
      ContentBasedDeduplication: 'true',
      VisibilityTimeout: '35',
      RedrivePolicy: JSON.stringify({ deadLetterTargetArn: dlq.arn, maxReceiveCount: '2' }),
    }).url;
  });

  const send = (
    MessageBody: string,
    MessageGroupId: string | undefined = 'g',
    more: Partial<SendMessageCommandInput> = {},
  ) => client.send(new SendMessageCommand({ QueueUrl, MessageBody, MessageGroupId, ...more }));
  const receive = async (MaxNumberOfMessages = 10): Promise<Message[]> => {
    const input = { QueueUrl, MaxNumberOfMessages, MessageSystemAttributeNames: ['All' as const] };
    return (await client.send(new ReceiveMessageCommand(input))).Messages ?? [];
  };
  const bodies = async (max = 10) => (await receive(max)).map(({ Body }) => Body);
  const remove = (ReceiptHandle: string | undefined) =>
    client.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }));
  const show = (ReceiptHandle: string | undefined, VisibilityTimeout: number) =>
    client.send(new ChangeMessageVisibilityCommand({ QueueUrl, ReceiptHandle, VisibilityTimeout }));

  it('one receive hands out several messages of one group, in order', async () => {
    for (const body of ['1', '2', '3']) await send(body);
    const messages = await receive();
    expect(messages.map(({ Body }) => Body)).toEqual(['1', '2', '3']);
    expect(messages[0]?.Attributes).toMatchObject({
      MessageGroupId: 'g',
      MessageDeduplicationId: '6b86b273ff34fce19d6b804eff5a3f5747ada4eaa22f1d49c01e52ddb7875b4b',
      ApproximateReceiveCount: '1',
    });
    const numbers = messages.map(({ Attributes }) => BigInt(Attributes?.SequenceNumber ?? 0));
    expect(numbers).toEqual([...numbers].sort((a, b) => (a < b ? -1 : 1)));
  });

  it('a group is locked while one of its messages is in flight; other groups are not', async () => {
    await send('a1', 'a');
    await send('a2', 'a');
    await send('b1', 'b');
    const [a1] = await receive(1);
    expect(await bodies()).toEqual(['b1']);
    await remove(a1?.ReceiptHandle);
    expect(await bodies()).toEqual(['a2']);
  });

  it('a message given back keeps its place before the next of its group', async () => {
    await send('1');
    await send('2');
    const [first] = await receive(1);
    await show(first?.ReceiptHandle, 4);
    expect(await bodies()).toEqual([]);
    world.clock.advance(4_000);
    expect(await bodies()).toEqual(['1', '2']);
  });

  it('a group stays locked while any of a received batch is in flight', async () => {
    await send('1');
    await send('2');
    const [first] = await receive();
    await show(first?.ReceiptHandle, 0);
    expect(await bodies()).toEqual([]);
    world.clock.advance(35_000);
    expect(await bodies()).toEqual(['1', '2']);
  });

  it('content-based deduplication holds 5 minutes of the world, after delete too', async () => {
    const first = await send('same');
    const [message] = await receive();
    await remove(message?.ReceiptHandle);
    world.clock.advance(299_000);
    const repeat = await send('same', 'g');
    expect(repeat.MessageId).toBe(first.MessageId);
    expect(repeat.SequenceNumber).toBe(first.SequenceNumber);
    expect(await receive()).toEqual([]);
    world.clock.advance(1_000);
    await send('same');
    expect(await bodies()).toEqual(['same']);
  });

  it('an explicit id wins over the body', async () => {
    await send('one', 'g', { MessageDeduplicationId: 'id' });
    await send('two', 'g', { MessageDeduplicationId: 'id' });
    await send('one', 'g', { MessageDeduplicationId: 'other' });
    expect(await bodies()).toEqual(['one', 'one']);
  });

  it('deduplication spans the queue, or one group where the scope says so', async () => {
    await send('x', 'a');
    await send('x', 'b');
    expect(await bodies()).toEqual(['x']);
    QueueUrl = world.aws.sqs.createQueue('fast.fifo', {
      FifoQueue: 'true',
      ContentBasedDeduplication: 'true',
      DeduplicationScope: 'messageGroup',
      FifoThroughputLimit: 'perMessageGroupId',
    }).url;
    await send('x', 'a');
    await send('x', 'b');
    expect(await bodies()).toEqual(['x', 'x']);
  });

  it('redrive moves a message after maxReceiveCount and hands out the next', async () => {
    await send('poison');
    await send('next');
    for (let time = 0; time < 2; time += 1) {
      const [message] = await receive(1);
      expect(message?.Body).toBe('poison');
      await show(message?.ReceiptHandle, 0);
    }
    expect(await bodies()).toEqual(['next']);
    const [dead] = world.aws.sqs.queue('incidents-dlq.fifo').peek();
    expect(dead).toMatchObject({
      body: 'poison',
      groupId: 'g',
      deadLetterSourceArn: 'arn:aws:sqs:us-east-1:000000000000:incidents.fifo',
    });
  });

  it('an expired receipt handle is refused for delete and for visibility', async () => {
    await send('x');
    const [message] = await receive();
    world.clock.advance(35_000);
    const refused = { name: 'InvalidParameterValue' };
    await expect(remove(message?.ReceiptHandle)).rejects.toMatchObject(refused);
    await expect(show(message?.ReceiptHandle, 0)).rejects.toMatchObject(refused);
    const [again] = await receive();
    await expect(remove(message?.ReceiptHandle)).rejects.toMatchObject(refused);
    await remove(again?.ReceiptHandle);
    await remove(again?.ReceiptHandle);
  });

  it('a handle that never was one is ReceiptHandleIsInvalid', async () => {
    await expect(remove('nonsense')).rejects.toMatchObject({ name: 'ReceiptHandleIsInvalid' });
  });

  it('a group is required, and an id where content-based deduplication is off', async () => {
    const none = client.send(new SendMessageCommand({ QueueUrl, MessageBody: 'x' }));
    await expect(none).rejects.toMatchObject({ name: 'MissingParameter' });
    await expect(send('x', 'g', { DelaySeconds: 1 })).rejects.toMatchObject({
      name: 'InvalidParameterValue',
    });
    QueueUrl = world.aws.sqs.createQueue('plain.fifo', { FifoQueue: 'true' }).url;
    await expect(send('x')).rejects.toMatchObject({ name: 'InvalidParameterValue' });
  });

  it('in process: a killed function’s message returns after 1 s and is heard of', async () => {
    const heard: number[] = [];
    const startMs = world.clock.nowMs();
    world.aws.sqs.onAvailable('incidents.fifo', () => heard.push(world.clock.nowMs() - startMs));
    await send('x');
    expect(heard).toHaveLength(1);
    const [message] = world.aws.sqs.receive('incidents.fifo', { max: 1 });
    world.aws.sqs.changeVisibility('incidents.fifo', message?.receiptHandle ?? '', 1_000);
    expect(world.aws.sqs.pending()['incidents.fifo']).toEqual({
      visible: 0,
      inFlight: 1,
      delayed: 0,
      soon: 1,
    });
    world.clock.advance(1_000);
    expect(heard).toHaveLength(2);
    expect(world.aws.sqs.pending()['incidents.fifo']?.visible).toBe(1);
    const [again] = world.aws.sqs.receive('incidents.fifo', { max: 1 });
    expect(again?.receiveCount).toBe(2);
    world.aws.sqs.delete('incidents.fifo', again?.receiptHandle ?? '');
    expect(world.aws.sqs.pending()['incidents.fifo']?.inFlight).toBe(0);
  });
});
