import type { AuditEvent } from '../domain/audit-event.ts';
import { type IncidentState, type InRoom, isInRoom } from '../domain/incident-state.ts';
import { openOnPage } from '../domain/obligation.ts';
import { PAGE_STATUS_WORDS } from '../domain/page-words.ts';
import { person, type Sentence, say, words } from '../domain/sentence.ts';
import type { ObligationCause } from '../domain/statuspage-event-details.ts';
import { approverGroups, type EscalationEffectsDeps } from './escalation-effects.ts';
import type { Button, RoomMessage } from './room-messages.ts';

export type ObligationNoticesDeps = Pick<
  EscalationEffectsDeps,
  'posts' | 'people' | 'chat' | 'announcementChannelId'
> & { rootCommand: string };

type Escalated = Extract<AuditEvent, { type: 'STATUSPAGE_OBLIGATION_ESCALATED' }>;

/** Asks people to end on the page what is over here, or to say why it stays. */
export class ObligationNotices {
  readonly #deps: ObligationNoticesDeps;

  constructor(deps: ObligationNoticesDeps) {
    this.#deps = deps;
  }

  /** Posts once for an event, unless the obligation was settled before anybody could be asked. */
  async post(event: AuditEvent, incident: IncidentState): Promise<void> {
    const { obligation } = incident;
    const isOpen = obligation?.isOpen && obligation.openedAt <= event.at;
    if (!isOpen || !isInRoom(incident)) return;
    const { posts, announcementChannelId } = this.#deps;
    const { channelId } = incident.room;
    const name = 'obligation_notice';
    if (event.type === 'STATUSPAGE_OBLIGATION_OPENED') {
      await posts.once(event, name, channelId, this.#opening(incident, event.details.because));
    }
    if (event.type !== 'STATUSPAGE_OBLIGATION_ESCALATED') return;
    const channel = event.details.stage === 'announcement' ? announcementChannelId : channelId;
    await posts.once(event, name, channel, await this.#message(event, incident));
  }

  #opening(incident: InRoom, because: ObligationCause): RoomMessage {
    const about = contradiction(incident, say`this incident`);
    const text = say`🔴 ${about}. ${words(CAUSES[because])} ${this.#toDo()}`;
    return { kind: 'line', text, buttons: buttons(incident), ...pageLink(incident) };
  }

  async #message(event: Escalated, incident: InRoom): Promise<RoomMessage> {
    const { ic, room, severity, title, obligation } = incident;
    const waitedMs = Date.parse(event.at) - Date.parse(obligation?.openedAt ?? event.at);
    const waited = say`for ${Math.round(waitedMs / 60_000)} min`;
    if (event.details.stage === 'commander') {
      const to = ic ? say`${person(ic)}: ` : 'Nobody is incident commander. ';
      const said = contradiction(incident, say`this incident`);
      const text = say`${to}${said}, ${waited}. ${this.#toDo()}`;
      return { kind: 'line', text, buttons: buttons(incident), ...pageLink(incident) };
    }
    const link = pageLink(incident).link ?? null;
    const isFirst = obligation?.asked === ANNOUNCED_AT;
    const about =
      event.details.stage === 'approvers' ? say`this incident` : say`${severity} “${words(title)}”`;
    return {
      kind: 'approval_waits',
      // Everybody is called once; whoever may end it is called for as long as it lasts.
      to: event.details.stage === 'announcement' && isFirst ? 'channel' : await this.#approvers(),
      text: say`${contradiction(incident, about)}, ${waited}. ${this.#toDo()}`,
      room,
      link,
    };
  }

  #approvers() {
    return approverGroups(this.#deps);
  }

  #toDo(): Sentence {
    const command = words(this.#deps.rootCommand);
    return say`Draft its resolution in the war room and have it approved, or say there why it stays: ${command} leave-page <reason>`;
  }
}

/** Number of the first question that goes to the announcement channel. */
const ANNOUNCED_AT = 3;

const CAUSES: Record<ObligationCause, string> = {
  resolved: 'No draft that would end it there waits for approval.',
  cancelled: 'No draft that would end it there waits for approval.',
  draft_rejected: 'The draft that would end it there was rejected.',
  draft_expired: 'The draft that would end it there expired: nobody decided in time.',
  draft_withdrawn: 'The draft that would end it there was withdrawn.',
  draft_failed: 'The draft that would end it there could not be published.',
};

function contradiction(incident: IncidentState, about: Sentence): Sentence {
  const shown = openOnPage(incident.page)?.request.body.incident.status;
  const as = shown ? say`“${words(PAGE_STATUS_WORDS[shown])}”` : 'open';
  return say`The status page still shows ${about} as ${as}, but it is ${incident.status} here`;
}

function buttons({ incidentId }: IncidentState): Button[] {
  const value = JSON.stringify({ incidentId });
  return [
    { actionId: 'statuspage_draft', label: 'Draft the resolution', value, style: 'primary' },
    { actionId: 'statuspage_leave', label: 'Say why it stays', value },
  ];
}

function pageLink({ page }: IncidentState): { link?: { title: string; url: string } } {
  const url = openOnPage(page)?.link ?? '';
  return /^https?:\/\//.test(url) ? { link: { title: 'See the page', url } } : {};
}
