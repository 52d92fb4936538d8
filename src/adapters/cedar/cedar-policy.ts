import {
  type AuthorizationCall,
  checkParseSchema,
  isAuthorized,
  policySetTextToParts,
  policyToJson,
  validate,
} from '@cedar-policy/cedar-wasm/nodejs';
import { ConfigError } from '../../config.ts';
import { SEVERITIES, type Severity } from '../../domain/severity.ts';
import type {
  ApprovalPolicy,
  PolicyAnswer,
  PolicyQuestion,
} from '../../services/approval-policy.ts';
import type { PolicyFiles } from '../files/deployment-config.ts';

type CheckedPolicy = {
  text: string;
  effect: 'permit' | 'forbid';
  approvers: number;
  validForS: number;
  severities: string[];
  rule: string;
};

/** Most approvers a policy may ask for; more could never all be found at night. */
const APPROVERS_MAX = 10;

/** Longest `@id` the record keeps. */
const POLICY_ID_MAX = 200;
/** Most policies the record can name for one approval. */
const POLICIES_MAX = 50;

/** The approval policy as Cedar evaluates it. An error while evaluating denies. */
export class CedarPolicy implements ApprovalPolicy {
  readonly digest: string;
  readonly #policies: ReadonlyMap<string, CheckedPolicy>;
  readonly #texts: Record<string, string>;
  readonly #schema: string;

  /** @throws {ConfigError} naming the file or policy and what was expected */
  constructor(files: PolicyFiles) {
    this.digest = files.digest;
    this.#schema = joined(files, '.cedarschema');
    this.#policies = readPolicies(files);
    this.#texts = Object.fromEntries([...this.#policies].map(([id, policy]) => [id, policy.text]));
    this.#check();
  }

  decide(question: PolicyQuestion): PolicyAnswer {
    const answer = isAuthorized(this.#call(question));
    if (answer.type === 'failure' || answer.response.diagnostics.errors.length > 0) {
      return { allowed: false, policyIds: [], rule: 'the policy could not be evaluated' };
    }
    const policyIds = [...answer.response.diagnostics.reason].sort();
    const applied = policyIds.map((id) => this.#policies.get(id)!);
    if (answer.response.decision !== 'allow') {
      const rule = applied.find((policy) => policy.effect === 'forbid')?.rule;
      return { allowed: false, policyIds, rule: rule ?? this.ruleInWords(question.severity) };
    }
    return {
      allowed: true,
      policyIds,
      requiredApprovals: Math.max(...applied.map((policy) => policy.approvers)),
      validForS: Math.min(...applied.map((policy) => policy.validForS)),
      rule: applied.map((policy) => policy.rule).join('; or '),
    };
  }

  ruleInWords(severity: Severity): string {
    const rules = [...this.#policies.values()]
      .filter((policy) => policy.effect === 'permit' && policy.severities.includes(severity))
      .map((policy) => policy.rule);
    return rules.join('; or ') || 'no policy permits anybody to approve this';
  }

  #call(question: PolicyQuestion): AuthorizationCall {
    const person = (id: string) => ({ type: 'Person', id });
    const draft = { type: 'Draft', id: 'draft' };
    return {
      principal: person(question.person.id),
      action: { type: 'Action', id: question.action },
      resource: draft,
      context: {},
      schema: this.#schema,
      validateRequest: true,
      policies: { staticPolicies: this.#texts },
      entities: [
        {
          uid: person(question.person.id),
          attrs: {},
          parents: question.person.roles.map((id) => ({ type: 'Role', id })),
        },
        {
          uid: draft,
          attrs: {
            severity: question.severity,
            authors: question.authors.map((id) => ({ __entity: person(id) })),
            changesComponents: question.changesComponents,
            ...(question.incidentCommander
              ? { incidentCommander: { __entity: person(question.incidentCommander) } }
              : {}),
          },
          parents: [],
        },
      ],
    };
  }

  #check(): void {
    readable(checkParseSchema(this.#schema), 'the policy schema');
    const answer = validate({
      schema: this.#schema,
      policies: { staticPolicies: this.#texts },
      validationSettings: { mode: 'strict' },
    });
    const { validationErrors } = readable(answer, 'the policies');
    const problem = validationErrors
      .map(({ policyId, error }) => `policy ${policyId}: ${error.message}`)
      .at(0);
    if (problem !== undefined) throw new ConfigError(`cannot read the policies: ${problem}`);
  }
}

/** @throws {ConfigError} with everything Cedar says about it */
function readable<A extends { type: 'success' } | Unreadable>(
  answer: A,
  what: string,
): Exclude<A, Unreadable> {
  if (answer.type === 'success') return answer as Exclude<A, Unreadable>;
  const problems = answer.errors.map(({ message }) => message).join('; ');
  throw new ConfigError(`cannot read ${what}: ${problems}`);
}

type Unreadable = { type: 'failure'; errors: { message: string }[] };

function joined(files: PolicyFiles, ending: string): string {
  return Object.entries(files.files)
    .filter(([file]) => file.endsWith(ending))
    .map(([, text]) => text)
    .join('\n');
}

/** Policies by `@id`. Each file is read by itself, so that a mistake is named with its file. */
function readPolicies(files: PolicyFiles): Map<string, CheckedPolicy> {
  const policies = new Map<string, CheckedPolicy>();
  for (const [file, text] of Object.entries(files.files)) {
    if (!file.endsWith('.cedar')) continue;
    for (const [id, policy] of policiesOf(`policies/${file}`, text)) {
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
  return policies;
}

function policiesOf(file: string, text: string): [string, CheckedPolicy][] {
  const parts = readable(policySetTextToParts(text), file);
  if (parts.policy_templates.length > 0) {
    throw new ConfigError(`cannot read ${file}: expected no templates, got one`);
  }
  return parts.policies.map((part, index) => {
    const { annotations = {}, effect } = readable(policyToJson(part), file).json;
    const { id } = annotations;
    if (!id || id.length > POLICY_ID_MAX) {
      throw new ConfigError(
        `cannot read ${file}: expected @id of 1 to ${POLICY_ID_MAX} characters on policy ${index + 1}`,
      );
    }
    return [id, checkedPolicy(id, { text: part, effect, annotations })];
  });
}

function checkedPolicy(
  id: string,
  of: { text: string; effect: string; annotations: Record<string, string | null> },
): CheckedPolicy {
  const effect = of.effect === 'forbid' ? 'forbid' : 'permit';
  const integer = (name: string, max: number) => {
    const value = of.annotations[name];
    if (effect === 'forbid' && value === undefined) return 1;
    const n = Number(value);
    if (typeof value === 'string' && /^\d{1,9}$/.test(value) && n >= 1 && n <= max) return n;
    throw new ConfigError(
      `cannot read policy ${id}: expected @${name} to be an integer from 1 to ${max}`,
    );
  };
  const severities = (of.annotations.severities ?? '').split(' ').filter(Boolean);
  const unknown = severities.find((severity) => !SEVERITIES.some((known) => known === severity));
  if (unknown !== undefined) {
    throw new ConfigError(
      `cannot read policy ${id}: expected @severities of ${SEVERITIES.join(' ')}, got ${unknown}`,
    );
  }
  return {
    text: of.text,
    effect,
    approvers: integer('approvers', APPROVERS_MAX),
    validForS: integer('validForS', 86_400),
    severities,
    rule: of.annotations.rule ?? id,
  };
}
