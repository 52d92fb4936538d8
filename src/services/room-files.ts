import type { AuditEvent } from '../domain/audit-event.ts';
import type { ChatWorkspace, IncidentRows, TextFile } from './ports.ts';

/**
 * Posts a file to a room, once for an event: after a lost answer it is looked for by its name and
 * title before it is posted again, so the two MUST NOT be those of another file of the room.
 *
 * @param step - names its row in the event's journal
 */
export async function postFileOnce(
  deps: {
    rows: Pick<IncidentRows, 'readStep' | 'writeStep'>;
    chat: Pick<ChatWorkspace, 'postFile' | 'hasFile'>;
  },
  of: { event: AuditEvent; step: string; channelId: string; file: TextFile },
): Promise<void> {
  const { rows, chat } = deps;
  const { event, step, channelId, file } = of;
  const { incidentId, seq } = event;
  const before = await rows.readStep(incidentId, seq, step);
  if (before?.done) return;
  const isThere = before !== undefined && (await chat.hasFile(channelId, file));
  if (!before) await rows.writeStep(incidentId, seq, step, { done: false, result: {} });
  if (!isThere) await chat.postFile(channelId, file);
  await rows.writeStep(incidentId, seq, step, { done: true, result: {} });
}
