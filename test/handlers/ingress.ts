import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { System } from '../../src/adapters/system/system.ts';
import { FUNCTION_NAMES } from '../../src/config.ts';
import type { AlertPath } from '../../src/domain/alerts/alert-paths.ts';
import { createAlertWebhook } from '../../src/handlers/alert-webhook.ts';
import type { HttpAnswer, HttpEvent } from '../../src/handlers/http.ts';
import { startAws } from '../../src/local/aws/aws-server.ts';
import { functionEnvironment } from '../../src/local/function-environments.ts';
import type { AlertTarget } from '../../src/local/sign-alert.ts';
import { WorldClock } from '../../src/local/world-clock.ts';
import {
  createResources,
  makeIdentities,
  QUEUE_NAMES,
  SECRET_NAMES,
} from '../../src/local/world-resources.ts';

const FOLDER = join(import.meta.dirname, '../fixtures/deliveries');

/** One delivery as its sender puts it on the wire. */
export type RecordedDelivery = {
  name: string;
  path: AlertPath;
  /** When it arrived. The signed times in it are of the same second. */
  receivedAtS: number;
  /** The kind that its body must read as. */
  readsAs: string;
  /** It needs the operator's consent to requests without a signed time. */
  untimed: boolean;
  headers: Record<string, string>;
  body: Buffer;
};

/** The secrets that the recorded deliveries are signed with. */
export const FIXTURE_SECRETS: AlertTarget['secrets'] = JSON.parse(
  readFileSync(join(FOLDER, 'secrets.json'), 'utf8'),
);

/** Every recorded delivery: a head of lines, an empty line, and the body's exact bytes. */
export const DELIVERIES: readonly RecordedDelivery[] = readdirSync(FOLDER)
  .filter((name) => name.endsWith('.http'))
  .sort()
  .map((name) => readDelivery(name));

function readDelivery(name: string): RecordedDelivery {
  const bytes = readFileSync(join(FOLDER, name));
  const end = bytes.indexOf('\n\n');
  const [first = '', ...lines] = bytes.subarray(0, end).toString().split('\n');
  const all = Object.fromEntries(
    lines.map((line): [string, string] => {
      const at = line.indexOf(': ');
      return [line.slice(0, at), line.slice(at + 2)];
    }),
  );
  const headers = Object.entries(all).filter(([key]) => !key.startsWith('x-fixture-'));
  return {
    name: name.replace(/\.http$/, ''),
    path: first.replace('POST ', '') as AlertPath,
    receivedAtS: Number(all['x-fixture-received-at-s']),
    readsAs: all['x-fixture-reads-as'] ?? '',
    untimed: all['x-fixture-untimed'] === 'accept',
    headers: Object.fromEntries(headers),
    body: bytes.subarray(end + 2),
  };
}

/** The alert webhook over the embedded AWS, with the fixtures' secrets, at the fixtures' time. */
export async function startIngress(variables: Record<string, string> = {}) {
  const clock = new WorldClock();
  const identities = makeIdentities();
  const callers = Object.fromEntries(
    FUNCTION_NAMES.map((name) => [identities.accessKeys[name].accessKeyId, name]),
  );
  const aws = await startAws({ clock, callers });
  const resources = await createResources(aws, identities);
  for (const [key, value] of Object.entries(FIXTURE_SECRETS)) {
    if (key in SECRET_NAMES) {
      aws.secrets.putSecretValue(SECRET_NAMES[key as keyof typeof SECRET_NAMES], value);
    }
  }
  const nowhere = 'http://127.0.0.1:9';
  const environment = functionEnvironment('alert-webhook', {
    urls: { aws: aws.url, slack: nowhere, statuspage: nowhere, oncall: nowhere } as never,
    identities,
    resources,
    configFolder: 'config',
    ai: 'off',
  });
  const counted: [string, unknown][] = [];
  const paused: number[] = [];
  const quiet = () => {};
  let nowMs = 0;
  const system: System = {
    clock: { nowMs: () => nowMs },
    ids: { unique: () => 'unique' },
    pause: { forMs: async (ms) => void paused.push(ms) },
    log: {
      note: quiet,
      warn: quiet,
      error: quiet,
      count: (...entry) => counted.push(entry as never),
    },
  };
  const handle = createAlertWebhook({ ...environment, ...variables }, system);

  return {
    aws,
    counted,
    /** How long it held answers back. Unit: ms. */
    paused,
    /** Hands one event to the function, at a time of the test's choice. */
    at: async (atS: number, event: HttpEvent): Promise<HttpAnswer> => {
      nowMs = atS * 1000;
      return handle(event);
    },
    /** Messages in the queue. */
    queued: () => aws.sqs.receive(QUEUE_NAMES.alerts, { max: 10 }),
    /** Calls to anything that keeps something. */
    writes: () => {
      const { counts } = aws.board.calls();
      return Object.entries(counts).filter(([name]) => /^(sqs|dynamodb):/.test(name));
    },
    close: async () => {
      await aws.close();
      clock.close();
    },
  };
}

/** What API Gateway makes of a delivery. */
export function eventOf(
  of: Pick<RecordedDelivery, 'path' | 'headers' | 'body'>,
  change: Partial<HttpEvent> = {},
): HttpEvent {
  return {
    rawPath: of.path,
    headers: of.headers,
    body: of.body.toString(),
    isBase64Encoded: false,
    requestContext: { requestId: 'request-1', http: { method: 'POST' } },
    ...change,
  };
}
