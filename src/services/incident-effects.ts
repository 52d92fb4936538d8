import type { AuditEvent } from '../domain/audit-event.ts';
import type { ApprovalTimes } from '../domain/escalation.ts';
import { type DraftState, type IncidentState, isInRoom } from '../domain/incident-state.ts';
import { APPROVERS_INVITED_MAX } from '../domain/limits.ts';
import { person, say, words } from '../domain/sentence.ts';
import { draftTimers, incidentTimers, timersFor, updateDueName } from '../domain/timers.ts';
import { isOver } from '../domain/transitions.ts';
import { stillFiringNotice } from './alert-lines.ts';
import type { AssembleWarRoom } from './assemble-war-room.ts';
import { breakGlassNotice } from './break-glass.ts';
import type { CallResponders } from './call-responders.ts';
import type { ChainNotes } from './chain-notes.ts';
import type { ContextSnapshots } from './context-snapshot.ts';
import { setAsideLine } from './dead-letter-news.ts';
import type { DraftRequests } from './draft-requests.ts';
import type { DriftNotices } from './drift-notices.ts';
import type { Effects } from './effect-failures.ts';
import { CALLS_PEOPLE, type OnceEffect, type RefreshEffect } from './effect-plan.ts';
import type { EscalationEffects } from './escalation-effects.ts';
import { forgedAlertNotice } from './forged-alerts.ts';
import type { HinderedNotices } from './hindered-notices.ts';
import type { LoadedIncident } from './incident-record.ts';
import type { ObligationNotices } from './obligation-notices.ts';
import type { OpeningNotes } from './opening-notes.ts';
import type { People } from './people.ts';
import type { ChatWorkspace, Log, PublicationQueue, Schedules } from './ports.ts';
import type { Postmortems } from './postmortems.ts';
import { NOT_RECORDED, quarantineWords } from './quarantine.ts';
import type { ReachSomebody } from './reach-somebody.ts';
import type { Receipts } from './receipts.ts';
import { RESOLVED_BEFORE } from './receive-alert.ts';
import { requestPublication } from './request-publication.ts';
import { type Responders, WORKER } from './responders.ts';
import { lineOf } from './room-lines.ts';
import type { RoomPosts } from './room-posts.ts';
import { settleAll } from './settle-all.ts';
import type { SharedComponents } from './shared-components.ts';
import type { StormNotices } from './storm-notices.ts';
import { timerSchedule } from './timer-schedule.ts';
import type { TwinIncidents } from './twin-incidents.ts';
import { unknownOutcomeNotice } from './unknown-outcome-notices.ts';
import type { UpdateReminders } from './update-reminders.ts';

export type IncidentEffectsDeps = {
  assembly: AssembleWarRoom;
  posts: RoomPosts;
  responders: Responders;
  calls: CallResponders;
  reach: ReachSomebody;
  context: ContextSnapshots;
  storms: StormNotices;
  opening: OpeningNotes;
  drafts: DraftRequests;
  neighbours: SharedComponents;
  twins: Pick<TwinIncidents, 'name'>;
  drift: DriftNotices;
  escalation: EscalationEffects;
  obligations: ObligationNotices;
  reminders: UpdateReminders;
  postmortems: Postmortems;
  receipts: Receipts;
  people: People;
  chat: ChatWorkspace;
  schedules: Schedules;
  publications: PublicationQueue;
  times: ApprovalTimes;
  notes: ChainNotes;
  hindered: HinderedNotices;
  log: Log;
  announcementChannelId: string;
  /** The public status page. */
  publicUrl: string;
};

/** What each event makes visible in the room, the announcement channel, and on the clock. */
export class IncidentEffects implements Effects {
  readonly #deps: IncidentEffectsDeps;

  constructor(deps: IncidentEffectsDeps) {
    this.#deps = deps;
  }

  async once(effect: OnceEffect, event: AuditEvent, incident: LoadedIncident): Promise<void> {
    const { assembly, context, drafts, postmortems, receipts } = this.#deps;
    const { state } = incident;
    switch (effect) {
      case 'assemble':
        return context.beside(event, () => assembly.assemble(event, state));
      case 'call_missing':
        return this.#callMissing(event, state);
      case 'ask_context':
        return context.ask(event);
      case 'context_card':
        return context.post(event, state);
      case 'storm_notice':
        return this.#deps.storms.post(event);
      case 'storm_aloud':
        return this.#deps.storms.aloud(event, state);
      case 'opening_notes':
        return this.#deps.opening.post(event, state);
      case 'invite_roster':
        return this.#inviteRoster(event, state);
      case 'nobody_reached':
        return this.#deps.reach.tell(event, state);
      case 'call_service':
        return this.#callService(event, state);
      case 'invite_commander':
        return this.#inviteCommander(event, state);
      case 'invite_fallback':
        return this.#deps.reach.inviteFallback(event, state);
      case 'line':
        return this.#line(event, state);
      case 'approval_card':
        return this.#approvalCard(event, state);
      case 'invite_approvers':
        return this.#inviteApprovers(event, state);
      case 'break_glass_notice':
        return this.#breakGlassNotice(event, state);
      case 'unknown_outcome':
        return this.#unknownOutcome(event, state);
      case 'drift_notice':
        return this.#deps.drift.post(event, state);
      case 'escalation':
        return this.#deps.escalation.escalate(event, state);
      case 'whisper_update_due':
        return this.#deps.reminders.ask(event, state);
      case 'obligation_notice':
        return this.#deps.obligations.post(event, state);
      case 'withdraw_outlived':
        return drafts.withdrawOutlived(event.incidentId);
      case 'name_neighbours':
        return this.#deps.neighbours.name(state);
      case 'resolution_draft':
        return drafts.proposeResolution(state, event);
      case 'name_twins':
        return this.#deps.twins.name(state);
      case 'postmortem':
        return postmortems.write(event, state);
      case 'post_postmortem':
        return postmortems.post(event, state);
      case 'receipt':
        return receipts.post(event, state);
      case 'unmatched_notice':
        return this.#unmatchedNotice(event);
      case 'still_firing':
        return this.#stillFiring(event, state);
      case 'quarantine_notice':
        return this.#quarantineNotice(event);
      case 'replay_notice':
        return this.#replayNotice(event);
      case 'set_aside_notice':
        return this.#setAsideNotice(event);
      case 'abandon_notice':
        return this.#abandonNotice(event, state);
      case 'request_publication':
        return requestPublication(this.#deps.publications, { event, state });
      case 'note':
        return this.#deps.notes.note(event);
    }
  }

  async refresh(effects: ReadonlySet<RefreshEffect>, incident: LoadedIncident): Promise<void> {
    const { posts } = this.#deps;
    const { state } = incident;
    // The announcement does not need a room; everything else lives in one.
    const inRoom = state.room !== null;
    const has = (effect: RefreshEffect) => effects.has(effect) && inRoom;
    const nothing = Promise.resolve();
    await settleAll([
      has('incident_card') ? posts.incidentCard(state) : nothing,
      effects.has('announcement') ? posts.announcement(state) : nothing,
      has('topic') ? posts.topic(state) : nothing,
      has('furnishing') ? this.#deps.assembly.furnish(state) : nothing,
      has('checklist') ? posts.checklist(state) : nothing,
      has('draft_cards') ? posts.refreshDraftCards(state) : nothing,
      has('update_reminder') ? this.#updateReminder(state) : nothing,
      effects.has('draft_timers') ? this.#draftTimers(state) : nothing,
      effects.has('escalation_timers') ? this.#deps.escalation.timers(state) : nothing,
    ]);
  }

  async putAside(
    effect: OnceEffect | RefreshEffect,
    of: Parameters<Effects['putAside']>[1],
  ): Promise<void> {
    const { assembly, calls, hindered } = this.#deps;
    const { event, incident, error, sinceMs } = of;
    if (effect === 'assemble') return assembly.failed(event, incident.state, error);
    if (isCall(effect)) await calls.putOnRecord(event, incident.state, { error, of: effect });
    // That nobody can be let into the room was said with what can be done about it.
    if (incident.state.status === 'assembly_failed' && CALLS_PEOPLE.has(effect)) return;
    await hindered.tell(effect, { incident: incident.state, error, sinceMs });
  }

  async #callMissing(event: AuditEvent, state: IncidentState): Promise<void> {
    if (!isInRoom(state) || isOver(state)) return;
    await this.#deps.calls.callMissing(event, state);
  }

  async #inviteRoster(event: AuditEvent, state: IncidentState): Promise<void> {
    // Before there is a room, assembly reads the same rosters.
    if (!isInRoom(state)) return;
    await this.#deps.calls.callFor(event, state);
  }

  /** Before there is a room, assembly calls whoever the service has by then. */
  async #callService(event: AuditEvent, state: IncidentState): Promise<void> {
    if (!isInRoom(state) || isOver(state)) return;
    await this.#deps.calls.callService(event, state);
  }

  /** Reminders go to the room: whoever leads has to be in it. */
  async #inviteCommander(event: AuditEvent, { ic, room }: IncidentState): Promise<void> {
    if (!ic || !room) return;
    const asked = { incidentId: event.incidentId, commandId: event.commandId, actor: WORKER };
    const of = { userId: ic, source: 'incident commander' };
    const reason = await this.#deps.responders.bringIn(asked, of);
    if (reason === undefined) return;
    await this.#deps.posts.once(event, 'commander_outside', room.channelId, {
      kind: 'line',
      text: say`${person(ic)} leads this incident and could not be invited here: ${words(reason)}. Hand the role to somebody who is here.`,
    });
  }

  async #line(event: AuditEvent, state: IncidentState): Promise<void> {
    const line = lineOf(event, state);
    if (!line || !state.room) return;
    await this.#deps.posts.once(event, 'line', state.room.channelId, line);
  }

  async #approvalCard(event: AuditEvent, state: IncidentState): Promise<void> {
    const draft = draftOf(state, event);
    // A revision that was replaced before its card was posted needs no card.
    if (!draft || !state.room || draft.revisionSeq !== event.seq) return;
    await this.#deps.posts.approvalCard(state, draft);
  }

  /** A card nobody present may approve would wait for ever: brings in a few who may. */
  async #inviteApprovers(event: AuditEvent, state: IncidentState): Promise<void> {
    const { people, chat, responders } = this.#deps;
    const draft = draftOf(state, event);
    if (!draft || !state.room) return;
    const { room } = state;
    await responders.inviteChosen(event, 'status-approver', async () => {
      const holders = await people.holdersOf('status-approver');
      const mayApprove = holders.filter((id) => !draft.authors.includes(id));
      const inside = await chat.roomMembers(room.channelId);
      const isCovered = mayApprove.some((id) => inside.has(id));
      return isCovered ? [] : mayApprove.slice(0, APPROVERS_INVITED_MAX);
    });
  }

  async #breakGlassNotice(event: AuditEvent, state: IncidentState): Promise<void> {
    const notice = breakGlassNotice(event, state);
    if (!notice) return;
    const { posts, announcementChannelId } = this.#deps;
    await posts.once(event, 'break_glass_notice', announcementChannelId, notice);
  }

  async #unknownOutcome(event: AuditEvent, state: IncidentState): Promise<void> {
    const notice = unknownOutcomeNotice(event, state, this.#deps.publicUrl);
    if (!notice || !state.room) return;
    await this.#deps.posts.once(event, 'unknown_outcome', state.room.channelId, notice);
  }

  /** A firing that opened nothing is said aloud; other unmatched news is on record and no more. */
  async #unmatchedNotice(event: AuditEvent): Promise<void> {
    const { posts, announcementChannelId } = this.#deps;
    const forged = forgedAlertNotice(event);
    if (forged) {
      const of = { incidentId: event.incidentId, seq: 0 };
      const line = { kind: 'line', text: forged.text } as const;
      await posts.once(of, forged.name, announcementChannelId, line);
    }
    if (event.type !== 'ALERT_UNMATCHED' || !event.details.reason.startsWith(RESOLVED_BEFORE)) {
      return;
    }
    const { title, reason } = event.details;
    await posts.once(event, 'notice', announcementChannelId, {
      kind: 'line',
      text: say`An older alert arrived late and opened nothing: “${words(title)}” (${words(reason)}).`,
    });
  }

  async #stillFiring(event: AuditEvent, state: IncidentState): Promise<void> {
    const notice = stillFiringNotice(event, state);
    if (!notice) return;
    const { posts, announcementChannelId } = this.#deps;
    await posts.once(event, 'still_firing', announcementChannelId, notice);
  }

  async #quarantineNotice(event: AuditEvent): Promise<void> {
    if (event.type !== 'ALERT_QUARANTINED') return;
    const { path, bytes } = event.details;
    const wasRead = event.details.reason.startsWith(NOT_RECORDED);
    const reason = quarantineWords(event.details.reason);
    const message = { kind: 'quarantine_notice', path, reason, bytes, wasRead } as const;
    await this.#deps.posts.once(event, 'notice', this.#deps.announcementChannelId, message);
  }

  async #replayNotice(event: AuditEvent): Promise<void> {
    if (event.type !== 'ALERT_REPLAYED') return;
    const text = event.details.refused
      ? say`An alert in quarantine was replayed, and still could not be put on record. It stays there.`
      : say`An alert was taken out of quarantine and is on record now.`;
    const { posts, announcementChannelId } = this.#deps;
    await posts.once(event, 'notice', announcementChannelId, { kind: 'line', text });
  }

  async #setAsideNotice(event: AuditEvent): Promise<void> {
    if (event.type !== 'MESSAGES_SET_ASIDE') return;
    const { posts, announcementChannelId } = this.#deps;
    const text = setAsideLine(event.details);
    await posts.once(event, 'notice', announcementChannelId, { kind: 'line', text });
  }

  async #abandonNotice(event: AuditEvent, state: IncidentState): Promise<void> {
    if (event.type !== 'EFFECT_ABANDONED') return;
    await this.#deps.hindered.abandoned(event, state);
  }

  /** One reminder per incident, moved by each update, gone when the incident is over. */
  async #updateReminder(state: IncidentState): Promise<void> {
    const { schedules } = this.#deps;
    const { incidentId } = state;
    const [timer] = timersFor(incidentTimers(state), 'update_due');
    if (!timer) return schedules.remove(updateDueName(incidentId));
    await schedules.set(timerSchedule({ kind: 'schedule', ...timer, incidentId }, timer.dueAt));
  }

  /** Wakes the incident when a draft's next deadline passes. */
  async #draftTimers(state: IncidentState): Promise<void> {
    const { incidentId } = state;
    for (const { name, dueAt, publicationId } of timersFor(
      draftTimers(state, this.#deps.times),
      'draft_due',
    )) {
      await this.#deps.schedules.set({
        name,
        // One second later, so that what is due then is due beyond rounding.
        dueAtMs: Date.parse(dueAt) + 1_000,
        message: { kind: 'sweep', incidentId, wake: `${publicationId} ${dueAt}` },
        group: `work#${incidentId}`,
      });
    }
  }
}

/** Effects that call people whom a source names. */
function isCall(effect: string): effect is 'call_missing' | 'invite_roster' | 'call_service' {
  return ['call_missing', 'invite_roster', 'call_service'].includes(effect);
}

function draftOf(state: IncidentState, event: AuditEvent): DraftState | undefined {
  if (!('draftId' in event.details)) return undefined;
  const { draftId } = event.details;
  return state.drafts.find((draft) => draft.draftId === draftId);
}
