import type { AuditEvent } from '../domain/audit-event.ts';
import { ChatError, codeOf } from '../domain/errors.ts';
import type { IncidentState } from '../domain/incident-state.ts';
import { say, words } from '../domain/sentence.ts';
import type { DriftKind } from '../domain/statuspage-event-details.ts';
import { isOver } from '../domain/transitions.ts';
import type { IncidentRows, Log } from './ports.ts';
import type { RoomMessage } from './room-messages.ts';
import type { RoomPosts } from './room-posts.ts';

/** Rooms of open incidents that are told of an incident by another hand. */
const ROOMS_TOLD_MAX = 10;
/** Listed incidents among which those rooms are looked for; some are over. */
const LISTED_READ_MAX = 50;

type DriftFound = Extract<AuditEvent, { type: 'STATUSPAGE_DRIFT_FOUND' }>;

export type DriftNoticesDeps = {
  posts: RoomPosts;
  rows: Pick<IncidentRows, 'listOpen'>;
  log: Log;
  announcementChannelId: string;
};

/** Tells people that the page is not what was published. Nothing is put right by itself. */
export class DriftNotices {
  readonly #deps: DriftNoticesDeps;

  constructor(deps: DriftNoticesDeps) {
    this.#deps = deps;
  }

  /** Posts once to each channel; safe to repeat. */
  async post(event: AuditEvent, incident: IncidentState): Promise<void> {
    if (event.type !== 'STATUSPAGE_DRIFT_FOUND') return;
    const { announcementChannelId } = this.#deps;
    const notice = driftNotice(event);
    const rooms = await this.#roomsOf(event, incident);
    let told = 0;
    for (const channelId of rooms) told += await this.#tryRoom(event, channelId, notice);
    // An incident of nobody concerns everybody; so does one whose room is closed by now.
    if (event.details.kind === 'foreign_incident' || told === 0) {
      await this.#postTo(event, announcementChannelId, notice);
    }
  }

  async #roomsOf(event: DriftFound, incident: IncidentState): Promise<string[]> {
    if (event.details.kind !== 'foreign_incident') {
      return incident.room ? [incident.room.channelId] : [];
    }
    const listed = await this.#deps.rows.listOpen(LISTED_READ_MAX);
    // People have left the rooms of those that are over, whatever the page shows of them.
    const open = listed.filter((state) => !isOver(state)).slice(0, ROOMS_TOLD_MAX);
    return open.flatMap(({ room }) => (room ? [room.channelId] : []));
  }

  /** @returns 1 when the room was told, 0 when it cannot be */
  async #tryRoom(event: DriftFound, channelId: string, notice: RoomMessage): Promise<number> {
    try {
      await this.#postTo(event, channelId, notice);
      return 1;
    } catch (error) {
      if (!(error instanceof ChatError) || error.retryable) throw error;
      this.#deps.log.warn('a room could not be told of page drift', { code: codeOf(error) });
      return 0;
    }
  }

  async #postTo(event: DriftFound, channelId: string, notice: RoomMessage): Promise<void> {
    await this.#deps.posts.once(event, `drift_notice#${channelId}`, channelId, notice);
  }
}

/** What is wrong, in red, with the page beside it, and what people may do. */
function driftNotice({ details }: DriftFound): RoomMessage {
  return {
    kind: 'line',
    text: say`🔴 The status page is not what was published: ${words(details.difference)}. Nothing is changed automatically. ${words(details.whole ? TO_DO_WHOLE : TO_DO[details.kind])}`,
    ...(/^https?:\/\//.test(details.link)
      ? { link: { title: 'See the page', url: details.link } }
      : {}),
  };
}

const ASK = 'Find out who did it, in Statuspage’s own activity log.';
const TO_DO: Record<DriftKind, string> = {
  foreign_incident: `${ASK} If customers should not read it, take it down in Statuspage.`,
  foreign_update: `${ASK} If it is wrong, draft an update here that says what is right.`,
  edited: `${ASK} If it is wrong, draft an update here that says what is right.`,
  removed: `${ASK} If customers still need it, draft an update here.`,
  returned: `${ASK} What was drafted in its place is not published: edit it, or draft an update here.`,
  duplicate:
    'Customers may have been told twice, or what was given up: decide what stays, and resolve or ' +
    'correct the other.',
};
const TO_DO_WHOLE =
  `${ASK} If customers still need it, draft an update here: when it is approved it opens a new ` +
  'incident on the page. What waits for approval adds to the one that is gone: draft it again.';
