import { z } from 'zod';
import {
  COMPONENTS_MAX,
  CUSTOMER_TEXT_MAX,
  CUSTOMER_TITLE_MAX,
  INTERNAL_TEXT_MAX,
  OVERRIDE_REASON_MAX,
  RELATED_INCIDENTS_MAX,
} from './limits.ts';
import { SEVERITIES } from './severity.ts';
import { OUTLIVED } from './situation.ts';

/** Statuses of a real-time incident on the page, in the order they usually come. */
export const PAGE_STATUSES = ['investigating', 'identified', 'monitoring', 'resolved'] as const;
export type PageStatus = (typeof PAGE_STATUSES)[number];
/** https://developer.statuspage.io: component status. */
export const COMPONENT_STATES = [
  'operational',
  'degraded_performance',
  'partial_outage',
  'major_outage',
  'under_maintenance',
] as const;
export type ComponentState = (typeof COMPONENT_STATES)[number];
/** https://developer.statuspage.io: impact_override. */
export const PAGE_IMPACTS = ['none', 'minor', 'major', 'critical'] as const;
export type PageImpact = (typeof PAGE_IMPACTS)[number];

/**
 * The whole request to Statuspage, exactly as it will be sent; `metadata` is added by the publisher
 * and is not part of what people approve. `deliver_notifications` is always explicit, because the
 * page mails every customer when it is left out.
 */
export const PAGE_REQUEST_SCHEMA = z.strictObject({
  method: z.enum(['POST', 'PATCH']),
  path: z.string().regex(/^\/pages\/[a-z0-9]+\/incidents(\/[a-z0-9]+)?$/),
  body: z.strictObject({
    incident: z.strictObject({
      name: z.string().min(1).max(CUSTOMER_TITLE_MAX),
      status: z.enum(PAGE_STATUSES),
      body: z.string().min(1).max(CUSTOMER_TEXT_MAX),
      impact_override: z.enum(PAGE_IMPACTS),
      deliver_notifications: z.boolean(),
      component_ids: z.array(z.string().max(80)).max(COMPONENTS_MAX),
      components: z.record(z.string().max(80), z.enum(COMPONENT_STATES)),
    }),
  }),
});
export type PageRequest = z.infer<typeof PAGE_REQUEST_SCHEMA>;

const sha256 = z.string().regex(/^[0-9a-f]{64}$/);
const instant = z.iso.datetime({ precision: 3 });
const id = z.string().min(1).max(300);
const text = z.string().max(INTERNAL_TEXT_MAX);
const slackUser = z.string().regex(/^[UWB][A-Z0-9]{2,20}$/);
const revision = z.int().min(1).max(1_000);
const draftRef = { draftId: id, revision };
const attemptRef = {
  ...draftRef,
  publicationId: id,
  attempt: z.int().min(1).max(1_000),
  attemptId: id,
};

/** What a draft asks of the page: open an incident there, add to it, or end it. */
export const DRAFT_ACTIONS = ['create', 'update', 'resolve'] as const;
export type DraftAction = (typeof DRAFT_ACTIONS)[number];

/** Who is told that a draft still waits: its approvers, everybody who may help, the whole company. */
export const ESCALATION_STAGES = ['reminded', 'widened', 'paged'] as const;
export type EscalationStage = (typeof ESCALATION_STAGES)[number];

/** Why nothing on its way would end an incident that the page shows and that is over here. */
export const OBLIGATION_CAUSES = [
  'resolved',
  'cancelled',
  'draft_rejected',
  'draft_expired',
  'draft_withdrawn',
  'draft_failed',
] as const;
export type ObligationCause = (typeof OBLIGATION_CAUSES)[number];

/** Who is asked to end it on the page, one after another. */
export const OBLIGATION_STAGES = ['commander', 'approvers', 'announcement'] as const;
export type ObligationStage = (typeof OBLIGATION_STAGES)[number];

/** How such an obligation ends. `kept`: a person said why the page stays as it is. */
export const OBLIGATION_ENDS = ['published', 'kept', 'reopened', 'removed', 'draft_waits'] as const;
export type ObligationEnd = (typeof OBLIGATION_ENDS)[number];

/**
 * How the page differs from what was published: an incident or an update by another hand, words of
 * ours that were changed or are gone, or two incidents for one publication.
 */
export const DRIFT_KINDS = [
  'foreign_incident',
  'foreign_update',
  'edited',
  'removed',
  /** An incident of ours that had been removed. */
  'returned',
  'duplicate',
] as const;
export type DriftKind = (typeof DRIFT_KINDS)[number];

/** What the policy was asked beside the severity: the text's effect, and what else is going on. */
const APPROVAL_EFFECT = z.strictObject({
  impact: z.enum(PAGE_IMPACTS),
  /** The worst state the text gives a component; `operational` when it names none. */
  worstComponent: z.enum(COMPONENT_STATES),
  /** Subscribers are mailed. */
  notify: z.boolean(),
  declaredBy: slackUser.nullable(),
  /** Of this and all related incidents, the worst each ever had. */
  relatedSeverity: z.enum(SEVERITIES),
  /** Other open incidents of the same service or components, by id. */
  related: z.array(id).max(RELATED_INCIDENTS_MAX),
});
export type ApprovalEffect = z.infer<typeof APPROVAL_EFFECT>;

const draft = z.strictObject({
  ...draftRef,
  action: z.enum(DRAFT_ACTIONS),
  request: PAGE_REQUEST_SCHEMA,
  /** Publication this text follows, or null for the first of an incident. */
  basedOn: id.nullable(),
  /** SHA-256 hex of RFC 8785 of `{method, path, body, basedOn}`. */
  digest: sha256,
  publicationId: id,
  /** Everyone who requested, wrote or edited this revision. */
  authors: z.array(slackUser).max(50),
  origin: z.enum(['words', 'proposal', 'template']),
  ai: z
    .strictObject({
      modelId: id,
      promptVersion: id,
      inputSha256: sha256,
      redactionCount: z.int().min(0),
    })
    .nullable(),
  /** The newest proposal that an earlier revision took over, when a person has edited it since. */
  aiBefore: z.strictObject({ revision, modelId: id, promptVersion: id }).optional(),
  expiresAt: instant,
  /** What the public page showed of the named components when this was written; null: unknown. */
  componentsBefore: z.record(z.string().max(80), z.enum(COMPONENT_STATES)).nullable().optional(),
  /** Components that it shows better than another open incident says: a person says why. */
  overrides: z
    .array(
      z.strictObject({
        componentId: z.string().max(80),
        claimed: z.enum(COMPONENT_STATES),
        incidentId: id,
        reason: z.string().min(1).max(OVERRIDE_REASON_MAX),
      }),
    )
    .max(COMPONENTS_MAX)
    .optional(),
  /** A publication of this incident that had started and not ended when this was written. */
  openPublicationId: id.nullable(),
  /** Opens a new incident on the page in place of one that another hand removed, by that event. */
  replaces: z.strictObject({ statuspageIncidentId: id, removedSeq: z.int().min(1) }).optional(),
});

/** What the page showed of this incident before an attempt, to tell an effect from its absence. */
const pageBefore = z.strictObject({
  statuspageIncidentId: id.nullable(),
  updateIds: z.array(id).max(200),
});

export const STATUSPAGE_DETAILS = {
  STATUSPAGE_DRAFT_CREATED: draft,
  STATUSPAGE_DRAFT_REVISED: draft,
  STATUSPAGE_DRAFT_APPROVED: z.strictObject({
    ...draftRef,
    publicationId: id,
    digest: sha256,
    action: z.enum(DRAFT_ACTIONS),
    severity: z.enum(SEVERITIES),
    /** Compact JWS, ES256, by the key that only incident-worker may use. */
    approvalJws: z.string().max(8_000),
    approverRoles: z.array(z.string().max(80)).max(20),
    requiredApprovals: z.int().min(1).max(10),
    /** The ids of the policies that allowed it. */
    policyIds: z.array(z.string().max(200)).max(50),
    /** Those policies in words, as the card showed them. */
    rule: text.optional(),
    /** One person alone, in an emergency; `BREAK_GLASS_USED` before it in the chain says why. */
    breakGlass: z.literal(true).optional(),
    policyDigest: sha256,
    slackRequestSha256: sha256,
    expiresAt: instant,
    /** Who it was when the policy was asked, by the trail; approvals of older versions lack it. */
    incidentCommander: slackUser.nullable().optional(),
    /** What the approver read of the components that the text names, where it was known. */
    componentsSeen: z.record(z.string().max(80), z.enum(COMPONENT_STATES)).optional(),
    /** Approvals of older versions lack it. */
    effect: APPROVAL_EFFECT.optional(),
    /** Whose earlier approvals are not counted, as they may not approve this any more. */
    notCounted: z.array(slackUser).max(10).optional(),
  }),
  STATUSPAGE_APPROVAL_DENIED: z.strictObject({
    ...draftRef,
    decision: z.enum([
      'approve',
      'break_glass',
      'reject',
      'edit',
      'withdraw',
      'adopt',
      'declare_absent',
    ]),
    /** Error code of the denial. */
    reason: text,
    /** The rule in words, as the person was told. */
    rule: text,
    /** The policies that stopped it, if it was they; none: no permit applied. */
    policyIds: z.array(z.string().max(200)).max(50).optional(),
    policyDigest: sha256.optional(),
    slackRequestSha256: sha256,
  }),
  STATUSPAGE_APPROVAL_REJECTED: z.strictObject({ ...draftRef, digest: sha256, reason: text }),
  STATUSPAGE_DRAFT_WITHDRAWN: z.strictObject({
    ...draftRef,
    reason: text,
    /** Set when nobody withdrew it: what ended the situation it was written in. */
    because: z.enum(OUTLIVED).optional(),
  }),
  /** A decision that was signed too long ago, or a draft that nobody decided in time. */
  STATUSPAGE_APPROVAL_EXPIRED: z.strictObject({
    ...draftRef,
    of: z.enum(['decision', 'draft']),
    reason: text,
  }),
  /** Nobody decided yet, and more people were told. */
  STATUSPAGE_APPROVAL_ESCALATED: z.strictObject({ ...draftRef, stage: z.enum(ESCALATION_STAGES) }),
  /** Why somebody approved alone; comes before that approval in the chain. */
  BREAK_GLASS_USED: z.strictObject({
    ...draftRef,
    digest: sha256,
    reason: z.string().min(1).max(INTERNAL_TEXT_MAX),
    slackRequestSha256: sha256,
  }),
  STATUSPAGE_PUBLISH_REFUSED: z.strictObject({
    draftId: id,
    /** As the message said it; a forged one may name any number. */
    revision: z.int(),
    publicationId: id,
    reason: text,
    /** What differs from what was approved, in words without customer text. */
    difference: text.optional(),
    /** Recoverable: back to pending, approvals void. Integrity: failed, alarm. */
    kind: z.enum(['recoverable', 'integrity']),
  }),
  STATUSPAGE_PUBLISH_STARTED: z.strictObject({
    ...attemptRef,
    digest: sha256,
    /** After this instant the attempt must not send. */
    deadline: instant,
    pageBefore,
  }),
  STATUSPAGE_PUBLISH_NOT_EXECUTED: z.strictObject({
    ...attemptRef,
    reason: text,
    retryAt: instant,
    /** Set when nobody knows for sure: looks at the page that did not find it. */
    absentLooks: z.int().min(1).optional(),
  }),
  STATUSPAGE_PUBLISH_UNCONFIRMED: z.strictObject({
    ...attemptRef,
    reason: text,
    /** Number of times the page has been asked whether it shows the publication. */
    looks: z.int().min(0),
    /** When the page is asked next without anybody's doing; null: a person decides. */
    nextLookAt: instant.nullable().optional(),
    /** How often in a row the page could not be asked; those are no looks. */
    unasked: z.int().min(1).optional(),
    /** When the last of the looks is due if each can be made. */
    lookUntil: instant.optional(),
    /** What follows if no look finds it: another attempt by itself, or a person is asked. */
    ifAbsent: z.enum(['send_again', 'ask']).optional(),
  }),
  STATUSPAGE_PUBLISHED: z.strictObject({
    ...attemptRef,
    digest: sha256,
    statuspageIncidentId: id,
    link: z.string().max(2_000),
    /** SHA-256 hex of RFC 8785 of what the page says back. */
    pageDigest: sha256,
    /** Found on the page after an unknown outcome, rather than answered. */
    adopted: z.boolean(),
    /** Compact JWS, ES256, by publisher's own key. */
    publicationJws: z.string().max(8_000),
    /** Compact JWS, ES256, by publisher's own key: everything an outsider needs to check it. */
    receiptJws: z.string().max(60_000).optional(),
  }),
  STATUSPAGE_PUBLISH_FAILED: z.strictObject({
    ...attemptRef,
    reason: text,
    httpStatus: z.int().nullable(),
  }),
  /** The page shows something else than was published. Never put right by itself. */
  STATUSPAGE_DRIFT_FOUND: z.strictObject({
    statuspageIncidentId: id,
    kind: z.enum(DRIFT_KINDS),
    /** The publication that was edited or removed; null when nothing of ours is concerned. */
    publicationId: id.nullable(),
    /** The incident is gone from the page, not only an update of it; older versions never say. */
    whole: z.literal(true).optional(),
    /** In words, without the text on the page. */
    difference: text,
    link: z.string().max(2_000),
  }),
  /** The page shows an incident as open that is over here, and nothing on its way would end it. */
  STATUSPAGE_OBLIGATION_OPENED: z.strictObject({
    statuspageIncidentId: id,
    because: z.enum(OBLIGATION_CAUSES),
    link: z.string().max(2_000),
  }),
  STATUSPAGE_OBLIGATION_ESCALATED: z.strictObject({ stage: z.enum(OBLIGATION_STAGES) }),
  STATUSPAGE_OBLIGATION_SETTLED: z.strictObject({ how: z.enum(OBLIGATION_ENDS), reason: text }),
} as const;
