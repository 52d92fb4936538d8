import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SqsStandIn } from '../../../src/local/aws/sqs-stand-in.ts';
import { EventSource } from '../../../src/local/functions/event-source.ts';
import {
  FunctionKilledError,
  type FunctionRunner,
} from '../../../src/local/functions/function-runner.ts';
import { InlineRunner } from '../../../src/local/functions/inline-runner.ts';
import { WorldClock } from '../../../src/local/world-clock.ts';

type Event = {
  Records: { messageId: string; body: string; attributes: Record<string, string> }[];
};
type Handler = (event: Event) => Promise<unknown>;

const QUEUE = 'incidents.fifo';
const VISIBILITY_MS = 35_000;

let clock: WorldClock;
let sqs: SqsStandIn;
let source: EventSource | undefined;
let seen: string[];

beforeEach(() => {
  clock = new WorldClock();
  sqs = new SqsStandIn({ clock, endpoint: () => 'http://sqs' });
  const dlq = sqs.createQueue('dlq.fifo', { FifoQueue: 'true' });
  sqs.createQueue(QUEUE, {
    FifoQueue: 'true',
    VisibilityTimeout: '35',
    RedrivePolicy: JSON.stringify({ deadLetterTargetArn: dlq.arn, maxReceiveCount: 2 }),
  });
  seen = [];
});

afterEach(() => {
  source?.stop();
  clock.close();
});

function runWith(handler: Handler, concurrency = 20): void {
  const runner: FunctionRunner = new InlineRunner({
    name: 'incident-worker',
    timeoutMs: 5_000,
    handler: (event) => {
      seen.push((event as Event).Records[0]?.body ?? '');
      return handler(event as Event);
    },
  });
  source = new EventSource({ sqs, queueName: QUEUE, runner, concurrency, writeLog: () => {} });
  source.start();
}

function send(body: string, groupId = 'a'): void {
  sqs.queue(QUEUE).send({ body, groupId, dedupId: body });
}

async function settle(): Promise<void> {
  for (let i = 0; i < 20; i += 1) await new Promise((resolve) => setImmediate(resolve));
}

const isEmpty = () => sqs.queue(QUEUE).peek().length === 0;

describe('EventSource', () => {
  it('delivers a message as a Lambda record and deletes it when the function succeeds', async () => {
    let record: Event['Records'][number] | undefined;
    runWith(async (event) => {
      record = event.Records[0];
    });
    send('one', 'group-1');
    await settle();
    expect(record).toMatchObject({
      body: 'one',
      eventSource: 'aws:sqs',
      attributes: { ApproximateReceiveCount: '1', MessageGroupId: 'group-1' },
    });
    expect(isEmpty()).toBe(true);
  });

  it.each([
    [
      'named in batchItemFailures',
      async ({ Records }: Event) => ({
        batchItemFailures: [{ itemIdentifier: Records[0]?.messageId }],
      }),
    ],
    [
      'of a function that threw',
      async () => {
        throw new Error('no');
      },
    ],
  ])(
    'keeps a message %s until its visibility ends, then dead-letters it',
    async (_what, handler) => {
      runWith(handler);
      send('one');
      await settle();
      clock.advance(VISIBILITY_MS - 1_000);
      await settle();
      expect(seen).toEqual(['one']);
      clock.advance(1_000);
      await settle();
      expect(seen).toEqual(['one', 'one']);
      clock.advance(VISIBILITY_MS);
      await settle();
      expect(seen).toEqual(['one', 'one']);
      expect(sqs.queue('dlq.fifo').peek()).toHaveLength(1);
    },
  );

  it('honours the visibility the function has set itself', async () => {
    runWith(async () => {
      const handle = sqs.queue(QUEUE).peek()[0]?.receiptHandle ?? '';
      sqs.changeVisibility(QUEUE, handle, 2_000);
      throw new Error('later');
    });
    send('one');
    await settle();
    clock.advance(2_000);
    await settle();
    expect(seen).toEqual(['one', 'one']);
  });

  it('keeps a message from a second invocation while the first runs, however far time moves', async () => {
    let release: () => void = () => {};
    runWith(
      () =>
        new Promise<void>((resolve) => {
          release = resolve;
        }),
    );
    send('one');
    await settle();
    clock.advance(3_600_000);
    await settle();
    expect(seen).toEqual(['one']);
    release();
    await settle();
    expect(isEmpty()).toBe(true);
  });

  it('returns the message of a killed function after 1 s', async () => {
    runWith(async () => {
      throw new FunctionKilledError('incident-worker');
    });
    send('one');
    await settle();
    clock.advance(900);
    await settle();
    expect(seen).toEqual(['one']);
    clock.advance(100);
    await settle();
    expect(seen).toEqual(['one', 'one']);
  });

  it('runs groups side by side, one message of a group at a time, up to its concurrency', async () => {
    const release: (() => void)[] = [];
    runWith(() => new Promise<void>((resolve) => release.push(resolve)), 2);
    for (const [body, group] of [
      ['a1', 'a'],
      ['a2', 'a'],
      ['b1', 'b'],
      ['c1', 'c'],
    ] as const) {
      send(body, group);
    }
    await settle();
    expect(seen).toEqual(['a1', 'b1']);
    release[0]?.();
    await settle();
    expect(seen).toEqual(['a1', 'b1', 'a2']);
    release[1]?.();
    await settle();
    expect(seen).toEqual(['a1', 'b1', 'a2', 'c1']);
  });

  it('takes nothing more once stopped', async () => {
    runWith(async () => {});
    source?.stop();
    send('one');
    await settle();
    expect(seen).toEqual([]);
  });
});
