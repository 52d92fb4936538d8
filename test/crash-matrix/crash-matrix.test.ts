import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type BundledFunctions, bundleFunctions } from './bundle-functions.ts';
import { callWords, type DiscoveredCall } from './calls.ts';
import { type Case, CaseRunner } from './case-runner.ts';
import { kills } from './disturbances.ts';
import { STORIES } from './stories.ts';

/*
 * A few cases of the crash matrix, one for each way in which a publication can recover; all of them
 * are in `npm run prove:gate`.
 */
let bundle: BundledFunctions;
let runner: CaseRunner;
let discovered: Record<string, DiscoveredCall[]>;

beforeAll(async () => {
  bundle = await bundleFunctions();
  runner = new CaseRunner({
    story: STORIES.publication,
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
    ['create', 'publisher create_incident #1'],
    ['create', 'publisher secretsmanager:GetSecretValue #1'],
    ['update', 'publisher update_incident #1'],
    ['update', 'publisher kms:Sign #1'],
    ['resolve', 'incident-worker kms:Sign #1'],
    ['resolve', 'slack-ingress sqs:SendMessage #1'],
  ])('%s: finds %s without being told', (act, call) => {
    expect(discovered[act]?.map(callWords)).toContain(call);
  });
});

describe('tell(): whatever is killed, every promise is kept and it is public once', () => {
  it('around the publisher’s claim, its request and what it says of it', async () => {
    const results = await runner.tell([
      killed('create', 'publisher dynamodb:ExecuteStatement #1', 'kill before'),
      killed('update', 'publisher update_incident #1', 'kill after'),
      killed('resolve', 'publisher dynamodb:ExecuteStatement #2', 'kill before'),
    ]);
    expect(results.map(({ isHit, broken }) => ({ isHit, broken }))).toEqual(
      Array.from({ length: 3 }, () => ({ isHit: true, broken: [] })),
    );
  }, 240_000);

  it('around the click, the approval and its signature', async () => {
    const results = await runner.tell([
      killed('create', 'slack-ingress sqs:SendMessage #1', 'kill after'),
      killed('update', 'incident-worker dynamodb:ExecuteStatement #1', 'kill after'),
      killed('resolve', 'incident-worker kms:Sign #1', 'kill before'),
    ]);
    expect(results.map(({ isHit, broken }) => ({ isHit, broken }))).toEqual(
      Array.from({ length: 3 }, () => ({ isHit: true, broken: [] })),
    );
  }, 240_000);
});
