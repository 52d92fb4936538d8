import type { AuditEvent } from '../domain/audit-event.ts';
import type { Command, CommandOutcome, IncidentRecord } from './incident-record.ts';

/** A fact to append; its incident is that of the `OrderedFacts`. */
export type Fact = Omit<Command<string>, 'incidentId'>;

type Waiting = {
  facts: readonly Fact[];
  resolve: (events: AuditEvent[]) => void;
  reject: (reason: unknown) => void;
};

/**
 * Facts of one incident, appended in the order they were given while other work goes on; those that
 * come while others are being appended go together.
 *
 * One that cannot be appended holds back all that come after it, so that no fact is on record before
 * one that came first.
 */
export class OrderedFacts {
  readonly #record: IncidentRecord;
  readonly #incidentId: string;
  #waiting: Waiting[] = [];
  #isAppending = false;
  #failure: { reason: unknown } | undefined;

  constructor(record: IncidentRecord, incidentId: string) {
    this.#record = record;
    this.#incidentId = incidentId;
  }

  /**
   * Durable when it resolves. Callers MUST await it, if only at the end.
   * @returns the events these facts are, on record now or before
   * @throws {TrailError} of these facts, or of any before them
   */
  append(facts: readonly Fact[]): Promise<AuditEvent[]> {
    const appended = new Promise<AuditEvent[]>((resolve, reject) => {
      this.#waiting.push({ facts, resolve, reject });
    });
    // Whoever asked for it hears of it; that nobody has yet is no reason to end the process.
    appended.catch(() => {});
    if (!this.#isAppending) void this.#appendAll();
    return appended;
  }

  async #appendAll(): Promise<void> {
    this.#isAppending = true;
    // What is given in the same breath goes together.
    await Promise.resolve();
    while (this.#waiting.length > 0) {
      const together = this.#waiting;
      this.#waiting = [];
      await this.#appendTogether(together);
    }
    this.#isAppending = false;
  }

  async #appendTogether(together: readonly Waiting[]): Promise<void> {
    try {
      if (this.#failure) throw this.#failure.reason;
      const facts = together.flatMap((each) => each.facts);
      const outcomes = await this.#record.runAll<string>(this.#incidentId, facts);
      let at = 0;
      for (const { facts: own, resolve } of together) {
        resolve(outcomes.slice(at, at + own.length).flatMap(eventOf));
        at += own.length;
      }
    } catch (reason) {
      this.#failure = { reason };
      for (const { reject } of together) reject(reason);
    }
  }
}

function eventOf(outcome: CommandOutcome<string>): AuditEvent[] {
  return outcome.kind === 'declined' ? [] : [outcome.event];
}
