import type { AuditEvent } from '../domain/audit-event.ts';
import { seenOn, seenText } from '../domain/card-seen.ts';
import { baseProblem, type DraftBase, placeOf } from '../domain/draft-base.ts';
import { effectOf } from '../domain/effect.ts';
import { ChatError, codeOf } from '../domain/errors.ts';
import { isRevision } from '../domain/gate-view.ts';
import type { DraftState, IncidentState } from '../domain/incident-state.ts';
import type { JoinPolicy } from '../domain/routing.ts';
import type { ApprovalPolicy } from './approval-policy.ts';
import { editDue, editedNow } from './card-edits.ts';
import type { AuditTrail, ChatWorkspace, Clock, IncidentRows, RoomLink, StepRow } from './ports.ts';
import type { RelatedIncidents } from './related-incidents.ts';
import { RoomFurnishing } from './room-furnishing.ts';
import type { ApprovalCard, ComponentName, RoomMessage } from './room-messages.ts';
import { settleAll } from './settle-all.ts';
import type { ShownCards } from './shown-cards.ts';

export type RoomPostsDeps = {
  chat: ChatWorkspace;
  rows: IncidentRows;
  trail: AuditTrail;
  clock: Clock;
  policy: ApprovalPolicy;
  cards: Pick<ShownCards, 'pageNow'>;
  related: Pick<RelatedIncidents, 'around'>;
  components: readonly ComponentName[];
  publicUrl: string;
  announcementChannelId: string;
  join?: JoinPolicy | undefined;
  /** Least time between two edits of one card. @default no such time */
  editEveryMs?: number;
};

/** What the card of an older revision says. */
const SUPERSEDED: Pick<DraftState, 'status' | 'approvals' | 'reason' | 'attempt'> = {
  status: 'superseded',
  approvals: [],
  reason: null,
  attempt: null,
};

/** People still act on the card of such a draft, or follow on it what comes of it. */
const CARD_NEEDED: readonly DraftState['status'][] = [
  'pending_approval',
  'approved',
  'unconfirmed',
];

/** Names what a card shows of a draft; the same name is not posted twice. */
function shownAs(
  of: Pick<DraftState, 'status' | 'approvals' | 'reason' | 'attempt'> & Partial<DraftBase>,
  incident?: IncidentState,
  seen?: string,
): string {
  const decided = `${of.status}#${of.approvals.length}#${of.reason ?? ''}`;
  if (seen !== undefined && incident) {
    // What was published since takes the comparison away.
    const problem = baseProblem(of as DraftBase, placeOf(incident.page));
    const base = problem === 'BASE_MOVED' ? 'moved' : (problem ?? '');
    return `${decided}#${seen}#${base}`;
  }
  if (of.status !== 'unconfirmed') return decided;
  const { looks = 0, unasked = 0, nextLookAt } = of.attempt ?? {};
  return `${decided}#${looks}#${unasked}#${nextLookAt ?? 'a person decides'}`;
}

/** What the journal keeps of a card: all that it shows, and what of it a decision is compared with. */
function keptOf(incident: IncidentState, draft: DraftState): Record<string, string> {
  const waits = draft.status === 'pending_approval' || draft.status === 'approved';
  const seen = waits ? seenText(seenOn(incident, draft), draft.request) : undefined;
  return { shown: shownAs(draft, incident, seen), ...(seen ? { seen } : {}) };
}

/** What a room is opened with: posted once, and kept up to date from then on. */
const OPENING = ['incident_card', 'checklist', 'announcement'] as const;
export type OpeningPost = (typeof OPENING)[number];

/** Where the posts of a room stood in the journal when its opening began. */
export type Opening = {
  before: ReadonlyMap<OpeningPost, StepRow | undefined>;
  /** Made by this very run: nothing can be in it. */
  isNewRoom: boolean;
};

/** The event whose journal holds the cards that live as long as the incident. */
const FIRST = 1;

/**
 * Everything posted or kept up to date in channels, each with a journal row. A message that may have
 * been posted before an answer was lost is looked for by its metadata before it is posted again.
 */
export class RoomPosts {
  readonly #deps: RoomPostsDeps;
  readonly #furnishing: RoomFurnishing;

  constructor(deps: RoomPostsDeps) {
    this.#deps = deps;
    this.#furnishing = new RoomFurnishing(deps);
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
  incidentCard(incident: IncidentState): Promise<string> {
    return this.#keep(incident, 'incident_card');
  }

  checklist(incident: IncidentState): Promise<string> {
    return this.#keep(incident, 'checklist');
  }

  announcement(incident: IncidentState): Promise<string> {
    return this.#keep(incident, 'announcement');
  }

  #opening(
    incident: IncidentState,
    name: OpeningPost,
  ): { channelId: string; message: RoomMessage } {
    const { clock, announcementChannelId, join = 'open' } = this.#deps;
    const { incidentId, checklist, room } = incident;
    switch (name) {
      case 'incident_card': {
        const message = { kind: 'incident_card', incident, nowMs: clock.nowMs() } as const;
        return { channelId: room!.channelId, message };
      }
      case 'checklist': {
        const message = { kind: 'checklist', incidentId, items: checklist } as const;
        return { channelId: room!.channelId, message };
      }
      case 'announcement':
        return {
          channelId: announcementChannelId,
          message: { kind: 'announcement', incident, join },
        };
    }
  }

  /**
   * Reads where the posts of a room stand and marks those in the room as begun, so that none of it
   * is left to do when there is a room. Safe to repeat. The announcement is not marked: begun too
   * early it would be looked for, in a channel that may be long, after every room that had to wait.
   */
  async begin(incidentId: string): Promise<Opening['before']> {
    const { rows } = this.#deps;
    const read = OPENING.map(async (name) => {
      const before = await rows.readStep(incidentId, FIRST, name);
      if (!before && name !== 'announcement') await this.#markBegun(incidentId, FIRST, name);
      return [name, before] as const;
    });
    return new Map(await Promise.all(read));
  }

  /** Posts what a room is opened with, unless it stands. @returns its timestamp */
  async open(incident: IncidentState, name: OpeningPost, opening: Opening): Promise<string> {
    const { incidentId } = incident;
    const { channelId, message } = this.#opening(incident, name);
    const isEmpty = opening.isNewRoom && channelId === incident.room?.channelId;
    const before = opening.before.get(name);
    const journal = { before, isEmpty, isMarked: name !== 'announcement' };
    return this.#post({ incidentId, seq: FIRST, name, channelId, message }, journal);
  }

  /** Pins one of them, once. */
  pin(incident: IncidentState, name: OpeningPost, ts: string): Promise<void> {
    return this.#furnishing.pin(incident, name, ts);
  }

  bookmarks(incident: IncidentState, links: readonly RoomLink[], isNew: boolean): Promise<void> {
    return this.#furnishing.bookmarks(incident, links, isNew);
  }

  /** Sets the topic unless it was set to this before: a room has few topic calls to spend. */
  topic(incident: IncidentState): Promise<void> {
    return this.#furnishing.topic(incident);
  }

  /** Brings in what had to wait for its turn when the room was opened. */
  async furnish(incident: IncidentState, links: readonly RoomLink[]): Promise<void> {
    const { incidentId } = incident;
    const pinned = ['incident_card', 'checklist'] as const;
    const pins = pinned.map(async (name) => {
      const ts = (await this.#deps.rows.readStep(incidentId, FIRST, name))?.result.ts;
      if (ts) await this.pin(incident, name, ts);
    });
    await settleAll([...pins, this.bookmarks(incident, links, false)]);
  }

  /** The card on which one revision is decided. */
  async approvalCard(incident: IncidentState, draft: DraftState): Promise<string> {
    return this.#post(await this.#cardPost(incident, draft, draft.revisionSeq));
  }

  /**
   * Brings the cards of all drafts in line; the cards of older revisions become receipts. Each by
   * itself: one that cannot be changed keeps no other from being changed. One that somebody deleted
   * is posted anew if people still need it; a deleted receipt is left.
   */
  async refreshDraftCards(incident: IncidentState): Promise<void> {
    await settleAll(
      incident.drafts.flatMap((draft) => [
        this.#refreshNewest(incident, draft),
        this.#supersedeCards(incident, draft),
      ]),
    );
  }

  async #refreshNewest(incident: IncidentState, known: DraftState): Promise<void> {
    const draft = await this.#asShown(known);
    await this.#refreshCard(incident, draft, draft.revisionSeq);
  }

  /**
   * Looks whether the cards of these drafts still stand, one read each, and posts anew those that
   * somebody deleted. MUST NOT overlap with the effects of the same incident.
   */
  async restoreDraftCards(incident: IncidentState, drafts: readonly DraftState[]): Promise<void> {
    await settleAll(drafts.map((draft) => this.#restoreCard(incident, draft)));
  }

  async #restoreCard(incident: IncidentState, draft: DraftState): Promise<void> {
    const { rows, chat } = this.#deps;
    const { incidentId, room } = incident;
    const step = await rows.readStep(incidentId, draft.revisionSeq, 'approval_card');
    // Without a row, or given up on: the card was never there.
    if (!step || (step.done && !step.result.ts)) return;
    if (step.result.ts && (await chat.hasMessage(room!.channelId, step.result.ts))) return;
    await this.#postCardAnew(incident, await this.#asShown(draft), draft.revisionSeq);
  }

  /** A draft that waits is shown with what the page shows of its components now, where it answers. */
  async #asShown(draft: DraftState): Promise<DraftState> {
    if (draft.status !== 'pending_approval') return draft;
    const page = await this.#deps.cards.pageNow(draft.request);
    return page ? { ...draft, componentsBefore: page } : draft;
  }

  /**
   * The cards before the newest one keep their own words, as receipts. Of several revisions written at
   * once only the last gets a card, so that the one before it on a card may be older than the last but
   * one; behind a receipt there are only receipts.
   */
  async #supersedeCards(incident: IncidentState, newest: DraftState): Promise<void> {
    for (const seq of newest.revisionSeqs.slice(0, -1).reverse()) {
      const step = await this.#deps.rows.readStep(incident.incidentId, seq, 'approval_card');
      if (!step) continue;
      if (step.result.shown === shownAs(SUPERSEDED)) return;
      const event = await this.#deps.trail.get(incident.incidentId, seq);
      if (!event || !isRevision(event)) return;
      const { revision, request, digest, authors, basedOn, action } = event.details;
      await this.#refreshCard(
        incident,
        { ...newest, ...SUPERSEDED, revision, request, digest, authors, basedOn, action },
        seq,
      );
    }
  }

  async #refreshCard(incident: IncidentState, draft: DraftState, seq: number): Promise<void> {
    const { rows, chat } = this.#deps;
    const step = await rows.readStep(incident.incidentId, seq, 'approval_card');
    const ts = step?.result.ts;
    // A receipt does not change any more, so a card is brought to each state once.
    const kept = keptOf(incident, draft);
    const isNeeded = CARD_NEEDED.includes(draft.status);
    if (!ts) {
      // Posting it anew was begun and not finished.
      if (step?.done === false && isNeeded) await this.#postCardAnew(incident, draft, seq);
      return;
    }
    if (step?.result.shown === kept.shown) return;
    try {
      await chat.update(incident.room!.channelId, ts, await this.#card(incident, draft));
    } catch (error) {
      if (codeOf(error) !== 'CHAT_NOT_FOUND') throw error;
      if (isNeeded) return this.#postCardAnew(incident, draft, seq);
    }
    await rows.writeStep(incident.incidentId, seq, 'approval_card', {
      done: true,
      result: { ts, ...kept },
    });
  }

  /** Somebody deleted it; an earlier run may have begun to post it anew. */
  async #postCardAnew(incident: IncidentState, draft: DraftState, seq: number): Promise<void> {
    await this.#markBegun(incident.incidentId, seq, 'approval_card');
    await this.#post(await this.#cardPost(incident, draft, seq));
  }

  async #cardPost(incident: IncidentState, draft: DraftState, seq: number): Promise<Post> {
    return {
      incidentId: incident.incidentId,
      seq,
      name: 'approval_card',
      channelId: incident.room!.channelId,
      message: await this.#card(incident, draft),
      kept: keptOf(incident, draft),
    };
  }

  async #card(incident: IncidentState, draft: DraftState): Promise<ApprovalCard> {
    const { components, policy, publicUrl, related } = this.#deps;
    const { worstSeverity: severity } = incident;
    const around = await related.around(incident, draft, { named: false });
    const effect = effectOf(draft.request, around, severity);
    const asked = { action: draft.action, severity, effect };
    const rule = policy.ruleInWords(asked);
    const breakGlassRule = policy.breakGlassInWords(asked);
    const alone = breakGlassRule === undefined ? {} : { breakGlassRule };
    return { kind: 'approval_card', incident, draft, components, rule, publicUrl, ...alone };
  }

  async #keep(incident: IncidentState, name: OpeningPost): Promise<string> {
    const { rows, chat, clock, editEveryMs: everyMs } = this.#deps;
    const { incidentId, version } = incident;
    const { channelId, message } = this.#opening(incident, name);
    const post = () => this.#post({ incidentId, seq: FIRST, name, channelId, message });
    const journal = (await rows.readStep(incidentId, FIRST, name))?.result;
    const ts = journal?.ts;
    if (!ts) return post();
    const nowMs = clock.nowMs();
    if (everyMs && !editDue(journal, { version, nowMs, everyMs })) return ts;
    try {
      await chat.update(channelId, ts, message);
      if (everyMs) await rows.writeStep(incidentId, FIRST, name, editedNow(ts, { version, nowMs }));
      return ts;
    } catch (error) {
      if (codeOf(error) !== 'CHAT_NOT_FOUND') throw error;
      // Somebody deleted it. What the room is led by is posted anew, and its pin went with it.
      await this.#markBegun(incidentId, FIRST, name);
      const again = await post();
      if (name !== 'announcement') await this.pin(incident, name, again);
      return again;
    }
  }

  #markBegun(incidentId: string, seq: number, name: string): Promise<void> {
    return this.#deps.rows.writeStep(incidentId, seq, name, { done: false, result: {} });
  }

  async #post(of: Post, journal?: Journal): Promise<string> {
    const { rows, chat } = this.#deps;
    const { incidentId, seq, name, channelId, message } = of;
    const effect = `${incidentId}#${seq}#${name}`;
    const before = journal ? journal.before : await rows.readStep(incidentId, seq, name);
    if (before?.result.ts) return before.result.ts;
    const isFirst = !before || before.result.untried === 'yes';
    const isThere = !isFirst && !journal?.isEmpty;
    const found = isThere ? await chat.findByEffect(channelId, effect) : undefined;
    const isOurs = isFirst && !journal?.isMarked;
    if (isOurs) await this.#markBegun(incidentId, seq, name);
    try {
      const ts = found ?? (await chat.post(channelId, message, effect));
      // What was found may show an older state than what would be posted now.
      const kept = found ? {} : of.kept;
      await rows.writeStep(incidentId, seq, name, { done: true, result: { ts, ...kept } });
      return ts;
    } catch (error) {
      // Nothing was posted, so nothing has to be looked for, in a channel that may be long.
      const isRefused = error instanceof ChatError && !error.retryable;
      if (isOurs && (isRefused || codeOf(error) === 'CHAT_RATE_LIMITED')) {
        await rows.writeStep(incidentId, seq, name, { done: false, result: { untried: 'yes' } });
      }
      throw error;
    }
  }
}

/** A journal row as read before; `isEmpty`: nothing can be in the channel. */
type Journal = { before: StepRow | undefined; isEmpty: boolean; isMarked: boolean };

/** A message, and the place of its journal row. */
type Post = {
  incidentId: string;
  seq: number;
  name: string;
  channelId: string;
  message: RoomMessage;
  /** What the message shows, for a card that is kept up to date. */
  kept?: Record<string, string>;
};
