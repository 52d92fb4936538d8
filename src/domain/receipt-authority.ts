import type { AuditEvent } from './audit-event.ts';
import { jwsPayload } from './compact-jws.ts';
import { canonicalSha256Hex } from './ids.ts';
import { revisionOf, sameRevision } from './publication-replay.ts';
import { RECEIPT_SCHEMA, type Receipt } from './receipt.ts';
import type { PublishedEvent } from './trail-authority.ts';

type Of<T extends AuditEvent['type']> = Extract<AuditEvent, { type: T }>;

/**
 * Why a receipt whose signature was verified does not belong to its row: compares every word of it
 * with the events before. An independent reading on purpose: verification MUST NOT share the code
 * that made what it checks.
 *
 * @param claims - of the receipt's JWS
 * @param before - every event before the publication, in order, from the first
 */
export function receiptProblem(
  event: PublishedEvent,
  claims: unknown,
  before: readonly AuditEvent[],
): string | undefined {
  const receipt = RECEIPT_SCHEMA.safeParse(claims).data;
  if (!receipt) return 'its receipt is not readable';
  const expected = expectedOf(event, receipt, before);
  if (typeof expected === 'string') return `its receipt ${expected}`;
  const different = Object.keys(receipt).find(
    (name) =>
      canonicalSha256Hex(receipt[name as keyof Receipt]) !==
      canonicalSha256Hex(expected[name as keyof Receipt]),
  );
  return different && `its receipt says another ${different}`;
}

/** The receipt as the trail tells it, or what the trail does not tell. */
function expectedOf(
  event: PublishedEvent,
  receipt: Receipt,
  before: readonly AuditEvent[],
): Receipt | string {
  const { details } = event;
  const revision = revisionOf(details, before);
  const started = before.findLast(
    (earlier): earlier is Of<'STATUSPAGE_PUBLISH_STARTED'> =>
      earlier.type === 'STATUSPAGE_PUBLISH_STARTED' &&
      earlier.details.attemptId === details.attemptId,
  );
  if (!revision || !started) return 'is of a publication that did not start';
  const { draftId, action, request, basedOn, digest, publicationId } = revision.details;
  const own = jwsPayload(details.publicationJws) as Record<string, unknown> | undefined;
  return {
    v: 1,
    // The publication's own signature names these two, and was verified.
    deployment: String(own?.deployment),
    pageId: String(own?.pageId),
    incidentId: event.incidentId,
    publicationId,
    draftId,
    revision: revision.details.revision,
    action,
    attempt: details.attempt,
    attemptId: details.attemptId,
    adopted: details.adopted,
    statuspageIncidentId: details.statuspageIncidentId,
    link: details.link,
    request,
    basedOn,
    digest,
    pageDigest: details.pageDigest,
    drafted: expectedDrafting(revision),
    approvals: standing(before, started).map((approval) =>
      expectedApproval(approval, before, receipt),
    ),
    startedAt: started.at,
    publishedAt: event.at,
    chain: {
      revision: { seq: revision.seq, hash: revision.hash },
      started: { seq: started.seq, hash: started.hash },
      published: { seq: event.seq, prevHash: event.prevHash },
    },
    iat: Math.floor(Date.parse(event.at) / 1000),
    jti: `${details.publicationId}#${details.attempt}#receipt`,
  };
}

function expectedDrafting({
  at,
  details,
}: Of<'STATUSPAGE_DRAFT_CREATED' | 'STATUSPAGE_DRAFT_REVISED'>): Receipt['drafted'] {
  const { authors, origin, ai, aiBefore, revision } = details;
  const now = ai && { modelId: ai.modelId, promptVersion: ai.promptVersion, revision };
  return {
    at,
    authors,
    origin,
    ai: now ?? aiBefore ?? null,
    editedAfterAi: now === null && aiBefore !== undefined,
  };
}

/** The newest approval of each person, none before the last refusal, when the attempt started. */
function standing(
  before: readonly AuditEvent[],
  started: Of<'STATUSPAGE_PUBLISH_STARTED'>,
): Of<'STATUSPAGE_DRAFT_APPROVED'>[] {
  const byPerson = new Map<string, Of<'STATUSPAGE_DRAFT_APPROVED'>>();
  for (const event of before) {
    if (event.seq >= started.seq) break;
    if (!('draftId' in event.details)) continue;
    if (!sameRevision(event.details as { draftId: string; revision: number }, started.details)) {
      continue;
    }
    if (event.type === 'STATUSPAGE_PUBLISH_REFUSED') byPerson.clear();
    if (event.type !== 'STATUSPAGE_DRAFT_APPROVED') continue;
    byPerson.delete(event.actor.id);
    byPerson.set(event.actor.id, event);
  }
  return [...byPerson.values()];
}

function expectedApproval(
  event: Of<'STATUSPAGE_DRAFT_APPROVED'>,
  before: readonly AuditEvent[],
  receipt: Receipt,
): Receipt['approvals'][number] {
  const { details, seq, hash, at, actor } = event;
  const given = receipt.approvals.find((each) => each.seq === seq);
  const claims = jwsPayload(details.approvalJws) as Record<string, unknown> | undefined;
  // Left out when there was no room; the trail has them.
  const short = given?.approvalJws === null && given.rule === null;
  const alone = before.findLast(
    (earlier): earlier is Of<'BREAK_GLASS_USED'> =>
      earlier.type === 'BREAK_GLASS_USED' &&
      earlier.seq < seq &&
      earlier.actor.id === actor.id &&
      sameRevision(earlier.details, details),
  );
  return {
    approver: String(claims?.approver),
    roles: details.approverRoles,
    policyIds: details.policyIds,
    rule: short ? null : (details.rule ?? null),
    policyDigest: details.policyDigest,
    severity: details.severity,
    at,
    expiresAt: details.expiresAt,
    seq,
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
