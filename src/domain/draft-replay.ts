import type { AuditEvent, EventType } from './audit-event.ts';
import { isRevision, type RevisionEvent } from './gate-view.ts';

/** How a revision stands: words of this file, because it shares none with what it checks. */
type Stand =
  | 'waiting'
  | 'agreed'
  | 'sent'
  | 'unclear'
  | 'published'
  | 'failed'
  | 'rejected'
  | 'withdrawn'
  | 'expired'
  | 'superseded';

/** One revision on its way. */
type Way = {
  stand: Stand;
  /** Approvals that stand, by person: how many each asked for; alone counts as enough. */
  agreed: Map<string, { needs: number; alone: boolean }>;
  attemptId: string | undefined;
};

const UNDECIDED: readonly Stand[] = ['waiting', 'agreed'];
const OUT: readonly Stand[] = ['sent', 'unclear'];

/** In which stand each event finds the revision that it is about. Others say nothing about it. */
const FINDS: Partial<Record<EventType, readonly Stand[]>> = {
  STATUSPAGE_DRAFT_APPROVED: ['waiting'],
  BREAK_GLASS_USED: ['waiting'],
  STATUSPAGE_APPROVAL_REJECTED: UNDECIDED,
  STATUSPAGE_DRAFT_WITHDRAWN: UNDECIDED,
  STATUSPAGE_PUBLISH_STARTED: UNDECIDED,
  STATUSPAGE_PUBLISH_NOT_EXECUTED: OUT,
  STATUSPAGE_PUBLISH_UNCONFIRMED: OUT,
  STATUSPAGE_PUBLISH_FAILED: [...OUT, 'agreed'],
};

const ENDS: Partial<Record<EventType, Stand>> = {
  STATUSPAGE_APPROVAL_REJECTED: 'rejected',
  STATUSPAGE_DRAFT_WITHDRAWN: 'withdrawn',
  STATUSPAGE_PUBLISH_FAILED: 'failed',
  STATUSPAGE_PUBLISHED: 'published',
  STATUSPAGE_PUBLISH_UNCONFIRMED: 'unclear',
  STATUSPAGE_PUBLISH_NOT_EXECUTED: 'agreed',
};

/** What becomes of an attempt, which must be the revision's newest; the page may show any of them. */
const OF_ATTEMPT: readonly EventType[] = [
  'STATUSPAGE_PUBLISH_NOT_EXECUTED',
  'STATUSPAGE_PUBLISH_UNCONFIRMED',
  'STATUSPAGE_PUBLISH_FAILED',
];

type About = { draftId: string; revision: number; attemptId?: string };

/**
 * Follows the drafts of one incident from its first event and names what no revision in that state
 * takes: a failure after it was published, an approval after it was withdrawn, the end of an attempt
 * that is not its newest.
 */
export class DraftReplay {
  /** By draft, its revisions in order. */
  readonly #drafts = new Map<string, Way[]>();

  /** @returns why the event cannot follow those before it, or undefined. Call in order. */
  next(event: AuditEvent): string | undefined {
    if (isRevision(event)) return this.#written(event);
    if (!('draftId' in event.details)) return undefined;
    const about = event.details as About;
    const way = this.#drafts.get(about.draftId)?.[about.revision - 1];
    const finds = findsOf(event);
    if (!way)
      return finds ? 'it is about a revision that is not on the trail before it' : undefined;
    const isNotNow = finds && !finds.includes(way.stand);
    if (isNotNow) return `a revision that is ${way.stand} does not take ${event.type}`;
    if (OF_ATTEMPT.includes(event.type) && about.attemptId !== way.attemptId) {
      return 'it is about another attempt';
    }
    follow(way, event);
    return undefined;
  }

  #written({ type, details }: RevisionEvent): string | undefined {
    const revisions = this.#drafts.get(details.draftId) ?? [];
    const last = revisions.at(-1);
    const isNext = details.revision === revisions.length + 1;
    const isFirst = type === 'STATUSPAGE_DRAFT_CREATED';
    if (!isNext || isFirst !== (revisions.length === 0)) return 'it is not the next revision';
    if (last && !UNDECIDED.includes(last.stand)) {
      return `a revision that is ${last.stand} is not written again`;
    }
    if (last) last.stand = 'superseded';
    revisions.push({ stand: 'waiting', agreed: new Map(), attemptId: undefined });
    this.#drafts.set(details.draftId, revisions);
    return undefined;
  }
}

/** A click that came too late expires by itself and leaves the draft where it is. */
function findsOf(event: AuditEvent): readonly Stand[] | undefined {
  if (event.type === 'STATUSPAGE_APPROVAL_EXPIRED') {
    return event.details.of === 'draft' ? ['waiting'] : undefined;
  }
  return FINDS[event.type];
}

function follow(way: Way, event: AuditEvent): void {
  switch (event.type) {
    case 'STATUSPAGE_DRAFT_APPROVED': {
      const { requiredApprovals: needs, breakGlass } = event.details;
      way.agreed.set(event.actor.id, { needs, alone: breakGlass === true });
      const given = [...way.agreed.values()];
      const most = Math.max(...given.map((approval) => approval.needs));
      if (given.some(({ alone }) => alone) || given.length >= most) way.stand = 'agreed';
      return;
    }
    case 'STATUSPAGE_APPROVAL_EXPIRED':
      if (event.details.of === 'draft') way.stand = 'expired';
      return;
    case 'STATUSPAGE_PUBLISH_REFUSED':
      if (!UNDECIDED.includes(way.stand)) return;
      way.stand = event.details.kind === 'integrity' ? 'failed' : 'waiting';
      way.agreed.clear();
      return;
    case 'STATUSPAGE_PUBLISH_STARTED':
      way.stand = 'sent';
      way.attemptId = event.details.attemptId;
      return;
    default:
      way.stand = ENDS[event.type] ?? way.stand;
  }
}
