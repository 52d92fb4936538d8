import type { Actor, AuditEvent } from '../domain/audit-event.ts';
import { codeOf } from '../domain/errors.ts';
import type { IncidentState } from '../domain/incident-state.ts';
import { ESCALATION_INVITED_MAX } from '../domain/limits.ts';
import { isUnreached, reachDueAt, reachedPeople } from '../domain/reach.ts';
import type { Routing } from '../domain/routing.ts';
import { say, words } from '../domain/sentence.ts';
import { incidentTimers, reachDueName, timersFor } from '../domain/timers.ts';
import type { IncidentRecord } from './incident-record.ts';
import type { Fact } from './ordered-facts.ts';
import type {
  ChatWorkspace,
  Clock,
  IncidentMessage,
  IncidentRows,
  Log,
  Schedules,
} from './ports.ts';
import { type Responders, WORKER } from './responders.ts';
import type { RoomPosts } from './room-posts.ts';
import { timerSchedule } from './timer-schedule.ts';

/** How far Scheduler's clock may be ahead of ours. Unit: ms. */
const CLOCK_SKEW_MS = 5_000;
/** Name of the journal row of what the announcement channel is told. */
const NOTICE = 'nobody_notice';

export type ReachSomebodyDeps = {
  record: IncidentRecord;
  rows: IncidentRows;
  posts: RoomPosts;
  responders: Responders;
  chat: ChatWorkspace;
  schedules: Schedules;
  routing: Routing;
  clock: Clock;
  log: Log;
  announcementChannelId: string;
};

/** By then somebody must have been invited. */
export type ReachMessage = Extract<IncidentMessage, { kind: 'schedule'; purpose: 'reach_due' }>;
type Opened = Pick<IncidentState, 'incidentId' | 'openedAt'>;

/**
 * Sees to it that an incident does not wait for people who never come: when nobody could be invited,
 * or nobody was within three minutes of opening, everybody in the announcement channel is notified
 * and the fallback group is invited.
 *
 * A schedule says when, and the sweeper looks too. On record once, however often it is found out.
 */
export class ReachSomebody {
  readonly #deps: ReachSomebodyDeps;

  constructor(deps: ReachSomebodyDeps) {
    this.#deps = deps;
  }

  /** Sets the schedule. Safe to repeat; one that cannot be set is left to the sweeper. */
  async begin(incident: IncidentState): Promise<void> {
    const [timer] = timersFor(incidentTimers(incident), 'reach_due');
    if (!timer) return;
    const { incidentId } = incident;
    await this.#optional('set', () =>
      this.#deps.schedules.set(
        timerSchedule({ kind: 'schedule', ...timer, incidentId }, timer.dueAt),
      ),
    );
  }

  /** Somebody came: the schedule is not needed. One that comes nevertheless does nothing. */
  async end(incidentId: string): Promise<void> {
    await this.#optional('removed', () => this.#deps.schedules.remove(reachDueName(incidentId)));
  }

  /** The fact, for when everybody was asked and nobody is left. */
  factAtOnce(opened: Pick<AuditEvent, 'commandId'>): Fact {
    const reason = () => 'no source named anybody who can be invited';
    return this.#fact({ commandId: `${opened.commandId}#nobody`, actor: WORKER, reason });
  }

  /**
   * A schedule came. Safe to repeat.
   * @returns what makes it heard, to be done once it is on record
   */
  async due(message: ReachMessage): Promise<() => Promise<void>> {
    const { incidentId, name, dueAt } = message;
    const { clock, record } = this.#deps;
    if (Date.parse(dueAt) > clock.nowMs() + CLOCK_SKEW_MS) return async () => {};
    const fact = this.#late({ incidentId, dueAt }, { kind: 'schedule', id: name });
    const outcome = await record.run({ ...fact, incidentId });
    if (outcome.kind === 'declined') return async () => {};
    const { event, state } = outcome;
    // Not left to the effects of the room, which may be what hangs.
    return async () => {
      await this.tell(event, state);
      await this.inviteFallback(event, state);
    };
  }

  /** The sweeper came. What it finds is on record; telling it is an effect like any other. */
  async overdue(incidentId: string): Promise<void> {
    const { record, clock } = this.#deps;
    const state = (await record.load(incidentId))?.state;
    if (!state || !isUnreached(state)) return;
    const dueAt = reachDueAt(state);
    if (Date.parse(dueAt) > clock.nowMs()) return;
    await record.run({ ...this.#late({ incidentId, dueAt }, WORKER), incidentId });
  }

  /** Notifies the announcement channel, unless somebody came meanwhile. Safe to repeat. */
  async tell(event: AuditEvent, state: IncidentState): Promise<void> {
    if (event.type !== 'NOBODY_REACHED') return;
    const { posts, rows, announcementChannelId } = this.#deps;
    const { title, severity, room } = state;
    const reached = reachedPeople(state);
    const notice = await rows.readStep(event.incidentId, event.seq, NOTICE);
    // Somebody came before it could be told: it stays on record, and wakes nobody any more.
    if (reached.length > 0 && !notice?.done) return;
    await posts.once(event, NOTICE, announcementChannelId, {
      kind: 'call_for_help',
      text: say`Nobody could be reached for ${severity} “${words(title)}” (${words(event.details.reason)}). Whoever can help, please answer here, or call somebody who can.`,
      room,
    });
  }

  /** Invites the fallback group to the room while nobody else is in. Safe to repeat. */
  async inviteFallback(event: AuditEvent, state: IncidentState): Promise<void> {
    if (event.type !== 'NOBODY_REACHED' || !state.room) return;
    const isReached = reachedPeople(state).length > 0;
    const choose = async () => (isReached ? [] : this.#fallback());
    await this.#deps.responders.inviteChosen(event, 'fallback', choose);
  }

  async #fallback(): Promise<readonly string[]> {
    const { chat, routing } = this.#deps;
    const handles = routing.fallback.slackUserGroups;
    const members = await chat.groupMembers(handles, 0);
    const people = new Set([...members.values()].flatMap((group) => [...group]));
    return [...people].sort().slice(0, ESCALATION_INVITED_MAX);
  }

  #late({ incidentId, dueAt }: { incidentId: string; dueAt: string }, actor: Actor): Fact {
    return this.#fact({
      commandId: `${reachDueName(incidentId)}#${dueAt}`,
      actor,
      reason: (incident) =>
        incident.invited.length > 0
          ? 'nobody but whoever declared it was invited within 3 min of opening'
          : 'nobody was invited within 3 min of opening',
    });
  }

  #fact(of: {
    commandId: string;
    actor: Actor;
    reason: (incident: IncidentState) => string;
  }): Fact {
    const { clock, log } = this.#deps;
    const { reason, ...command } = of;
    return {
      ...command,
      decide: (incident) => {
        if (!incident || !isUnreached(incident)) return { decline: 'somebody was reached' };
        // The alarm must not wait for a workspace that may be down; once too often does no harm.
        log.count('NobodyReachable');
        return {
          append: 'NOBODY_REACHED',
          details: { waitedS: waitedS(incident, clock), reason: reason(incident) },
        };
      },
    };
  }

  async #optional(what: 'set' | 'removed', act: () => Promise<void>): Promise<void> {
    try {
      await act();
    } catch (error) {
      this.#deps.log.warn(`schedule not ${what}`, { code: codeOf(error) });
    }
  }
}

function waitedS({ openedAt }: Opened, clock: Clock): number {
  return Math.max(0, Math.round((clock.nowMs() - Date.parse(openedAt)) / 1_000));
}
