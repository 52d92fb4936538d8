import type { AuditEvent } from '../domain/audit-event.ts';
import { ChatError } from '../domain/errors.ts';
import { type IncidentState, type InRoom, isInRoom } from '../domain/incident-state.ts';
import { channel, joined, person, type Sentence, say, words } from '../domain/sentence.ts';
import type { ChatWorkspace, Clock } from './ports.ts';
import type { RoomPosts } from './room-posts.ts';

/** People named by a reminder to the room. */
const NAMED_MAX = 20;

export type UpdateRemindersDeps = {
  posts: Pick<RoomPosts, 'once'>;
  chat: Pick<ChatWorkspace, 'whisper'>;
  clock: Clock;
  announcementChannelId: string;
};

/**
 * Asks for an internal update: the incident commander first, then everybody in the room, then the
 * announcement channel. Says how long there was none by the clock, never by a setting.
 */
export class UpdateReminders {
  readonly #deps: UpdateRemindersDeps;

  constructor(deps: UpdateRemindersDeps) {
    this.#deps = deps;
  }

  /** Asks once for an event, unless somebody gave an update meanwhile, or was asked again. */
  async ask(event: AuditEvent, incident: IncidentState): Promise<void> {
    if (!isInRoom(incident) || (incident.lastUpdate?.at ?? '') > event.at) return;
    // One that had to wait is not asked once the next one is due: that one says it.
    const { nextUpdateDueAt = '' } = event.details as { nextUpdateDueAt?: string };
    if ((incident.nudge?.dueAt ?? '') > nextUpdateDueAt) return;
    if (event.type === 'STATUS_REMINDER_SENT') {
      return this.#askCommander(event, incident, event.details.slackUserId);
    }
    if (event.type !== 'STATUS_REMINDER_ESCALATED') return;
    return event.details.to === 'room'
      ? this.#askRoom(event, incident)
      : this.#askEverybody(event, incident);
  }

  async #askCommander(event: AuditEvent, incident: InRoom, to: string | null): Promise<void> {
    const { chat, posts } = this.#deps;
    const { channelId } = incident.room;
    const last = this.#lastUpdate(incident);
    let text = say`An update is due, and nobody is incident commander: ${last}. Take the role and send one.`;
    if (to) {
      try {
        return await chat.whisper(channelId, to, { kind: 'update_due', incident, last });
      } catch (error) {
        if (!(error instanceof ChatError) || error.retryable) throw error;
        // Not in the room any more: everybody who is there has to know then.
        text = say`${person(to)}: an update is due: ${last}.`;
      }
    }
    await posts.once(event, 'update_due_line', channelId, { kind: 'line', text });
  }

  async #askRoom(event: AuditEvent, incident: InRoom): Promise<void> {
    const { ic, invited, room } = incident;
    const people = [...new Set([...(ic ? [ic] : []), ...invited])].slice(0, NAMED_MAX);
    const to = people.length > 0 ? say`${joined(people.map(person), ', ')}: an` : 'An';
    const text = say`${to} update is overdue: ${this.#lastUpdate(incident)}. Whoever knows where this stands, please send one.`;
    await this.#deps.posts.once(event, 'update_due_line', room.channelId, {
      kind: 'line',
      text,
      buttons: [
        {
          actionId: 'incident_update',
          label: 'Update',
          value: JSON.stringify({ incidentId: incident.incidentId }),
          style: 'primary',
        },
      ],
    });
  }

  async #askEverybody(event: AuditEvent, incident: InRoom): Promise<void> {
    const { severity, title, ic, room } = incident;
    const who = ic ? say`${person(ic)} is incident commander` : 'nobody is incident commander';
    const last = this.#lastUpdate(incident);
    const text = say`No update on ${severity} “${words(title)}”: ${last}, and ${who}. Whoever can help, please look into ${channel(room.channelId)}.`;
    await this.#deps.posts.once(event, 'update_due_line', this.#deps.announcementChannelId, {
      kind: 'line',
      text,
    });
  }

  #lastUpdate({ lastUpdate, openedAt }: IncidentState): Sentence {
    const minutesSince = (at: string) =>
      Math.max(0, Math.round((this.#deps.clock.nowMs() - Date.parse(at)) / 60_000));
    return lastUpdate
      ? say`the last one was ${minutesSince(lastUpdate.at)} min ago`
      : say`the last one was ${minutesSince(openedAt)} min ago, when the incident opened`;
  }
}
