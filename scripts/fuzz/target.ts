import { join } from 'node:path';
import { getHeapStatistics } from 'node:v8';
import { realSystem, type System } from '../../src/adapters/system/system.ts';
import { FUNCTION_NAMES } from '../../src/config.ts';
import { ALERT_ROUTES, isAlertPath } from '../../src/domain/alerts/alert-paths.ts';
import { REQUEST_BODY_MAX_BYTES } from '../../src/domain/limits.ts';
import { createAlertWebhook } from '../../src/handlers/alert-webhook.ts';
import type { HttpAnswer } from '../../src/handlers/http.ts';
import { createSlackIngress, SLACK_PATHS } from '../../src/handlers/slack-ingress.ts';
import { startAws } from '../../src/local/aws/aws-server.ts';
import { functionEnvironment } from '../../src/local/function-environments.ts';
import { WorldClock } from '../../src/local/world-clock.ts';
import { createResources, makeIdentities, QUEUE_NAMES } from '../../src/local/world-resources.ts';
import type { FuzzCase } from './cases.ts';
import { eventOf } from './sign-case.ts';

/** What one request cost, and how it ended. */
export type Outcome = {
  /** Undefined: as it should be. */
  finding?: string;
  /** Requests with the same mark took the same way; one of each is worth keeping. */
  mark: string;
  /** Of the process, the fake AWS included; the machine's other work is not in it. */
  cpuMs: number;
  grownBytes: number;
};

/** Longest an answer may be; an alert's is a word, and a form's corrections are a few lines. */
const ANSWER_MAX_BYTES = 64 * 1024;
const SLACK: readonly string[] = SLACK_PATHS;

/** Both functions that face the internet, over the embedded AWS. */
export type Target = Awaited<ReturnType<typeof startTarget>>;

export async function startTarget() {
  const clock = new WorldClock();
  const identities = makeIdentities();
  const callers = Object.fromEntries(
    FUNCTION_NAMES.map((name) => [identities.accessKeys[name].accessKeyId, name]),
  );
  const aws = await startAws({ clock, callers });
  const resources = await createResources(aws, identities);
  // Nobody answers there: a modal that is asked for cannot be opened, and that is no 5xx.
  const nowhere = 'http://127.0.0.1:9';
  const inputs = {
    urls: new Proxy({} as never, { get: (_, key) => (key === 'aws' ? aws.url : nowhere) }),
    identities,
    resources,
    configFolder: join(import.meta.dirname, '../../config'),
    ai: 'off' as const,
  };
  const counted: string[] = [];
  const quiet = () => {};
  const count = (metric: string, labels?: object) =>
    void counted.push(`${metric} ${Object.values(labels ?? {}).join(' ')}`);
  const log = { note: quiet, warn: quiet, error: quiet, count };
  const pause = { forMs: async () => {} };
  const system: System = { ...realSystem(log), clock, pause };
  const webhook = createAlertWebhook(functionEnvironment('alert-webhook', inputs), system);
  const ingress = createSlackIngress(functionEnvironment('slack-ingress', inputs), system);
  const stray: string[] = [];
  const onStray = (reason: unknown) => void stray.push(String(reason));
  process.on('unhandledRejection', onStray);
  const queues = [QUEUE_NAMES.alerts, QUEUE_NAMES.incidents].map((name) => aws.sqs.queue(name));
  const queued = () => queues.reduce((sum, queue) => sum + queue.counts().visible, 0);
  const writes = () => {
    let total = 0;
    for (const [name, calls] of Object.entries(aws.board.calls().counts)) {
      if (/SendMessage|PutItem|UpdateItem|TransactWrite|BatchWrite|Execute/.test(name)) {
        total += calls;
      }
    }
    return total;
  };
  let requests = 0;

  async function run(one: FuzzCase): Promise<Outcome> {
    requests += 1;
    counted.length = 0;
    const signing = { secrets: resources.secrets, nowMs: clock.nowMs() };
    const event = eventOf(one, signing, `fuzz-${requests}`);
    const handler = SLACK.includes(one.path) ? ingress : webhook;
    const writesBefore = writes();
    const queuedBefore = queued();
    const heapBefore = heapBytes();
    const cpuBefore = process.cpuUsage();
    const answer = await handler(event).catch((error: unknown) => error);
    const cpu = process.cpuUsage(cpuBefore);
    const cpuMs = (cpu.user + cpu.system) / 1_000;
    const grownBytes = heapBytes() - heapBefore;
    const made = writes() - writesBefore;
    // What did not answer in time was sent again, under the same id: one message all the same.
    const kept = queued() - queuedBefore;
    const finding =
      stray.length > 0
        ? `unhandled rejection: ${stray.pop()}`
        : problemOf(one, answer, { made, kept });
    const status = (answer as HttpAnswer).statusCode;
    const words = /^\{"result":"(\w+)"/.exec((answer as HttpAnswer).body ?? '')?.[1] ?? '';
    const mark = [one.path, one.method === 'POST', one.proof, status, words, made > 0, ...counted];
    return { ...(finding ? { finding } : {}), mark: mark.join('|'), cpuMs, grownBytes };
  }

  return {
    run,
    clock,
    /** Throws away what was enqueued and recorded meanwhile. */
    forget: () => {
      for (const queue of queues) queue.purge();
      aws.board.clearCalls();
    },
    close: async () => {
      process.off('unhandledRejection', onStray);
      await aws.close();
      clock.close();
    },
  };
}

/** What is wrong with an answer, or undefined. */
function problemOf(
  one: FuzzCase,
  answer: unknown,
  { made, kept }: { made: number; kept: number },
): string | undefined {
  if (answer instanceof Error) return `threw ${answer.stack}`;
  const { statusCode, headers, body } = answer as HttpAnswer;
  if (!Number.isInteger(statusCode)) return `answered the status ${statusCode}`;
  if (statusCode >= 500) return `answered ${statusCode}`;
  if (typeof body !== 'string' || Buffer.byteLength(body) > ANSWER_MAX_BYTES) {
    return 'answered a body that is none, or too long';
  }
  if (Object.values(headers).some((value) => /[\r\n]/.test(value)))
    return 'answered a split header';
  const expected = expectedOf(one);
  if (expected !== 'open') {
    if (made > 0) return `wrote ${made} times for what it must not let in`;
    const isExpected = expected === undefined ? statusCode >= 400 : statusCode === expected;
    return isExpected ? undefined : `answered ${statusCode} instead of ${expected ?? '4xx'}`;
  }
  if (kept > 1) return `enqueued ${kept} messages for one request`;
  if (isAlertPath(one.path)) {
    if (statusCode !== 202) return `answered ${statusCode} instead of 202`;
    // None is kept of what repeats an earlier case's meaning.
    return made > 0 ? undefined : 'answered 202 and enqueued nothing';
  }
  if (statusCode !== 200 && statusCode !== 400) return `answered ${statusCode} to Slack`;
  return statusCode === 400 && made > 0 ? 'enqueued what it refused' : undefined;
}

/** The status a case must get, `open` where it must be let in, undefined: any refusal. */
function expectedOf(one: FuzzCase): number | 'open' | undefined {
  const isBearer = isAlertPath(one.path) && ALERT_ROUTES[one.path].scheme === 'bearer';
  const [without] = one.without;
  const misses = without === 'body' ? one.body !== '' : without === 'isBase64Encoded' && one.base64;
  const isOtherBody = misses && !isBearer;
  if (isOtherBody || ['headers', 'requestContext', 'rawPath'].includes(without ?? '')) {
    return undefined;
  }
  if (one.path === '/health') return one.method === 'GET' ? 200 : 405;
  const isAlert = isAlertPath(one.path);
  if (!isAlert && !SLACK.includes(one.path)) return 404;
  if (one.method !== 'POST') return 405;
  const whole = Buffer.from(one.body, 'base64').byteLength;
  const bytes = !misses ? whole : without === 'body' ? 0 : one.body.length;
  if (bytes > REQUEST_BODY_MAX_BYTES) return 413;
  // A bearer token says nothing about the body.
  const isRight = one.proof === 'right' || (isBearer && one.proof === 'of another body');
  return isRight ? 'open' : 401;
}

function heapBytes(): number {
  const { used_heap_size, external_memory } = getHeapStatistics();
  return used_heap_size + external_memory;
}
