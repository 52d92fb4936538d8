import type { AuditEvent } from '../domain/audit-event.ts';
import { codeOf } from '../domain/errors.ts';
import { isRevision } from '../domain/gate-view.ts';
import type { DraftState, IncidentState } from '../domain/incident-state.ts';
import type { ApprovalPolicy } from './approval-policy.ts';
import type { AuditTrail, ChatWorkspace, Clock, IncidentRows } from './ports.ts';
import type { ApprovalCard, ComponentName, RoomMessage } from './room-messages.ts';

export type RoomPostsDeps = {
  chat: ChatWorkspace;
  rows: IncidentRows;
  trail: AuditTrail;
  clock: Clock;
  policy: ApprovalPolicy;
  components: readonly ComponentName[];
  publicUrl: string;
  announcementChannelId: string;
};

/** What the card of an older revision says. */
const SUPERSEDED: Pick<DraftState, 'status' | 'approvals' | 'reason' | 'attempt'> = {
  status: 'superseded',
  approvals: [],
  reason: null,
  attempt: null,
};

/** Names what a card shows of a draft; the same name is not posted twice. */
function shownAs(
  of: Pick<DraftState, 'status' | 'approvals' | 'reason' | 'attempt'> & { basedOn?: string | null },
  incident?: IncidentState,
): string {
  const decided = `${of.status}#${of.approvals.length}#${of.reason ?? ''}`;
  if (of.status === 'pending_approval' && incident) {
    // The rule follows the severity; what was published since takes the comparison away.
    const last = incident.page.lastPublication?.publicationId ?? null;
    return `${decided}#${incident.worstSeverity}#${of.basedOn === last ? '' : 'moved'}`;
  }
  if (of.status !== 'unconfirmed') return decided;
  const { looks = 0, unasked = 0, nextLookAt } = of.attempt ?? {};
  return `${decided}#${looks}#${unasked}#${nextLookAt ?? 'a person decides'}`;
}

/** The event whose journal holds the cards that live as long as the incident. */
const FIRST = 1;

/**
 * Everything posted or kept up to date in channels, each with a journal row. A message that may have
 * been posted before an answer was lost is looked for by its metadata before it is posted again.
 */
export class RoomPosts {
  readonly #deps: RoomPostsDeps;

  constructor(deps: RoomPostsDeps) {
    this.#deps = deps;
  }

  /** Posts a message for an event, once. @returns its timestamp */
  once(
    event: Pick<AuditEvent, 'incidentId' | 'seq'>,
    name: string,
    channelId: string,
    message: RoomMessage,
  ): Promise<string> {
    return this.#post({ incidentId: event.incidentId, seq: event.seq, name, channelId, message });
  }

  /** The pinned card; posted the first time, edited after that. */
  async incidentCard(incident: IncidentState): Promise<string> {
    const message = { kind: 'incident_card', incident, nowMs: this.#deps.clock.nowMs() } as const;
    return this.#keep(incident, 'incident_card', incident.room!.channelId, message);
  }

  checklist(incident: IncidentState): Promise<string> {
    const { incidentId, checklist, room } = incident;
    const message = { kind: 'checklist', incidentId, items: checklist } as const;
    return this.#keep(incident, 'checklist', room!.channelId, message);
  }

  announcement(incident: IncidentState): Promise<string> {
    const message = { kind: 'announcement', incident } as const;
    return this.#keep(incident, 'announcement', this.#deps.announcementChannelId, message);
  }

  async topic(incident: IncidentState): Promise<void> {
    const { ic, severity, status, nudge } = incident;
    const words = [
      severity,
      status.replaceAll('_', ' '),
      ic ? `IC <@${ic}>` : 'no IC yet',
      ...(nudge ? [`next update ${nudge.dueAt.slice(11, 16)}Z`] : []),
    ];
    await this.#deps.chat.setTopic(incident.room!.channelId, words.join(' | ').slice(0, 250));
  }

  /** The card on which one revision is decided. */
  approvalCard(incident: IncidentState, draft: DraftState): Promise<string> {
    return this.#post({
      incidentId: incident.incidentId,
      seq: draft.revisionSeq,
      name: 'approval_card',
      channelId: incident.room!.channelId,
      message: this.#card(incident, draft),
    });
  }

  /** Brings the cards of all drafts in line; the cards of older revisions become receipts. */
  async refreshDraftCards(incident: IncidentState): Promise<void> {
    for (const draft of incident.drafts) {
      await this.#refreshCard(incident, draft, draft.revisionSeq);
      await this.#supersedeCard(incident, draft);
    }
  }

  /** The card before the newest one keeps its own words, as a receipt. */
  async #supersedeCard(incident: IncidentState, newest: DraftState): Promise<void> {
    const seq = newest.revisionSeqs.at(-2);
    if (seq === undefined) return;
    const step = await this.#deps.rows.readStep(incident.incidentId, seq, 'approval_card');
    if (!step || step.result.shown === shownAs(SUPERSEDED)) return;
    const event = await this.#deps.trail.get(incident.incidentId, seq);
    if (!event || !isRevision(event)) return;
    const { revision, request, digest, authors, basedOn, action } = event.details;
    await this.#refreshCard(
      incident,
      { ...newest, ...SUPERSEDED, revision, request, digest, authors, basedOn, action },
      seq,
    );
  }

  async #refreshCard(incident: IncidentState, draft: DraftState, seq: number): Promise<void> {
    const { rows, chat } = this.#deps;
    const step = await rows.readStep(incident.incidentId, seq, 'approval_card');
    const ts = step?.result.ts;
    // A receipt does not change any more, so a card is brought to each state once.
    const shown = shownAs(draft, incident);
    if (!ts || step?.result.shown === shown) return;
    await chat.update(incident.room!.channelId, ts, this.#card(incident, draft));
    await rows.writeStep(incident.incidentId, seq, 'approval_card', {
      done: true,
      result: { ts, shown },
    });
  }

  #card(incident: IncidentState, draft: DraftState): ApprovalCard {
    const { components, policy, publicUrl } = this.#deps;
    const rule = policy.ruleInWords(incident.worstSeverity, draft.action);
    const breakGlassRule = policy.breakGlassInWords(incident.worstSeverity);
    const alone = breakGlassRule === undefined ? {} : { breakGlassRule };
    return { kind: 'approval_card', incident, draft, components, rule, publicUrl, ...alone };
  }

  async #keep(
    incident: IncidentState,
    name: string,
    channelId: string,
    message: RoomMessage,
  ): Promise<string> {
    const { rows, chat } = this.#deps;
    const step = await rows.readStep(incident.incidentId, FIRST, name);
    const ts = step?.result.ts;
    if (!ts)
      return this.#post({ incidentId: incident.incidentId, seq: FIRST, name, channelId, message });
    try {
      await chat.update(channelId, ts, message);
      return ts;
    } catch (error) {
      if (codeOf(error) !== 'CHAT_NOT_FOUND') throw error;
      // Somebody deleted it. What the room is led by is posted anew.
      await rows.writeStep(incident.incidentId, FIRST, name, { done: false, result: {} });
      return this.#post({
        incidentId: incident.incidentId,
        seq: FIRST,
        name,
        channelId,
        message,
      });
    }
  }

  async #post(of: {
    incidentId: string;
    seq: number;
    name: string;
    channelId: string;
    message: RoomMessage;
  }): Promise<string> {
    const { rows, chat } = this.#deps;
    const { incidentId, seq, name, channelId, message } = of;
    const effect = `${incidentId}#${seq}#${name}`;
    const before = await rows.readStep(incidentId, seq, name);
    if (before?.result.ts) return before.result.ts;
    const found = before ? await chat.findByEffect(channelId, effect) : undefined;
    if (!before) await rows.writeStep(incidentId, seq, name, { done: false, result: {} });
    const ts = found ?? (await chat.post(channelId, message, effect));
    await rows.writeStep(incidentId, seq, name, { done: true, result: { ts } });
    return ts;
  }
}
