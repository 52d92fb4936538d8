import type { Severity } from '../domain/severity.ts';
import type { DraftAction } from '../domain/statuspage-event-details.ts';

/** What the policy is asked about one person and one revision. */
export type PolicyQuestion = {
  action: DraftAction;
  /** The worst severity the incident ever had. */
  severity: Severity;
  person: { id: string; roles: readonly string[] };
  authors: readonly string[];
  incidentCommander: string | null;
  changesComponents: boolean;
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

/** The approval policy of a deployment. Pure; the same question always gets the same answer. */
export interface ApprovalPolicy {
  /** SHA-256 hex of RFC 8785 of `{file name: text}` over every policy file. */
  readonly digest: string;
  decide(question: PolicyQuestion): PolicyAnswer;
  /** The rule in words for a card, before anybody has clicked. */
  ruleInWords(severity: Severity): string;
}
