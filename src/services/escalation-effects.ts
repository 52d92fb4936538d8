import type { AuditEvent } from '../domain/audit-event.ts';
import { ChatError } from '../domain/errors.ts';
import { type ApprovalTimes, pendingSince } from '../domain/escalation.ts';
import {
  type DraftState,
  type IncidentState,
  type InRoom,
  isInRoom,
} from '../domain/incident-state.ts';
import { ESCALATION_INVITED_MAX } from '../domain/limits.ts';
import { joined, person, say, words } from '../domain/sentence.ts';
import { draftTimers, type Timer, timersFor } from '../domain/timers.ts';
import type { People } from './people.ts';
import type { ChatWorkspace, IncidentRows, Schedules } from './ports.ts';
import type { Responders } from './responders.ts';
import type { Notified, RoomMessage } from './room-messages.ts';
import type { RoomPosts } from './room-posts.ts';
import { settleAll } from './settle-all.ts';
import { timerSchedule } from './timer-schedule.ts';

export type EscalationEffectsDeps = {
  posts: RoomPosts;
  responders: Responders;
  people: People;
  chat: ChatWorkspace;
  rows: IncidentRows;
  schedules: Schedules;
  announcementChannelId: string;
  times: ApprovalTimes;
};

/** The event whose journal holds what lives as long as the incident. */
const FIRST = 1;
/** Name of the journal row that says which schedules are set. */
const TIMERS = 'escalation_timers';

type Escalated = Extract<AuditEvent, { type: 'STATUSPAGE_APPROVAL_ESCALATED' }>;

/** What a draft that nobody decides does to people: reminds some, brings in more, tells all. */
export class EscalationEffects {
  readonly #deps: EscalationEffectsDeps;

  constructor(deps: EscalationEffectsDeps) {
    this.#deps = deps;
  }

  /** Tells people, once for an event, unless the draft was decided before they could be told. */
  async escalate(event: AuditEvent, incident: IncidentState): Promise<void> {
    if (event.type !== 'STATUSPAGE_APPROVAL_ESCALATED' || !isInRoom(incident)) return;
    const draft = incident.drafts.find(({ draftId }) => draftId === event.details.draftId);
    if (!draft || !stillWaits(draft, event)) return;
    const { posts, announcementChannelId } = this.#deps;
    const { channelId } = incident.room;
    const message = await this.#message(event, incident, draft);
    const isPage = event.details.stage === 'paged';
    await posts.once(event, 'escalation', isPage ? announcementChannelId : channelId, message);
  }

  /**
   * Sets the schedule of each waiting draft's next stage and removes those of drafts that do not
   * wait any more. What is set is kept in a row, so that nothing is asked of Scheduler twice; if
   * the row is lost, a schedule too many does nothing when it comes.
   */
  async timers(incident: IncidentState): Promise<void> {
    const { rows, schedules, times } = this.#deps;
    const { incidentId } = incident;
    const before = (await rows.readStep(incidentId, FIRST, TIMERS))?.result ?? {};
    const result: Record<string, string> = {};
    const work: Promise<void>[] = [];
    for (const timer of timersFor(draftTimers(incident, times), 'approval_due')) {
      const { publicationId, name, dueAt } = timer;
      result[publicationId] = `${name} ${dueAt}`;
      if (before[publicationId] === result[publicationId]) continue;
      work.push(this.#set(incidentId, timer));
    }
    for (const [publicationId, set] of Object.entries(before)) {
      // The publication id differs with the revision: a new one removes what the old one set.
      if (!(publicationId in result)) work.push(schedules.remove(set.split(' ')[0] as string));
    }
    if (work.length === 0) return;
    await settleAll(work);
    await rows.writeStep(incidentId, FIRST, TIMERS, { done: true, result });
  }

  #set(incidentId: string, timer: Extract<Timer, { purpose: 'approval_due' }>): Promise<void> {
    const { publicationId: _, ...due } = timer;
    const message = { kind: 'schedule', ...due, incidentId } as const;
    return this.#deps.schedules.set(timerSchedule(message, timer.dueAt));
  }

  async #message(event: Escalated, incident: InRoom, draft: DraftState): Promise<RoomMessage> {
    const waitedMs = Date.parse(event.at) - Date.parse(pendingSince(draft));
    const minutes = Math.round(waitedMs / 60_000);
    const about = say`status page text (revision ${draft.revision})`;
    const of = { room: incident.room, link: await this.#linkTo(incident, draft) };
    switch (event.details.stage) {
      case 'reminded':
        return {
          ...of,
          kind: 'approval_waits',
          to: await approverGroups(this.#deps),
          text: say`the ${about} has waited ${minutes} min for approval. Please decide on the card.`,
        };
      case 'widened': {
        const invited = await this.#widen(event, incident, draft);
        const names = joined(invited.map(person), ', ');
        const who =
          invited.length > 0
            ? say`Invited to decide, or to find somebody who can: ${names}.`
            : 'Everybody who may approve it, or is an incident commander, is here already.';
        const text = say`The ${about} has waited ${minutes} min for approval. ${who}`;
        return { ...of, kind: 'approval_waits', to: { groups: [] }, text };
      }
      case 'paged':
        return {
          ...of,
          kind: 'approval_waits',
          to: 'channel',
          text: say`a status page text for ${incident.severity} “${words(incident.title)}” has waited ${minutes} min for approval, and customers have not read it. Whoever may approve: please decide. Whoever knows who may: please call them.`,
        };
    }
  }

  /** Brings in who may approve, and who knows whom to ask. @returns who came in */
  async #widen(event: Escalated, incident: InRoom, draft: DraftState): Promise<string[]> {
    const { people, chat, responders } = this.#deps;
    const { channelId } = incident.room;
    const chosen = await responders.inviteChosen(event, 'approval-escalation', async () => {
      const [approvers = [], commanders = []] = await people.holdersOfEach(
        'status-approver',
        'incident-commander',
      );
      const inside = await chat.roomMembers(channelId);
      const mayApprove = approvers.filter((id) => !draft.authors.includes(id));
      const wanted = [...new Set([...mayApprove, ...commanders])];
      return wanted.filter((id) => !inside.has(id)).slice(0, ESCALATION_INVITED_MAX);
    });
    if (chosen.length === 0) return [];
    const inside = await chat.roomMembers(channelId);
    return chosen.filter((id) => inside.has(id));
  }

  /** The draft's card, which may not have been posted; a message without a link is better than none. */
  async #linkTo(
    incident: InRoom,
    draft: DraftState,
  ): Promise<{ title: string; url: string } | null> {
    const { rows, chat } = this.#deps;
    const step = await rows.readStep(incident.incidentId, draft.revisionSeq, 'approval_card');
    if (!step?.result.ts) return null;
    try {
      const url = await chat.permalink(incident.room.channelId, step.result.ts);
      return { title: 'Open the card', url };
    } catch (error) {
      if (!(error instanceof ChatError) || error.retryable) throw error;
      return null;
    }
  }
}

/** The groups that may approve, by id where the workspace tells it, else in words. */
export async function approverGroups({
  people,
  chat,
}: Pick<EscalationEffectsDeps, 'people' | 'chat'>): Promise<Notified> {
  const handles = people.groupsOf('status-approver');
  try {
    const ids = await chat.groupIds(handles);
    return { groups: handles.map((handle) => ({ handle, id: ids.get(handle) ?? null })) };
  } catch (error) {
    if (!(error instanceof ChatError) || error.retryable) throw error;
    return { groups: handles.map((handle) => ({ handle, id: null })) };
  }
}

/** Of this very revision, and not of a time it waited before. */
function stillWaits(draft: DraftState, event: Escalated): boolean {
  return (
    draft.status === 'pending_approval' &&
    draft.revision === event.details.revision &&
    Date.parse(pendingSince(draft)) <= Date.parse(event.at)
  );
}
