import type { AuditEvent } from '../domain/audit-event.ts';
import { sha256Hex } from '../domain/ids.ts';
import type { IncidentState } from '../domain/incident-state.ts';
import type { PublicationQueue } from './ports.ts';

/**
 * Asks the publisher to act on an approval or on a wish to look, if the fact is one. The
 * deduplication id names the fact, so sending again is safe for as long as the queue remembers, and
 * the publisher itself takes a second request for the same fact as done.
 */
export async function requestPublication(
  publications: PublicationQueue,
  of: { event: AuditEvent; state: IncidentState },
): Promise<void> {
  const { event, state } = of;
  const wanted = wantedPublication(event, state);
  if (!wanted) return;
  await publications.send(
    { incidentId: state.incidentId, ...wanted },
    sha256Hex(`${wanted.draftId}#${wanted.revision}#${event.seq}`),
  );
}

function wantedPublication(
  event: AuditEvent,
  state: IncidentState,
): { draftId: string; revision: number } | undefined {
  if (event.type === 'STATUSPAGE_DRAFT_APPROVED') {
    const { draftId, revision } = event.details;
    const isApproved = state.drafts.some((d) => d.draftId === draftId && d.status === 'approved');
    return isApproved ? { draftId, revision } : undefined;
  }
  if (event.type !== 'COMMAND_RECEIVED') return undefined;
  const { command, draftId, revision } = event.details;
  if (command !== 'statuspage_adopt' || draftId === undefined || revision === undefined) {
    return undefined;
  }
  return { draftId, revision };
}
