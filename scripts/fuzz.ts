/**
 * Throws odd requests at the two functions that face the internet.
 *
 *   npm run fuzz -- [--seed N] [--minutes N] [--cases N]
 *
 * Holds for every case: the function answers, with no 5xx and no exception; nothing is enqueued or
 * stored before the request is authenticated; an authenticated alert is answered 202 and is in the
 * queue. Ends after the minutes or the cases, whichever comes first. Exits 1 with the smallest
 * failing request; the same seed makes the same requests.
 */
import { createHmac } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { realSystem, type System } from '../src/adapters/system/system.ts';
import { FUNCTION_NAMES } from '../src/config.ts';
import { createAlertWebhook } from '../src/handlers/alert-webhook.ts';
import type { HttpEvent } from '../src/handlers/http.ts';
import { createSlackIngress } from '../src/handlers/slack-ingress.ts';
import { startAws } from '../src/local/aws/aws-server.ts';
import { type EnvironmentInputs, functionEnvironment } from '../src/local/function-environments.ts';
import { WorldClock } from '../src/local/world-clock.ts';
import {
  createResources,
  makeIdentities,
  QUEUE_NAMES,
  type SharedSecrets,
} from '../src/local/world-resources.ts';

const SILENT = { note: () => {}, warn: () => {}, error: () => {}, count: () => {} };
const root = join(import.meta.dirname, '..');
const fixtures = join(root, 'test/fixtures/alerts');
const SAMPLES = readdirSync(fixtures).map((name) => readFileSync(join(fixtures, name)));
/** Cases between two looks at the clock. */
const BATCH = 500;

type Case = {
  method: string;
  path: string;
  body: Uint8Array;
  authenticated: boolean;
  base64: boolean;
  headers: Record<string, string>;
};

const paths = fc.constantFrom(
  '/webhooks/grafana-oncall',
  '/webhooks/grafana-oncall/bearer',
  '/webhooks/grafana-alerting',
  '/slack/commands',
  '/slack/interactions',
  '/slack/events',
);

/** A real body with bytes changed, cut, doubled or inserted. */
const mutated = fc
  .tuple(
    fc.constantFrom(...SAMPLES),
    fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 }), fc.nat({ max: 3 })), {
      maxLength: 6,
    }),
  )
  .map(([sample, edits]) => {
    let bytes = Buffer.from(sample);
    for (const [place, byte, how] of edits) {
      const at = bytes.length === 0 ? 0 : place % bytes.length;
      const inserted = Buffer.concat([bytes.subarray(0, at), Buffer.of(byte), bytes.subarray(at)]);
      if (how === 0 && bytes.length > 0) bytes[at] = byte;
      else if (how === 1) bytes = bytes.subarray(0, at);
      else if (how === 2) bytes = Buffer.concat([bytes, bytes.subarray(at)]);
      else bytes = inserted;
    }
    return bytes;
  });

const form = fc
  .record({
    command: fc.constantFrom('/incident-response', '/other', ''),
    text: fc.string({ maxLength: 200, unit: 'binary' }),
    user_id: fc.constantFrom('U04MAYAITO1', '', 'x'),
    channel_id: fc.constantFrom('C04EXAMPLE1', ''),
    payload: fc.option(fc.oneof(fc.json(), fc.string()), { nil: undefined }),
  })
  .map((fields) => {
    const given = Object.entries(fields).filter((pair): pair is [string, string] => !!pair[1]);
    return Buffer.from(new URLSearchParams(given).toString());
  });

const bodies = fc.oneof(
  mutated,
  fc.uint8Array({ maxLength: 2_000 }),
  fc.json().map((text) => Buffer.from(text)),
  form,
);

const cases: fc.Arbitrary<Case> = fc.record({
  method: fc.constantFrom('POST', 'POST', 'POST', 'GET', 'PUT'),
  path: paths,
  body: bodies,
  authenticated: fc.boolean(),
  base64: fc.boolean(),
  headers: fc.dictionary(
    fc.constantFrom('x-slack-retry-num', 'content-type', 'authorization', 'x-slack-signature'),
    fc.string({ maxLength: 80 }),
    { maxKeys: 2 },
  ),
});

async function main(): Promise<number> {
  const seed = option('--seed', 1);
  const minutes = option('--minutes', 5);
  const limit = option('--cases', 1_000_000);
  const target = await startTarget();
  const startedMs = target.clock.nowMs();
  let done = 0;
  try {
    while (done < limit && target.clock.nowMs() - startedMs < minutes * 60_000) {
      const run = await fc.check(
        fc.asyncProperty(cases, (one) => target.check(one)),
        {
          seed: seed + done,
          numRuns: Math.min(BATCH, limit - done),
        },
      );
      if (run.failed) {
        process.stdout.write(`${fc.defaultReportMessage(run)}\n`);
        return 1;
      }
      done += run.numRuns;
      target.forget();
    }
    process.stdout.write(
      `FIGURE fuzz: ${done} requests, ${target.accepted()} accepted, 0 findings, seed ${seed}\n`,
    );
    return 0;
  } finally {
    await target.close();
  }
}

/** Both functions over the embedded AWS, with the secrets to sign with. */
async function startTarget() {
  const clock = new WorldClock();
  const identities = makeIdentities();
  const callers = Object.fromEntries(
    FUNCTION_NAMES.map((name) => [identities.accessKeys[name].accessKeyId, name]),
  );
  const aws = await startAws({ clock, callers });
  const resources = await createResources(aws, identities);
  // Nothing here may open a modal, so Slack is an address that nobody answers at.
  const nowhere = 'http://127.0.0.1:9';
  const inputs: EnvironmentInputs = {
    urls: {
      aws: aws.url,
      slack: nowhere,
      statuspage: nowhere,
      oncall: nowhere,
      grafana: nowhere,
      github: nowhere,
    },
    identities,
    resources,
    configFolder: join(root, 'config'),
    ai: 'off',
  };
  const system: System = { ...realSystem(SILENT), clock, pause: { forMs: async () => {} } };
  const webhook = createAlertWebhook(functionEnvironment('alert-webhook', inputs), system);
  const ingress = createSlackIngress(functionEnvironment('slack-ingress', inputs), system);
  const { secrets } = resources;
  const queued = () => aws.sqs.queue(QUEUE_NAMES.incidents).counts().visible;
  let accepted = 0;

  async function check(one: Case): Promise<boolean> {
    const before = queued();
    const event = eventOf(one, { secrets, nowS: Math.floor(clock.nowMs() / 1000) });
    const handler = one.path.startsWith('/slack/') ? ingress : webhook;
    const { statusCode } = await handler(event);
    const grew = queued() - before;
    if (statusCode >= 500) return false;
    if (statusCode === 202) accepted += 1;
    if (!one.authenticated || one.method !== 'POST') return grew === 0 && statusCode >= 400;
    // Slack signs what it sends, so odd but signed requests are refused rather than kept.
    if (one.path.startsWith('/slack/')) return statusCode < 500;
    return statusCode === 202 && grew <= 1;
  }

  return {
    check,
    clock,
    accepted: () => accepted,
    forget: () => {
      aws.sqs.queue(QUEUE_NAMES.incidents).purge();
      aws.board.clearCalls();
    },
    close: async () => {
      await aws.close();
      clock.close();
    },
  };
}

function eventOf(one: Case, of: { secrets: SharedSecrets; nowS: number }): HttpEvent {
  const body = Buffer.from(one.body);
  const utf8 = Buffer.from(body.toString('utf8')).equals(body);
  const base64 = one.base64 || !utf8;
  const signed = one.authenticated ? signature(one.path, body, of) : {};
  return {
    rawPath: one.path,
    headers: { 'content-type': 'application/x-www-form-urlencoded', ...one.headers, ...signed },
    body: base64 ? body.toString('base64') : body.toString('utf8'),
    isBase64Encoded: base64,
    requestContext: { http: { method: one.method }, requestId: `fuzz-${body.length}` },
  };
}

function signature(
  path: string,
  body: Buffer,
  { secrets, nowS }: { secrets: SharedSecrets; nowS: number },
): Record<string, string> {
  const hmac = (secret: string, prefix = '') =>
    createHmac('sha256', secret).update(prefix).update(body).digest('hex');
  switch (path) {
    case '/webhooks/grafana-oncall':
      return { 'x-grafana-oncall-signature': hmac(secrets.oncallHmac) };
    case '/webhooks/grafana-oncall/bearer':
      return { authorization: `Bearer ${secrets.oncallBearer}` };
    case '/webhooks/grafana-alerting':
      return {
        'x-grafana-alerting-signature': hmac(secrets.grafanaAlerting, `${nowS}:`),
        'x-grafana-alerting-timestamp': String(nowS),
      };
    default:
      return {
        'x-slack-signature': `v0=${hmac(secrets.slackSigning, `v0:${nowS}:`)}`,
        'x-slack-request-timestamp': String(nowS),
      };
  }
}

function option(name: string, fallback: number): number {
  const index = process.argv.indexOf(name);
  const value = index < 0 ? fallback : Number(process.argv[index + 1]);
  if (!Number.isFinite(value) || value <= 0) {
    process.stderr.write(`usage: npm run fuzz -- [--seed N] [--minutes N] [--cases N]\n`);
    process.exit(2);
  }
  return value;
}

process.exitCode = await main();
