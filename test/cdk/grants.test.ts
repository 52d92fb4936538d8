import { beforeAll, describe, expect, it } from 'vitest';
import { holders, roleOf } from './access.ts';
import { grantsOf } from './delivery-assertions.ts';
import { synthesise } from './synthesised.ts';
import { one, type Template } from './template.ts';

let template: Template;
beforeAll(() => {
  template = synthesise();
});

/** Keys and the delivery role have generated names; shown by what they are for. */
function grants(functionName: string): string[] {
  const [approvalKey] = one(template, 'AWS::KMS::Key', 'ApprovalKey');
  const [publicationKey] = one(template, 'AWS::KMS::Key', 'PublicationKey');
  const [deliveryRole] = one(template, 'AWS::IAM::Role', 'SchedulesDeliveryRole');
  return grantsOf(template, functionName).map((line) =>
    line
      .replace(approvalKey, 'approval')
      .replace(publicationKey, 'publication')
      .replace(deliveryRole, 'delivery'),
  );
}

const CONSUME = ['ChangeMessageVisibility', 'DeleteMessage', 'GetQueueAttributes', 'GetQueueUrl'];
const consumes = (queue: string) =>
  [...CONSUME, 'ReceiveMessage'].map((action) => `sqs:${action} ${queue}`);

describe('a role', () => {
  it('of alert-webhook sends, leaves rows in the outbox and reads its senders’ secrets', () => {
    expect(grants('alert-webhook')).toEqual([
      'dynamodb:PutItem table/…-outbox',
      'secretsmanager:GetSecretValue secret:…/alertmanager-bearer-AbCdEf',
      'secretsmanager:GetSecretValue secret:…/grafana-alerting-AbCdEf',
      'secretsmanager:GetSecretValue secret:…/grafana-irm-AbCdEf',
      'secretsmanager:GetSecretValue secret:…/oncall-bearer-AbCdEf',
      'secretsmanager:GetSecretValue secret:…/oncall-hmac-AbCdEf',
      'secretsmanager:GetSecretValue secret:…/pagerduty-AbCdEf',
      'secretsmanager:GetSecretValue secret:…/standard-webhooks-AbCdEf',
      'sqs:SendMessage …-alerts.fifo',
    ]);
  });

  it('of slack-ingress sends, looks up a row and reads Slack’s two secrets', () => {
    expect(grants('slack-ingress')).toEqual([
      'dynamodb:GetItem table/…-incidents',
      'secretsmanager:GetSecretValue secret:…/slack-bot-token-AbCdEf',
      'secretsmanager:GetSecretValue secret:…/slack-signing-AbCdEf',
      'sqs:SendMessage …-incidents.fifo',
    ]);
  });

  it('of incident-worker appends, projects, signs approvals, schedules and proposes', () => {
    expect(grants('incident-worker')).toEqual([
      'bedrock:InvokeModel foundation-model/amazon.nova-lite-v1:0',
      'dynamodb:BatchGetItem table/…-incidents',
      'dynamodb:GetItem table/…-audit',
      'dynamodb:GetItem table/…-incidents',
      'dynamodb:PartiQLInsert table/…-audit',
      'dynamodb:PutItem table/…-incidents',
      'dynamodb:Query table/…-audit',
      'dynamodb:Query table/…-incidents',
      'dynamodb:Query table/…-incidents/index/open',
      'dynamodb:Query table/…-incidents/index/unfinished',
      'dynamodb:UpdateItem table/…-incidents',
      'iam:PassRole role/delivery',
      'kms:GetPublicKey key/approval',
      'kms:GetPublicKey key/publication',
      'kms:Sign key/approval',
      'scheduler:CreateSchedule schedule/…/*',
      'scheduler:DeleteSchedule schedule/…/*',
      'scheduler:GetSchedule schedule/…/*',
      'scheduler:UpdateSchedule schedule/…/*',
      'secretsmanager:GetSecretValue secret:…/github-token-AbCdEf',
      'secretsmanager:GetSecretValue secret:…/grafana-read-token-AbCdEf',
      'secretsmanager:GetSecretValue secret:…/oncall-api-token-AbCdEf',
      'secretsmanager:GetSecretValue secret:…/slack-bot-token-AbCdEf',
      'secretsmanager:GetSecretValue secret:…/slack-signing-AbCdEf',
      'secretsmanager:GetSecretValue secret:…/workos-api-key-AbCdEf',
      ...[...consumes('…-alerts.fifo'), ...consumes('…-incidents.fifo')].sort(),
      'sqs:SendMessage …-incidents.fifo',
      'sqs:SendMessage …-publications.fifo',
    ]);
  });

  it('of publisher appends, signs publications, and holds no Slack token', () => {
    expect(grants('publisher')).toEqual([
      'dynamodb:GetItem table/…-audit',
      'dynamodb:GetItem table/…-incidents',
      'dynamodb:PartiQLInsert table/…-audit',
      'dynamodb:Query table/…-audit',
      'kms:GetPublicKey key/approval',
      'kms:GetPublicKey key/publication',
      'kms:Sign key/publication',
      'secretsmanager:GetSecretValue secret:…/statuspage-api-key-AbCdEf',
      ...consumes('…-publications.fifo'),
      'sqs:SendMessage …-incidents.fifo',
    ]);
  });

  it('of sweeper drains outbox and dead letters, and finds unfinished incidents and alerts', () => {
    expect(grants('sweeper')).toEqual([
      'dynamodb:DeleteItem table/…-outbox',
      'dynamodb:GetItem table/…-incidents',
      'dynamodb:Query table/…-incidents',
      'dynamodb:Query table/…-incidents/index/open',
      'dynamodb:Query table/…-incidents/index/unfinished',
      'dynamodb:Scan table/…-outbox',
      'dynamodb:UpdateItem table/…-incidents',
      'secretsmanager:GetSecretValue secret:…/oncall-api-token-AbCdEf',
      'sqs:ChangeMessageVisibility …-incidents-dlq.fifo',
      'sqs:ChangeMessageVisibility …-publications-dlq.fifo',
      'sqs:DeleteMessage …-incidents-dlq.fifo',
      'sqs:DeleteMessage …-publications-dlq.fifo',
      'sqs:ReceiveMessage …-incidents-dlq.fifo',
      'sqs:ReceiveMessage …-publications-dlq.fifo',
      'sqs:SendMessage …-alerts.fifo',
      'sqs:SendMessage …-incidents.fifo',
    ]);
  });

  it('of sweeper holds no secret where OnCall is not asked', () => {
    template = synthesise({ oncall: undefined });
    expect(grants('sweeper').join()).not.toMatch(/secret|GetItem|UpdateItem/);
    template = synthesise();
  });

  it('of sweeper reaches of the incidents table what it compares, and nothing else', () => {
    const conditions = holders(template)
      .filter(({ name }) => name === roleOf(template, 'sweeper'))
      .flatMap(({ statements }) => statements)
      .filter((statement) => /dynamodb:(Query|GetItem|UpdateItem)/.test(JSON.stringify(statement)))
      .map(({ Condition }) => Condition);
    const only = (keys: string) => ({
      'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': [keys] },
    });
    // The indexes are resources of their own.
    expect(conditions).toEqual([
      undefined,
      undefined,
      only('PUBLISHED#*'),
      only('ALERTGROUP#*'),
      only('RATE#oncall'),
    ]);
  });
});
