import type { AuditEvent } from '../domain/audit-event.ts';
import { ChatError, codeOf } from '../domain/errors.ts';
import type { Asked } from './incident-commands.ts';
import type { IncidentRecord } from './incident-record.ts';
import { strangerRule } from './people.ts';
import type { ChatWorkspace, IncidentRows, Person } from './ports.ts';
import type { RoomMessage } from './room-messages.ts';

export type RespondersDeps = {
  record: IncidentRecord;
  rows: IncidentRows;
  chat: ChatWorkspace;
};

/** People invited by name: somebody asked for them, or their role is needed. */
export class Responders {
  readonly #deps: RespondersDeps;

  constructor(deps: RespondersDeps) {
    this.#deps = deps;
  }

  /**
   * Invites people by id, and puts on record who asked for it and why.
   * @param of.source - where the wish came from, e.g. `command`
   * @returns who could not be invited, or null
   */
  async inviteById(
    asked: Asked,
    of: { userIds: readonly string[]; source: string },
  ): Promise<RoomMessage | null> {
    const { record, chat } = this.#deps;
    const state = (await record.load(asked.incidentId))?.state;
    if (!state?.room) return { kind: 'refusal', text: 'The war room is still being opened.' };
    const people = await Promise.all(of.userIds.map((id) => this.#person(id)));
    const found = people.flatMap((person) =>
      person && strangerRule(person) === undefined ? [person.id] : [],
    );
    const outcome = await chat.invite(state.room.channelId, found);
    await this.#recordInvited(asked, { userIds: outcome.invited, source: of.source });
    const notInvited = of.userIds.filter((id) => !outcome.invited.includes(id));
    if (notInvited.length === 0) return null;
    const names = notInvited.map((id) => `@${id}`).join(', ');
    return { kind: 'refusal', text: `Could not invite ${names}: not full, active members.` };
  }

  /**
   * Invites whom `choose` names, once for an event. The choice is kept before anybody is invited:
   * made again after half of them came in, it would come out differently.
   * @returns who was chosen
   */
  async inviteChosen(
    event: Pick<AuditEvent, 'incidentId' | 'seq' | 'commandId'>,
    source: string,
    choose: () => Promise<readonly string[]>,
  ): Promise<readonly string[]> {
    const { rows } = this.#deps;
    const { incidentId, seq, commandId } = event;
    const name = `invite#${source}`;
    const kept = (await rows.readStep(incidentId, seq, name))?.result.userIds;
    const userIds = kept === undefined ? await choose() : kept.split(' ').filter((id) => id !== '');
    if (kept === undefined) {
      const result = { userIds: userIds.join(' ') };
      await rows.writeStep(incidentId, seq, name, { done: true, result });
    }
    if (userIds.length === 0) return [];
    await this.inviteById({ incidentId, commandId, actor: WORKER }, { userIds, source });
    return userIds;
  }

  async #recordInvited(
    { incidentId, actor }: Asked,
    of: { userIds: readonly string[]; source: string },
  ): Promise<void> {
    await this.#deps.record.runAll<string>(
      incidentId,
      of.userIds.map((userId) => ({
        // One invitation a person and room, whichever alert or command asked for it.
        commandId: `invited#${userId}`,
        actor,
        decide: (incident) =>
          incident?.invited.includes(userId)
            ? { decline: 'invited already' }
            : {
                append: 'RESPONDER_INVITED',
                details: { slackUserId: userId, source: of.source },
              },
      })),
    );
  }

  async #person(userId: string): Promise<Person | undefined> {
    try {
      return await this.#deps.chat.person(userId);
    } catch (error) {
      if (error instanceof ChatError && codeOf(error) === 'CHAT_NOT_FOUND') return undefined;
      throw error;
    }
  }
}

/** The function that does effects, as an actor. */
export const WORKER = { kind: 'system', id: 'incident-worker' } as const;
