import { isDeepStrictEqual } from 'node:util';
import type { AuditEvent } from '../../src/domain/audit-event.ts';
import type { RoomMessage } from '../../src/services/room-messages.ts';
import { APPROVERS, CAST, COMMANDERS } from './lives-chat.ts';
import { isBetter, type Life, LivesLog, type Words } from './lives-log.ts';
import { tooGood, unasked, unfit } from './lives-rules.ts';
import type { LivesWorld } from './lives-world.ts';

type Started = Extract<AuditEvent, { type: 'STATUSPAGE_PUBLISH_STARTED' }>;
/** Severity ranks at which nobody approves their own words. */
const FOUR_EYES_RANK = 2;

/**
 * Judges whole lives by rules written down anew here, from the events, the page and the messages
 * alone. Each line begins with the name of the promise.
 */
export class LivesOracle {
  readonly #world: LivesWorld;
  readonly log = new LivesLog();
  /** What was wrong with an attempt when it started, by its id; it counts once customers saw it. */
  readonly #faults = new Map<string, string[]>();
  /** Approvals, by hash, that nobody who wrote the text could give, as of the moment they were given. */
  readonly #bound = new Set<string>();
  #read = 0;
  #seen = 0;

  constructor(world: LivesWorld) {
    this.#world = world;
  }

  /** After every step. @returns the first promise that was broken */
  afterStep(): string | undefined {
    this.#world.page.see();
    for (const event of this.#world.log.slice(this.#read)) {
      if (event.type === 'STATUSPAGE_PUBLISH_STARTED') this.#judge(event);
      if (event.type === 'STATUSPAGE_DRAFT_APPROVED') {
        const words = this.log.wordsOf(event.details);
        if (words && this.#bindsFourEyes(words)) this.#bound.add(event.hash);
      }
      this.log.read(event);
      this.#read += 1;
    }
    const effects = this.#world.page.shown.slice(this.#seen);
    this.#seen += effects.length;
    for (const { permit } of effects) {
      const { attemptId, publicationId } = permit;
      const faults = this.#faults.get(attemptId);
      if (!faults) return 'bytes: sent without an attempt on record';
      if (faults[0]) return faults[0];
      const shown = this.#world.page.shown.filter(
        (one) => one.permit.publicationId === publicationId,
      );
      if (shown.length > 1) return 'twice: one publication took effect twice';
    }
    return undefined;
  }

  /** When nothing is under way. @returns the first page that is wrong and that nobody is asked about */
  atRest(): string | undefined {
    for (const shown of this.#world.page.incidents) {
      if (shown.status === 'resolved' || !shown.incidentId) continue;
      const life = this.log.lives.get(shown.incidentId);
      if (!life) return 'bytes: the page shows an incident of nobody';
      if (life.onPage?.id !== shown.statuspageIncidentId) {
        if (!this.#isKnownOtherwise(life, shown.statuspageIncidentId)) {
          return 'unasked: what is on the page is not on record, and nobody was told';
        }
        continue;
      }
      const wrong = unasked(life, shown.status);
      if (wrong) return wrong;
    }
    return this.#missingCard();
  }

  /** Whoever deleted it: a draft that waits has a card on which people decide. */
  #missingCard(): string | undefined {
    const cards = [...this.#world.chat.posts.values()].flatMap(({ message }) =>
      message.kind === 'approval_card' ? [message.draft] : [],
    );
    for (const { words } of this.log.lives.values()) {
      for (const { status, draftId, revision } of words) {
        const isThere = cards.some((one) => one.draftId === draftId && one.revision === revision);
        if (status === 'pending' && !isThere) return 'card: a draft waits, and its card is gone';
      }
    }
    return undefined;
  }

  /** When time has passed and people have done all that they are asked for. */
  atEnd(): string | undefined {
    for (const { words } of this.log.lives.values()) {
      const hanging = words.find(({ status }) => ['approved', 'sending'].includes(status));
      if (hanging) return `hang: a draft stays ${hanging.status}`;
      const looked = words.find((one) => one.status === 'unknown' && one.isLookedFor);
      if (looked) return 'hang: a look that is due is not made';
    }
    return this.#falseCard() ?? this.#askedForNothing();
  }

  /** Incident on the page beside the one on record: sent, and then taken for absent. */
  #isKnownOtherwise({ words, onPage }: Life, id: string): boolean {
    const isUnderWay = words.some(({ status }) => ['sending', 'unknown'].includes(status));
    const isFound = this.#world.log.some(
      ({ type, details }) =>
        type === 'STATUSPAGE_DRIFT_FOUND' &&
        (details as { statuspageIncidentId: string }).statuspageIncidentId === id,
    );
    return isUnderWay || isFound || (onPage !== null && wasPublished(this.#world.log, id));
  }

  #judge(started: Started): void {
    const words = this.log.wordsOf(started.details);
    const { attemptId } = started.details;
    if (!words) return void this.#faults.set(attemptId, ['bytes: published no draft']);
    const life = this.log.lives.get(words.incidentId)!;
    const faults = [
      this.#otherBytes(words),
      unfit(words, life),
      tooGood(this.log, words, (other) => this.#isOpenOnPage(other)),
      this.#notApproved(words, life, started.at),
    ];
    this.#faults.set(
      attemptId,
      faults.flatMap((fault) => fault ?? []),
    );
  }

  /** Every approver saw exactly this. */
  #otherBytes({ approvals, request, digest }: Words): string | undefined {
    for (const { commandId, details } of approvals) {
      const click = this.#world.clicks.get(commandId.split('#')[0]!);
      if (details.digest !== digest || !isDeepStrictEqual(click?.request, request)) {
        return 'bytes: published something else than an approver saw';
      }
    }
    return undefined;
  }

  #isOpenOnPage({ onPage }: Life): boolean {
    const shown = this.#world.page.incidents.find(
      ({ statuspageIncidentId }) => statuspageIncidentId === onPage?.id,
    );
    return shown !== undefined && onPage?.status !== 'resolved';
  }

  #notApproved(words: Words, life: Life, at: string): string | undefined {
    const valid = words.approvals.filter(({ actor, details }) => {
      const roles: readonly string[] = [...APPROVERS, ...COMMANDERS];
      return roles.includes(actor.id) && details.expiresAt > at;
    });
    if (valid.length === 0) return 'approval: published without one';
    if (valid.some(({ details }) => details.breakGlass)) return undefined;
    const authors = words.authors.map(personOf);
    const isBound = life.worst <= FOUR_EYES_RANK;
    const own = valid.find(
      ({ actor, hash }) =>
        (isBound || this.#bound.has(hash)) && authors.includes(personOf(actor.id)),
    );
    return own ? 'self: approved by somebody who wrote it' : undefined;
  }

  /** The shipped rule: who is mailed, how bad it looks, and every incident that this one is about. */
  #bindsFourEyes(words: Words): boolean {
    const life = this.log.lives.get(words.incidentId)!;
    const { deliver_notifications, components } = words.request.body.incident;
    if (deliver_notifications || life.worst <= FOUR_EYES_RANK) return true;
    if (Object.values(components).some((state) => isBetter('degraded_performance', state))) {
      return true;
    }
    return [...this.log.lives.values()].some(
      (other) =>
        other.phase === 'open' &&
        other.worst <= FOUR_EYES_RANK &&
        other.service !== null &&
        other.service === life.service,
    );
  }

  #askedForNothing(): string | undefined {
    const wrong = [...this.log.lives.values()].find(
      ({ isAsked, phase, onPage }) =>
        isAsked && (phase === 'open' || onPage?.status === 'resolved'),
    );
    return wrong && 'asked: people are asked to end what is open again or has ended';
  }

  /** Each card says how its revision stands, and the announcement how many wait. */
  #falseCard(): string | undefined {
    for (const { message } of this.#world.chat.posts.values()) {
      if (message.kind === 'approval_card') {
        const words = this.log.wordsOf(message.draft);
        if (words && !saysSo(message.draft.status, words)) {
          return `card: says ${message.draft.status}, the draft is ${words.status}`;
        }
      }
      if (message.kind === 'announcement') {
        const { words } = this.log.lives.get(message.incident.incidentId)!;
        const wait = words.filter(({ status }) => status === 'pending').length;
        if (wait !== waitingOn(message))
          return `card: the announcement says other than ${wait} wait`;
      }
    }
    return undefined;
  }
}

const STATUS_ON_CARD: Record<Words['status'], readonly string[]> = {
  pending: ['pending_approval'],
  approved: ['approved'],
  sending: ['publishing'],
  unknown: ['unconfirmed'],
  published: ['published'],
  failed: ['publication_failed'],
  over: ['rejected', 'withdrawn', 'expired', 'superseded'],
};

function saysSo(status: string, words: Words): boolean {
  return STATUS_ON_CARD[words.status].includes(status);
}

function waitingOn({ incident }: Extract<RoomMessage, { kind: 'announcement' }>): number {
  return incident.drafts.filter(({ status }) => status === 'pending_approval').length;
}

function wasPublished(log: readonly AuditEvent[], id: string): boolean {
  return log.some(
    (event) => event.type === 'STATUSPAGE_PUBLISHED' && event.details.statuspageIncidentId === id,
  );
}

/** Accounts of one person share a mailbox; one without an address is somebody of their own. */
function personOf(id: string): string {
  return CAST[id]?.email?.replace(/\+[^@]*@/, '@') ?? id;
}
