import { type AuditEvent, openEvent } from '../../domain/audit-event.ts';
import { TrailError } from '../../domain/errors.ts';
import type { AuditTrail } from '../../services/ports.ts';
import { frozen } from './frozen.ts';

/** A stored row, and the event it holds once it was checked: frozen, as every reader shares it. */
type Row = { json: string; event?: AuditEvent };

/**
 * The audit trail in memory, with the same promises as the real one: checked as it is read, an
 * existing number never overwritten. Its suite in `test/contracts/` runs on both.
 */
export class MemoryAuditTrail implements AuditTrail {
  readonly #chains = new Map<string, Map<number, Row>>();

  async insert(event: AuditEvent): Promise<'inserted' | 'taken'> {
    const chain = this.#chains.get(event.incidentId) ?? new Map<number, Row>();
    this.#chains.set(event.incidentId, chain);
    if (chain.has(event.seq)) return 'taken';
    chain.set(event.seq, { json: JSON.stringify(event) });
    return 'inserted';
  }

  async head(incidentId: string): Promise<AuditEvent | undefined> {
    const seqs = [...(this.#chains.get(incidentId)?.keys() ?? [])];
    return seqs.length === 0 ? undefined : this.get(incidentId, Math.max(...seqs));
  }

  async get(incidentId: string, seq: number): Promise<AuditEvent | undefined> {
    const row = this.#chains.get(incidentId)?.get(seq);
    return row && opened(row, { incidentId, seq });
  }

  async from(incidentId: string, fromSeq: number, limit?: number): Promise<AuditEvent[]> {
    const rows = [...(this.#chains.get(incidentId) ?? [])]
      .filter(([seq]) => seq >= fromSeq)
      .sort(([a], [b]) => a - b)
      .slice(0, limit);
    return rows.map(([seq, row], index) => {
      if (seq !== fromSeq + index) {
        throw new TrailError({
          code: 'TRAIL_CORRUPT',
          message: `cannot read event ${incidentId}#${fromSeq + index}: found ${seq} instead`,
          retryable: false,
        });
      }
      return opened(row, { incidentId, seq });
    });
  }

  /** A hand on the table: changes a stored row, or removes it. Only for tests of being found out. */
  tamper(incidentId: string, seq: number, change: (row: AuditEvent) => unknown): void {
    const chain = this.#chains.get(incidentId);
    const changed = change(JSON.parse(String(chain?.get(seq)?.json)));
    if (changed === undefined) chain?.delete(seq);
    else chain?.set(seq, { json: JSON.stringify(changed) });
  }
}

function opened(row: Row, key: { incidentId: string; seq: number }): AuditEvent {
  if (row.event) return row.event;
  const event = openEvent(JSON.parse(row.json));
  if (event.incidentId !== key.incidentId || event.seq !== key.seq) {
    throw new TrailError({
      code: 'TRAIL_CORRUPT',
      message: `cannot read event ${key.incidentId}#${key.seq}: its key does not match`,
      retryable: false,
    });
  }
  row.event = frozen(event);
  return row.event;
}
