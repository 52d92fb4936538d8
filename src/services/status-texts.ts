import type { Severity } from '../domain/severity.ts';
import type { PageStatus } from '../domain/statuspage-event-details.ts';

/** What is known when words for customers are wanted. Texts of people and machines are untrusted. */
export type ProposalFacts = {
  status: PageStatus;
  severity: Severity;
  serviceNames: readonly string[];
  componentNames: readonly string[];
  alertTitles: readonly string[];
  /** Oldest first. */
  internalUpdates: readonly string[];
  /** Oldest first. */
  notes: readonly string[];
  lastPublishedText: string | undefined;
};

/** Words for customers, proposed. Nothing here can approve or publish. */
export type ProposedText =
  | {
      kind: 'proposal';
      title: string;
      text: string;
      modelId: string;
      promptVersion: string;
      inputSha256: string;
      redactionCount: number;
    }
  /** `reason` is what the person reads. */
  | { kind: 'template'; reason: string; title: string; text: string };

/** Where words for customers come from when no person has written any. */
export interface StatusTexts {
  /** Never throws: a model that fails gives the template and the reason. Takes seconds. */
  propose(facts: ProposalFacts): Promise<ProposedText>;
  /** Complete sentences without a model. */
  template(status: PageStatus, componentNames: readonly string[]): string;
}
