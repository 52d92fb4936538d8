import * as trail from './assertions.ts';
import { one } from './template.ts';
import {
  also,
  alsoOn,
  approvalKey,
  change,
  type Guard,
  PAGE_SECRET_PATTERN,
  plus,
} from './widen.ts';

/** Grants around keys, secrets and roles, widened. */
export const ACCESS_GUARDS: readonly Guard[] = [
  {
    claim: 'only publisher reads the Statuspage key',
    assertion: trail.assertOnlyPublisherReadsTheStatuspageKey,
    widenings: {
      'worker may read it by a pattern': also(
        'incident-worker',
        'secretsmanager:GetSecretValue',
        PAGE_SECRET_PATTERN,
      ),
      'sweeper may read every secret': also('sweeper', 'secretsmanager:Get*', '*'),
      'ingress may do everything but KMS': (t) => {
        const policy = one(t, 'AWS::IAM::Policy', 'SlackIngressRole')[1].Properties;
        const statement = { Effect: 'Allow', NotAction: 'kms:*', Resource: '*' };
        policy.PolicyDocument.Statement.push(statement);
      },
      'a new user gets an unknown managed policy': plus('Someone', 'AWS::IAM::User', {
        ManagedPolicyArns: ['arn:aws:iam::aws:policy/SecretsManagerReadWrite'],
      }),
      'a new role holds it inline': plus('Other', 'AWS::IAM::Role', {
        Policies: [
          {
            PolicyDocument: {
              Statement: {
                Effect: 'Allow',
                Action: ['secretsmanager:getsecretvalue'],
                Resource: ['*'],
              },
            },
          },
        ],
      }),
      'the secret invites an account': change(
        'AWS::SecretsManager::ResourcePolicy',
        'Secretsstatuspageapikey',
        (p) =>
          p.ResourcePolicy.Statement.push({
            Effect: 'Allow',
            Action: 'secretsmanager:*',
            Principal: { AWS: 'arn:aws:iam::999999999999:root' },
            Resource: '*',
          }),
      ),
      'the secret’s own denial is gone': (t) => {
        delete t.Resources[
          one(t, 'AWS::SecretsManager::ResourcePolicy', 'Secretsstatuspageapikey')[0]
        ];
      },
    },
  },
  {
    claim: 'only incident-worker signs approvals',
    assertion: trail.assertOnlyWorkerSignsApprovals,
    widenings: {
      'publisher may sign': alsoOn('publisher', 'kms:Sign', approvalKey),
      'sweeper may do all with KMS': also('sweeper', 'kms:*', '*'),
      'worker may pass signing on': alsoOn('incident-worker', 'kms:CreateGrant', approvalKey),
      'the key invites a role': change('AWS::KMS::Key', 'ApprovalKey', (p) =>
        p.KeyPolicy.Statement.push({
          Effect: 'Allow',
          Action: 'kms:Sign',
          Principal: { AWS: 'arn:aws:iam::111122223333:role/other' },
          Resource: '*',
        }),
      ),
      'the key denies nobody': change('AWS::KMS::Key', 'ApprovalKey', (p) => {
        p.KeyPolicy.Statement.splice(1);
      }),
      'the key spares another role': change('AWS::KMS::Key', 'ApprovalKey', (p) => {
        p.KeyPolicy.Statement[1].Condition.ArnNotEquals['aws:PrincipalArn'] = '*';
      }),
    },
  },
  {
    claim: 'only publisher signs publications',
    assertion: trail.assertOnlyPublisherSignsPublications,
    widenings: { 'worker may sign': also('incident-worker', 'kms:Sign', '*') },
  },
  {
    claim: 'AuditReader is exact',
    assertion: trail.assertAuditReaderIsExact,
    widenings: {
      'may scan': change('AWS::IAM::ManagedPolicy', 'AuditReader', (p) =>
        p.PolicyDocument.Statement[0].Action.push('dynamodb:Scan'),
      ),
      'may read every table': change('AWS::IAM::ManagedPolicy', 'AuditReader', (p) =>
        p.PolicyDocument.Statement[0].Resource.push('*'),
      ),
      'may sign': change('AWS::IAM::ManagedPolicy', 'AuditReader', (p) => {
        p.PolicyDocument.Statement[1].Action = ['kms:GetPublicKey', 'kms:Sign'];
      }),
      'may do all but one thing': change('AWS::IAM::ManagedPolicy', 'AuditReader', (p) =>
        p.PolicyDocument.Statement.push({ Effect: 'Allow', NotAction: 'kms:Sign', Resource: '*' }),
      ),
    },
  },
  {
    claim: 'roles are assumed by their service only',
    assertion: trail.assertRolesAreAssumedByTheirServiceOnly,
    widenings: {
      'the account may become publisher': change('AWS::IAM::Role', 'PublisherRole', (p) =>
        p.AssumeRolePolicyDocument.Statement.push({
          Effect: 'Allow',
          Action: 'sts:AssumeRole',
          Principal: { AWS: 'arn:aws:iam::111122223333:root' },
        }),
      ),
    },
  },
];
