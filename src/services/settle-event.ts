import type { AuditEvent } from '../domain/audit-event.ts';
import type { IncidentRows } from './ports.ts';

/**
 * Marks an event that has no effects as acted on, so that the sweeper need not wake its chain for it.
 * What came before it may have some, or come after it meanwhile: then the mark stays, and the sweeper
 * or a message sees to all of them. Safe to repeat.
 */
export async function settleEvent(
  rows: Pick<IncidentRows, 'readState' | 'advanceActed' | 'clearUnfinished'>,
  { incidentId, seq }: Pick<AuditEvent, 'incidentId' | 'seq'>,
): Promise<void> {
  const row = await rows.readState(incidentId);
  if (row?.state.version !== seq || row.actedSeq < seq - 1) return;
  await rows.advanceActed(incidentId, seq);
  if (row.unfinishedToken) await rows.clearUnfinished(incidentId, row.unfinishedToken);
}
