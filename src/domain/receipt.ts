import { z } from 'zod';
import { jwsPayload } from './compact-jws.ts';
import type { ApprovedEvent, BreakGlassEvent, GateView, StartedEvent } from './gate-view.ts';
import { SEVERITIES } from './severity.ts';
import { DRAFT_ACTIONS, PAGE_REQUEST_SCHEMA } from './statuspage-event-details.ts';

/** `typ` of a receipt's JWS. */
export const RECEIPT_TOKEN_TYPE = 'incident-response-receipt+jwt';

const sha256 = z.string().regex(/^[0-9a-f]{64}$/);
const instant = z.iso.datetime({ precision: 3 });
const id = z.string().min(1).max(300);
const seq = z.int().min(1);
const place = z.strictObject({ seq, hash: sha256 });

const approval = z.strictObject({
  /** `<workspace>:<user>` */
  approver: id,
  roles: z.array(z.string().max(80)).max(20),
  policyIds: z.array(z.string().max(200)).max(50),
  /** The rule in words; null when the trail does not hold them, or there was no room. */
  rule: z.string().max(3_000).nullable(),
  policyDigest: sha256,
  severity: z.enum(SEVERITIES),
  at: instant,
  expiresAt: instant,
  /** The approval's own place in the chain. */
  seq,
  hash: sha256,
  /** The approval's own signature, by another key; null when there was no room. */
  approvalJws: z.string().max(8_000).nullable(),
  /** This person approved alone: why, and where the trail says so. Null: by the ordinary rule. */
  breakGlass: z.strictObject({ reason: z.string().max(3_000), place: place.nullable() }).nullable(),
});

/**
 * What a receipt signs: one publication, whole. A closed type: an unknown or missing field makes a
 * receipt unreadable. Instants are RFC 3339 UTC with milliseconds; people are chat ids, never names
 * or addresses.
 */
export const RECEIPT_SCHEMA = z.strictObject({
  v: z.literal(1),
  deployment: id,
  pageId: id,
  incidentId: id,
  publicationId: id,
  draftId: id,
  revision: z.int().min(1),
  action: z.enum(DRAFT_ACTIONS),
  attempt: z.int().min(1),
  attemptId: id,
  /** Found on the page after an unknown outcome, rather than answered. */
  adopted: z.boolean(),
  statuspageIncidentId: id,
  link: z.string().max(2_000),
  /** Exactly what was sent, but for `metadata`. */
  request: PAGE_REQUEST_SCHEMA,
  /** The publication it followed. */
  basedOn: id.nullable(),
  /** SHA-256 of RFC 8785 of `{method, path, body, basedOn}`: what was approved. */
  digest: sha256,
  /** SHA-256 of RFC 8785 of what the page said back. */
  pageDigest: sha256,
  drafted: z.strictObject({
    at: instant,
    /** Everyone who requested, wrote or edited this revision. */
    authors: z.array(id).max(50),
    origin: z.enum(['words', 'proposal', 'template']),
    /** The model behind this or an earlier revision; null: none was used. */
    ai: z.strictObject({ modelId: id, promptVersion: id, revision: z.int().min(1) }).nullable(),
    /** A person changed the text after the model proposed it. */
    editedAfterAi: z.boolean(),
  }),
  approvals: z.array(approval).min(1).max(10),
  startedAt: instant,
  publishedAt: instant,
  /** Places in the audit trail of `incidentId`. */
  chain: z.strictObject({
    revision: place,
    started: place,
    published: z.strictObject({ seq, prevHash: sha256 }),
  }),
  /** Epoch seconds. */
  iat: z.int(),
  jti: id,
});
export type Receipt = z.infer<typeof RECEIPT_SCHEMA>;
type ReceiptApproval = Receipt['approvals'][number];

/** What is known of a publication at the moment it goes on record. */
export type PublicationOnRecord = {
  view: GateView;
  started: StartedEvent;
  deployment: string;
  pageId: string;
  page: { statuspageIncidentId: string; link: string; pageDigest: string; adopted: boolean };
  next: { seq: number; prevHash: string; at: string };
};

/**
 * The receipt of a publication.
 * @param of.short - without the parts that the trail holds too: rules in words, approvals' JWS
 */
export function receiptOf(of: PublicationOnRecord & { short?: boolean }): Receipt {
  const { view, started, next, page } = of;
  const { details, incidentId } = view.revision;
  const { draftId, revision, publicationId, action, request, basedOn, digest } = details;
  const { attempt, attemptId } = started.details;
  return {
    v: 1,
    deployment: of.deployment,
    pageId: of.pageId,
    incidentId,
    publicationId,
    draftId,
    revision,
    action,
    attempt,
    attemptId,
    adopted: page.adopted,
    statuspageIncidentId: page.statuspageIncidentId,
    link: page.link,
    request,
    basedOn,
    digest,
    pageDigest: page.pageDigest,
    drafted: draftedBy(view),
    approvals: approvalsBehind(view, started, of.short === true),
    startedAt: started.at,
    publishedAt: next.at,
    chain: {
      revision: { seq: view.revision.seq, hash: view.revision.hash },
      started: { seq: started.seq, hash: started.hash },
      published: { seq: next.seq, prevHash: next.prevHash },
    },
    iat: Math.floor(Date.parse(next.at) / 1000),
    jti: `${publicationId}#${attempt}#receipt`,
  };
}

/** An attempt may be found on the page after its approvals, and their reasons, became void. */
function approvalsBehind(view: GateView, started: StartedEvent, short: boolean): ReceiptApproval[] {
  const known = view.attempt?.started.seq === started.seq ? view.attempt : view;
  return known.approvals.map((event) => approvalOf(event, known.breakGlass, short));
}

function draftedBy({ revision: { details, at } }: GateView): Receipt['drafted'] {
  const { authors, origin, ai, aiBefore, revision } = details;
  return {
    at,
    authors,
    origin,
    ai: ai
      ? { modelId: ai.modelId, promptVersion: ai.promptVersion, revision }
      : (aiBefore ?? null),
    editedAfterAi: !ai && aiBefore !== undefined,
  };
}

function approvalOf(
  event: ApprovedEvent,
  breakGlass: readonly BreakGlassEvent[],
  short: boolean,
): ReceiptApproval {
  const { details, at, seq: number, hash } = event;
  const alone = details.breakGlass
    ? breakGlass.findLast((used) => used.seq < number && used.actor.id === event.actor.id)
    : undefined;
  return {
    approver: approverOf(event),
    roles: details.approverRoles,
    policyIds: details.policyIds,
    rule: short ? null : (details.rule ?? null),
    policyDigest: details.policyDigest,
    severity: details.severity,
    at,
    expiresAt: details.expiresAt,
    seq: number,
    hash,
    approvalJws: short ? null : details.approvalJws,
    breakGlass: details.breakGlass
      ? {
          reason: alone?.details.reason ?? '',
          place: alone ? { seq: alone.seq, hash: alone.hash } : null,
        }
      : null,
  };
}

/** The workspace stands in the approval's signature only, which the gate verified before. */
function approverOf(event: ApprovedEvent): string {
  const claims = jwsPayload(event.details.approvalJws) as { approver?: unknown } | undefined;
  const named = String(claims?.approver);
  return named.endsWith(`:${event.actor.id}`) ? named : event.actor.id;
}

/** What a receipt's JWS says, without proof: for showing. Undefined when it is not a receipt. */
export function readReceipt(jws: string): Receipt | undefined {
  return RECEIPT_SCHEMA.safeParse(jwsPayload(jws)).data;
}

/** What a receipt's file is called. */
export function receiptFileName(publicationId: string): string {
  return `receipt-${publicationId.replace(/[^\w-]/g, '')}.txt`;
}
