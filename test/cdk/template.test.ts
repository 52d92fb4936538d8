import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import * as trail from './assertions.ts';
import * as delivery from './delivery-assertions.ts';
import { synthesise } from './synthesised.ts';
import { resourcesOf, type Template } from './template.ts';

const runbook = readFileSync(new URL('../../docs/runbook.md', import.meta.url), 'utf8');
let template: Template;
beforeAll(() => {
  template = synthesise();
});

describe('the template', () => {
  it('lets only publisher read the Statuspage key', () =>
    trail.assertOnlyPublisherReadsTheStatuspageKey(template));
  it('lets only incident-worker sign approvals', () =>
    trail.assertOnlyWorkerSignsApprovals(template));
  it('lets only publisher sign publications', () =>
    trail.assertOnlyPublisherSignsPublications(template));
  it('lets nobody rewrite the audit trail', () => trail.assertNobodyRewritesTheTrail(template));
  it('has the audit table deny rewriting to everybody', () =>
    trail.assertTrailDeniesRewriting(template));
  it('lets only the two halves of the gate append', () => trail.assertOnlyTheGateAppends(template));
  it('keeps the ingress functions away from the audit trail', () =>
    trail.assertIngressCannotTouchTheTrail(template));
  it('gives AuditReader reading and public keys, and nothing else', () =>
    trail.assertAuditReaderIsExact(template));
  it('lets each role be assumed by one service only', () =>
    trail.assertRolesAreAssumedByTheirServiceOnly(template));
  it('keeps the audit table whatever happens to the stack', () =>
    trail.assertTrailIsKept(template));
  it('sets on each function the variables it reads and no other', () =>
    trail.assertVariablesAreExact(template));
  it('routes the product’s paths and no other', () => trail.assertRoutesAreExact(template));
  it('has one runbook article for each alarm', () =>
    trail.assertAlarmsHaveArticles(template, runbook));
  it('has high-throughput FIFO queues with dead-letter queues', () =>
    delivery.assertQueuesKeepTheirPromises(template));
  it('reads one message an invocation', () => delivery.assertMappingsReadOneMessage(template));
  it('lets messages continue their chains', () => delivery.assertChainsAreNotCut(template));
  it('lets schedules do nothing but send to their two queues', () =>
    delivery.assertDeliveryRoleOnlySends(template));
  it('keeps what Scheduler could not deliver', () =>
    delivery.assertUndeliveredSchedulesAreKept(template));
  it('lets CloudWatch publish alarms', () => delivery.assertAlarmsReachTheTopic(template));

  it('runs five functions on Node 24 and ARM64, each with logs that end', () => {
    const functions = resourcesOf(template, 'AWS::Lambda::Function');
    const sizes = functions.map(([, { Properties: p }]) => {
      expect([p.Runtime, p.Architectures]).toEqual(['nodejs24.x', ['arm64']]);
      return [p.FunctionName, p.MemorySize, p.Timeout];
    });
    expect(sizes.sort()).toEqual([
      ['incident-response-acme-test-alert-webhook', 512, 10],
      ['incident-response-acme-test-incident-worker', 1769, 30],
      ['incident-response-acme-test-publisher', 1024, 30],
      ['incident-response-acme-test-slack-ingress', 512, 10],
      ['incident-response-acme-test-sweeper', 256, 30],
    ]);
    for (const [, { Properties: p }] of resourcesOf(template, 'AWS::Logs::LogGroup')) {
      expect(p.RetentionInDays).toBe(90);
    }
  });

  it('creates secrets without a value', () => {
    for (const [, { Properties: p }] of resourcesOf(template, 'AWS::SecretsManager::Secret')) {
      expect(Object.keys(p).sort()).toEqual(['Description', 'Name']);
    }
  });

  it('passes cdk-nag with an inference profile, too', () => {
    const grants = delivery.grantsOf(
      synthesise({ bedrockModelId: 'eu.amazon.nova-lite-v1:0' }),
      'incident-worker',
    );
    expect(grants.filter((line) => line.startsWith('bedrock:'))).toEqual([
      'bedrock:InvokeModel arn:aws:bedrock:*::foundation-model/amazon.nova-lite-v1:0',
      'bedrock:InvokeModel inference-profile/eu.amazon.nova-lite-v1:0',
    ]);
  });

  it.each([
    [
      'of an inference profile',
      'arn:aws:bedrock:eu-central-1:123456789012:inference-profile/eu.amazon.nova-lite-v1:0',
      [
        'bedrock:InvokeModel arn:aws:bedrock:*::foundation-model/amazon.nova-lite-v1:0',
        'bedrock:InvokeModel inference-profile/eu.amazon.nova-lite-v1:0',
      ],
    ],
    [
      'of a profile of the account’s own',
      'arn:aws:bedrock:eu-central-1:123456789012:application-inference-profile/abc123def456',
      [
        'bedrock:InvokeModel application-inference-profile/abc123def456',
        'bedrock:InvokeModel arn:aws:bedrock:*::foundation-model/*',
      ],
    ],
    [
      'of a model',
      'arn:aws:bedrock:eu-central-1::foundation-model/amazon.nova-lite-v1:0',
      ['bedrock:InvokeModel foundation-model/amazon.nova-lite-v1:0'],
    ],
  ])(
    'grants what stands behind the ARN %s, and passes cdk-nag',
    (_name, bedrockModelId, wanted) => {
      const grants = delivery.grantsOf(synthesise({ bedrockModelId }), 'incident-worker');
      expect(grants.filter((line) => line.startsWith('bedrock:')).sort()).toEqual(wanted);
    },
  );

  it('grants no model with AI off', () => {
    const grants = delivery.grantsOf(synthesise({ ai: 'off' }), 'incident-worker');
    expect(grants.filter((line) => line.startsWith('bedrock:'))).toEqual([]);
  });
});
