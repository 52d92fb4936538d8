import * as trail from './assertions.ts';
import { also, alsoOn, audit, change, type Guard, plus, tablePolicy } from './widen.ts';

/** Grants around the audit trail, widened. */
export const TRAIL_GUARDS: readonly Guard[] = [
  {
    claim: 'nobody rewrites the trail',
    assertion: trail.assertNobodyRewritesTheTrail,
    widenings: {
      'worker may put': alsoOn('incident-worker', 'dynamodb:PutItem', audit),
      'worker may update': alsoOn('incident-worker', 'dynamodb:UpdateItem', audit),
      'publisher may delete': alsoOn('publisher', 'dynamodb:DeleteItem', audit),
      'publisher may write batches': alsoOn('publisher', 'dynamodb:BatchWriteItem', audit),
      'worker may update by PartiQL': alsoOn('incident-worker', 'dynamodb:PartiQLUpdate', audit),
      'sweeper may delete by PartiQL': alsoOn('sweeper', 'dynamodb:PartiQL*', audit),
      'sweeper’s tables are a pattern': also(
        'sweeper',
        'dynamodb:DeleteItem',
        'arn:aws:dynamodb:*:*:table/incident-response-*',
      ),
      'worker may set a time to live': alsoOn(
        'incident-worker',
        'dynamodb:UpdateTimeToLive',
        audit,
      ),
      'a managed policy nobody holds yet': plus('Spare', 'AWS::IAM::ManagedPolicy', {
        PolicyDocument: { Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }] },
      }),
    },
  },
  {
    claim: 'the trail denies rewriting',
    assertion: trail.assertTrailDeniesRewriting,
    widenings: {
      'one action less': tablePolicy((statement) => {
        statement.Action = statement.Action.filter((a: string) => a !== 'dynamodb:PartiQLDelete');
      }),
      'one role only': tablePolicy((statement) => {
        statement.Principal = { AWS: 'arn:aws:iam::111122223333:role/other' };
      }),
      'under a condition': tablePolicy((statement) => {
        statement.Condition = { Bool: { 'aws:SecureTransport': 'false' } };
      }),
      'another table': tablePolicy((statement) => {
        statement.Resource = 'arn:aws:dynamodb:us-east-1:111122223333:table/other';
      }),
      'no policy': change('AWS::DynamoDB::Table', 'AuditTable', (p) => {
        delete p.ResourcePolicy;
      }),
    },
  },
  {
    claim: 'only the gate appends',
    assertion: trail.assertOnlyTheGateAppends,
    widenings: { 'sweeper may append': alsoOn('sweeper', 'dynamodb:PartiQLInsert', audit) },
  },
  {
    claim: 'ingress cannot touch the trail',
    assertion: trail.assertIngressCannotTouchTheTrail,
    widenings: {
      'alert-webhook may read a row': alsoOn('alert-webhook', 'dynamodb:GetItem', audit),
      'slack-ingress may append': alsoOn('slack-ingress', 'dynamodb:PartiQLInsert', audit),
      'slack-ingress may query an index': also(
        'slack-ingress',
        'dynamodb:Query',
        'arn:aws:dynamodb:*:*:table/*/index/*',
      ),
      'the table lets them in itself': change('AWS::DynamoDB::Table', 'AuditTable', (p) =>
        p.ResourcePolicy.PolicyDocument.Statement.push({
          Effect: 'Allow',
          Action: 'dynamodb:Query',
          Principal: '*',
          Resource: '*',
        }),
      ),
    },
  },
  {
    claim: 'the trail is kept',
    assertion: trail.assertTrailIsKept,
    widenings: {
      'deletable with the stack': change('AWS::DynamoDB::Table', 'AuditTable', (_, whole) => {
        whole.DeletionPolicy = 'Delete';
      }),
      'without deletion protection': change('AWS::DynamoDB::Table', 'AuditTable', (p) => {
        p.DeletionProtectionEnabled = false;
      }),
      'with rows that expire': change('AWS::DynamoDB::Table', 'AuditTable', (p) => {
        p.TimeToLiveSpecification = { AttributeName: 'ttl', Enabled: true };
      }),
      'without recovery': change('AWS::DynamoDB::Table', 'AuditTable', (p) => {
        delete p.PointInTimeRecoverySpecification;
      }),
    },
  },
];
