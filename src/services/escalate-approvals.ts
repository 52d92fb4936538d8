import type { Actor } from '../domain/audit-event.ts';
import { type ApprovalTimes, type StageAhead, stagesAhead } from '../domain/escalation.ts';
import type { DraftState, IncidentState } from '../domain/incident-state.ts';
import type { IncidentRecord } from './incident-record.ts';
import type { Clock, IncidentMessage } from './ports.ts';
import { WORKER } from './responders.ts';

/** How far Scheduler's clock may be ahead of ours. Unit: ms. */
const CLOCK_SKEW_MS = 5_000;

export type EscalateApprovalsDeps = { record: IncidentRecord; clock: Clock; times: ApprovalTimes };

/** A draft that waits, and until when stages count as due. */
type Waiting = { incidentId: string; draftId: string; revision: number; untilMs: number };

/**
 * Puts on record that a draft waits too long for its approval; the effects of that tell people.
 *
 * A schedule says when, and the sweeper looks too, for a schedule that never came. Both name the
 * stage by its schedule and due time, and a stage is reached once for each time a draft waits, so
 * any number of deliveries makes one event. Safe to repeat.
 * @throws {TrailError} retryable
 */
export class EscalateApprovals {
  readonly #deps: EscalateApprovalsDeps;

  constructor(deps: EscalateApprovalsDeps) {
    this.#deps = deps;
  }

  /** A schedule came. One of an older revision, or of a draft that was decided, does nothing. */
  async due(
    message: Extract<IncidentMessage, { kind: 'schedule'; purpose: 'approval_due' }>,
  ): Promise<void> {
    const { incidentId, draftId, revision, name } = message;
    const untilMs = this.#deps.clock.nowMs() + CLOCK_SKEW_MS;
    const waiting = { incidentId, draftId, revision, untilMs };
    const loaded = await this.#deps.record.load(incidentId);
    await this.#escalate(loaded?.state, waiting, { kind: 'schedule', id: name });
  }

  /** The sweeper came, and this is how it found a draft. */
  async overdue(incident: IncidentState, { draftId, revision }: DraftState): Promise<void> {
    const { incidentId } = incident;
    const untilMs = this.#deps.clock.nowMs();
    await this.#escalate(incident, { incidentId, draftId, revision, untilMs }, WORKER);
  }

  /** Every stage that is due, in order: one that was missed is not left out of the record. */
  async #escalate(known: IncidentState | undefined, of: Waiting, actor: Actor): Promise<void> {
    for (const { name, dueAt, stage } of this.#dueIn(known, of)) {
      await this.#deps.record.run({
        incidentId: of.incidentId,
        commandId: `${name}#${dueAt}`,
        actor,
        decide: (incident) =>
          this.#dueIn(incident, of)[0]?.stage === stage
            ? {
                append: 'STATUSPAGE_APPROVAL_ESCALATED',
                details: { draftId: of.draftId, revision: of.revision, stage },
              }
            : { decline: 'not due any more' },
      });
    }
  }

  #dueIn(incident: IncidentState | undefined, of: Waiting): StageAhead[] {
    const draft = incident?.drafts.find(
      ({ draftId, revision }) => draftId === of.draftId && revision === of.revision,
    );
    if (!incident || !draft) return [];
    const ahead = stagesAhead(draft, { incident, times: this.#deps.times });
    return ahead.filter(({ dueAt }) => Date.parse(dueAt) <= of.untilMs);
  }
}
