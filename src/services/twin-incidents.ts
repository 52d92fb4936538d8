import { ChatError } from '../domain/errors.ts';
import type { IncidentState } from '../domain/incident-state.ts';
import { OPEN_INCIDENTS_READ_MAX } from '../domain/limits.ts';
import { channel, joined, person, say, words } from '../domain/sentence.ts';
import { twinsOf } from '../domain/twins.ts';
import type { IncidentRows, Log } from './ports.ts';
import type { RoomPosts } from './room-posts.ts';

/** Others that a room is told of. */
const NAMED_MAX = 3;

export type TwinIncidentsDeps = {
  rows: Pick<IncidentRows, 'listOpen'>;
  posts: Pick<RoomPosts, 'once'>;
  log: Pick<Log, 'warn'>;
};

/**
 * Tells rooms of each other whose incidents may be the same outage. The list of open incidents may be a
 * second behind: two who declare at the same instant both get a room, and each room is told of the other.
 */
export class TwinIncidents {
  readonly #deps: TwinIncidentsDeps;

  constructor(deps: TwinIncidentsDeps) {
    this.#deps = deps;
  }

  /** Tells a declared incident and those that may be the same of each other, each pair once. */
  async name(incident: IncidentState): Promise<void> {
    const listed = await this.#deps.rows.listOpen(OPEN_INCIDENTS_READ_MAX);
    const open = listed.filter(({ incidentId }) => incidentId !== incident.incidentId);
    const atMs = Date.parse(incident.openedAt);
    for (const twin of twinsOf(incident, { open, atMs }).slice(0, NAMED_MAX)) {
      await this.#say(incident, twin);
      await this.#say(twin, incident);
    }
  }

  async #say(to: IncidentState, about: IncidentState): Promise<void> {
    if (!to.room) return;
    const { posts, log } = this.#deps;
    const where = about.room ? channel(about.room.channelId) : words(about.incidentId);
    const leader = about.ic ? say`, led by ${person(about.ic)}` : '';
    const title = words(about.title);
    try {
      const event = { incidentId: to.incidentId, seq: 1 };
      await posts.once(event, `twin#${about.incidentId}`, to.room.channelId, {
        kind: 'line',
        text: joined(
          [
            say`Another incident may be the same: “${title}” (${about.severity}), ${where}${leader}.`,
            say`If it is, go on in one of them and cancel the other.`,
          ],
          ' ',
        ),
      });
    } catch (error) {
      // A room that cannot be told must not hold up the incident that told it.
      if (!(error instanceof ChatError) || error.retryable) throw error;
      log.warn('a room could not be told of its twin', { code: error.code });
    }
  }
}
