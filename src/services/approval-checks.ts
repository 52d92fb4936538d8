import {
  APPROVAL_TOKEN_TYPE,
  type ApprovalToken,
  approvalMismatch,
} from '../domain/approval-token.ts';
import { draftDigest } from '../domain/draft.ts';
import { AutoPublishNotPermittedError, type PublishRefusal } from '../domain/errors.ts';
import type { ApprovedEvent, GateView } from '../domain/gate-view.ts';
import { APPROVAL_MIN_REMAINING_S } from '../domain/limits.ts';
import type { PublicKeys } from './ports.ts';
import { verifyToken } from './signatures.ts';

/** What this deployment is, for comparison with what approvals were signed for. */
export type DeploymentIdentity = {
  deployment: string;
  pageId: string;
  policyDigest: string;
  approvalKeyId: string;
  keys: PublicKeys;
};

/** Refusals after which the same text may be approved again. */
const RECOVERABLE: ReadonlySet<PublishRefusal> = new Set([
  'APPROVALS_MISSING',
  'APPROVAL_EXPIRED',
  'POLICY_CHANGED',
  'BASE_MOVED',
  'SECOND_CREATE',
  'ANOTHER_PUBLICATION_OPEN',
  'DRAFT_SUPERSEDED',
  'DRAFT_REJECTED',
  'DRAFT_WITHDRAWN',
]);

/** Whether a refusal leaves the draft open for another approval. */
export function isRecoverable(refusal: PublishRefusal): boolean {
  return RECOVERABLE.has(refusal);
}

/**
 * Every check between an approval and the status page, on one consistent view of the trail.
 *
 * Called again whenever the head moved before publishing could start. The order is the design:
 * what was approved, by whom, for how long, and whether the page is still where it was.
 *
 * @throws {AutoPublishNotPermittedError} the first check that failed
 */
export async function checkPublishable(
  view: GateView,
  of: { identity: DeploymentIdentity; nowMs: number },
): Promise<void> {
  const { revision } = view;
  const digest = draftDigest(revision.details.request, revision.details.basedOn);
  if (digest !== revision.details.digest) {
    throw refuse('DIGEST_MISMATCH', 'the text is not the one its digest names');
  }
  checkNotEnded(view);
  if (!revision.details.request.path.startsWith(`/pages/${of.identity.pageId}/`)) {
    throw refuse('WRONG_DEPLOYMENT', 'the draft is for another status page');
  }
  const required = Math.max(1, ...view.approvals.map((a) => a.details.requiredApprovals));
  if (view.approvals.length < required) {
    throw refuse(
      'APPROVALS_MISSING',
      `expected ${required} approval(s), got ${view.approvals.length}`,
    );
  }
  for (const approval of view.approvals) await checkApproval(view, approval, of);
  checkPlace(view);
}

function checkNotEnded(view: GateView): void {
  switch (view.ended) {
    case 'superseded':
      throw refuse('DRAFT_SUPERSEDED', 'a newer revision replaced it');
    case 'rejected':
      throw refuse('DRAFT_REJECTED', 'it was rejected');
    case 'withdrawn':
      throw refuse('DRAFT_WITHDRAWN', 'it was withdrawn');
    case 'expired':
    case 'failed':
    case 'published':
      throw refuse('DRAFT_UNKNOWN', `it is already ${view.ended}`);
    case null:
  }
}

async function checkApproval(
  view: GateView,
  approval: ApprovedEvent,
  of: { identity: DeploymentIdentity; nowMs: number },
): Promise<void> {
  const { identity, nowMs } = of;
  const { details } = view.revision;
  const token = await approvalToken(approval, identity);
  const mismatch = approvalMismatch(token, approval);
  if (mismatch) throw refuse('APPROVAL_INVALID', `its signature covers another ${mismatch}`);
  if (token.deployment !== identity.deployment || token.pageId !== identity.pageId) {
    throw refuse('WRONG_DEPLOYMENT', 'the approval was given for another deployment or page');
  }
  if (token.digest !== details.digest || token.action !== details.action) {
    throw refuse('DIGEST_MISMATCH', 'the approval covers another text');
  }
  if (token.policyDigest !== identity.policyDigest) {
    throw refuse('POLICY_CHANGED', 'the approval policy has changed since');
  }
  if (token.exp * 1000 - nowMs < APPROVAL_MIN_REMAINING_S * 1000) {
    throw refuse('APPROVAL_EXPIRED', 'the approval is no longer valid for long enough');
  }
}

async function approvalToken(
  approval: ApprovedEvent,
  identity: DeploymentIdentity,
): Promise<ApprovalToken> {
  try {
    return await verifyToken<ApprovalToken>(approval.details.approvalJws, {
      typ: APPROVAL_TOKEN_TYPE,
      keyId: identity.approvalKeyId,
      keys: identity.keys,
    });
  } catch (error) {
    if ((error as { retryable?: boolean }).retryable) throw error;
    throw refuse('APPROVAL_INVALID', 'its signature does not verify', error);
  }
}

function checkPlace(view: GateView): void {
  const { action, basedOn } = view.revision.details;
  if (view.otherOpen !== null) {
    throw refuse('ANOTHER_PUBLICATION_OPEN', 'another publication of this incident has not ended');
  }
  if (view.lastPublication !== basedOn) {
    throw action === 'create'
      ? refuse('SECOND_CREATE', 'the incident is already on the page')
      : refuse('BASE_MOVED', 'something else was published since it was written');
  }
}

function refuse(
  code: PublishRefusal,
  what: string,
  cause?: unknown,
): AutoPublishNotPermittedError {
  return new AutoPublishNotPermittedError({
    code,
    message: `cannot publish draft: ${what}`,
    retryable: false,
    cause,
  });
}
