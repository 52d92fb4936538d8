import { expect, it } from 'vitest';
import { jsonLog } from '../../../src/adapters/system/json-log.ts';

it('counts a metric as such, and by each of its labels', () => {
  const lines: string[] = [];
  const log = jsonLog({
    functionName: 'alert-webhook',
    clock: { nowMs: () => 1_773_480_430_000 },
    write: (line) => lines.push(line),
  });
  log.count('WebhookRefused', { code: 'SIGNATURE_MISMATCH', path: '/webhooks/pagerduty' });
  log.count('SlackRequestAuthentic');
  const [labelled, bare] = lines.map((line) => JSON.parse(line));
  expect(labelled).toMatchObject({
    WebhookRefused: 1,
    code: 'SIGNATURE_MISMATCH',
    path: '/webhooks/pagerduty',
    function: 'alert-webhook',
  });
  const dimensionsOf = (line: typeof bare) => line._aws.CloudWatchMetrics[0].Dimensions;
  expect(dimensionsOf(labelled)).toEqual([[], ['code'], ['path']]);
  expect(dimensionsOf(bare)).toEqual([[]]);
});
