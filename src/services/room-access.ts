import { say, words } from '../domain/sentence.ts';
import type { DrivenFromAnnouncements } from './driven-from-announcements.ts';
import type { PersonRequest } from './forms.ts';
import { hinderedWords } from './hindered-notices.ts';
import type { IncidentRecord } from './incident-record.ts';
import type { KnownForMinutes } from './known-for-minutes.ts';
import { isLasting } from './people.ts';
import type { ChatWorkspace } from './ports.ts';
import { confirmation } from './room-commands.ts';
import type { RoomMessage } from './room-messages.ts';

/** `rule`: why not. `unseen`: why the room shows nothing new, of somebody who may act all the same. */
export type RoomAccess = { rule?: string; unseen?: unknown };

/**
 * Whether somebody may act in an incident's room from where they speak.
 * @throws {ChatError} who is in the room cannot be told for now
 */
export async function roomAccess(
  deps: {
    record: Pick<IncidentRecord, 'load'>;
    chat: Pick<ChatWorkspace, 'roomMembers'>;
    driven: Pick<DrivenFromAnnouncements, 'allows'>;
    /** Who was in a room minutes ago; without it, it is asked anew. */
    known?: KnownForMinutes<ReadonlySet<string>> | undefined;
  },
  incidentId: string,
  { userId, channelId, delivery }: PersonRequest,
): Promise<RoomAccess> {
  const incident = (await deps.record.load(incidentId))?.state;
  if (incident && deps.driven.allows(channelId, incident)) return {};
  if (!incident?.room) {
    return { rule: 'there is no war room yet: say it in the announcement channel' };
  }
  const { channelId: roomId } = incident.room;
  try {
    const ask = () => deps.chat.roomMembers(roomId);
    const keeps = (inside: ReadonlySet<string>) => inside.has(userId);
    const members = await (deps.known?.get(roomId, { ask, keeps }) ?? ask());
    return members.has(userId) ? {} : { rule: 'only members of this war room may do that' };
  } catch (error) {
    // Slack signed where it was said, and lets nobody into a private room who is not a member.
    if (channelId === roomId && isLasting(error, delivery)) return { unseen: error };
    throw error;
  }
}

/** What is told instead of what the room would show. */
export function unseenWords(error: unknown): RoomMessage {
  const { why, todo } = hinderedWords(error);
  return confirmation(
    say`Done, and on record. It is not shown here yet: ${words(why)}. ${words(todo)}`,
  );
}
