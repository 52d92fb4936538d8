import type { AuditEvent } from './audit-event.ts';
import { canonicalSha256Hex } from './ids.ts';
import type { Severity } from './severity.ts';
import { withoutCheckpoint } from './standing.ts';
import type { DraftAction } from './statuspage-event-details.ts';
import { wellFormedJson } from './well-formed.ts';

/** `typ` of an approval's JWS, so that it can never pass for another kind of signature. */
export const APPROVAL_TOKEN_TYPE = 'incident-response-approval+jwt';
/** `typ` of a publication's JWS. */
export const PUBLICATION_TOKEN_TYPE = 'incident-response-publication+jwt';

/** What an approval signs: who, what exactly, under which rule, and its own place in the chain. */
export type ApprovalToken = {
  deployment: string;
  pageId: string;
  incidentId: string;
  seq: number;
  prevHash: string;
  decision: 'approve';
  draftId: string;
  revision: number;
  digest: string;
  action: DraftAction;
  severity: Severity;
  /** `<workspace>:<user>` */
  approver: string;
  excludedAuthors: string[];
  requiredApprovals: number;
  policyDigest: string;
  slackRequestSha256: string;
  /** Everything else in the event it stands in (`approvalFactSha256`); the oldest tokens lack it. */
  factSha256?: string;
  /** Given alone in an emergency; `BREAK_GLASS_USED` of the same click says why. */
  breakGlass?: true;
  /** SHA-256 hex of that reason. */
  breakGlassReasonSha256?: string;
  /** Epoch seconds. */
  iat: number;
  exp: number;
  jti: string;
};

/** What a publication signs. */
export type PublicationToken = {
  deployment: string;
  pageId: string;
  incidentId: string;
  seq: number;
  prevHash: string;
  publicationId: string;
  draftId: string;
  revision: number;
  digest: string;
  attempt: number;
  attemptId: string;
  statuspageIncidentId: string;
  pageDigest: string;
  adopted: boolean;
  iat: number;
  jti: string;
};

type Approved = Extract<AuditEvent, { type: 'STATUSPAGE_DRAFT_APPROVED' }>;
type Published = Extract<AuditEvent, { type: 'STATUSPAGE_PUBLISHED' }>;

/**
 * Compares a verified approval token with the row it stands in.
 * @returns the first field that disagrees, or undefined
 */
export function approvalMismatch(token: ApprovalToken, row: Approved): string | undefined {
  const { details } = row;
  const expected: Record<string, unknown> = {
    incidentId: row.incidentId,
    seq: row.seq,
    prevHash: row.prevHash,
    decision: 'approve',
    draftId: details.draftId,
    revision: details.revision,
    digest: details.digest,
    action: details.action,
    severity: details.severity,
    requiredApprovals: details.requiredApprovals,
    policyDigest: details.policyDigest,
    slackRequestSha256: details.slackRequestSha256,
    // Nobody can take it out of a token that was signed with it.
    ...(token.factSha256 === undefined ? {} : { factSha256: approvalFactSha256(row) }),
    breakGlass: details.breakGlass,
    exp: Math.floor(Date.parse(details.expiresAt) / 1000),
    jti: row.commandId,
  };
  const user = String(token.approver).split(':').at(-1);
  if (row.actor.kind !== 'slack_user' || user !== row.actor.id) return 'approver';
  return firstDifference(token, expected);
}

/**
 * Binds an approval's event whole, also where it is the newest and nothing after it repeats its hash.
 *
 * @returns lower-case hex SHA-256 of RFC 8785 of `{at, actor, details}`, details without the signature
 */
export function approvalFactSha256(
  event: Pick<Approved, 'at' | 'actor'> & { details: Partial<Approved['details']> },
): string {
  // A checkpoint is added to the event after this was signed; it repeats what the chain says anyway.
  const { approvalJws: _jws, ...rest } = event.details;
  const details = withoutCheckpoint(rest);
  return canonicalSha256Hex(wellFormedJson({ at: event.at, actor: event.actor, details }));
}

/** As `approvalMismatch`, for a publication. */
export function publicationMismatch(token: PublicationToken, row: Published): string | undefined {
  const { publicationJws: _jws, receiptJws: _receipt, link: _link, ...rest } = row.details;
  return firstDifference(token, {
    incidentId: row.incidentId,
    seq: row.seq,
    prevHash: row.prevHash,
    ...withoutCheckpoint(rest),
    jti: row.commandId,
  });
}

function firstDifference(token: object, expected: Record<string, unknown>): string | undefined {
  const given = token as Record<string, unknown>;
  return Object.keys(expected).find((name) => given[name] !== expected[name]);
}
