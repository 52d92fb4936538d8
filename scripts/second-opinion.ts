/**
 * Asks two SQS implementations the same questions: the embedded one and moto's.
 *
 *   npm run second-opinion -- --moto <path of moto_server>
 *
 * Both must give the same answers wherever this system depends on them. Exits 1 when they differ on
 * any. Not asked: whether a deduplication id outlives its deleted message. AWS documents that it
 * does, for five minutes, and so does ours; moto forgets it.
 */
import { spawn } from 'node:child_process';
import { createServer } from 'node:net';
import {
  CreateQueueCommand,
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { startAws } from '../src/local/aws/aws-server.ts';
import { WorldClock } from '../src/local/world-clock.ts';

type Question = { name: string; ask: (sqs: SQSClient, queue: string) => Promise<unknown> };

const text = (index: number) => JSON.stringify({ kind: 'work', index });

const QUESTIONS: Question[] = [
  {
    name: 'the same deduplication id is taken once',
    ask: async (sqs, queue) => {
      for (const body of ['first', 'second']) await send(sqs, queue, { body, group: 'a', id: 'x' });
      return bodies(await receive(sqs, queue));
    },
  },
  {
    name: 'one group is handed out in order, and waits while one of it is in flight',
    ask: async (sqs, queue) => {
      for (const index of [1, 2, 3]) {
        await send(sqs, queue, { body: text(index), group: 'a', id: `o${index}` });
      }
      const first = await receive(sqs, queue, 1);
      const meanwhile = await receive(sqs, queue, 1);
      return [bodies(first), bodies(meanwhile)];
    },
  },
  {
    name: 'another group does not wait',
    ask: async (sqs, queue) => {
      await send(sqs, queue, { body: 'a1', group: 'a', id: 'g1' });
      await send(sqs, queue, { body: 'b1', group: 'b', id: 'g2' });
      const first = bodies(await receive(sqs, queue, 1));
      const second = bodies(await receive(sqs, queue, 1));
      return [...first, ...second].sort();
    },
  },
  {
    name: 'after a delete the next of the group comes',
    ask: async (sqs, queue) => {
      await send(sqs, queue, { body: 'one', group: 'a', id: 'd1' });
      await send(sqs, queue, { body: 'two', group: 'a', id: 'd2' });
      const [first] = await receive(sqs, queue, 1);
      await sqs.send(
        new DeleteMessageCommand({ QueueUrl: queue, ReceiptHandle: first?.ReceiptHandle }),
      );
      return bodies(await receive(sqs, queue, 1));
    },
  },
  {
    name: 'a message tells its group, its deduplication id and its first receive',
    ask: async (sqs, queue) => {
      await send(sqs, queue, { body: 'told', group: 'g', id: 'told' });
      const [message] = await receive(sqs, queue, 1);
      const { MessageGroupId, MessageDeduplicationId, ApproximateReceiveCount } =
        message?.Attributes ?? {};
      return { MessageGroupId, MessageDeduplicationId, ApproximateReceiveCount };
    },
  },
  {
    name: 'counts of visible and in-flight messages',
    ask: async (sqs, queue) => {
      await send(sqs, queue, { body: 'v', group: 'a', id: 'c1' });
      await send(sqs, queue, { body: 'w', group: 'b', id: 'c2' });
      await receive(sqs, queue, 1);
      const { Attributes } = await sqs.send(
        new GetQueueAttributesCommand({ QueueUrl: queue, AttributeNames: ['All'] }),
      );
      return [
        Attributes?.ApproximateNumberOfMessages,
        Attributes?.ApproximateNumberOfMessagesNotVisible,
      ];
    },
  },
];

async function main(): Promise<number> {
  const moto = argument('--moto');
  if (!moto) {
    process.stderr.write('usage: npm run second-opinion -- --moto <path of moto_server>\n');
    return 2;
  }
  const clock = new WorldClock();
  const ours = await startAws({ clock, callers: {} });
  const port = await freePort();
  const server = spawn(moto, ['-H', '127.0.0.1', '-p', String(port)], { stdio: 'ignore' });
  try {
    const theirs = `http://127.0.0.1:${port}`;
    await answers(theirs);
    let differing = 0;
    for (const [index, question] of QUESTIONS.entries()) {
      const [a, b] = [await put(question, ours.url, index), await put(question, theirs, index)];
      const same = JSON.stringify(a) === JSON.stringify(b);
      if (!same) differing += 1;
      process.stdout.write(`${same ? 'same   ' : 'DIFFERS'} ${question.name}\n`);
      if (!same) process.stdout.write(`  ours ${JSON.stringify(a)}\n  moto ${JSON.stringify(b)}\n`);
    }
    process.stdout.write(
      `FIGURE ${QUESTIONS.length - differing} of ${QUESTIONS.length} the same\n`,
    );
    return differing === 0 ? 0 : 1;
  } finally {
    server.kill();
    await ours.close();
    clock.close();
  }
}

async function put(question: Question, endpoint: string, index: number): Promise<unknown> {
  const sqs = new SQSClient({
    endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: 'AKIALOCAL', secretAccessKey: 'local' },
  });
  const { QueueUrl = '' } = await sqs.send(
    new CreateQueueCommand({
      QueueName: `question-${index}.fifo`,
      Attributes: { FifoQueue: 'true', VisibilityTimeout: '60' },
    }),
  );
  return question.ask(sqs, QueueUrl);
}

function send(sqs: SQSClient, queue: string, of: { body: string; group: string; id: string }) {
  return sqs.send(
    new SendMessageCommand({
      QueueUrl: queue,
      MessageBody: of.body,
      MessageGroupId: of.group,
      MessageDeduplicationId: of.id,
    }),
  );
}

async function receive(sqs: SQSClient, queue: string, max = 10) {
  const { Messages = [] } = await sqs.send(
    new ReceiveMessageCommand({
      QueueUrl: queue,
      MaxNumberOfMessages: max,
      WaitTimeSeconds: 0,
      MessageSystemAttributeNames: ['All'],
    }),
  );
  return Messages;
}

function bodies(messages: { Body?: string | undefined }[]): string[] {
  return messages.map(({ Body = '' }) => Body);
}

async function answers(url: string): Promise<void> {
  for (let attempt = 0; attempt < 100; attempt += 1) {
    const up = await fetch(url).then(
      () => true,
      () => false,
    );
    if (up) return;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  throw new Error(`cannot ask moto: expected an answer at ${url}, got none in 20 s`);
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

function argument(name: string): string | undefined {
  const index = process.argv.indexOf(name);
  return index < 0 ? undefined : process.argv[index + 1];
}

process.exitCode = await main();
