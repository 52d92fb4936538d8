import type { Effect } from '../domain/effect.ts';
import type { Severity } from '../domain/severity.ts';
import type { DraftAction } from '../domain/statuspage-event-details.ts';

/** What the policy is asked about one person and one revision. */
export type PolicyQuestion = {
  action: DraftAction;
  /** They want to approve alone and at once (break glass); another rule answers then. */
  emergency: boolean;
  /** The worst severity the incident ever had. */
  severity: Severity;
  person: { id: string; roles: readonly string[] };
  authors: readonly string[];
  incidentCommander: string | null;
  changesComponents: boolean;
  /** What the text does to its readers, who declared the incident, and what else is going on. */
  effect: Omit<Effect, 'related'>;
  /** Time of the decision: the event's own, RFC 3339. The policy sees its day and minute. */
  at: string;
};

export type PolicyAnswer =
  | {
      allowed: true;
      policyIds: string[];
      /** How many distinct approvers are needed in all. */
      requiredApprovals: number;
      validForS: number;
      rule: string;
    }
  | { allowed: false; policyIds: string[]; rule: string };

/** What a card is about, before anybody has clicked. */
export type RuleQuestion = Pick<PolicyQuestion, 'action' | 'severity' | 'effect'>;

/** The approval policy of a deployment. Pure; the same question always gets the same answer. */
export interface ApprovalPolicy {
  /** SHA-256 hex of RFC 8785 of `{file name: text}` over every policy file. */
  readonly digest: string;
  /**
   * Asks for the action; if the draft changes components, for `component_change` as well, and both
   * must allow it; in an emergency for `break_glass` alone.
   */
  decide(question: PolicyQuestion): PolicyAnswer;
  /** The rule in words for a card: who may approve, and what keeps authors from it. */
  ruleInWords(of: RuleQuestion): string;
  /** Who may approve alone in an emergency, in words; undefined: nobody needs to, or nobody may. */
  breakGlassInWords(of: RuleQuestion): string | undefined;
}

/** One policy and what it had to do with one question. */
export type PolicyFinding = {
  policyId: string;
  effect: 'permit' | 'forbid';
  rule: string;
  /** What was asked: the action, `component_change` or `break_glass`. */
  asked: string;
  /** Whether it decided: a permit that allows, a forbid that stops. */
  applies: boolean;
  /** The role its scope asks for, if any. */
  needsRole: string | null;
  /** The action is in its scope and the severity is one of those it names. */
  concerns: boolean;
};

/** A policy that also says how it came to an answer. */
export interface ExplainablePolicy extends ApprovalPolicy {
  /** Every policy, by itself, for everything that is asked; in the order they are written in. */
  findings(question: PolicyQuestion): PolicyFinding[];
}
