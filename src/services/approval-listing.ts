import type { AuditEvent } from '../domain/audit-event.ts';
import { isRevision } from '../domain/gate-view.ts';
import { type AuditFilter, type AuditListingDeps, chainOf, findEvents } from './audit-listing.ts';

type Approved = Extract<AuditEvent, { type: 'STATUSPAGE_DRAFT_APPROVED' }>;

/** One approval and what became of the text it was given for. */
export type ListedApproval = {
  at: string;
  incidentId: string;
  seq: number;
  draftId: string;
  revision: number;
  approver: string;
  roles: string[];
  /** Ids of the policies that allowed it. */
  rules: string[];
  policyDigest: string;
  /** Of the whole request that was approved. */
  digest: string;
  title: string;
  text: string;
  severity: string;
  authors: string[];
  requiredApprovals: number;
  /** Given alone in an emergency; `breakGlassReason` says why. */
  breakGlass: boolean;
  breakGlassReason: string | null;
  expiresAt: string;
  /** `published`, `failed`, `refused`, `unconfirmed`, `publishing`, `rejected`, … or `waiting`. */
  outcome: string;
  publishedAt: string | null;
  link: string | null;
};

/** Every approval within the filter, oldest first, with the publication it led to. */
export async function listApprovals(
  deps: AuditListingDeps,
  filter: AuditFilter,
): Promise<ListedApproval[]> {
  const approvals = await findEvents(deps, { ...filter, type: 'STATUSPAGE_DRAFT_APPROVED' });
  const chains = new Map<string, AuditEvent[]>();
  const listed: ListedApproval[] = [];
  for (const approval of approvals) {
    if (approval.type !== 'STATUSPAGE_DRAFT_APPROVED') continue;
    const { incidentId } = approval;
    const chain = chains.get(incidentId) ?? (await chainOf(deps, incidentId)).events;
    chains.set(incidentId, chain);
    listed.push(listedApproval(approval, chain));
  }
  return listed;
}

function listedApproval(approval: Approved, chain: readonly AuditEvent[]): ListedApproval {
  const { details, actor } = approval;
  const own = chain.filter(
    (event) =>
      'draftId' in event.details &&
      event.details.draftId === details.draftId &&
      event.details.revision === details.revision,
  );
  const revision = own.find(isRevision);
  const isSuperseded = chain.some(
    (event) =>
      isRevision(event) &&
      event.details.draftId === details.draftId &&
      event.details.revision > details.revision,
  );
  const published = own.find((event) => event.type === 'STATUSPAGE_PUBLISHED');
  return {
    at: approval.at,
    incidentId: approval.incidentId,
    seq: approval.seq,
    draftId: details.draftId,
    revision: details.revision,
    approver: actor.id,
    roles: details.approverRoles,
    rules: details.policyIds,
    policyDigest: details.policyDigest,
    digest: details.digest,
    title: revision?.details.request.body.incident.name ?? '',
    text: revision?.details.request.body.incident.body ?? '',
    severity: details.severity,
    authors: revision?.details.authors ?? [],
    requiredApprovals: details.requiredApprovals,
    breakGlass: details.breakGlass === true,
    breakGlassReason: reasonOf(approval, own),
    expiresAt: details.expiresAt,
    outcome: outcomeOf(
      own.filter((event) => event.seq > approval.seq),
      isSuperseded,
    ),
    publishedAt: published?.at ?? null,
    link: published?.details.link ?? null,
  };
}

function reasonOf({ details }: Approved, own: readonly AuditEvent[]): string | null {
  if (!details.breakGlass) return null;
  const glass = own.find(
    (event) =>
      event.type === 'BREAK_GLASS_USED' &&
      event.details.slackRequestSha256 === details.slackRequestSha256,
  );
  return glass?.type === 'BREAK_GLASS_USED' ? glass.details.reason : null;
}

const OUTCOMES: Partial<Record<AuditEvent['type'], string>> = {
  STATUSPAGE_PUBLISHED: 'published',
  STATUSPAGE_PUBLISH_FAILED: 'failed',
  STATUSPAGE_PUBLISH_REFUSED: 'refused',
  STATUSPAGE_PUBLISH_UNCONFIRMED: 'unconfirmed',
  STATUSPAGE_PUBLISH_NOT_EXECUTED: 'not executed yet',
  STATUSPAGE_PUBLISH_STARTED: 'publishing',
  STATUSPAGE_APPROVAL_REJECTED: 'rejected',
  STATUSPAGE_DRAFT_WITHDRAWN: 'withdrawn',
};

/** The newest of the events that decide it; a stray refusal never hides a publication. */
function outcomeOf(later: readonly AuditEvent[], isSuperseded: boolean): string {
  if (later.some((event) => event.type === 'STATUSPAGE_PUBLISHED')) return 'published';
  if (isSuperseded) return 'superseded';
  const last = later.findLast((event) => OUTCOMES[event.type] !== undefined);
  return (last && OUTCOMES[last.type]) ?? 'waiting';
}
