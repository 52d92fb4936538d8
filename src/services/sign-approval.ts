import { APPROVAL_TOKEN_TYPE, approvalFactSha256 } from '../domain/approval-token.ts';
import type { Actor, DetailsOf } from '../domain/audit-event.ts';
import { effectOf } from '../domain/effect.ts';
import { sha256Hex } from '../domain/ids.ts';
import type { BrokenGlass } from '../domain/incident-state.ts';
import { INTERNAL_TEXT_MAX } from '../domain/limits.ts';
import type { ComponentState } from '../domain/statuspage-event-details.ts';
import type { ApprovalPolicy, PolicyAnswer } from './approval-policy.ts';
import type { Case, Who } from './decision-rules.ts';
import type { NextPlace } from './incident-record.ts';
import type { Signer } from './ports.ts';
import { signToken } from './signatures.ts';

/**
 * One approval, signed over what was approved, by whom, under which rule and at which place of the
 * chain.
 *
 * @param of.answer - what the policy said, which allowed it
 * @param of.commandId - of the event it will stand in
 * @param of.notCounted - whose earlier approvals do not count any more
 * @param of.glass - set when one person approves alone: their reason, which is signed as well
 */
export async function signApproval(
  deps: {
    signer: Signer;
    policy: ApprovalPolicy;
    deployment: string;
    pageId: string;
    teamId: string;
  },
  of: {
    case: Case;
    next: NextPlace;
    answer: Extract<PolicyAnswer, { allowed: true }>;
    commandId: string;
    notCounted?: string[];
    glass: BrokenGlass | undefined;
    /** What the approver read of the components that the text names; undefined: it names none. */
    componentsSeen?: Readonly<Record<string, ComponentState>> | undefined;
  },
): Promise<DetailsOf<'STATUSPAGE_DRAFT_APPROVED'>> {
  const { answer, next, glass, componentsSeen } = of;
  const { state, incident, who, request, around } = of.case;
  const iat = Math.floor(Date.parse(next.at) / 1000);
  const exp = iat + answer.validForS;
  const shared = {
    draftId: state.draftId,
    revision: state.revision,
    digest: state.digest,
    action: state.action,
    severity: incident.worstSeverity,
    requiredApprovals: glass ? 1 : answer.requiredApprovals,
    policyDigest: deps.policy.digest,
    slackRequestSha256: request.requestSha256,
    ...(glass ? { breakGlass: true as const } : {}),
  };
  const facts = {
    ...shared,
    publicationId: state.publicationId,
    approverRoles: who.roles,
    policyIds: answer.policyIds,
    rule: answer.rule.slice(0, INTERNAL_TEXT_MAX),
    expiresAt: new Date(exp * 1000).toISOString(),
    incidentCommander: incident.ic,
    ...(componentsSeen ? { componentsSeen } : {}),
    ...(of.notCounted?.length ? { notCounted: of.notCounted } : {}),
    effect: effectOf(state.request, around, incident.worstSeverity),
  };
  const approvalJws = await signToken(deps.signer, APPROVAL_TOKEN_TYPE, {
    deployment: deps.deployment,
    pageId: deps.pageId,
    incidentId: incident.incidentId,
    seq: next.seq,
    prevHash: next.prevHash,
    decision: 'approve',
    ...shared,
    ...(glass ? { breakGlassReasonSha256: glass.reasonSha256 ?? sha256Hex(glass.reason) } : {}),
    approver: `${deps.teamId}:${who.person.id}`,
    excludedAuthors: state.authors,
    iat,
    exp,
    jti: of.commandId,
    factSha256: approvalFactSha256({ at: next.at, actor: actorOf(who), details: facts }),
  });
  return { ...facts, approvalJws };
}

/** The person as the event names them. */
export function actorOf({ person, roles }: Who): Actor {
  return { kind: 'slack_user', id: person.id, roles };
}
