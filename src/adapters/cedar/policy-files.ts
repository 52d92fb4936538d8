import {
  checkParseSchema,
  policySetTextToParts,
  policyToJson,
  validate,
} from '@cedar-policy/cedar-wasm/nodejs';
import { ConfigError } from '../../config.ts';
import { SEVERITIES, type Severity } from '../../domain/severity.ts';
import {
  COMPONENT_STATES,
  DRAFT_ACTIONS,
  PAGE_IMPACTS,
} from '../../domain/statuspage-event-details.ts';
import type { PolicyFiles } from '../files/deployment-config.ts';
import {
  actionsNamed,
  comparedWith,
  namesContext,
  roleOfScope,
  rolesNamed,
} from './policy-terms.ts';

/** What can be asked: an action of a draft, or one of the two that stand beside it. */
export const POLICY_ACTIONS = [...DRAFT_ACTIONS, 'component_change', 'break_glass'] as const;
export type PolicyAction = (typeof POLICY_ACTIONS)[number];

/** One policy, checked. */
export type CheckedPolicy = {
  id: string;
  /** `policies/<file>`. */
  file: string;
  text: string;
  effect: 'permit' | 'forbid';
  approvers: number;
  validForS: number;
  severities: Severity[];
  rule: string;
  /** Null: all. */
  actions: PolicyAction[] | null;
  /** It asks about the time. */
  readsClock: boolean;
  needsRole: string | null;
};
/** Policies by `@id`, in the order they are written in, and their schema. */
export type PolicySet = { policies: ReadonlyMap<string, CheckedPolicy>; schema: string };

/** Most approvers a policy may ask for; more could never all be found at night. */
const APPROVERS_MAX = 10;
/** Longest time for which an approval may stand. */
const VALID_FOR_S_MAX = 86_400;
/** Longest `@id` the record keeps. */
const POLICY_ID_MAX = 200;
/** Most policies the record can name for one approval. */
const POLICIES_MAX = 50;

/**
 * Reads and checks every policy of a deployment. Each file is read by itself, so that a mistake is
 * named with its file; what Cedar's strict validation says is named with file and policy.
 *
 * @param roles - the roles that `routing.json` grants; undefined: not known, so not checked
 * @throws {ConfigError} naming the file or policy, what was expected and what was found
 */
export function readPolicySet(files: PolicyFiles, roles?: readonly string[]): PolicySet {
  const policies = new Map<string, CheckedPolicy>();
  for (const [file, text] of Object.entries(files.files)) {
    if (!file.endsWith('.cedar')) continue;
    for (const policy of policiesOf(`policies/${file}`, text, roles)) {
      const { id } = policy;
      if (policies.has(id)) {
        throw new ConfigError(`cannot read policies/${file}: @id ${id} is used twice`);
      }
      policies.set(id, policy);
    }
  }
  if (policies.size > POLICIES_MAX) {
    throw new ConfigError(
      `cannot read the policies: expected at most ${POLICIES_MAX}, got ${policies.size}`,
    );
  }
  const set = { policies, schema: schemaOf(files) };
  checkStrictly(set);
  return set;
}

function schemaOf(files: PolicyFiles): string {
  const schemas = Object.entries(files.files).filter(([file]) => file.endsWith('.cedarschema'));
  for (const [file, text] of schemas) {
    // One schema is what a deployment has; several are read as one.
    if (schemas.length === 1) readable(checkParseSchema(text), `policies/${file}`);
  }
  const schema = schemas.map(([, text]) => text).join('\n');
  readable(checkParseSchema(schema), 'the policy schema');
  return schema;
}

function checkStrictly({ policies, schema }: PolicySet): void {
  const staticPolicies = Object.fromEntries([...policies].map(([id, { text }]) => [id, text]));
  const answer = validate({
    schema,
    policies: { staticPolicies },
    validationSettings: { mode: 'strict' },
  });
  const { validationErrors, validationWarnings } = readable(answer, 'the policies');
  // A warning is a policy that can never apply or means something else than it seems to: a rule
  // that nobody meant is no smaller mistake than one that cannot be read.
  const problem = [...validationErrors, ...validationWarnings].at(0);
  if (!problem) return;
  const { policyId, error } = problem;
  // Cedar's words begin with our own id for the policy, which the file's name already gives.
  const words = error.message.replace(`for policy \`${policyId}\`, `, '');
  const file = policies.get(policyId)?.file ?? 'the policies';
  throw new ConfigError(`cannot read ${file}: policy ${policyId}: ${words}`);
}

type Unreadable = { type: 'failure'; errors: { message: string }[] };

/** @throws {ConfigError} with everything Cedar says about it */
function readable<A extends { type: 'success' } | Unreadable>(
  answer: A,
  what: string,
): Exclude<A, Unreadable> {
  if (answer.type === 'success') return answer as Exclude<A, Unreadable>;
  const problems = answer.errors.map(({ message }) => message).join('; ');
  throw new ConfigError(`cannot read ${what}: ${problems}`);
}

function policiesOf(file: string, text: string, roles?: readonly string[]): CheckedPolicy[] {
  const parts = readable(policySetTextToParts(text), file);
  if (parts.policy_templates.length > 0) {
    throw new ConfigError(`cannot read ${file}: expected no templates, got one`);
  }
  return parts.policies.map((part, index) => {
    const { json } = readable(policyToJson(part), file);
    const { id } = json.annotations ?? {};
    if (!id || id.length > POLICY_ID_MAX) {
      throw new ConfigError(
        `cannot read ${file}: expected @id of 1 to ${POLICY_ID_MAX} characters on policy ${index + 1}`,
      );
    }
    const problem = (words: string) =>
      new ConfigError(`cannot read ${file}: policy ${id}: ${words}`);
    checkTerms(json, { roles, problem });
    return {
      ...annotated(json, problem),
      ...{ id, file, text: part, needsRole: roleOfScope(json), readsClock: namesContext(json) },
    };
  });
}

type PolicyJson = {
  effect: string;
  annotations?: Record<string, string | null> | undefined;
  action: unknown;
  principal: unknown;
};
type Problem = (words: string) => ConfigError;

/** What the schema cannot know: which roles, severities and kinds there are. */
function checkTerms(
  json: PolicyJson,
  { roles, problem }: { roles: readonly string[] | undefined; problem: Problem },
): void {
  const role = rolesNamed(json).find((named) => roles && !roles.includes(named));
  if (role !== undefined) {
    throw problem(`expected a role of routing.json (${roles?.join(', ')}), got Role::"${role}"`);
  }
  for (const [attribute, known] of [
    ['severity', SEVERITIES],
    ['relatedSeverity', SEVERITIES],
    ['impact', PAGE_IMPACTS],
    ['worstComponent', COMPONENT_STATES],
    ['kind', DRAFT_ACTIONS],
  ] as const) {
    const stray = comparedWith(json, attribute).find(
      (value) => !known.some((one) => one === value),
    );
    if (stray !== undefined) {
      throw problem(`expected ${attribute} to be compared with ${known.join(' ')}, got "${stray}"`);
    }
  }
  if (json.effect === 'permit' && actionsNamed(json) === null) {
    // Else every permit would also permit to break glass.
    throw problem('expected a permit to name its actions, got "action" alone');
  }
}

function annotated(json: PolicyJson, problem: Problem) {
  const annotations = json.annotations ?? {};
  const effect: CheckedPolicy['effect'] = json.effect === 'forbid' ? 'forbid' : 'permit';
  const integer = (name: string, max: number) => {
    const value = annotations[name];
    if (effect === 'forbid' && value === undefined) return 1;
    const n = Number(value);
    if (typeof value === 'string' && /^\d{1,9}$/.test(value) && n >= 1 && n <= max) return n;
    throw problem(`expected @${name} to be an integer from 1 to ${max}`);
  };
  const severities = (annotations.severities ?? '').split(' ').filter(Boolean);
  const unknown = severities.find((severity) => !SEVERITIES.some((known) => known === severity));
  if (unknown !== undefined) {
    throw problem(`expected @severities of ${SEVERITIES.join(' ')}, got ${unknown}`);
  }
  return {
    effect,
    approvers: integer('approvers', APPROVERS_MAX),
    validForS: integer('validForS', VALID_FOR_S_MAX),
    severities: severities as Severity[],
    rule: annotations.rule ?? annotations.id ?? '',
    actions: actionsNamed(json) as PolicyAction[] | null,
  };
}
