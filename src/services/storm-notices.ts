import type { AuditEvent } from '../domain/audit-event.ts';
import { sha256Hex } from '../domain/ids.ts';
import type { IncidentState } from '../domain/incident-state.ts';
import { channel, joined, type Part, say, words } from '../domain/sentence.ts';
import { isOver } from '../domain/transitions.ts';
import type { IncidentRecord } from './incident-record.ts';
import type { IncidentQueue } from './ports.ts';
import { WORKER } from './responders.ts';
import { aloudLine } from './room-lines.ts';
import type { RoomPosts } from './room-posts.ts';

const UNLESS = ', unless one is a P1 or P2 and severer than all of them';

type StormNoticesDeps = {
  record: IncidentRecord;
  posts: RoomPosts;
  queue: IncidentQueue;
  announcementChannelId: string;
};

/** Says in words how a storm and the incidents opened before it belong together. */
export class StormNotices {
  readonly #deps: StormNoticesDeps;

  constructor(deps: StormNoticesDeps) {
    this.#deps = deps;
  }

  /**
   * Names in the announcement channel what may be a matter of its own in a storm of several services:
   * those who are in its room need not be those whom it concerns. Safe to repeat.
   */
  async aloud(linked: AuditEvent, { service, room }: IncidentState): Promise<void> {
    const line = linked.type === 'ALERT_LINKED' ? aloudLine(linked.details.alerts) : undefined;
    if (!line || service !== null) return;
    const { posts, announcementChannelId } = this.#deps;
    const where = room ? say`${channel(room.channelId)}: ` : '';
    await posts.once(linked, 'storm_aloud', announcementChannelId, {
      ...line,
      text: say`${where}${line.text}`,
    });
  }

  /** In the storm's room, and as a note on each incident that was opened before. Safe to repeat. */
  async post(opened: AuditEvent): Promise<void> {
    if (opened.type !== 'INCIDENT_OPENED' || !opened.details.storm) return;
    const { record, posts } = this.#deps;
    const { storm, service } = opened.details;
    const room = (await record.load(opened.incidentId))?.state.room;
    if (!room) return;
    const earlier: Part[] = [];
    for (const incidentId of storm.before) {
      const state = (await record.load(incidentId))?.state;
      if (!state) continue;
      earlier.push(state.room ? channel(state.room.channelId) : words(`“${state.title}”`));
      if (!isOver(state)) await this.#note(incidentId, opened, room.channelId);
    }
    const minutes = Math.round(storm.windowS / 60);
    const of = words(service ?? 'alerts without a known service');
    const before = earlier.length > 0 ? say` Opened before it:\n${joined(earlier, '\n')}` : '';
    const unless = service === null ? words(UNLESS) : '';
    await posts.once(opened, 'storm_notice', room.channelId, {
      kind: 'line',
      text: say`This is an alert storm of ${of}: more than ${storm.incidents} new incidents within ${minutes} min. Its further alerts are linked to this incident and open no rooms of their own${unless}.${before}`,
    });
  }

  async #note(incidentId: string, opened: AuditEvent, channelId: string): Promise<void> {
    const { record, queue } = this.#deps;
    const outcome = await record.run({
      incidentId,
      commandId: `storm#${opened.incidentId}`,
      actor: WORKER,
      decide: () => ({
        append: 'NOTE_ADDED',
        details: {
          text: 'An alert storm began: further alerts of this service are linked in',
          channelId,
        },
      }),
    });
    if (outcome.kind === 'declined') return;
    const upToSeq = outcome.event.seq;
    await queue.send(
      { kind: 'work', incidentId, upToSeq },
      {
        group: `work#${incidentId}`,
        deduplicationId: sha256Hex(`work#${incidentId}#${upToSeq}`),
      },
    );
  }
}
