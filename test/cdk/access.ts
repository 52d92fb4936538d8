import {
  ACCOUNT,
  arnOf,
  list,
  one,
  type Properties,
  resolved,
  resourcesOf,
  type Statement,
  type Template,
} from './template.ts';

/** Someone who may hold permissions, and every statement that gives them. */
export type Holder = { name: string; statements: Statement[] };

const IDENTITY_TYPES = ['AWS::IAM::Role', 'AWS::IAM::User', 'AWS::IAM::Group'];
const ATTACHED_TYPES = [
  'AWS::IAM::Policy',
  'AWS::IAM::ManagedPolicy',
  'AWS::IAM::RolePolicy',
  'AWS::IAM::UserPolicy',
  'AWS::IAM::GroupPolicy',
];

/**
 * Every identity with all it is given: inline policies, attached policies and managed policies.
 *
 * A managed policy that nobody holds yet is a holder too, because somebody will be given it. A
 * policy that the template does not contain counts as one that allows everything.
 */
export function holders(template: Template): Holder[] {
  const found = new Map<string, Holder>();
  const holder = (name: string): Holder => {
    const known = found.get(name) ?? { name, statements: [] };
    found.set(name, known);
    return known;
  };
  for (const type of IDENTITY_TYPES) {
    for (const [id, { Properties: p }] of resourcesOf(template, type)) {
      holder(id).statements.push(...list(p.Policies).flatMap(statementsOf));
      for (const arn of list(p.ManagedPolicyArns)) {
        holder(id).statements.push(...managed(template, arn));
      }
    }
  }
  for (const type of ATTACHED_TYPES) {
    for (const [id, { Properties: p }] of resourcesOf(template, type)) {
      const names = [p.Roles, p.Users, p.Groups, p.RoleName, p.UserName, p.GroupName].flatMap(list);
      const targets = names.map((name) => resolved(template, name));
      if (type === 'AWS::IAM::ManagedPolicy') targets.push(id);
      for (const target of targets) holder(target).statements.push(...statementsOf(p));
    }
  }
  return [...found.values()];
}

function statementsOf(policy: Properties): Statement[] {
  return list(policy.PolicyDocument?.Statement);
}

function managed(template: Template, arn: unknown): Statement[] {
  const target = resolved(template, arn);
  const own = resourcesOf(template, 'AWS::IAM::ManagedPolicy').find(
    ([id]) => arnOf(template, id) === target,
  );
  return own ? statementsOf(own[1].Properties) : [{ Effect: 'Allow', Action: '*', Resource: '*' }];
}

/** The role of one of the product's functions, by the end of the function's name. */
export function roleOf(template: Template, functionName: string): string {
  const found = resourcesOf(template, 'AWS::Lambda::Function').find(([, { Properties: p }]) =>
    String(p.FunctionName).endsWith(`-${functionName}`),
  );
  const role = found?.[1].Properties.Role?.['Fn::GetAtt']?.[0];
  if (typeof role === 'string') return role;
  throw new Error(`expected a function ${functionName} with a role of its own, got none`);
}

/** Names of all who may do this; conditions are ignored, so a conditional permission counts. */
export function whoMay(template: Template, action: string, targetArn: string): string[] {
  return holders(template)
    .filter(({ statements }) =>
      statements.some((statement) => allows(template, statement, action, targetArn)),
    )
    .map(({ name }) => name)
    .sort();
}

export function allows(
  template: Template,
  statement: Statement,
  action: string,
  targetArn: string,
): boolean {
  return statement.Effect === 'Allow' && concerns(template, statement, action, targetArn);
}

/** True when the statement speaks about this action on this resource. */
export function concerns(
  template: Template,
  statement: Statement,
  action: string,
  targetArn: string,
): boolean {
  return actionMatches(statement, action) && resourceMatches(template, statement, targetArn);
}

export function actionMatches(statement: Statement, action: string): boolean {
  const named = (patterns: string[]) => patterns.some((pattern) => glob(pattern, action));
  if (statement.NotAction !== undefined) return !named(list(statement.NotAction));
  return named(list(statement.Action));
}

function resourceMatches(template: Template, statement: Statement, targetArn: string): boolean {
  const named = (patterns: unknown[]) =>
    patterns.some((pattern) => glob(resolved(template, pattern), targetArn));
  if (statement.NotResource !== undefined) return !named(list(statement.NotResource));
  return named(list(statement.Resource));
}

/** IAM's wildcards. A target may end in `*` itself, e.g. any object below a prefix. */
export function glob(pattern: string, text: string): boolean {
  const source = pattern
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${source}$`, 'i').test(text);
}

/** Statements of a resource's own policy. */
export function resourcePolicyOf(template: Template, type: string, idPrefix: string): Statement[] {
  const [id, { Properties: p }] = one(template, type, idPrefix);
  if (type === 'AWS::KMS::Key') return list(p.KeyPolicy?.Statement);
  if (type === 'AWS::DynamoDB::Table') return list(p.ResourcePolicy?.PolicyDocument?.Statement);
  return resourcesOf(template, 'AWS::SecretsManager::ResourcePolicy')
    .filter(([, policy]) => policy.Properties.SecretId?.Ref === id)
    .flatMap(([, policy]) => list<Statement>(policy.Properties.ResourcePolicy?.Statement));
}

const ROOT = `arn:aws:iam::${ACCOUNT}:root`;

/** Principals that a resource's own policy gives this action to, the account itself excepted. */
export function guestsOf(template: Template, statements: Statement[], action: string): string[] {
  return statements
    .filter((statement) => statement.Effect === 'Allow' && actionMatches(statement, action))
    .flatMap((statement) => principalsOf(template, statement))
    .filter((principal) => principal !== ROOT);
}

export function principalsOf(template: Template, statement: Statement): string[] {
  const principal = statement.Principal;
  if (typeof principal === 'string') return [principal];
  return Object.values(principal ?? {})
    .flatMap((value) => list<unknown>(value))
    .map((value) => resolved(template, value));
}
