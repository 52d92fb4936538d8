import { codeOf } from '../domain/errors.ts';
import { say, words } from '../domain/sentence.ts';
import { roomlessSince } from '../domain/transitions.ts';
import type { IncidentRecord } from './incident-record.ts';
import type { Clock, Log } from './ports.ts';
import type { RoomPosts } from './room-posts.ts';
import { ROOM_LATE_MS } from './sweep.ts';

/** The event whose journal remembers that it was said. */
const FIRST = 1;

export type LateRoomsDeps = {
  record: IncidentRecord;
  posts: Pick<RoomPosts, 'once'>;
  clock: Clock;
  log: Log;
  announcementChannelId: string;
};

/** Says once, where everybody reads it, that an incident has no war room after a minute. */
export class LateRooms {
  readonly #deps: LateRoomsDeps;

  constructor(deps: LateRoomsDeps) {
    this.#deps = deps;
  }

  /** Safe to repeat. Never throws: what keeps the room away may keep the notice away, too. */
  async tell(incidentId: string): Promise<void> {
    const { record, posts, clock, log, announcementChannelId } = this.#deps;
    try {
      const state = (await record.load(incidentId))?.state;
      const sinceMs = roomlessSince(state);
      if (!state || sinceMs === undefined || clock.nowMs() - sinceMs < ROOM_LATE_MS) return;
      // Why there is none, and what to do, was said by then.
      if (state.status === 'assembly_failed') return;
      await posts.once({ incidentId, seq: FIRST }, 'room_late_notice', announcementChannelId, {
        kind: 'line',
        text: say`“${words(state.title)}” (${state.severity}) has no war room yet: Slack does not take it. It is tried again each minute. Meet in this channel until then.`,
      });
    } catch (error) {
      log.warn('late room not announced', { incidentId, code: codeOf(error) });
    }
  }
}
