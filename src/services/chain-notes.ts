import type { AuditEvent } from '../domain/audit-event.ts';
import { isNoted } from '../domain/chain-notes.ts';
import { intakeChainId } from '../domain/ids.ts';
import type { IncidentRecord } from './incident-record.ts';
import type { AuditTrail, IncidentRows } from './ports.ts';
import { WORKER } from './responders.ts';

/** Unit: ms. */
const DAY_MS = 86_400_000;

export type ChainNotesDeps = {
  record: IncidentRecord;
  trail: Pick<AuditTrail, 'head'>;
  rows: Pick<IncidentRows, 'readState' | 'advanceActed' | 'clearUnfinished'>;
};

/**
 * Notes the opening of each incident and each signed event on the chain of their day, so that whoever
 * erases an incident has to erase there too. The first note of a day names the newest event of the
 * chain of the day before.
 */
export class ChainNotes {
  readonly #deps: ChainNotesDeps;

  constructor(deps: ChainNotesDeps) {
    this.#deps = deps;
  }

  /**
   * Durable when it resolves. Safe to repeat: one note an event.
   * @throws {TrailError} as `IncidentRecord.run`
   */
  async note(event: AuditEvent): Promise<void> {
    if (!isNoted(event)) return;
    const { incidentId, seq, hash, type: noted, at } = event;
    const outcome = await this.#deps.record.run({
      incidentId: intakeChainId(at),
      commandId: `note#${incidentId}#${seq}`,
      actor: WORKER,
      decide: async (day) => {
        const before = day?.hasNotes ? {} : await this.#dayBefore(at);
        return { append: 'CHAIN_NOTED', details: { incidentId, seq, hash, noted, ...before } };
      },
    });
    // Of a repeated one too: the first attempt may have died in between.
    if (outcome.kind !== 'declined') await this.#settle(outcome.event);
  }

  async #dayBefore(at: string) {
    const day = intakeChainId(new Date(Date.parse(at) - DAY_MS).toISOString());
    const head = await this.#deps.trail.head(day);
    return head && { dayBefore: { incidentId: day, seq: head.seq, hash: head.hash } };
  }

  /**
   * A note has no effects of its own, so the sweeper need not wake the day's chain for it. What came
   * before it may have: then the mark stays.
   */
  async #settle({ incidentId, seq }: AuditEvent): Promise<void> {
    const { rows } = this.#deps;
    const row = await rows.readState(incidentId);
    if (row?.state.version !== seq || row.actedSeq < seq - 1) return;
    await rows.advanceActed(incidentId, seq);
    if (row.unfinishedToken) await rows.clearUnfinished(incidentId, row.unfinishedToken);
  }
}
