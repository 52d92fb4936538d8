import type { AuditEvent } from '../domain/audit-event.ts';
import { isNoted } from '../domain/chain-notes.ts';
import { intakeChainId } from '../domain/ids.ts';
import type { IncidentRecord } from './incident-record.ts';
import type { AuditTrail, IncidentRows } from './ports.ts';
import { WORKER } from './responders.ts';
import { settleEvent } from './settle-event.ts';

/** Unit: ms. */
const DAY_MS = 86_400_000;
const DAY_CHAIN = /^intake-(\d{4})(\d\d)(\d\d)(|-\d\d)$/;

export type ChainNotesDeps = {
  record: IncidentRecord;
  trail: Pick<AuditTrail, 'head'>;
  rows: Pick<IncidentRows, 'readState' | 'advanceActed' | 'clearUnfinished'>;
};

/**
 * Notes the opening of each incident and each signed event on the chain of their day, so that whoever
 * erases an incident has to erase there too. The first note of a day names the newest event of the
 * chain of the day before; the note of a further chain of the day, that of its own.
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
        const before = await this.#dayBefore(day?.hasNotes ? incidentId : intakeChainId(at));
        return { append: 'CHAIN_NOTED', details: { incidentId, seq, hash, noted, ...before } };
      },
    });
    // Of a repeated one too: the first attempt may have died in between.
    if (outcome.kind !== 'declined') await settleEvent(this.#deps.rows, outcome.event);
  }

  /** Where the same chain ended the day before; nothing for an incident's. */
  async #dayBefore(chain: string) {
    const [, year, month, day, shard] = DAY_CHAIN.exec(chain) ?? [];
    if (shard === undefined) return {};
    const atMs = Date.parse(`${year}-${month}-${day}T00:00:00Z`) - DAY_MS;
    const before = `${intakeChainId(new Date(atMs).toISOString())}${shard}`;
    const head = await this.#deps.trail.head(before);
    return head && { dayBefore: { incidentId: before, seq: head.seq, hash: head.hash } };
  }
}
