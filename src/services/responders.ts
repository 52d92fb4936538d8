import type { AuditEvent } from '../domain/audit-event.ts';
import { codeOf } from '../domain/errors.ts';
import { sha256Hex } from '../domain/ids.ts';
import type { Asked } from './incident-commands.ts';
import type { IncidentRecord } from './incident-record.ts';
import type { Fact } from './ordered-facts.ts';
import type { ChatWorkspace, IncidentRows } from './ports.ts';
import { type Called, ResponderCall, type ResponderCallDeps } from './responder-call.ts';
import type { Candidate, NotCalled, SourceAnswer } from './responder-directory.ts';

export type RespondersDeps = ResponderCallDeps & {
  record: IncidentRecord;
  rows: IncidentRows;
  chat: Pick<ChatWorkspace, 'invite' | 'roomMembers' | 'membersOfGroup'>;
};

/** Whom somebody wants in the room, and where the wish came from, e.g. `command`. */
export type InvitedBy = {
  userIds: readonly string[];
  /** User groups of the workspace. */
  groupIds?: readonly string[];
  source: string;
};
/** Who is in the room by an invitation, and who is not, each with the reason in words. */
export type InvitedByName = { invited: readonly string[]; notInvited: readonly NotCalled[] };

/** People of one group that are invited; more would be everybody. */
const GROUP_MEMBERS_MAX = 100;

/** People invited by name: somebody asked for them, or their role is needed. */
export class Responders {
  readonly #deps: RespondersDeps;

  constructor(deps: RespondersDeps) {
    this.#deps = deps;
  }

  /**
   * Invites people and the members of groups. Who came in is on record, and so is who could not be
   * invited. Safe to repeat: whoever is in the room already counts as invited.
   * @returns undefined while there is no room
   * @throws a retryable error when somebody could not be looked up for now, or the room refuses all
   */
  async invite(asked: Asked, of: InvitedBy): Promise<InvitedByName | undefined> {
    const { record } = this.#deps;
    const state = (await record.load(asked.incidentId))?.state;
    if (!state?.room) return undefined;
    const { source, userIds, groupIds = [] } = of;
    const named = userIds.map((userId) => candidate(userId, source));
    const call = new ResponderCall(this.#deps, [
      { name: source, isAtHand: true, answer: Promise.resolve({ people: named, unresolved: [] }) },
      ...groupIds.map((groupId) => ({
        name: groupId,
        isAtHand: true,
        answer: this.#membersOf(groupId, source),
      })),
    ]);
    const { channelId } = state.room;
    const came: Called[] = [];
    const { notCalled, retry } = await call.invite({
      channelId,
      already: [],
      onInvited: (called) => came.push(...called),
    });
    await record.runAll<string>(asked.incidentId, [
      ...came.map((called) => ({ ...invitedFact(called), actor: asked.actor })),
      ...notCalled.map((details) => notInvitedFact(asked, details)),
    ]);
    if (retry !== undefined) throw retry;
    return { invited: came.map(({ userId }) => userId), notInvited: notCalled };
  }

  /**
   * Sees to it that one person is in the room.
   * @returns why they are not; undefined: they are, or there is no room yet
   * @throws as `invite`
   */
  async bringIn(asked: Asked, of: { userId: string; source: string }): Promise<string | undefined> {
    const { record, chat } = this.#deps;
    const room = (await record.load(asked.incidentId))?.state.room;
    if (!room || (await chat.roomMembers(room.channelId)).has(of.userId)) return undefined;
    const { userId, source } = of;
    const outcome = await this.invite(asked, { userIds: [userId], source });
    return outcome?.notInvited[0]?.reason;
  }

  /** Ids of a group that the workspace does not know, or is not told, are no people. */
  async #membersOf(groupId: string, source: string): Promise<SourceAnswer> {
    try {
      const members = await this.#deps.chat.membersOfGroup(groupId);
      const people = members.slice(0, GROUP_MEMBERS_MAX).map((id) => candidate(id, source));
      const more = members.length - people.length;
      const why = `a group is invited up to its ${GROUP_MEMBERS_MAX}th member`;
      const unresolved =
        more > 0
          ? [{ who: `${more} more of the group`, source, reason: why }]
          : members.length === 0
            ? [{ who: 'the group', source, reason: 'it has no members' }]
            : [];
      return { people, unresolved };
    } catch (error) {
      if (codeOf(error) !== 'CHAT_NOT_FOUND') throw error;
      const reason = 'the workspace knows no such group';
      return { people: [], unresolved: [{ who: 'the group', source, reason }] };
    }
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
    await this.invite({ incidentId, commandId, actor: WORKER }, { userIds, source });
    return userIds;
  }
}

function candidate(userId: string, source: string): Candidate {
  return { email: null, userId, reference: userId, source };
}

/** One invitation a person and room, whichever alert or command asked for it. */
export function invitedFact({ userId, source }: Called): Fact {
  return {
    commandId: `invited#${userId}`,
    actor: WORKER,
    decide: (incident) =>
      incident?.invited.includes(userId)
        ? { decline: 'invited already' }
        : { append: 'RESPONDER_INVITED', details: { slackUserId: userId, source } },
  };
}

function notInvitedFact({ commandId, actor }: Asked, details: NotCalled): Fact {
  return {
    commandId: `${commandId}#not_invited#${sha256Hex(details.who)}`,
    actor,
    decide: () => ({ append: 'RESPONDER_INVITE_FAILED', details }),
  };
}

/** The function that does effects, as an actor. */
export const WORKER = { kind: 'system', id: 'incident-worker' } as const;
