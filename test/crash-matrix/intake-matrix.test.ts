import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type BundledFunctions, bundleFunctions } from './bundle-functions.ts';
import { callWords, type DiscoveredCall } from './calls.ts';
import { type Case, CaseRunner } from './case-runner.ts';
import { kills } from './disturbances.ts';
import { STORIES } from './stories.ts';

/*
 * A few cases of the intake's crash matrix, one for each way in which a room can recover; all of them
 * are in `npm run prove:intake`.
 */
let bundle: BundledFunctions;
let runner: CaseRunner;
let discovered: Record<string, DiscoveredCall[]>;

beforeAll(async () => {
  bundle = await bundleFunctions();
  runner = new CaseRunner({
    story: STORIES.assembly,
    options: { functions: 'process', processEntry: bundle.entry },
  });
  discovered = await runner.discover(1);
}, 240_000);

afterAll(async () => {
  await runner.close();
  await bundle.remove();
});

function killed(act: string, call: string, when: 'kill before' | 'kill after'): Case {
  const found = discovered[act]?.find((one) => callWords(one) === call);
  const disturbance = kills().find(({ name }) => name === when);
  if (!found || !disturbance) throw new Error(`expected ${call} among the discovered calls`);
  return { act, call: found, disturbance };
}

describe('discover()', () => {
  it.each([
    ['alert', 'alert-webhook sqs:SendMessage #1'],
    ['alert', 'alert-webhook secretsmanager:GetSecretValue #1'],
    ['alert', 'incident-worker conversations.create #1'],
    ['alert', 'incident-worker conversations.invite #1'],
    ['declare', 'slack-ingress sqs:SendMessage #1'],
    ['declare', 'incident-worker pins.add #1'],
  ])('%s: finds %s without being told', (act, call) => {
    expect(discovered[act]?.map(callWords)).toContain(call);
  });
});

describe('tell(): whatever is killed, no alert is lost and there is one complete room', () => {
  it.each([
    [
      'around the queue and the room',
      killing('alert-webhook sqs:SendMessage #1', 'kill after'),
      killing('incident-worker conversations.create #1', 'kill after'),
      ['sent again by its source'],
    ],
    [
      'around the invitation and the first fact',
      killing('incident-worker conversations.invite #1', 'kill after'),
      killing('incident-worker dynamodb:ExecuteStatement #1', 'kill before'),
      [],
    ],
    [
      'around the card and its pin',
      killing('incident-worker chat.postMessage #1', 'kill after'),
      killing('incident-worker pins.add #2', 'kill before'),
      [],
    ],
  ] as const)(
    '%s',
    async (_where, alert, declare, helped) => {
      const results = await runner.tell([
        killed('alert', alert.call, alert.when),
        killed('declare', declare.call, declare.when),
      ]);
      expect(results.map(({ isHit, broken }) => ({ isHit, broken }))).toEqual(
        Array.from({ length: 2 }, () => ({ isHit: true, broken: [] })),
      );
      expect(results[0]?.helped).toEqual(helped);
    },
    240_000,
  );
});

function killing(call: string, when: 'kill before' | 'kill after') {
  return { call, when };
}
