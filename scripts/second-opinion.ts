/**
 * Asks other implementations of SQS and DynamoDB the same questions as the embedded ones.
 *
 *   npm run second-opinion -- --moto <path of moto_server> --dynamodb <folder of DynamoDBLocal.jar>
 *
 * Both must give the same answers wherever this system depends on them. Exits 1 when they differ on
 * any. Not asked: whether a deduplication id outlives its deleted message. AWS documents that it
 * does, for five minutes, and so does ours; moto forgets it.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
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
import { ACCESS, TABLE_QUESTIONS, tableAt } from './second-opinion-table.ts';

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
  const dynamodb = argument('--dynamodb');
  if (!moto || !dynamodb) {
    process.stderr.write('usage: npm run second-opinion -- --moto FILE --dynamodb FOLDER\n');
    return 2;
  }
  const clock = new WorldClock();
  const ours = await startAws({ clock, callers: {} });
  const others: ChildProcess[] = [];
  const start = async (command: string, args: (port: string) => string[]) => {
    const port = String(await freePort());
    others.push(spawn(command, args(port), { stdio: 'ignore' }));
    const url = `http://127.0.0.1:${port}`;
    await answers(url);
    return url;
  };
  try {
    const sqs = await start(moto, (port) => ['-H', '127.0.0.1', '-p', port]);
    const tables = await start('java', (port) => dynamoDbLocal(dynamodb, port));
    return await compare({ ours: ours.url, sqs, tables });
  } finally {
    for (const other of others) other.kill();
    await ours.close();
    clock.close();
  }
}

async function compare(urls: { ours: string; sqs: string; tables: string }): Promise<number> {
  const clients = [await tableAt(urls.ours), await tableAt(urls.tables)];
  const asked: [string, () => Promise<unknown[]>][] = [
    ...QUESTIONS.map((q, index): [string, () => Promise<unknown[]>] => [
      `SQS: ${q.name}`,
      () => Promise.all([put(q, urls.ours, index), put(q, urls.sqs, index)]),
    ]),
    ...TABLE_QUESTIONS.map((q): [string, () => Promise<unknown[]>] => [
      `DynamoDB: ${q.name}`,
      () => Promise.all(clients.map((rows) => q.ask(rows))),
    ]),
  ];
  let differing = 0;
  for (const [name, ask] of asked) differing += agree(name, await ask()) ? 0 : 1;
  process.stdout.write(`FIGURE ${asked.length - differing} of ${asked.length} the same\n`);
  return differing === 0 ? 0 : 1;
}

/** https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/DynamoDBLocal.UsageNotes.html */
function dynamoDbLocal(folder: string, port: string): string[] {
  const library = `-Djava.library.path=${join(folder, 'DynamoDBLocal_lib')}`;
  const jar = join(folder, 'DynamoDBLocal.jar');
  return [library, '-jar', jar, '-inMemory', '-disableTelemetry', '-port', port];
}

function agree(name: string, [ours, theirs]: unknown[]): boolean {
  const same = isDeepStrictEqual(ours, theirs);
  process.stdout.write(`${same ? 'same   ' : 'DIFFERS'} ${name}\n`);
  if (!same) {
    process.stdout.write(`  ours ${JSON.stringify(ours)}\n  theirs ${JSON.stringify(theirs)}\n`);
  }
  return same;
}

async function put(question: Question, endpoint: string, index: number): Promise<unknown> {
  const sqs = new SQSClient({ endpoint, ...ACCESS });
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
  for (let attempt = 0; attempt < 200; attempt += 1) {
    const up = await fetch(url).then(
      () => true,
      () => false,
    );
    if (up) return;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  throw new Error(`cannot ask: expected an answer at ${url}, got none in 40 s`);
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
