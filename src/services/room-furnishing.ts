import { codeOf } from '../domain/errors.ts';
import { type IncidentState, statusInWords } from '../domain/incident-state.ts';
import { joined, person, say, shortened, textOf, words } from '../domain/sentence.ts';
import { isOver } from '../domain/transitions.ts';
import type { ChatWorkspace, IncidentRows, RoomLink } from './ports.ts';
import { settleAll } from './settle-all.ts';

/** The event whose journal holds what lives as long as the incident. */
const FIRST = 1;
/** Longest topic. Unit: UTF-16 units. */
const TOPIC_MAX = 250;

/**
 * What a room is furnished with beside its messages: topic, pins, bookmarks. Each has a journal row
 * and costs one call of the few there are; what is not due yet in the chat's rate limits is left out
 * and brought in line later.
 */
export class RoomFurnishing {
  readonly #deps: { chat: ChatWorkspace; rows: IncidentRows };

  constructor(deps: { chat: ChatWorkspace; rows: IncidentRows }) {
    this.#deps = deps;
  }

  /** Pins a message that the journal knows by this name, once; one posted in its place anew. */
  async pin(incident: IncidentState, name: string, ts: string): Promise<void> {
    const { rows, chat } = this.#deps;
    const { incidentId } = incident;
    const step = await rows.readStep(incidentId, FIRST, `pin#${name}`);
    // Rows of older versions do not say which message they pinned.
    if (step?.done && (step.result.ts ?? ts) === ts) return;
    await chat.pin(incident.room!.channelId, ts);
    await rows.writeStep(incidentId, FIRST, `pin#${name}`, { done: true, result: { ts } });
  }

  /** @param isNewRoom - nothing can be in it yet */
  async bookmarks(
    incident: IncidentState,
    links: readonly RoomLink[],
    isNewRoom: boolean,
  ): Promise<void> {
    const one = (link: RoomLink) => (isNew: boolean) =>
      this.#deps.chat.addBookmarks(incident.room!.channelId, [link], isNew);
    await settleAll(
      links.map((link) => this.#once(incident, `bookmark#${link.title}`, isNewRoom, one(link))),
    );
  }

  /** Sets the topic unless it was set to this before. */
  async topic(incident: IncidentState): Promise<void> {
    const { ic, severity, status, nudge } = incident;
    const told = [
      say`${severity}`,
      words(statusInWords(status)),
      ic ? say`IC ${person(ic)}` : say`no IC yet`,
      ...(nudge && !isOver(incident) ? [words(`next update ${nudge.dueAt.slice(11, 16)}Z`)] : []),
    ];
    const { rows, chat } = this.#deps;
    const sentence = shortened(joined(told, ' | '), TOPIC_MAX);
    const topic = textOf(sentence);
    const before = await rows.readStep(incident.incidentId, FIRST, 'topic');
    if (before?.result.topic === topic) return;
    await chat.setTopic(incident.room!.channelId, sentence);
    await rows.writeStep(incident.incidentId, FIRST, 'topic', { done: true, result: { topic } });
  }

  /**
   * Does a thing of the room that may be done twice but need not be.
   * @param act - is told whether it certainly was never done before
   */
  async #once(
    incident: IncidentState,
    name: string,
    isNewRoom: boolean,
    act: (isNew: boolean) => Promise<void>,
  ): Promise<void> {
    const { rows } = this.#deps;
    const { incidentId } = incident;
    const step = await rows.readStep(incidentId, FIRST, name);
    if (step?.done) return;
    const isNew = isNewRoom || step?.result.untried === 'yes';
    try {
      await act(isNew);
    } catch (error) {
      // A call that was not made, or refused for the limit, left nothing that had to be looked for.
      if (isNew && codeOf(error) === 'CHAT_RATE_LIMITED') {
        await rows.writeStep(incidentId, FIRST, name, { done: false, result: { untried: 'yes' } });
      }
      throw error;
    }
    await rows.writeStep(incidentId, FIRST, name, { done: true, result: {} });
  }
}
