import type { AuditEvent } from '../domain/audit-event.ts';
import type { Command, CommandOutcome, IncidentRecord } from './incident-record.ts';

/** A fact to append; its incident is that of the `OrderedFacts`. */
export type Fact = Omit<Command<string>, 'incidentId'>;

/**
 * Facts of one incident, appended in the order they were given while other work goes on.
 *
 * One that cannot be appended holds back all that come after it, so that no fact is on record before
 * one that came first.
 */
export class OrderedFacts {
  readonly #record: IncidentRecord;
  readonly #incidentId: string;
  #last: Promise<unknown> = Promise.resolve();

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
    const appended = this.#last.then(async () => {
      const outcomes = await this.#record.runAll<string>(this.#incidentId, facts);
      return outcomes.flatMap(eventOf);
    });
    this.#last = appended;
    // Whoever asked for it hears of it; that nobody has yet is no reason to end the process.
    appended.catch(() => {});
    return appended;
  }
}

function eventOf(outcome: CommandOutcome<string>): AuditEvent[] {
  return outcome.kind === 'declined' ? [] : [outcome.event];
}
