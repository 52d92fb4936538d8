import type { AuditEvent } from '../domain/audit-event.ts';
import { ChatError } from '../domain/errors.ts';
import type { IncidentState } from '../domain/incident-state.ts';
import { channel, person, type Sentence, say, words } from '../domain/sentence.ts';
import type { IncidentRows, Log } from './ports.ts';
import type { RoomPosts } from './room-posts.ts';

type Opened = Extract<AuditEvent, { type: 'INCIDENT_OPENED' }>;
type Because = NonNullable<Opened['details']['unconfirmedBecause']>;

const BECAUSE: Record<Because, string> = {
  not_configured: 'this deployment has no access to its API',
  rate_limited: 'its rate limit was used up; people named in the alert were not invited for that',
  unavailable: 'its API did not answer',
};

/** Services named to whoever has to say which it is. */
const SERVICES_NAMED_MAX = 10;

/** True for an incident whose room has to hear how it came about. */
export function hasOpeningNotes({ details }: Opened): boolean {
  const isPlain = details.confirmed !== 'no' && details.foundBy === undefined;
  return !isPlain || details.previousIncidentId !== null;
}

export type OpeningNotesDeps = {
  rows: Pick<IncidentRows, 'readState'>;
  posts: Pick<RoomPosts, 'once'>;
  routing: { services: readonly { name: string }[] };
  log: Log;
};

/** What a room has to hear about how its incident came about, one line each. */
export class OpeningNotes {
  readonly #deps: OpeningNotesDeps;

  constructor(deps: OpeningNotesDeps) {
    this.#deps = deps;
  }

  /** Safe to repeat. */
  async post(event: AuditEvent, state: IncidentState): Promise<void> {
    if (!state.room) return;
    if (event.type === 'INCIDENT_DECLARED') return this.#service(event, state.room.channelId);
    if (event.type !== 'INCIDENT_OPENED') return;
    const { confirmed, unconfirmedBecause, foundBy, previousIncidentId } = event.details;
    const { channelId } = state.room;
    const post = (name: string, text: Sentence) =>
      this.#deps.posts.once(event, name, channelId, { kind: 'line', text });
    if (confirmed === 'no') {
      const why = words(BECAUSE[unconfirmedBecause ?? 'unavailable']);
      await post(
        'unconfirmed_notice',
        say`OnCall could not be asked whether this alert is real: ${why}. Look at the alert at its source before you rely on what is said here.`,
      );
    }
    if (foundBy === 'reconciliation') {
      await post(
        'found_notice',
        say`No webhook told us of this alert: it was found by asking OnCall which alert groups are open.`,
      );
    }
    if (previousIncidentId) await this.#link(event, { previousIncidentId, channelId, post });
  }

  /** Whether people were called hangs on the service: a guess can be put right, a gap filled. */
  async #service(
    event: Extract<AuditEvent, { type: 'INCIDENT_DECLARED' }>,
    channelId: string,
  ): Promise<void> {
    const { posts, routing } = this.#deps;
    const { service, serviceGuessed } = event.details;
    const names = routing.services.map(({ name }) => name);
    if (service === null ? names.length === 0 : !serviceGuessed) return;
    const more = names.length > SERVICES_NAMED_MAX ? ', …' : '';
    const text =
      service === null
        ? say`${person(event.actor.id)}: nobody was called, as the title names no one service. Say which it is with the service command: ${words(names.slice(0, SERVICES_NAMED_MAX).join(', '))}${more}.`
        : say`The service ${words(service)} was guessed from the title, and its people are called. If it is another one, say so with the service command.`;
    await posts.once(event, 'service_notice', channelId, { kind: 'line', text });
  }

  /** The same alert group led to an incident before: each room names the other. */
  async #link(
    event: Opened,
    of: {
      previousIncidentId: string;
      channelId: string;
      post: (name: string, text: Sentence) => Promise<string>;
    },
  ): Promise<void> {
    const { rows, posts } = this.#deps;
    const previous = (await rows.readState(of.previousIncidentId))?.state;
    const before = previous?.room ? channel(previous.room.channelId) : words(of.previousIncidentId);
    await of.post(
      'previous_notice',
      say`The same alert group had an incident before, which is ${previous?.status ?? 'over'}: ${before}.`,
    );
    if (!previous?.room) return;
    const text = say`The alert is firing again. The new war room is ${channel(of.channelId)}.`;
    try {
      await posts.once(event, 'again_notice', previous.room.channelId, { kind: 'line', text });
    } catch (error) {
      if (!(error instanceof ChatError) || error.retryable) throw error;
      // An archived room takes no message; the new one names it all the same.
      this.#deps.log.warn('earlier room not told', { code: error.code });
    }
  }
}
