import {
  APPROVAL_TOKEN_TYPE,
  type ApprovalToken,
  approvalMismatch,
} from '../domain/approval-token.ts';
import { glassProblem } from '../domain/break-glass.ts';
import { changedComponents, componentChangeWords } from '../domain/card-seen.ts';
import { type Claim, claimWords, contradicted } from '../domain/claims.ts';
import { draftDigest } from '../domain/draft.ts';
import { baseProblem } from '../domain/draft-base.ts';
import { isEffectOf } from '../domain/effect.ts';
import {
  AutoPublishNotPermittedError,
  type PublishRefusal,
  VerificationError,
} from '../domain/errors.ts';
import type { ApprovedEvent, GateView } from '../domain/gate-view.ts';
import type { DraftStatus } from '../domain/incident-state.ts';
import { APPROVAL_MIN_REMAINING_S } from '../domain/limits.ts';
import { refusalWords } from '../domain/refusal-words.ts';
import { worse } from '../domain/severity.ts';
import type { PublicKeys } from './ports.ts';
import { verifyToken } from './signatures.ts';
import type { PageComponent } from './status-page.ts';

/** What this deployment is, for comparison with what approvals were signed for. */
export type DeploymentIdentity = {
  deployment: string;
  pageId: string;
  policyDigest: string;
  approvalKeyId: string;
  keys: PublicKeys;
};

/** Refusals that mean somebody tampered or forged; every other one may be approved again. */
const INTEGRITY: ReadonlySet<PublishRefusal> = new Set([
  'DRAFT_UNKNOWN',
  'DIGEST_MISMATCH',
  'APPROVAL_INVALID',
  'WRONG_DEPLOYMENT',
  'TRAIL_CORRUPT',
]);

/** Whether a refusal leaves the draft open for another approval. */
export function isRecoverable(refusal: PublishRefusal): boolean {
  return !INTEGRITY.has(refusal);
}

/** States in which no approval can help any more. */
const OVER: Partial<Record<DraftStatus, PublishRefusal>> = {
  superseded: 'DRAFT_SUPERSEDED',
  rejected: 'DRAFT_REJECTED',
  withdrawn: 'DRAFT_WITHDRAWN',
  expired: 'APPROVAL_EXPIRED',
};

/**
 * Every check between an approval and the status page, on one consistent view of the trail.
 *
 * Called again whenever the head moved before publishing could start. The order is the design:
 * what was approved, by whom, for how long, and whether the page is still where it was.
 *
 * @throws {AutoPublishNotPermittedError} the first check that failed
 * @throws whatever the key store throws when it cannot be read: an outage proves nothing
 */
export async function checkPublishable(
  view: GateView,
  of: { identity: DeploymentIdentity; nowMs: number },
): Promise<void> {
  const { details } = view.revision;
  if (draftDigest(details.request, details.basedOn) !== details.digest) {
    throw refuse('DIGEST_MISMATCH');
  }
  const over = OVER[view.status];
  if (over) throw refuse(over);
  if (!details.request.path.startsWith(`/pages/${of.identity.pageId}/`)) {
    throw refuse('WRONG_DEPLOYMENT');
  }
  if (view.status !== 'approved') {
    throw refuse('APPROVALS_MISSING');
  }
  // The trail's order decides: what ended the situation came before the place claimed now.
  if (view.outlived) throw refuse('SITUATION_CHANGED');
  // One person alone is enough in an emergency, whatever became of the other approvals.
  const alone = view.approvals.filter(({ details }) => details.breakGlass);
  const counted = alone.length > 0 ? alone : view.approvals;
  // Counted here as well: the state alone could come from events that nobody signed.
  const needed = Math.max(1, ...counted.map(({ details }) => details.requiredApprovals));
  if (counted.length < needed) throw refuse('APPROVALS_MISSING');
  for (const approval of counted) {
    await checkApproval(view, approval, of);
  }
  checkPlace(view);
}

async function checkApproval(
  view: GateView,
  approval: ApprovedEvent,
  of: { identity: DeploymentIdentity; nowMs: number },
): Promise<void> {
  const { identity, nowMs } = of;
  const { details } = view.revision;
  // Before the signature: whatever keeps the key from being read, an approval runs out in time.
  if (Date.parse(approval.details.expiresAt) - nowMs < APPROVAL_MIN_REMAINING_S * 1000) {
    throw refuse('APPROVAL_EXPIRED');
  }
  const token = await approvalToken(approval, identity);
  const mismatch = approvalMismatch(token, approval);
  if (mismatch) throw refuse('APPROVAL_INVALID');
  if (glassProblem(approval, token, view.breakGlass)) throw refuse('APPROVAL_INVALID');
  if (token.deployment !== identity.deployment || token.pageId !== identity.pageId) {
    throw refuse('WRONG_DEPLOYMENT');
  }
  if (token.digest !== details.digest || token.action !== details.action) {
    throw refuse('DIGEST_MISMATCH');
  }
  // The projection that phase one reads may have been edited; the trail may not.
  const { incidentCommander } = approval.details;
  const isCommander =
    incidentCommander === undefined || incidentCommander === view.icBefore.get(approval.seq);
  if (!isCommander) throw refuse('APPROVAL_INVALID');
  if (String(token.excludedAuthors) !== String(details.authors)) {
    throw refuse('APPROVAL_INVALID');
  }
  const { effect } = approval.details;
  // What the policy was asked about must be what would be sent.
  if (effect && !isEffectOf(effect, details.request)) throw refuse('APPROVAL_INVALID');
  if (token.policyDigest !== identity.policyDigest) {
    throw refuse('POLICY_CHANGED');
  }
  // The incident got worse since, and another rule may hold.
  if (worse(view.standing.worstSeverity, token.severity) !== token.severity) {
    throw refuse('POLICY_CHANGED');
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
    if (!(error instanceof VerificationError)) throw error;
    throw refuse('APPROVAL_INVALID', error);
  }
}

function checkPlace(view: GateView): void {
  const { request, basedOn, replaces } = view.revision.details;
  if (view.otherOpen !== null) {
    throw refuse('ANOTHER_PUBLICATION_OPEN');
  }
  if (request.method === 'POST' && view.lastPublication !== null && !replaces) {
    throw refuse('SECOND_CREATE');
  }
  // What the request follows is chosen by a projection: the trail must say the same.
  const problem = baseProblem({ request, basedOn, replaces }, view.standing.page);
  if (problem) throw refuse(problem);
}

/**
 * Which components the page shows in another state than whoever approved read, in words. An approval
 * of an older version read nothing, and of what the page does not tell nothing is known.
 */
export function componentsChanged(
  { approvals }: GateView,
  shown: readonly PageComponent[],
): string | undefined {
  const now = Object.fromEntries(shown.map(({ id, state }) => [id, state]));
  const nameOf = nameIn(shown);
  for (const { details } of approvals) {
    const changes = changedComponents(details.componentsSeen ?? {}, now);
    if (changes.length > 0) return componentChangeWords(changes, nameOf);
  }
  return undefined;
}

/**
 * Which components it would show better than another unresolved incident of ours says on the page,
 * in words, unless a person overrode that very claim in words that were approved with the text.
 */
export function componentsClaimed(
  { revision }: GateView,
  of: { claims: readonly Claim[]; shown: readonly PageComponent[] },
): string | undefined {
  const { incidentId, details } = revision;
  const others = of.claims.filter((claim) => claim.incidentId !== incidentId);
  const { overrides, request } = details;
  const found = contradicted(request.body.incident.components, { claims: others, overrides });
  const nameOf = nameIn(of.shown);
  return found.length > 0 ? claimWords(found, nameOf) : undefined;
}

/** A component that the page does not list keeps its id. */
function nameIn(shown: readonly PageComponent[]): (id: string) => string {
  const names = new Map(shown.map(({ id, name }) => [id, name]));
  return (id) => names.get(id) ?? id;
}

function refuse(code: PublishRefusal, cause?: unknown): AutoPublishNotPermittedError {
  return new AutoPublishNotPermittedError({
    code,
    message: `cannot publish draft: ${refusalWords(code)}`,
    retryable: false,
    cause,
  });
}
