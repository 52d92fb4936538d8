import type { AlertSource, GroupState } from './alert-signal.ts';
import type { Override } from './claims.ts';
import type { Sentence } from './sentence.ts';
import type { Severity } from './severity.ts';
import type { Outlived } from './situation.ts';
import type {
  ComponentState,
  DraftAction,
  EscalationStage,
  ObligationCause,
  PageRequest,
} from './statuspage-event-details.ts';

/** The life of an incident. Each transition names the states it accepts (`transitions.ts`). */
export const INCIDENT_STATUSES = [
  'triggered',
  'assembling',
  'active',
  'mitigated',
  'resolved',
  'closed',
  'assembly_failed',
  'cancelled',
] as const;
export type IncidentStatus = (typeof INCIDENT_STATUSES)[number];

/** The life of one draft on its way to the status page. */
export type DraftStatus =
  | 'pending_approval'
  | 'approved'
  | 'publishing'
  | 'unconfirmed'
  | 'published'
  | 'publication_failed'
  | 'rejected'
  | 'superseded'
  | 'withdrawn'
  | 'expired';

/** A state as people read it. */
export function statusInWords(status: IncidentStatus | DraftStatus): string {
  return status.replaceAll('_', ' ');
}

/** One approval that stands. */
export type StandingApproval = {
  seq: number;
  slackUserId: string;
  expiresAt: string;
  requiredApprovals: number;
  /** How many of them make up for earlier approvals that did not count any more. */
  notCounted?: number;
  /** Set when it was given alone in an emergency: why, maybe cut. */
  breakGlassReason?: string;
};

/**
 * Somebody wants to approve alone; the approval itself comes after it. The reason may be cut, its
 * hash is that of the whole; rows of older versions lack the hash and have the whole.
 */
export type BrokenGlass = {
  by: string;
  reason: string;
  reasonSha256?: string;
  requestSha256: string;
};

/** One thing to do, and who did it. */
export type ChecklistEntry = {
  item: string;
  done: boolean;
  by: string | null;
  /** Set when it asks somebody else to look at an approval that this person gave alone. */
  review?: { by: string; draftId: string; revision: number };
};

/** The newest revision of one draft. */
export type DraftState = {
  draftId: string;
  revision: number;
  /** Number of the event that wrote this revision. */
  revisionSeq: number;
  /** Older revisions that may have been sent: one may still show on the page. Newest last. */
  sentBefore?: { revision: number; request: PageRequest }[];
  /** Number of the event that wrote each older revision, by revision - 1. */
  revisionSeqs: number[];
  status: DraftStatus;
  action: DraftAction;
  request: PageRequest;
  digest: string;
  basedOn: string | null;
  /** The removed incident on the page in whose place this opens a new one. */
  replaces?: { statuspageIncidentId: string; removedSeq: number };
  publicationId: string;
  authors: string[];
  origin: 'words' | 'proposal' | 'template';
  aiModelId: string | null;
  /** The newest proposal that this or an earlier revision took over. */
  aiProposal?: { revision: number; modelId: string; promptVersion: string };
  /** What the public page showed of the named components when this was written; null: unknown. */
  componentsBefore: Record<string, ComponentState> | null;
  /** Components that it shows better than another open incident says, and why. */
  overrides?: Override[];
  expiresAt: string;
  approvals: StandingApproval[];
  /** Since the last refusal that voided approvals; rows of older versions lack it. */
  brokenGlass?: BrokenGlass[];
  /** Attempts started so far. */
  attempts: number;
  /** The attempt under way or of unknown outcome. */
  attempt: {
    attemptId: string;
    startedSeq: number;
    deadline: string;
    looks: number;
    retryAt: string | null;
    /** Since when nobody knows how it ended. Rows from before looks lack this and what follows. */
    unconfirmedAt?: string | null;
    /** How often in a row the page could not be asked. */
    unasked?: number;
    /** When the page is asked next without anybody's doing; null: a person decides. */
    nextLookAt?: string | null;
  } | null;
  /** Why it ended or came back, in words for the card. */
  reason: string | null;
  /** When it last began to wait for approval. Rows of an older version lack it. */
  pendingSince?: string;
  /** The last stage of escalation since then. */
  escalated?: EscalationStage | null;
  /** What ended the situation it was written in, so that it must not be published any more. */
  outlived?: Outlived;
  /** Set when the rejection took back an approval that stood. */
  revoked?: true;
  /** Who decided last: approved, rejected or withdrew. */
  decidedBy: string | null;
  publishedLink: string | null;
  publishedAt: string | null;
};

/** One publication, as the page is compared with it. */
export type PublishedText = {
  publicationId: string;
  /** It opened the incident on the page: nothing of ours is older. */
  opens: boolean;
  name: string;
  status: string;
  /** Of status and text as they were sent (`shownTextDigest`). */
  textDigest: string;
  /** Of what the page said back. */
  pageDigest: string;
  at: string;
};

/** What is on the status page because of this incident. */
export type PageState = {
  statuspageIncidentId: string | null;
  /** Oldest first, at most `PUBLICATIONS_IN_STATE_MAX`; rows of older versions lack it. */
  publications?: PublishedText[];
  /** States other than operational that it last published and did not end; by component. */
  claims?: Record<string, ComponentState>;
  /** Another hand took this incident off the page, by the event of that number. */
  removed?: { seq: number; at: string };
  /** Number of the event that found it there again. */
  returnedSeq?: number;
  lastPublication: {
    publicationId: string;
    draftId: string;
    revision: number;
    request: PageRequest;
    link: string;
    at: string;
  } | null;
};

/**
 * The page shows an incident of ours as open that is over here, and somebody has to end it there or
 * say why it stays. Of several the newest.
 */
export type Obligation = {
  /** Counts the obligations of this incident from 1. */
  number: number;
  isOpen: boolean;
  because: ObligationCause;
  openedAt: string;
  /** How often people were asked since. */
  asked: number;
  /** When they were asked last, or when it was opened. */
  askedAt: string;
  /** Why somebody leaves the page as it is, maybe cut; null: nobody does, or the situation changed. */
  kept: string | null;
};

/** The projection of one incident. Bounded in size whatever the length of the trail. */
export type IncidentState = {
  incidentId: string;
  /** Number of the newest event in here. */
  version: number;
  headHash: string;
  status: IncidentStatus;
  title: string;
  severity: Severity;
  worstSeverity: Severity;
  severityIsDefault: boolean;
  service: string | null;
  /** Services it was about before somebody named another. */
  formerServices?: string[];
  /** The service was guessed from the title, and nobody said otherwise. */
  serviceGuessed?: true;
  openedAt: string;
  declaredBy: string | null;
  declaredIn: string | null;
  alertGroup: {
    source: AlertSource;
    group: string;
    episode: number;
    state: GroupState | null;
    link: string | null;
    /** Newest time the sender stored on any delivery; by its own clock. */
    lastOccurredAt: string | null;
    /** It was opened by a delivery that proves nothing, while its source could not be asked. */
    unconfirmed?: true;
    /** The severity that the source said last; absent: none, or on rows of older versions. */
    severity?: Severity;
    /** When people resolved or cancelled the incident. Rows of older versions lack it. */
    endedAt?: string;
    /** When it was said that the source goes on though people ended the incident. */
    stillFiring?: string;
    /** How often it was said, of the groups of a storm. */
    stillFiringTold?: number;
    /** When it was last said that the group fires again, and the changes since that nobody said. */
    flaps?: { since: string; unsaid: number };
  } | null;
  previousIncidentId: string | null;
  room: { channelId: string; channelName: string } | null;
  checklist: ChecklistEntry[];
  ic: string | null;
  invited: string[];
  /** Since when it is on record that nobody was reached. Rows of older versions lack it. */
  nobodyReachedAt?: string;
  lastUpdate: { text: string; at: string; by: string } | null;
  /** The "update due" reminder. */
  nudge: {
    dueAt: string;
    silencedUntil: string | null;
    /** Reminders since the last update. Rows of older versions lack it. */
    unanswered?: number;
  } | null;
  /** Newest last; how many and how much of them, `drafts-kept.ts` says. */
  drafts: DraftState[];
  page: PageState;
  /** Rows of older versions lack it. */
  obligation?: Obligation;
  resolvedSummary: string | null;
  /** On an intake chain: unreadable bodies kept in the running minute, `YYYY-MM-DDTHH:MM`. */
  quarantine?: { minute: string; kept: number };
  /** On an intake chain: it holds notes of other chains, the first of which names the day before. */
  hasNotes?: true;
  /** Of an alert storm: incidents opened before it, and the groups it took in. */
  storm?: { before: string[]; groups: number };
  /** The last few events worth a line on the card, newest last. */
  recent: { seq: number; at: string; line: Sentence }[];
};

/** An incident that has a war room. */
export type InRoom = IncidentState & { room: NonNullable<IncidentState['room']> };

export function isInRoom(incident: IncidentState): incident is InRoom {
  return incident.room !== null;
}

/** Every service that it is or was about, the present one first. */
export function servicesOf({
  service,
  formerServices = [],
}: Pick<IncidentState, 'service' | 'formerServices'>): string[] {
  return [...(service === null ? [] : [service]), ...formerServices];
}
