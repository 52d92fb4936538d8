import {
  type AuthorizationAnswer,
  preparsePolicySet,
  preparseSchema,
  type StatefulAuthorizationCall,
  statefulIsAuthorized,
} from '@cedar-policy/cedar-wasm/nodejs';
import { canonicalSha256Hex } from '../../domain/ids.ts';
import type { PolicySet } from './policy-files.ts';

/** One question in Cedar's words. */
export type EngineQuestion = Omit<
  StatefulAuthorizationCall,
  'preparsedSchemaName' | 'preparsedPolicySetId' | 'validateRequest'
>;

/**
 * Policies and schema, parsed once: parsing takes a hundred times as long as deciding. Cedar keeps
 * them by name for as long as the process lives, so the name is made of what they say.
 */
export class PolicyEngine {
  readonly #schemaName: string;
  readonly #whole: string;
  readonly #single = new Map<string, string>();

  constructor({ policies, schema }: PolicySet) {
    const texts = Object.fromEntries([...policies].map(([id, { text }]) => [id, text]));
    this.#schemaName = canonicalSha256Hex(schema);
    preparseSchema(this.#schemaName, schema);
    this.#whole = parsed(texts);
    for (const [id, text] of Object.entries(texts)) this.#single.set(id, parsed({ [id]: text }));
  }

  /** Asks all policies. */
  ask(question: EngineQuestion): AuthorizationAnswer {
    return this.#ask(this.#whole, question);
  }

  /** Whether one policy by itself would permit or forbid it. */
  applies(policyId: string, question: EngineQuestion): boolean {
    const answer = this.#ask(this.#single.get(policyId) ?? '', question);
    return answer.type === 'success' && answer.response.diagnostics.reason.includes(policyId);
  }

  #ask(preparsedPolicySetId: string, question: EngineQuestion): AuthorizationAnswer {
    return statefulIsAuthorized({
      ...question,
      preparsedSchemaName: this.#schemaName,
      preparsedPolicySetId,
      validateRequest: true,
    });
  }
}

function parsed(staticPolicies: Record<string, string>): string {
  const name = canonicalSha256Hex(staticPolicies);
  preparsePolicySet(name, { staticPolicies });
  return name;
}
