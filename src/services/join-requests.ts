import type { JoinPolicy } from '../domain/routing.ts';
import { channel, person, say, words } from '../domain/sentence.ts';
import { isOver } from '../domain/transitions.ts';
import type { Asked } from './incident-commands.ts';
import type { IncidentRecord } from './incident-record.ts';
import type { ChatWorkspace } from './ports.ts';
import type { Responders } from './responders.ts';
import { confirmation, invitedWords, refusal } from './room-commands.ts';
import type { RoomMessage } from './room-messages.ts';

export type JoinRequestsDeps = {
  record: IncidentRecord;
  responders: Pick<Responders, 'invite'>;
  chat: Pick<ChatWorkspace, 'roomMembers'>;
  policy: JoinPolicy;
};

/** Members who were not called and want to help. */
export class JoinRequests {
  readonly #deps: JoinRequestsDeps;

  constructor(deps: JoinRequestsDeps) {
    this.#deps = deps;
  }

  /**
   * Lets a full member into the room, or asks the room whether to, as the configuration says. Either is
   * on record. Safe to repeat.
   * @returns what the person is told
   */
  async join(asked: Asked): Promise<RoomMessage> {
    const { record, responders, chat, policy } = this.#deps;
    const state = (await record.load(asked.incidentId))?.state;
    if (!state?.room) {
      return refusal('The war room is still being opened; try again in a few seconds.');
    }
    if (isOver(state)) return refusal('This incident is over: there is nothing to join.');
    const { channelId } = state.room;
    const where = channel(channelId);
    if ((await chat.roomMembers(channelId)).has(asked.actor.id)) {
      return confirmation(say`You are in ${where} already.`);
    }
    if (policy === 'closed') {
      const who = state.ic ? say`${person(state.ic)}, who leads it` : say`somebody who is in it`;
      return refusal(say`Only who is called joins a war room here. Ask ${who}, to invite you.`);
    }
    if (policy === 'ask') return this.#ask(asked);
    const came = await responders.invite(asked, { userIds: [asked.actor.id], source: 'join' });
    const reason = came?.notInvited[0]?.reason;
    return reason === undefined
      ? confirmation(say`You are in ${where} now.`)
      : refusal(say`You could not be invited: ${words(reason)}.`);
  }

  /** Somebody in the room lets a person in who asked. */
  async admit(asked: Asked, userId: string): Promise<RoomMessage> {
    const of = { userIds: [userId], source: 'join' };
    return invitedWords(await this.#deps.responders.invite(asked, of));
  }

  /** Once a person and incident: a room that does not answer is not asked over and over. */
  async #ask({ incidentId, actor }: Asked): Promise<RoomMessage> {
    const outcome = await this.#deps.record.run<string>({
      incidentId,
      commandId: `join_requested#${actor.id}`,
      actor,
      decide: () => ({ append: 'JOIN_REQUESTED', details: { slackUserId: actor.id } }),
    });
    return outcome.kind === 'repeated'
      ? confirmation('You asked before; the people in the room can see it.')
      : confirmation('The people in the room are asked to invite you.');
  }
}
