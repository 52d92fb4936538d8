import type { RosterEntry } from './ports.ts';

/** A person some source wants called. `userId` is theirs in the chat workspace, if the source knows. */
export type Candidate = RosterEntry & { userId?: string };

/** Somebody, or some group, who is not called, and why. Never an e-mail address. */
export type NotCalled = { who: string; source: string; reason: string };

/** Whom a source names, and of whom it cannot say who they are. */
export type SourceAnswer = { people: readonly Candidate[]; unresolved: readonly NotCalled[] };

/** What a source is asked about. */
export type CalledTo = {
  incidentId: string;
  /** Name in `config/routing.json`; null when no service matched. */
  service: string | null;
  alertGroup: { source: string; group: string } | null;
};

/** One place that knows who is responsible, outside the alert and the configuration. */
export interface ResponderDirectory {
  /** Named in the room, on the trail and in metrics, e.g. `OnCall`. */
  readonly name: string;
  /**
   * Asks once, and ends by itself before long. Safe to repeat.
   * @returns undefined when it has nothing to say about this incident
   * @throws {DirectoryError} any failure; nothing is guessed in its place
   */
  peopleFor(incident: CalledTo): Promise<SourceAnswer | undefined>;
}

/**
 * What is known about people by a key of ours, from asking the workspace before. Keys are hashes:
 * no row holds an e-mail address. Losing it all costs look-ups and nothing else.
 * @throws {DeliveryError} `ROWS_UNAVAILABLE`
 */
export interface PersonHints {
  read(key: string): Promise<PersonHint | undefined>;
  write(key: string, hint: PersonHint): Promise<void>;
}

/** `person` is null when the workspace knew nobody. Whoever reads it MUST check the time. */
export type PersonHint = {
  person: { id: string; kind: 'full' | 'guest' | 'bot' | 'deactivated' | 'foreign' } | null;
  expiresAtMs: number;
};
