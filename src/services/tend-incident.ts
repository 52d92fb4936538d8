import type { Actor } from '../domain/audit-event.ts';
import { ChatError } from '../domain/errors.ts';
import { pendingSince } from '../domain/escalation.ts';
import { REMINDED } from '../domain/event-details.ts';
import { sha256Hex } from '../domain/ids.ts';
import type { DraftState, IncidentState } from '../domain/incident-state.ts';
import { incidentTimers, lostTimers, timersFor } from '../domain/timers.ts';
import { isOver } from '../domain/transitions.ts';
import type { EscalateApprovals } from './escalate-approvals.ts';
import type { IncidentRecord } from './incident-record.ts';
import type { Clock, IncidentMessage, Log, PublicationQueue } from './ports.ts';
import { WORKER } from './responders.ts';
import type { RoomPosts } from './room-posts.ts';

/** The sweeper comes once a minute; one request per minute and draft is enough. Unit: ms. */
const SWEEP_MS = 60_000;
/** So long the card of a waiting draft is looked for in each sweep, then in every fifth. Unit: min. */
const CARD_WATCHED_MIN = 60;
const CARD_LOOK_EVERY_MIN = 5;

export type TendIncidentDeps = {
  record: IncidentRecord;
  escalations: EscalateApprovals;
  publications: PublicationQueue;
  posts: Pick<RoomPosts, 'restoreDraftCards'>;
  clock: Clock;
  log: Pick<Log, 'warn'>;
  updateDueS: number;
  /** How long the page may still answer after an attempt's deadline. Unit: ms. */
  pageTimeoutMs: number;
};

type UpdateDue = Extract<IncidentMessage, { kind: 'schedule'; purpose: 'update_due' }>;

/** What time asks of an incident: drafts that wait too long, publications that hang, reminders. */
export class TendIncident {
  readonly #deps: TendIncidentDeps;

  constructor(deps: TendIncidentDeps) {
    this.#deps = deps;
  }

  /**
   * Escalates and expires drafts nobody decided, asks the publisher again for what should have
   * moved, and posts anew a card that was deleted while people need it. Safe to repeat.
   */
  async drafts(incidentId: string): Promise<void> {
    const incident = await this.#deps.record.load(incidentId);
    for (const draft of incident?.state.drafts ?? []) {
      await this.#deps.escalations.overdue(incident!.state, draft);
      if (this.#isExpired(draft)) await this.#expire(incidentId, draft);
      else if (this.#isOverdue(draft)) await this.#askAgain(incidentId, draft);
    }
    if (incident) await this.#cards(incident.state);
  }

  /** Never before people are called: until then every call to the chat is theirs. */
  async #cards(incident: IncidentState): Promise<void> {
    if (!incident.room || ['triggered', 'assembling'].includes(incident.status)) return;
    const due = incident.drafts.filter((draft) => this.#isCardLookDue(draft));
    if (due.length === 0) return;
    try {
      await this.#deps.posts.restoreDraftCards(incident, due);
    } catch (error) {
      if (!(error instanceof ChatError)) throw error;
      // The next sweep looks again, and what else is due does not wait for it.
      const { incidentId } = incident;
      this.#deps.log.warn('cards could not be looked for', { incidentId, code: error.code });
    }
  }

  #isCardLookDue(draft: DraftState): boolean {
    const waits = draft.status === 'approved' || draft.status === 'pending_approval';
    if (!waits || this.#isExpired(draft)) return false;
    const waitedMs = this.#deps.clock.nowMs() - Date.parse(pendingSince(draft));
    const minutes = Math.floor(waitedMs / 60_000);
    return minutes < CARD_WATCHED_MIN || minutes % CARD_LOOK_EVERY_MIN === 0;
  }

  /**
   * The "update due" reminder: to the incident commander, and while there is no update the next one to
   * the room and one more to the announcement channel; after that to the incident commander again. A
   * reminder that was moved meanwhile does nothing.
   */
  updateDue({ incidentId, name, dueAt }: UpdateDue): Promise<void> {
    return this.#remind({ incidentId, name, dueAt }, { kind: 'schedule', id: name });
  }

  /** The sweeper came: reminds as a schedule would have that was lost. Safe to repeat. */
  async overdue(incidentId: string): Promise<void> {
    const incident = (await this.#deps.record.load(incidentId))?.state;
    if (!incident) return;
    const lost = lostTimers(incidentTimers(incident), this.#deps.clock.nowMs());
    const [timer] = timersFor(lost, 'update_due');
    if (timer) await this.#remind({ ...timer, incidentId }, WORKER);
  }

  /** Named by its schedule and due time, so that it is one event whoever finds it due. */
  async #remind(
    { incidentId, name, dueAt }: Pick<UpdateDue, 'incidentId' | 'name' | 'dueAt'>,
    actor: Actor,
  ): Promise<void> {
    const { record, clock, updateDueS } = this.#deps;
    const nextUpdateDueAt = new Date(clock.nowMs() + updateDueS * 1000).toISOString();
    await record.run({
      incidentId,
      commandId: `${name}#${dueAt}`,
      actor,
      decide: (incident) => {
        if (!incident || isOver(incident) || incident.nudge?.dueAt !== dueAt) {
          return { decline: 'not due any more' };
        }
        const until = incident.nudge.silencedUntil;
        if (until && Date.parse(until) > clock.nowMs()) {
          return {
            append: 'STATUS_REMINDER_SUPPRESSED',
            details: { dueAt, reason: `silenced until ${until}`, nextUpdateDueAt },
          };
        }
        const { unanswered = 0 } = incident.nudge;
        const to = REMINDED[unanswered - 1];
        if (!to) {
          return {
            append: 'STATUS_REMINDER_SENT',
            details: { dueAt, slackUserId: incident.ic, nextUpdateDueAt },
          };
        }
        const reason = `reminders without an update: ${unanswered}`;
        return {
          append: 'STATUS_REMINDER_ESCALATED',
          details: { dueAt, reason, to, nextUpdateDueAt },
        };
      },
    });
  }

  #isExpired(draft: DraftState): boolean {
    const waits = draft.status === 'pending_approval';
    return waits && Date.parse(draft.expiresAt) <= this.#deps.clock.nowMs();
  }

  #isOverdue(draft: DraftState): boolean {
    const { clock, pageTimeoutMs } = this.#deps;
    if (draft.status === 'approved') {
      const retryAt = draft.attempt?.retryAt;
      return !retryAt || Date.parse(retryAt) <= clock.nowMs();
    }
    if (draft.status === 'unconfirmed') {
      const nextLookAt = draft.attempt?.nextLookAt;
      return nextLookAt ? Date.parse(nextLookAt) <= clock.nowMs() : false;
    }
    if (draft.status !== 'publishing' || !draft.attempt) return false;
    return Date.parse(draft.attempt.deadline) + pageTimeoutMs < clock.nowMs();
  }

  async #expire(incidentId: string, draft: DraftState): Promise<void> {
    const { draftId, revision } = draft;
    await this.#deps.record.run({
      incidentId,
      commandId: `expired#${draftId}#${revision}`,
      actor: WORKER,
      decide: (incident) => {
        const now = incident?.drafts.find((known) => known.draftId === draftId);
        if (!now || now.revision !== revision || !this.#isExpired(now)) {
          return { decline: 'decided meanwhile' };
        }
        return {
          append: 'STATUSPAGE_APPROVAL_EXPIRED',
          details: { draftId, revision, of: 'draft', reason: 'nobody decided in time' },
        };
      },
    });
  }

  async #askAgain(incidentId: string, draft: DraftState): Promise<void> {
    const { clock, publications } = this.#deps;
    const minute = Math.floor(clock.nowMs() / SWEEP_MS);
    const { looks = 0, unasked = 0 } = draft.attempt ?? {};
    const look = `${looks}.${unasked}`;
    await publications.send(
      { incidentId, draftId: draft.draftId, revision: draft.revision },
      // What stands for the next step, and the minute, so that a request that was lost is made again.
      sha256Hex(`${draft.publicationId}#${draft.attempts}#${look}#${minute}`),
    );
  }
}
