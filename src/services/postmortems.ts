import type { AuditEvent } from '../domain/audit-event.ts';
import { reasonInWords } from '../domain/chat-refusal.ts';
import { ChatError, CodedError } from '../domain/errors.ts';
import { sha256Hex } from '../domain/ids.ts';
import type { IncidentState } from '../domain/incident-state.ts';
import { postmortemMarkdown, statusOf } from '../domain/postmortem.ts';
import { NO_NAMES, type PostmortemNames, peopleIn } from '../domain/postmortem-words.ts';
import { oneLine } from '../domain/sentence.ts';
import { isOver } from '../domain/transitions.ts';
import type { IncidentRecord } from './incident-record.ts';
import type { AuditTrail, ChatWorkspace, IncidentRows } from './ports.ts';
import { WORKER } from './responders.ts';
import { postFileOnce } from './room-files.ts';
import type { ComponentName } from './room-messages.ts';

/** People whose names are looked up for one postmortem; the ids of others stand alone. */
const NAMED_MAX = 60;
/** What a person types to have it written. */
export const POSTMORTEM_COMMAND = 'postmortem';
/** Versions that the room gets as a file: who resolves, publishes or asks wants to read it. */
const POSTED: readonly AuditEvent['type'][] = [
  'INCIDENT_RESOLVED',
  'INCIDENT_CANCELLED',
  'STATUSPAGE_PUBLISHED',
  'COMMAND_RECEIVED',
];

export type PostmortemsDeps = {
  record: IncidentRecord;
  trail: AuditTrail;
  rows: IncidentRows;
  chat: Pick<ChatWorkspace, 'person' | 'postFile' | 'hasFile'>;
  components: readonly ComponentName[];
};

/**
 * Writes the postmortem from the trail, keeps the newest version, and posts it to the room.
 *
 * The trail holds ids only: names are read from the chat workspace when a version is written, so the
 * digest in its event is that of the bytes that are kept, not of what would be written later.
 */
export class Postmortems {
  readonly #deps: PostmortemsDeps;

  constructor(deps: PostmortemsDeps) {
    this.#deps = deps;
  }

  /**
   * Writes a version up to an event that ends the story, goes on with it after its end, or asks for
   * it. Safe to repeat: one version per event. What cannot be written for good is on record.
   */
  async write(trigger: AuditEvent, state: IncidentState): Promise<void> {
    if (!tellsMore(trigger, state)) return;
    const { record, trail } = this.#deps;
    const { incidentId } = trigger;
    const commandId = `${trigger.commandId}#postmortem`;
    const all = await trail.from(incidentId, 1);
    // Written again it might name somebody otherwise, and be another text than its event says.
    if (all.some((event) => event.commandId === commandId)) return;
    const events = all.filter(({ seq }) => seq <= trigger.seq);
    const isAsked = trigger.type === 'COMMAND_RECEIVED';
    if (!isAsked && !isOver({ status: statusOf(events) })) return;
    const written = await this.#keep(events).catch((error: unknown) => {
      if (error instanceof CodedError && error.retryable) throw error;
      return { failed: error };
    });
    await record.run({
      incidentId,
      commandId,
      actor: WORKER,
      decide: () =>
        'failed' in written
          ? { append: 'POSTMORTEM_FAILED', details: { reason: reasonInWords(written.failed) } }
          : {
              append: 'POSTMORTEM_CREATED',
              details: {
                sha256: sha256Hex(written.markdown),
                bytes: Buffer.byteLength(written.markdown),
                throughSeq: trigger.seq,
              },
            },
    });
  }

  /** Posts the kept version as a file, once. Safe to repeat. */
  async post(created: AuditEvent, state: IncidentState): Promise<void> {
    if (created.type !== 'POSTMORTEM_CREATED' || !state.room) return;
    const { incidentId, details } = created;
    const trigger = await this.#deps.trail.get(incidentId, details.throughSeq);
    if (!trigger || !POSTED.includes(trigger.type)) return;
    const text = await this.#deps.rows.readPostmortem(incidentId);
    if (text === undefined) return;
    const isUpdate = trigger.type === 'STATUSPAGE_PUBLISHED';
    const file = {
      name: `postmortem-${incidentId}.md`,
      title:
        `${isUpdate ? 'Postmortem, updated' : 'Postmortem'}: ${oneLine(state.title)} ` +
        `(events 1 to ${details.throughSeq})`,
      text,
    };
    const { channelId } = state.room;
    await postFileOnce(this.#deps, { event: created, step: 'postmortem_file', channelId, file });
  }

  async #keep(events: readonly AuditEvent[]): Promise<{ markdown: string }> {
    const [{ incidentId }] = events as [AuditEvent];
    const components = new Map(this.#deps.components.map(({ id, name }) => [id, name]));
    const ids = peopleIn(postmortemMarkdown(events, NO_NAMES));
    const people = await this.#namesOf(ids.slice(0, NAMED_MAX));
    const markdown = postmortemMarkdown(events, { people, components });
    await this.#deps.rows.putPostmortem(incidentId, markdown);
    return { markdown };
  }

  /** Whose name cannot be read now is shown by id: the text does not wait for it. */
  async #namesOf(ids: readonly string[]): Promise<PostmortemNames['people']> {
    const read = ids.map(async (id) => {
      try {
        const { name, fullName = name } = await this.#deps.chat.person(id);
        return [[id, fullName] as const];
      } catch (error) {
        if (!(error instanceof ChatError)) throw error;
        return [];
      }
    });
    return new Map((await Promise.all(read)).flat());
  }
}

/** Whether there is more to tell after this event than the last version has. */
function tellsMore(event: AuditEvent, state: IncidentState): boolean {
  switch (event.type) {
    case 'INCIDENT_RESOLVED':
      return true;
    case 'COMMAND_RECEIVED':
      return event.details.command === POSTMORTEM_COMMAND;
    case 'INCIDENT_CANCELLED':
      // An incident that was none needs no story, unless customers were told one.
      return state.page.lastPublication !== null;
    case 'STATUSPAGE_OBLIGATION_SETTLED':
      // A publication that settled it was told of by itself.
      return isOver(state) && ['kept', 'removed'].includes(event.details.how);
    default:
      return isOver(state);
  }
}
