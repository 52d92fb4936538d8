import { type AuditEvent, openEvent } from '../../domain/audit-event.ts';
import { TrailError } from '../../domain/errors.ts';
import type { AuditTrail } from '../../services/ports.ts';

/**
 * The audit trail in memory, with the same promises as the real one: checked as it is read, an
 * existing number never overwritten. Its suite in `test/contracts/` runs on both.
 */
export class MemoryAuditTrail implements AuditTrail {
  readonly #chains = new Map<string, Map<number, string>>();

  async insert(event: AuditEvent): Promise<'inserted' | 'taken'> {
    const chain = this.#chains.get(event.incidentId) ?? new Map<number, string>();
    this.#chains.set(event.incidentId, chain);
    if (chain.has(event.seq)) return 'taken';
    chain.set(event.seq, JSON.stringify(event));
    return 'inserted';
  }

  async head(incidentId: string): Promise<AuditEvent | undefined> {
    const seqs = [...(this.#chains.get(incidentId)?.keys() ?? [])];
    return seqs.length === 0 ? undefined : this.get(incidentId, Math.max(...seqs));
  }

  async get(incidentId: string, seq: number): Promise<AuditEvent | undefined> {
    const row = this.#chains.get(incidentId)?.get(seq);
    return row === undefined ? undefined : openEvent(JSON.parse(row));
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
      return openEvent(JSON.parse(row));
    });
  }

  /** A hand on the table: changes a stored row, or removes it. Only for tests of being found out. */
  tamper(incidentId: string, seq: number, change: (row: AuditEvent) => unknown): void {
    const chain = this.#chains.get(incidentId);
    const changed = change(JSON.parse(String(chain?.get(seq))));
    if (changed === undefined) chain?.delete(seq);
    else chain?.set(seq, JSON.stringify(changed));
  }
}
