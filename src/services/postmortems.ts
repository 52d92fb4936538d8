import type { AuditEvent } from '../domain/audit-event.ts';
import { sha256Hex } from '../domain/ids.ts';
import type { IncidentState } from '../domain/incident-state.ts';
import { postmortemMarkdown } from '../domain/postmortem.ts';
import type { IncidentRecord } from './incident-record.ts';
import type { AuditTrail, ChatWorkspace, IncidentRows } from './ports.ts';
import { WORKER } from './responders.ts';

export type PostmortemsDeps = {
  record: IncidentRecord;
  trail: AuditTrail;
  rows: IncidentRows;
  chat: ChatWorkspace;
};

/** Writes the postmortem from the trail, keeps it, and posts it to the room. */
export class Postmortems {
  readonly #deps: PostmortemsDeps;

  constructor(deps: PostmortemsDeps) {
    this.#deps = deps;
  }

  /** Safe to repeat: one postmortem per resolution. */
  async write(resolved: AuditEvent): Promise<void> {
    const { record, trail, rows } = this.#deps;
    const events = (await trail.from(resolved.incidentId, 1)).filter((e) => e.seq <= resolved.seq);
    const markdown = postmortemMarkdown(events);
    await rows.putPostmortem(resolved.incidentId, markdown);
    await record.run({
      incidentId: resolved.incidentId,
      commandId: `${resolved.commandId}#postmortem`,
      actor: WORKER,
      decide: () => ({
        append: 'POSTMORTEM_CREATED',
        details: {
          sha256: sha256Hex(markdown),
          bytes: Buffer.byteLength(markdown),
          throughSeq: resolved.seq,
        },
      }),
    });
  }

  async post(created: AuditEvent, state: IncidentState): Promise<void> {
    const markdown = await this.#deps.rows.readPostmortem(created.incidentId);
    if (markdown === undefined || !state.room) return;
    await this.#deps.chat.postFile(state.room.channelId, {
      name: `postmortem-${created.incidentId}.md`,
      title: `Postmortem: ${state.title}`,
      text: markdown,
    });
  }
}
