import { deepStrictEqual, ok } from 'node:assert/strict';
import { FUNCTION_NAMES, FUNCTION_VARIABLES } from '../../src/config.ts';
import {
  actionMatches,
  concerns,
  glob,
  guestsOf,
  holders,
  principalsOf,
  resourcePolicyOf,
  roleOf,
  whoMay,
} from './access.ts';
import {
  arnOf,
  list,
  one,
  type Properties,
  resolved,
  resourcesOf,
  type Statement,
  type Template,
} from './template.ts';

const REWRITES = [
  'dynamodb:PutItem',
  'dynamodb:UpdateItem',
  'dynamodb:DeleteItem',
  'dynamodb:BatchWriteItem',
  'dynamodb:PartiQLUpdate',
  'dynamodb:PartiQLDelete',
];

function auditArns(template: Template): string[] {
  const arn = arnOf(template, one(template, 'AWS::DynamoDB::Table', 'AuditTable')[0]);
  return [arn, `${arn}/index/by-type`, `${arn}/index/by-actor`];
}

function tableArn(template: Template): string {
  return auditArns(template)[0] ?? '';
}

/** Only publisher's role is given the Statuspage key, and the secret denies everybody else. */
export function assertOnlyPublisherReadsTheStatuspageKey(template: Template): void {
  const [id] = one(template, 'AWS::SecretsManager::Secret', 'Secretsstatuspageapikey');
  const publisher = roleOf(template, 'publisher');
  for (const action of ['secretsmanager:GetSecretValue', 'secretsmanager:BatchGetSecretValue']) {
    const allowed = action === 'secretsmanager:GetSecretValue' ? [publisher] : [];
    deepStrictEqual(whoMay(template, action, arnOf(template, id)), allowed);
  }
  const own = resourcePolicyOf(template, 'AWS::SecretsManager::Secret', id);
  deepStrictEqual(guestsOf(template, own, 'secretsmanager:GetSecretValue'), []);
  assertDeniedToAllBut(template, own, 'secretsmanager:GetSecretValue', publisher);
}

/** Only incident-worker's role may sign approvals, and the key denies everybody else. */
export function assertOnlyWorkerSignsApprovals(template: Template): void {
  assertOnlySigner(template, 'ApprovalKey', 'incident-worker');
}

export function assertOnlyPublisherSignsPublications(template: Template): void {
  assertOnlySigner(template, 'PublicationKey', 'publisher');
}

function assertOnlySigner(template: Template, key: string, functionName: string): void {
  const [id] = one(template, 'AWS::KMS::Key', key);
  const signer = roleOf(template, functionName);
  deepStrictEqual(whoMay(template, 'kms:Sign', arnOf(template, id)), [signer]);
  // A KMS grant would be a second way in, and a key policy a third.
  for (const action of ['kms:CreateGrant', 'kms:PutKeyPolicy']) {
    deepStrictEqual(whoMay(template, action, arnOf(template, id)), []);
  }
  const own = resourcePolicyOf(template, 'AWS::KMS::Key', id);
  deepStrictEqual(guestsOf(template, own, 'kms:Sign'), []);
  assertDeniedToAllBut(template, own, 'kms:Sign', signer);
}

function assertDeniedToAllBut(
  template: Template,
  policy: Statement[],
  action: string,
  role: string,
): void {
  const exempt = policy
    .filter((statement) => statement.Effect === 'Deny' && actionMatches(statement, action))
    .filter((statement) => principalsOf(template, statement).includes('*'))
    .map((statement) => statement.Condition?.ArnNotEquals?.['aws:PrincipalArn'])
    .map((arn) => resolved(template, arn));
  deepStrictEqual(exempt, [arnOf(template, role)]);
}

/** No identity may change or remove an event; neither may anyone switch on a time to live. */
export function assertNobodyRewritesTheTrail(template: Template): void {
  for (const action of [...REWRITES, 'dynamodb:UpdateTimeToLive', 'dynamodb:DeleteTable']) {
    for (const arn of auditArns(template)) {
      deepStrictEqual([action, whoMay(template, action, arn)], [action, []]);
    }
  }
}

/** The table denies every rewriting action to everybody, without a condition. */
export function assertTrailDeniesRewriting(template: Template): void {
  const own = resourcePolicyOf(template, 'AWS::DynamoDB::Table', 'AuditTable');
  const target = tableArn(template);
  for (const action of REWRITES) {
    const denied = own.some(
      (statement) =>
        statement.Effect === 'Deny' &&
        statement.Condition === undefined &&
        principalsOf(template, statement).includes('*') &&
        concerns(template, statement, action, target),
    );
    ok(denied, `expected the audit table to deny ${action} to everybody`);
  }
}

/** Only the two halves of the gate append. */
export function assertOnlyTheGateAppends(template: Template): void {
  const appenders = ['incident-worker', 'publisher'].map((name) => roleOf(template, name)).sort();
  deepStrictEqual(whoMay(template, 'dynamodb:PartiQLInsert', tableArn(template)), appenders);
}

/** The functions that strangers can reach hold nothing at all on the audit table. */
export function assertIngressCannotTouchTheTrail(template: Template): void {
  const own = resourcePolicyOf(template, 'AWS::DynamoDB::Table', 'AuditTable');
  ok(!own.some(({ Effect }) => Effect === 'Allow'), 'expected no permission on the table itself');
  for (const name of ['alert-webhook', 'slack-ingress']) {
    const role = roleOf(template, name);
    const held = holders(template).find((holder) => holder.name === role)?.statements ?? [];
    for (const statement of held) {
      const touches =
        statement.Effect === 'Allow' &&
        namesDynamoDb(statement) &&
        auditArns(template).some((arn) => speaksOf(template, statement, arn));
      ok(!touches, `expected ${name} to hold nothing on the audit table`);
    }
  }
}

function namesDynamoDb(statement: Statement): boolean {
  if (statement.NotAction !== undefined) return true;
  return list(statement.Action).some((action) => /^(\*|dynamodb:)/i.test(action));
}

function speaksOf(template: Template, statement: Statement, arn: string): boolean {
  if (statement.NotResource !== undefined) return true;
  return list(statement.Resource).some((pattern) => glob(resolved(template, pattern), arn));
}

/** AuditReader is Query and GetItem on the trail and its indexes, and both public keys. */
export function assertAuditReaderIsExact(template: Template): void {
  const [, { Properties: p }] = one(template, 'AWS::IAM::ManagedPolicy', 'AuditReader');
  const statements = list<Statement>(p.PolicyDocument.Statement);
  const keys = ['ApprovalKey', 'PublicationKey'].map((key) =>
    arnOf(template, one(template, 'AWS::KMS::Key', key)[0]),
  );
  const expected = [
    ...auditArns(template).flatMap((arn) => [`dynamodb:GetItem ${arn}`, `dynamodb:Query ${arn}`]),
    ...keys.map((arn) => `kms:GetPublicKey ${arn}`),
  ];
  deepStrictEqual(permissionsOf(template, statements), expected.sort());
}

/** Flat `action resource` lines, sorted, each once; anything unusual is shown as it is. */
export function permissionsOf(template: Template, statements: Statement[]): string[] {
  const lines = statements.flatMap((statement) => {
    if (statement.Effect === 'Deny') return [];
    if (statement.NotAction !== undefined || statement.NotResource !== undefined) {
      return [`unusual ${JSON.stringify(statement)}`];
    }
    return list(statement.Action).flatMap((action) =>
      list(statement.Resource).map((resource) => `${action} ${resolved(template, resource)}`),
    );
  });
  return [...new Set(lines)].sort();
}

/** Each role is assumed by the one service that runs it. */
export function assertRolesAreAssumedByTheirServiceOnly(template: Template): void {
  for (const [id, { Properties: p }] of resourcesOf(template, 'AWS::IAM::Role')) {
    const trusted = list<Statement>(p.AssumeRolePolicyDocument.Statement).flatMap((statement) =>
      principalsOf(template, statement),
    );
    const service = id.startsWith('Schedules') ? 'scheduler.amazonaws.com' : 'lambda.amazonaws.com';
    deepStrictEqual([id, trusted], [id, [service]]);
  }
}

/** PITR, deletion protection, kept with the stack gone, and rows that never expire. */
export function assertTrailIsKept(template: Template): void {
  const [, table] = one(template, 'AWS::DynamoDB::Table', 'AuditTable');
  const { Properties: p } = table;
  deepStrictEqual(
    {
      pointInTimeRecovery: p.PointInTimeRecoverySpecification?.PointInTimeRecoveryEnabled,
      deletionProtection: p.DeletionProtectionEnabled,
      onDelete: table.DeletionPolicy,
      onReplace: table.UpdateReplacePolicy,
      timeToLive: p.TimeToLiveSpecification,
      indexes: p.GlobalSecondaryIndexes.map((index: Properties) => index.IndexName),
    },
    {
      pointInTimeRecovery: true,
      deletionProtection: true,
      onDelete: 'Retain',
      onReplace: 'Retain',
      timeToLive: undefined,
      indexes: ['by-type', 'by-actor'],
    },
  );
}

/** Every function gets exactly the variables it reads. */
export function assertVariablesAreExact(template: Template): void {
  for (const name of FUNCTION_NAMES) {
    const { Properties: p } = functionNamed(template, name);
    const given = Object.keys(p.Environment?.Variables ?? {}).sort();
    deepStrictEqual([name, given], [name, [...FUNCTION_VARIABLES[name]].sort()]);
  }
}

export function functionNamed(template: Template, name: string) {
  const found = resourcesOf(template, 'AWS::Lambda::Function').find(([, { Properties: p }]) =>
    String(p.FunctionName).endsWith(`-${name}`),
  );
  ok(found, `expected a function ${name}`);
  return found[1];
}

/** The routes of the product and no other. */
export function assertRoutesAreExact(template: Template): void {
  const routes = resourcesOf(template, 'AWS::ApiGatewayV2::Route').map(([, { Properties: p }]) => {
    const integrationId = String(p.Target['Fn::Join'][1][1].Ref);
    const uri = template.Resources[integrationId]?.Properties.IntegrationUri['Fn::GetAtt'][0];
    const functionName = template.Resources[uri]?.Properties.FunctionName;
    return `${p.RouteKey} → ${String(functionName).replace(/^incident-response-acme-test-/, '')}`;
  });
  deepStrictEqual(routes.sort(), [
    'ANY /health → alert-webhook',
    'ANY /slack/commands → slack-ingress',
    'ANY /slack/events → slack-ingress',
    'ANY /slack/interactions → slack-ingress',
    'ANY /webhooks/alertmanager → alert-webhook',
    'ANY /webhooks/grafana-alerting → alert-webhook',
    'ANY /webhooks/grafana-irm → alert-webhook',
    'ANY /webhooks/grafana-oncall → alert-webhook',
    'ANY /webhooks/grafana-oncall/bearer → alert-webhook',
    'ANY /webhooks/pagerduty → alert-webhook',
    'ANY /webhooks/standard → alert-webhook',
  ]);
}

/** Alarms that share an article: one for each secret, one for each path. */
const FAMILIES = /^(secret-malformed|webhook-refused)-.+$/;

/** Alarms and runbook articles are one to one, but for families, and every alarm tells somebody. */
export function assertAlarmsHaveArticles(template: Template, runbook: string): void {
  const [topic] = one(template, 'AWS::SNS::Topic', 'Alarms');
  const alarms = resourcesOf(template, 'AWS::CloudWatch::Alarm').map(([, { Properties: p }]) => {
    const name = String(p.AlarmName)
      .replace(/^acme-test-/, '')
      .replace(FAMILIES, '$1');
    ok(p.AlarmDescription.endsWith(`docs/runbook.md#${name}`), `expected ${name} to link itself`);
    deepStrictEqual([name, p.AlarmActions], [name, [{ Ref: topic }]]);
    return name;
  });
  const articles = [...runbook.matchAll(/^## (\S+)$/gm)].map(([, name]) => name);
  deepStrictEqual(articles.sort(), [...new Set(alarms)].sort());
}
