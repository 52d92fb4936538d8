import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ALERT_PATHS } from '../../src/domain/alerts/alert-paths.ts';
import { SLACK_PATHS } from '../../src/handlers/slack-ingress.ts';
import { mutateBytes, mutateJson, oddBody } from './mutate-body.ts';
import type { Random } from './random.ts';
import { COMMAND, COMMAND_TEXTS, EVENTS, INTERACTIONS } from './slack-samples.ts';

/** How a case proves who sends. Only `right` may be let in. */
export const PROOFS = [
  'right',
  'absent',
  'of another path',
  'of another body',
  'cut',
  'longer',
  'twice',
  'one bit off',
  'spaced',
] as const;
export type Proof = (typeof PROOFS)[number];

/** One request, as it can be written down and made again. */
export type FuzzCase = {
  method: string;
  path: string;
  proof: Proof;
  headers: Record<string, string>;
  /** The bytes as sent, in base64. */
  body: string;
  /** Whether the gateway hands them on in base64; it must where they are no text. */
  base64: boolean;
  /** Parts of the gateway's event that are not there. */
  without: readonly string[];
};

const root = join(import.meta.dirname, '../..');
const ALERT_BODIES: readonly Buffer[] = [
  ...readdirSync(join(root, 'test/fixtures/alerts')).map((name) =>
    readFileSync(join(root, 'test/fixtures/alerts', name)),
  ),
  ...readdirSync(join(root, 'test/fixtures/deliveries'))
    .filter((name) => name.endsWith('.http'))
    .map((name) => {
      const bytes = readFileSync(join(root, 'test/fixtures/deliveries', name));
      return bytes.subarray(bytes.indexOf('\n\n') + 2);
    }),
];
const ALERT_JSON: readonly unknown[] = ALERT_BODIES.flatMap((bytes) => {
  try {
    return [JSON.parse(bytes.toString())];
  } catch {
    return [];
  }
});
const METHODS = [
  'POST',
  'POST',
  'POST',
  'POST',
  'POST',
  'POST',
  'GET',
  'PUT',
  'OPTIONS',
  '',
  'post',
];
const STRANGE_PATHS = ['/', '', '/health', '/webhooks', '/webhooks/pagerduty/', '/constructor'];
const HEADER_NAMES = [
  'authorization',
  'content-type',
  'webhook-id',
  'webhook-timestamp',
  'webhook-signature',
  'x-pagerduty-signature',
  'gi-signature',
  'x-grafana-alerting-timestamp',
  'x-slack-retry-num',
  'x-slack-retry-reason',
  'x-slack-signature',
  '__proto__',
  'constructor',
  'X-SLACK-SIGNATURE',
];
const HEADER_VALUES = [
  '',
  ' ',
  '1',
  'v1,',
  'v1=',
  'v0=',
  'Bearer ',
  'http_timeout',
  '\u0000',
  'é',
  '1773480430',
];

/** Makes the case that these choices lead to. */
export function makeCase(random: Random): FuzzCase {
  const path = random.oneIn(40)
    ? random.pick(STRANGE_PATHS)
    : random.pick(random.oneIn(2) ? SLACK_PATHS : ALERT_PATHS);
  const { bytes, type } = bodyFor(path, random);
  const isText = Buffer.from(bytes.toString()).equals(bytes);
  return {
    method: random.pick(METHODS),
    path,
    proof: random.oneIn(2) ? 'right' : random.pick(PROOFS),
    headers: { 'content-type': type, ...oddHeaders(random) },
    body: bytes.toString('base64'),
    base64: !isText || random.oneIn(3),
    without: random.oneIn(60)
      ? [random.pick(['headers', 'body', 'requestContext', 'rawPath', 'isBase64Encoded'])]
      : [],
  };
}

/** A body for a path: real, real with something changed, or odd from the start. */
export function bodyFor(path: string, random: Random): { bytes: Buffer; type: string } {
  const json = 'application/json';
  if (random.oneIn(60)) return { bytes: oddBody(random), type: random.pick([json, FORM, '']) };
  switch (path) {
    case '/slack/commands':
      return { bytes: changed(Buffer.from(commandOf(random)), random), type: FORM };
    case '/slack/interactions':
      return { bytes: changed(Buffer.from(interactionOf(random)), random), type: FORM };
    case '/slack/events': {
      const event = JSON.stringify(mutateJson(random.pick(EVENTS), random.pick(EVENTS), random));
      return { bytes: changed(Buffer.from(event), random), type: json };
    }
    default:
      return { bytes: alertBody(random), type: json };
  }
}

const FORM = 'application/x-www-form-urlencoded';

function alertBody(random: Random): Buffer {
  if (random.oneIn(3)) return mutateBytes(random.pick(ALERT_BODIES), random);
  if (random.oneIn(8)) return Buffer.from(random.pick(ALERT_BODIES));
  const value = mutateJson(random.pick(ALERT_JSON), random.pick(ALERT_JSON), random);
  return Buffer.from(JSON.stringify(value) ?? '');
}

function commandOf(random: Random): string {
  const fields = new URLSearchParams(COMMAND);
  fields.set('text', commandText(random));
  for (let edits = random.below(3); edits > 0; edits -= 1) {
    const name = random.pick(Object.keys(COMMAND));
    if (random.oneIn(2)) fields.delete(name);
    else fields.set(name, random.pick(['', 'x', '\u0000', 'U1', 'C0', '🔥', 'x'.repeat(5_000)]));
  }
  if (random.oneIn(30)) fields.set('ssl_check', '1');
  return fields.toString();
}

function commandText(random: Random): string {
  const text = random.pick(COMMAND_TEXTS);
  return random.oneIn(2) ? text : mutateBytes(Buffer.from(text), random).toString('utf8');
}

function interactionOf(random: Random): string {
  const value = random.oneIn(6)
    ? random.pick(INTERACTIONS)
    : mutateJson(random.pick(INTERACTIONS), random.pick(INTERACTIONS), random);
  const payload = JSON.stringify(value) ?? '';
  return new URLSearchParams({ payload: random.oneIn(20) ? payload.slice(1) : payload }).toString();
}

function changed(bytes: Buffer, random: Random): Buffer {
  return random.oneIn(6) ? mutateBytes(bytes, random) : bytes;
}

function oddHeaders(random: Random): Record<string, string> {
  if (!random.oneIn(3)) return {};
  const pairs = Array.from({ length: 1 + random.below(3) }, (): [string, string] => [
    random.pick(HEADER_NAMES),
    random.oneIn(20) ? 'x'.repeat(random.below(9_000)) : random.pick(HEADER_VALUES),
  ]);
  return Object.fromEntries(pairs);
}
