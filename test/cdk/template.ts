/** A CloudFormation template, as far as the assertions look into it. */
export type Template = { Resources: Record<string, Resource> };
// biome-ignore lint/suspicious/noExplicitAny: templates are JSON of a hundred shapes.
export type Properties = Record<string, any>;
export type Resource = {
  Type: string;
  Properties: Properties;
  DeletionPolicy?: string;
  UpdateReplacePolicy?: string;
};
export type Statement = {
  Sid?: string;
  Effect: 'Allow' | 'Deny';
  Action?: string | string[];
  NotAction?: string | string[];
  Resource?: unknown;
  NotResource?: unknown;
  Principal?: unknown;
  Condition?: Record<string, Record<string, unknown>>;
};

export const REGION = 'us-east-1';
export const ACCOUNT = '111122223333';

/** Resources of one type, by logical id. */
export function resourcesOf(template: Template, type: string): [string, Resource][] {
  return Object.entries(template.Resources).filter(([, resource]) => resource.Type === type);
}

/** The one resource of a type whose logical id starts so. */
export function one(template: Template, type: string, idPrefix: string): [string, Resource] {
  const found = resourcesOf(template, type).filter(([id]) => id.startsWith(idPrefix));
  if (found.length === 1 && found[0]) return found[0];
  throw new Error(`expected one ${type} named ${idPrefix}…, got ${found.length}`);
}

export function list<T>(value: T | T[] | undefined): T[] {
  if (value === undefined) return [];
  return Array.isArray(value) ? value : [value];
}

/**
 * The text a value would have in AWS. What cannot be known becomes `*`, so that an assertion which
 * looks for matches errs on the side of finding one.
 */
export function resolved(template: Template, value: unknown): string {
  if (typeof value === 'string') return value;
  if (typeof value !== 'object' || value === null) return '*';
  const [[kind, given] = ['', undefined]] = Object.entries(value);
  if (kind === 'Ref') return reference(template, String(given));
  if (kind === 'Fn::GetAtt' && Array.isArray(given)) {
    return given[1] === 'Arn' ? arnOf(template, given[0]) : '*';
  }
  if (kind === 'Fn::Join' && Array.isArray(given)) {
    return given[1].map((part: unknown) => resolved(template, part)).join(given[0]);
  }
  if (kind === 'Fn::Sub' && typeof given === 'string') {
    return given.replace(/\$\{([^}]+)\}/g, (_, name) => reference(template, name));
  }
  return '*';
}

const PSEUDO: Record<string, string> = {
  'AWS::Region': REGION,
  'AWS::AccountId': ACCOUNT,
  'AWS::Partition': 'aws',
  'AWS::URLSuffix': 'amazonaws.com',
};

/** Types whose `Ref` is their ARN. */
const REF_IS_ARN = ['AWS::SecretsManager::Secret', 'AWS::IAM::ManagedPolicy', 'AWS::SNS::Topic'];

function reference(template: Template, name: string): string {
  const pseudo = PSEUDO[name];
  if (pseudo) return pseudo;
  const resource = template.Resources[name];
  return resource && REF_IS_ARN.includes(resource.Type) ? arnOf(template, name) : name;
}

/** The ARN a resource would have; logical ids stand for what AWS generates. */
export function arnOf(template: Template, id: string): string {
  const resource = template.Resources[id];
  const { Properties: p = {}, Type = '' } = resource ?? {};
  const at = `${REGION}:${ACCOUNT}`;
  switch (Type) {
    case 'AWS::DynamoDB::Table':
      return `arn:aws:dynamodb:${at}:table/${p.TableName}`;
    case 'AWS::SQS::Queue':
      return `arn:aws:sqs:${at}:${p.QueueName}`;
    case 'AWS::SecretsManager::Secret':
      return `arn:aws:secretsmanager:${at}:secret:${p.Name}-AbCdEf`;
    case 'AWS::KMS::Key':
      return `arn:aws:kms:${at}:key/${id}`;
    case 'AWS::IAM::Role':
      return `arn:aws:iam::${ACCOUNT}:role/${id}`;
    case 'AWS::IAM::ManagedPolicy':
      return `arn:aws:iam::${ACCOUNT}:policy/${p.ManagedPolicyName ?? id}`;
    case 'AWS::Logs::LogGroup':
      return `arn:aws:logs:${at}:log-group:${p.LogGroupName ?? id}:*`;
    case 'AWS::SNS::Topic':
      return `arn:aws:sns:${at}:${p.TopicName ?? id}`;
    case 'AWS::Lambda::Function':
      return `arn:aws:lambda:${at}:function:${p.FunctionName}`;
    default:
      return '*';
  }
}
