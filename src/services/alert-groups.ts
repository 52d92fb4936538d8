import type { GroupState, SourcePerson } from '../domain/alert-signal.ts';

/** An alert group as OnCall itself tells it: parsed JSON of its public API, of unknown shape. */
export type ToldGroup = Readonly<Record<string, unknown>>;

/** What OnCall says when it is asked about a group. */
export type Confirmed =
  | { kind: 'known'; group: ToldGroup }
  /** OnCall knows no group of this id. */
  | { kind: 'unknown' }
  | { kind: 'unasked'; because: UnaskedBecause };

/** Why OnCall could not be asked; a closed set, for metrics and for the room's line. */
export type UnaskedBecause =
  | 'not_configured'
  /** No place in the rate limit, ours or theirs. Somebody who sends much can bring this about. */
  | 'rate_limited'
  /** Late, refused, broken. */
  | 'unavailable';

/** One group of a list. `createdAtMs` is epoch milliseconds by OnCall's clock. */
export type ListedGroup = { id: string; state: GroupState; createdAtMs: number };

/** The alert source's own word on its alert groups. */
export interface AlertGroups {
  /**
   * Asks about one group, within its own deadline of 2 s. Never throws.
   * @param sinceMs - an answer to a question that was asked since then serves too, so that what came
   *   while one was under way asks once together, and old news never stands for new. Epoch ms.
   */
  confirm(group: string, sinceMs: number): Promise<Confirmed>;
  /**
   * Groups that are not resolved and were created since, newest first and at most a few hundred.
   * @throws {OnCallError} both codes retryable; nothing is known then
   */
  listOpen(sinceMs: number): Promise<ListedGroup[]>;
  /** A person by the source's id, as it has them on file; null when it cannot tell. Never throws. */
  personById(id: string): Promise<SourcePerson | null>;
}
