import {
  type ApprovalToken,
  approvalFactSha256,
  type PublicationToken,
} from '../../src/domain/approval-token.ts';
import type { Actor, AuditEvent, DetailsOf, EventType } from '../../src/domain/audit-event.ts';
import { draftDigest, pageRequestOf } from '../../src/domain/draft.ts';
import type { ApprovedEvent, StartedEvent } from '../../src/domain/gate-view.ts';
import { eventHash, GENESIS_HASH } from '../../src/domain/hash-chain.ts';
import { type DraftId, incidentIdOfAlertGroup, publicationIdOf } from '../../src/domain/ids.ts';
import type { PublishedEvent } from '../../src/domain/trail-authority.ts';

/** The incident of these stories. */
export const INCIDENT = incidentIdOfAlertGroup({
  source: 'grafana-oncall',
  group: 'G',
  episode: 1,
});
export const PERSON: Actor = { kind: 'slack_user', id: 'U0JONAS' };
const PUBLISHER: Actor = { kind: 'system', id: 'publisher' };

export type Fact = { type: EventType; details: unknown; actor?: Actor };

/** Chains facts in order, a second apart. */
export function chained(facts: readonly Fact[]): AuditEvent[] {
  let prevHash = GENESIS_HASH;
  return facts.map(({ type, details, actor = PUBLISHER }, index) => {
    const open = {
      v: 1 as const,
      incidentId: INCIDENT,
      seq: index + 1,
      type,
      at: new Date(Date.UTC(2026, 10, 20, 9, 0, index)).toISOString(),
      actor,
      commandId: `command-${index + 1}`,
      details,
      prevHash,
    };
    prevHash = eventHash(open);
    return { ...open, hash: prevHash } as AuditEvent;
  });
}

export const opened: Fact = {
  type: 'INCIDENT_OPENED',
  actor: { kind: 'alert_source', id: 'grafana-oncall' },
  details: {
    title: 'Checkout is slow',
    severity: 'P2',
    severityIsDefault: false,
    service: null,
    source: 'grafana-oncall',
    group: 'G',
    episode: 1,
    link: null,
    labels: {},
    previousIncidentId: null,
  } satisfies DetailsOf<'INCIDENT_OPENED'>,
};

export function severity(to: 'P1' | 'P3'): Fact {
  return { type: 'SEVERITY_CHANGED', actor: PERSON, details: { from: 'P2', to, reason: '' } };
}

/** A draft by name; the same name and revision give the same ids. */
export function draft(
  draftId: string,
  of: {
    revision?: number;
    basedOn?: string | null;
    /** What it adds to; `p1` is where `published()` puts things. @default `p1` if it is based on any */
    onPage?: string | null;
    replaces?: { statuspageIncidentId: string; removedSeq: number };
  } = {},
): Fact {
  const { revision = 1, basedOn = null } = of;
  const content = {
    title: 'Checkout is slow',
    text: `Text of ${draftId}, revision ${revision}.`,
    status: 'investigating' as const,
    impact: 'minor' as const,
    notify: false,
    components: {},
  };
  const { onPage = basedOn === null ? null : 'p1', replaces } = of;
  const request = pageRequestOf(content, { pageId: 'page0001', onPage });
  return {
    type: revision === 1 ? 'STATUSPAGE_DRAFT_CREATED' : 'STATUSPAGE_DRAFT_REVISED',
    actor: PERSON,
    details: {
      draftId,
      revision,
      action: 'create',
      request,
      basedOn,
      digest: draftDigest(request, basedOn),
      publicationId: publicationIdOf(draftId as DraftId, revision),
      authors: ['U0MAYA'],
      origin: 'words',
      ai: null,
      expiresAt: '2026-11-21T09:00:00.000Z',
      openPublicationId: null,
      ...(replaces ? { replaces } : {}),
    } satisfies DetailsOf<'STATUSPAGE_DRAFT_CREATED'>,
  };
}

function referenceOf(of: Fact) {
  const { draftId, revision, publicationId, digest } =
    of.details as DetailsOf<'STATUSPAGE_DRAFT_CREATED'>;
  return { draftId, revision, publicationId, digest };
}

export function approved(
  of: Fact,
  by: { id?: string; required?: number; expiresAt?: string } = {},
): Fact {
  return {
    type: 'STATUSPAGE_DRAFT_APPROVED',
    actor: { kind: 'slack_user', id: by.id ?? 'U0JONAS' },
    details: {
      ...referenceOf(of),
      action: 'create',
      severity: 'P2',
      approvalJws: 'jws',
      approverRoles: ['status-approver'],
      requiredApprovals: by.required ?? 1,
      policyIds: ['rule'],
      policyDigest: 'b'.repeat(64),
      slackRequestSha256: 'c'.repeat(64),
      expiresAt: by.expiresAt ?? '2026-11-20T09:30:00.000Z',
    } satisfies DetailsOf<'STATUSPAGE_DRAFT_APPROVED'>,
  };
}

function attemptOf(of: Fact, attempt: number) {
  const { digest: _digest, ...reference } = referenceOf(of);
  return { ...reference, attempt, attemptId: `attempt-${attempt}` };
}

export function started(of: Fact, attempt = 1): Fact {
  return {
    type: 'STATUSPAGE_PUBLISH_STARTED',
    details: {
      ...attemptOf(of, attempt),
      digest: referenceOf(of).digest,
      deadline: '2026-11-20T09:01:00.000Z',
      pageBefore: { statuspageIncidentId: null, updateIds: [] },
    } satisfies DetailsOf<'STATUSPAGE_PUBLISH_STARTED'>,
  };
}

export function published(of: Fact, attempt = 1): Fact {
  return {
    type: 'STATUSPAGE_PUBLISHED',
    details: {
      ...attemptOf(of, attempt),
      digest: referenceOf(of).digest,
      statuspageIncidentId: 'p1',
      link: 'https://status.example.com/p1',
      pageDigest: 'd'.repeat(64),
      adopted: false,
      publicationJws: 'jws',
    } satisfies DetailsOf<'STATUSPAGE_PUBLISHED'>,
  };
}

/** Another hand removed the incident from the page, or only an update of it, or put it back. */
export function drift(kind: 'removed' | 'returned', of: { whole?: true; id?: string } = {}): Fact {
  const { id = 'p1', whole } = of;
  return {
    type: 'STATUSPAGE_DRIFT_FOUND',
    details: {
      statuspageIncidentId: id,
      kind,
      publicationId: null,
      ...(whole ? { whole } : {}),
      difference: 'it is gone',
      link: '',
    } satisfies DetailsOf<'STATUSPAGE_DRIFT_FOUND'>,
  };
}

/** Any further event about a revision. */
export function about(of: Fact, type: EventType, more: object): Fact {
  const { draftId, revision } = referenceOf(of);
  return { type, actor: PERSON, details: { draftId, revision, ...more } };
}

export function notExecuted(of: Fact, attempt = 1): Fact {
  const details = {
    ...attemptOf(of, attempt),
    reason: 'busy',
    retryAt: '2026-11-20T09:02:00.000Z',
  };
  return { type: 'STATUSPAGE_PUBLISH_NOT_EXECUTED', details };
}

export function refused(of: Fact): Fact {
  const { digest: _digest, ...reference } = referenceOf(of);
  const details = { ...reference, reason: 'POLICY_CHANGED', kind: 'recoverable' };
  return { type: 'STATUSPAGE_PUBLISH_REFUSED', details };
}

/** The token that an honest incident-worker signs for this row. */
export function approvalToken(row: AuditEvent): ApprovalToken {
  const { details, incidentId, seq, prevHash, actor, commandId, at } = row as ApprovedEvent;
  return {
    deployment: 'test',
    pageId: 'page0001',
    incidentId,
    seq,
    prevHash,
    decision: 'approve',
    draftId: details.draftId,
    revision: details.revision,
    digest: details.digest,
    action: details.action,
    severity: details.severity,
    approver: `T0TEST:${actor.id}`,
    excludedAuthors: ['U0MAYA'],
    requiredApprovals: details.requiredApprovals,
    policyDigest: details.policyDigest,
    slackRequestSha256: details.slackRequestSha256,
    factSha256: approvalFactSha256(row as ApprovedEvent),
    iat: Date.parse(at) / 1000,
    exp: Date.parse(details.expiresAt) / 1000,
    jti: commandId,
  };
}

/** The token that an honest publisher signs for this row. */
export function publicationToken(row: AuditEvent): PublicationToken {
  const { details, incidentId, seq, prevHash, commandId, at } = row as PublishedEvent;
  const { publicationJws: _jws, link: _link, ...facts } = details;
  return {
    deployment: 'test',
    pageId: 'page0001',
    incidentId,
    seq,
    prevHash,
    ...facts,
    iat: Date.parse(at) / 1000,
    jti: commandId,
  };
}

export type { ApprovedEvent, PublishedEvent, StartedEvent };
