import type { FullAt, RateRule } from '../domain/rate-limit.ts';

/** On whose behalf a call is made. */
export type Caller = {
  incidentId: string;
  /** Comes before the rest: the incident is of the worst severity. */
  urgent: boolean;
};

/** Knows for whom the running work is done, without every method being told. */
export interface CallerContext {
  run<T>(caller: Caller, work: () => Promise<T>): Promise<T>;
  /** Undefined: a person waits for the answer, or nobody said. */
  current(): Caller | undefined;
}

/** A rate limit that callers share: its name among the rows, and its rule. */
export type Bucket = {
  name: string;
  rule: RateRule;
  /** What beside it only those may use for whom a person waits: `Caller` is undefined. */
  forPeople?: RateRule;
};

/** A place that waits for an incident's next call of one kind. */
export type KeptPlace = { atMs: number; used: boolean };

/**
 * The shared rows of rate limits.
 * @throws anything when they cannot be reached; the caller then goes ahead
 */
export interface BudgetRows {
  /**
   * Takes the next place if it is due within `withinMs`. One write on a calm night.
   * @returns the place's instant; or, if it is later, when the bucket is full again
   */
  take(
    bucket: { name: string; rule: RateRule },
    of: { urgent: boolean; nowMs: number; withinMs: number },
  ): Promise<{ atMs: number } | { fullAtMs: FullAt }>;
  /** Nothing is taken from this bucket before `untilMs`. Never moves it back. */
  block(bucket: { name: string; rule: RateRule }, untilMs: number): Promise<void>;
  readKept(incidentId: string, bucketName: string): Promise<KeptPlace | undefined>;
  keep(incidentId: string, bucketName: string, place: KeptPlace): Promise<void>;
  /** Uses a kept place. @returns false when it was used before */
  use(incidentId: string, bucketName: string, place: KeptPlace): Promise<boolean>;
}
