import type { ContextValue, UnknownReason } from '../domain/context-snapshot.ts';

/** What a source says to one question. None of it is trusted: text may hold anything. */
export type SourceAnswer =
  | {
      status: 'ok';
      /** At most `CONTEXT_VALUES_MAX`, the ones worth most first. */
      values: ContextValue[];
      /** How many more there were. */
      more: number;
      /** The source says that it could not look everywhere. */
      isPartial: boolean;
    }
  | { status: 'unknown'; reason: UnknownReason };

/**
 * Somewhere that can be asked about a service. Each method keeps to a deadline of its own, makes one
 * attempt, reads a limited answer and never rejects: what went wrong is `unknown`, with its reason.
 * Safe to repeat: nothing is changed anywhere.
 */
export interface QuerySource {
  /** @param nowMs - the instant that the answer is about; epoch milliseconds */
  ask(question: { query: string; unit?: string | undefined; nowMs: number }): Promise<SourceAnswer>;
}

/** A code host that knows what was deployed lately, and who owns the code. As `QuerySource`. */
export interface CodeHost {
  recentDeploys(of: {
    repository: string;
    environment?: string | undefined;
    nowMs: number;
  }): Promise<SourceAnswer>;
  /** @param of.path - null: whoever owns what no other rule is about */
  owners(of: { repository: string; path: string | null }): Promise<SourceAnswer>;
}

/** The sources of a deployment; one that is not set up is undefined, and the room is told so. */
export type ContextSources = {
  metrics: QuerySource | undefined;
  logs: QuerySource | undefined;
  traces: QuerySource | undefined;
  code: CodeHost | undefined;
};

/** Hides what must neither be posted nor kept. Runs in time linear in the text. */
export type Masking = {
  /** Of text that machines wrote about customers, e.g. a log line: secrets and all identifiers. */
  words(text: string): string;
  /** Of names, e.g. a label or a branch: secrets and people, not hosts. */
  names(text: string): string;
};
