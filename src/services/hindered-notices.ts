import type { AuditEvent } from '../domain/audit-event.ts';
import {
  type ChatRefusalWords,
  chatRefusalOf,
  chatRefusalWords,
  taskSentence,
} from '../domain/chat-refusal.ts';
import { ChatError, codeOf } from '../domain/errors.ts';
import type { IncidentState } from '../domain/incident-state.ts';
import { channel, type Sentence, say, words } from '../domain/sentence.ts';
import { isOver } from '../domain/transitions.ts';
import type { Log } from './ports.ts';
import { refreshPart } from './put-aside.ts';
import type { RoomPosts } from './room-posts.ts';

/** The event whose journal remembers what was said. */
const FIRST = 1;

/** What people miss when an effect is not done. */
const MISSED: Readonly<Record<string, string>> = {
  announcement: 'the message about it in the announcement channel',
  approval_card: 'the card of a status page text',
  break_glass_notice: 'that somebody approved a status page text alone',
  call_missing: 'inviting people whom this app cannot look up',
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
  storm_aloud: 'that an alert in a storm may be a matter of its own',
  storm_notice: 'how the alert storm began',
  topic: 'the topic of the room',
  unknown_outcome: 'that nobody knows how a publication ended',
  unmatched_notice: 'that an alert opened nothing',
  update_reminder: 'the update reminder',
  whisper_update_due: 'the update reminder',
};

/** In words for people: never one of our own names. */
function missedWords(effect: string): string {
  return Object.hasOwn(MISSED, effect) ? MISSED[effect]! : 'something that belongs there';
}

/**
 * Why something cannot be done, and what to do about it besides waiting, as a sentence with a space
 * behind it: empty when there is nothing to do.
 */
export function hinderedWords(error: unknown): { why: string; todo: string } {
  const reason = reasonWords(error);
  const task = taskSentence(reason);
  return { why: reason.why, todo: task === undefined ? '' : `${task} ` };
}

function reasonWords(error: unknown): ChatRefusalWords {
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
  rootCommand: string;
};

/**
 * Says in the announcement channel what cannot be done for now, why, and what to do: once for an
 * incident, cause and time of trouble, however many things fail. In the war room, if that channel is
 * the one that takes nothing.
 */
export class HinderedNotices {
  readonly #deps: HinderedNoticesDeps;

  constructor(deps: HinderedNoticesDeps) {
    this.#deps = deps;
  }

  /** Safe to repeat. Never throws: a notice that cannot be posted is in the log and the metrics. */
  async tell(
    effect: string,
    of: { incident: IncidentState; error: unknown; sinceMs: number },
  ): Promise<void> {
    const { incident, error, sinceMs } = of;
    // Whoever puts a room away when all is over needs no word about it.
    if (isOver(incident) && isArchived(error)) return;
    const { incidentId, room } = incident;
    const name = `hindered_notice#${causeOf(error)}#${sinceMs}`;
    const closed = error instanceof ChatError && error.code === 'CHAT_ROOM_CLOSED';
    const isOfRoom = closed && room !== null && error.channelId === room.channelId;
    const text = isOfRoom ? this.#closedWords(incident, error) : this.#words(effect, of);
    if (await this.tellOnce(incidentId, name, text)) return;
    if (room && !isOfRoom) await this.tellOnce(incidentId, `${name}#room`, text, room.channelId);
  }

  #words(effect: string, { incident, error }: { incident: IncidentState; error: unknown }) {
    const { announcementChannelId } = this.#deps;
    const { why, todo } = hinderedWords(error);
    const isOfAnnouncements =
      error instanceof ChatError && error.channelId === announcementChannelId;
    const where = isOfAnnouncements ? say`In ${channel(announcementChannelId)}` : placeOf(incident);
    const what = words(missedWords(effect));
    return say`${where} not everything can be shown for now, first of all ${what}: ${words(why)}. ${words(todo)}It is tried again by itself; the record is complete.`;
  }

  /** The app is not in the war room any more. */
  #closedWords(incident: IncidentState, error: ChatError): Sentence {
    const { incidentId } = incident;
    const { why, todo } = hinderedWords(error);
    const typed = words(`${this.#deps.rootCommand} update ${incidentId} <text>`);
    return say`${placeOf(incident)} nothing new can be shown: ${words(why)}. ${words(todo)}What is missed follows by itself, in its order; the record is complete. Until then commands count here too, as “${typed}”.`;
  }

  /** What is given up, once for an incident, thing and cause. @throws as a post does */
  async abandoned(
    { details }: Extract<AuditEvent, { type: 'EFFECT_ABANDONED' }>,
    incident: IncidentState,
  ): Promise<void> {
    const { effect, reason } = details;
    const { refusal } = chatRefusalOf(reason);
    if (isOver(incident) && isArchived(reason)) return;
    const because = refusal === undefined ? '' : say` (${words(hinderedWords(reason).why)})`;
    const what = words(missedWords(refreshPart(effect) ?? effect));
    await this.#post(
      incident.incidentId,
      `abandoned_notice#${effect}#${refusal ?? ''}`,
      say`${placeOf(incident)} one thing could not be shown and is not tried again: ${what}${because}. The record is complete.`,
    );
  }

  /** A notice under a name, once for an incident. Never throws. @returns whether it is there */
  async tellOnce(
    incidentId: string,
    name: string,
    text: Sentence,
    channelId = this.#deps.announcementChannelId,
  ): Promise<boolean> {
    try {
      await this.#post(incidentId, name, text, channelId);
      return true;
    } catch (error) {
      const { log } = this.#deps;
      log.error('people not told', { incidentId, name, code: codeOf(error) });
      log.count('PeopleNotTold', { code: codeOf(error) });
      return false;
    }
  }

  async #post(
    incidentId: string,
    name: string,
    text: Sentence,
    channelId = this.#deps.announcementChannelId,
  ): Promise<void> {
    const of = { incidentId, seq: FIRST };
    await this.#deps.posts.once(of, name, channelId, { kind: 'line', text });
  }
}

/** Of a channel that is closed to us Slack says one thing to one call and another to the next. */
export function causeOf(error: unknown): string {
  if (!(error instanceof ChatError)) return codeOf(error);
  const { code, channelId = '', refusal } = error;
  return code === 'CHAT_ROOM_CLOSED' ? `${code}#${channelId}` : (refusal ?? code);
}

const ARCHIVED: ReadonlySet<string> = new Set(['is_archived', 'is_inactive']);

/** @param of - an error, or a reason that went on record */
function isArchived(of: unknown): boolean {
  return ARCHIVED.has(chatRefusalOf(of).refusal ?? '');
}

/** An intake chain has no title and no room. */
function placeOf({ title, severity, room }: IncidentState): Sentence {
  if (title === '') return say`Of today’s alerts`;
  const name = say`“${words(title)}” (${severity})`;
  return room ? say`In ${channel(room.channelId)} of ${name}` : say`Of ${name}`;
}
