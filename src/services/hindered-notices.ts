import type { AuditEvent } from '../domain/audit-event.ts';
import { chatRefusalOf, chatRefusalWords } from '../domain/chat-refusal.ts';
import { ChatError, codeOf } from '../domain/errors.ts';
import type { IncidentState } from '../domain/incident-state.ts';
import { channel, type Sentence, say, words } from '../domain/sentence.ts';
import type { Log } from './ports.ts';
import type { RoomPosts } from './room-posts.ts';

/** The event whose journal remembers what was said. */
const FIRST = 1;

/** What people miss when an effect is not done. */
const MISSED: Readonly<Record<string, string>> = {
  announcement: 'the message about it in this channel',
  approval_card: 'the card of a status page text',
  break_glass_notice: 'that somebody approved a status page text alone',
  call_service: 'inviting the people of the service',
  checklist: 'the checklist',
  context_card: 'what is known about the service',
  draft_cards: 'the cards of status page texts',
  draft_timers: 'a timer of a status page text',
  drift_notice: 'that the status page is not what was published',
  escalation: 'that a status page text waits for approval',
  escalation_timers: 'a timer of a status page text',
  furnishing: 'pins and links of the room',
  incident_card: 'the card on top of the room',
  invite_approvers: 'inviting people who may approve',
  invite_commander: 'inviting the incident commander',
  invite_fallback: 'inviting people who help when nobody else comes',
  invite_roster: 'inviting people whom the alert names',
  line: 'a line about what happened',
  nobody_reached: 'a call for help',
  obligation_notice: 'that the status page has to be put right',
  opening_notes: 'how the incident came about',
  post_postmortem: 'the postmortem as a file',
  postmortem: 'the postmortem',
  quarantine_notice: 'that an alert could not be read',
  receipt: 'the receipt of a publication',
  storm_notice: 'how the alert storm began',
  topic: 'the topic of the room',
  unknown_outcome: 'that nobody knows how a publication ended',
  unmatched_notice: 'that an alert opened nothing',
  update_reminder: 'the update reminder',
  whisper_update_due: 'the update reminder',
};

/** In words for people: never one of our own names. */
export function missedWords(effect: string): string {
  return Object.hasOwn(MISSED, effect) ? MISSED[effect]! : 'something that belongs there';
}

/** Why something cannot be done, and what to do about it: two sentences without an end. */
export function hinderedWords(error: unknown): { why: string; todo: string } {
  if (error instanceof ChatError || typeof error === 'string') {
    return chatRefusalWords(chatRefusalOf(error));
  }
  return {
    why: 'one of the services that this app runs on does not work',
    todo: 'tell whoever runs this app: its log names the reason',
  };
}

export type HinderedNoticesDeps = {
  posts: Pick<RoomPosts, 'once'>;
  log: Log;
  announcementChannelId: string;
};

/**
 * Says in the announcement channel what cannot be done for now, why, and what to do: once for an
 * incident and cause, however many things fail for it.
 */
export class HinderedNotices {
  readonly #deps: HinderedNoticesDeps;

  constructor(deps: HinderedNoticesDeps) {
    this.#deps = deps;
  }

  /** Safe to repeat. Never throws: a notice that cannot be posted is in the log and the metrics. */
  async tell(effect: string, of: { incident: IncidentState; error: unknown }): Promise<void> {
    const { incident, error } = of;
    const { why, todo } = hinderedWords(error);
    const what = words(missedWords(effect));
    await this.tellOnce(
      incident.incidentId,
      `hindered_notice#${causeOf(error)}`,
      say`${placeOf(incident)} not everything can be shown for now, first of all ${what}: ${words(why)}. ${words(capital(todo))}. It is tried again by itself; the record is complete.`,
    );
  }

  /** What is given up, once for an incident, thing and cause. @throws as a post does */
  async abandoned(
    { details }: Extract<AuditEvent, { type: 'EFFECT_ABANDONED' }>,
    incident: IncidentState,
  ): Promise<void> {
    const { effect, reason } = details;
    const { refusal } = chatRefusalOf(reason);
    const because = refusal === undefined ? '' : say` (${words(hinderedWords(reason).why)})`;
    const what = words(missedWords(effect));
    await this.#post(
      incident.incidentId,
      `abandoned_notice#${effect}#${refusal ?? ''}`,
      say`${placeOf(incident)} one thing could not be shown and is not tried again: ${what}${because}. The record is complete.`,
    );
  }

  /** A notice under a name, once for an incident. Never throws. */
  async tellOnce(incidentId: string, name: string, text: Sentence): Promise<void> {
    try {
      await this.#post(incidentId, name, text);
    } catch (error) {
      const { log } = this.#deps;
      log.error('announcement channel not told', { incidentId, name, code: codeOf(error) });
      log.count('PeopleNotTold', { code: codeOf(error) });
    }
  }

  async #post(incidentId: string, name: string, text: Sentence): Promise<void> {
    const { posts, announcementChannelId } = this.#deps;
    const of = { incidentId, seq: FIRST };
    await posts.once(of, name, announcementChannelId, { kind: 'line', text });
  }
}

/** What tells causes apart. */
export function causeOf(error: unknown): string {
  return (error instanceof ChatError ? error.refusal : undefined) ?? codeOf(error);
}

/** An intake chain has no title and no room. */
function placeOf({ title, severity, room }: IncidentState): Sentence {
  if (title === '') return say`Of today’s alerts`;
  const name = say`“${words(title)}” (${severity})`;
  return room ? say`In ${channel(room.channelId)} of ${name}` : say`Of ${name}`;
}

export function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
