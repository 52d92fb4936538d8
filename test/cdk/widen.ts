import { roleOf } from './access.ts';
import { one, type Properties, type Resource, resourcesOf, type Template } from './template.ts';

/** Changes a template the way a careless change to the infrastructure would. */
export type Widening = (template: Template) => void;

/** Gives a function's role one more permission, the way a careless grant would. */
export function also(functionName: string, Action: string | string[], Resource: unknown): Widening {
  return (widened) => {
    const role = roleOf(widened, functionName);
    const policies = resourcesOf(widened, 'AWS::IAM::Policy');
    const own = policies.find(([, { Properties: p }]) => p.Roles[0].Ref === role);
    own?.[1].Properties.PolicyDocument.Statement.push({ Effect: 'Allow', Action, Resource });
  };
}

export function change(
  type: string,
  id: string,
  edit: (p: Properties, whole: Resource) => void,
): Widening {
  return (widened) => {
    const [, resource] = one(widened, type, id);
    edit(resource.Properties, resource);
  };
}

/** Adds a resource. */
export const plus =
  (id: string, Type: string, Properties: Properties): Widening =>
  (widened) => {
    widened.Resources[id] = { Type, Properties };
  };

export const att = (type: string, id: string) => (widened: Template) => ({
  'Fn::GetAtt': [one(widened, type, id)[0], 'Arn'],
});
export const audit = att('AWS::DynamoDB::Table', 'AuditTable');
export const approvalKey = att('AWS::KMS::Key', 'ApprovalKey');
export const PAGE_SECRET_PATTERN =
  'arn:aws:secretsmanager:*:*:secret:incident-response-acme-test/status*';

/** Like `also`, on something that has to be found in the template first. */
export const alsoOn =
  (functionName: string, action: string, resource: (t: Template) => unknown): Widening =>
  (widened) =>
    also(functionName, action, resource(widened))(widened);

export const tablePolicy = (edit: (statement: Properties) => void) =>
  change('AWS::DynamoDB::Table', 'AuditTable', (p) =>
    edit(p.ResourcePolicy.PolicyDocument.Statement[0]),
  );

/** One assertion, and changes that it must not let pass. */
export type Guard = {
  claim: string;
  assertion: (template: Template) => void;
  widenings: Record<string, Widening>;
};
