import type { ApprovalPolicy } from '../../services/approval-policy.ts';
import type { PolicyFiles } from '../files/deployment-config.ts';
import { CedarPolicy, type PolicySurroundings } from './cedar-policy.ts';

/**
 * The approval policy, read when it is first asked: parsing and checking policies takes several times
 * as long as all the rest of a cold start, and an alert's room has no need of it.
 *
 * What is deployed was checked before, when the stack was synthesised. A mistake that came in some
 * other way shows at the first question, which then fails: nothing is approved.
 */
export class PolicyOnDemand implements ApprovalPolicy {
  readonly digest: string;
  readonly #files: PolicyFiles;
  readonly #surroundings: PolicySurroundings;
  #policy: CedarPolicy | undefined;

  constructor(files: PolicyFiles, surroundings: PolicySurroundings) {
    this.digest = files.digest;
    this.#files = files;
    this.#surroundings = surroundings;
  }

  decide(...asked: Parameters<ApprovalPolicy['decide']>) {
    return this.#read().decide(...asked);
  }

  ruleInWords(...asked: Parameters<ApprovalPolicy['ruleInWords']>): string {
    return this.#read().ruleInWords(...asked);
  }

  breakGlassInWords(...asked: Parameters<ApprovalPolicy['breakGlassInWords']>) {
    return this.#read().breakGlassInWords(...asked);
  }

  /** @throws {ConfigError} each time, for policies that cannot be read */
  #read(): CedarPolicy {
    this.#policy ??= new CedarPolicy(this.#files, this.#surroundings);
    return this.#policy;
  }
}
