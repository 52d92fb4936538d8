import type { DiscoveredCall } from './calls.ts';
import type { Case, CaseResult } from './case-runner.ts';
import type { StoryName } from './stories.ts';

/** Functions are killed, each in its own process, or their calls fail, all in one process. */
export type MatrixKind = 'crash' | 'faults';

/** What a matrix asks of one of its processes, one thing at a time. */
export type ToMatrixProcess = {
  matrix: MatrixKind;
  story: StoryName;
  /** What a function's process runs, if not the source. */
  processEntry?: string | undefined;
} & ({ kind: 'discover'; plays: number } | { kind: 'tell'; cases: Case[] });

/** What a process of a matrix answers. */
export type FromMatrixProcess =
  | { kind: 'discovered'; calls: Record<string, DiscoveredCall[]> }
  | { kind: 'told'; results: CaseResult[] }
  | { kind: 'failed'; reason: string };
