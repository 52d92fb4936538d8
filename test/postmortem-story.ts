import type { Actor, DetailsOf, EventType } from '../src/domain/audit-event.ts';

export const MAYA: Actor = { kind: 'slack_user', id: 'U0MAYA' };
export const PRIYA: Actor = { kind: 'slack_user', id: 'U0PRIYA' };
const WORKER: Actor = { kind: 'system', id: 'incident-worker' };
const SHA = 'a'.repeat(64);

export type Fact = {
  [T in EventType]: { type: T; details: DetailsOf<T>; actor: Actor };
}[EventType];

export const FIRST_WORDS = 'Some payments fail.\nWe are looking for the *cause*.';
export const LAST_WORDS = 'Payments work again. We are sorry.';

type Status = 'investigating' | 'resolved';

/** One text on its way to the page: written, approved, sent, published. */
export function published(of: { id: string; status: Status; body: string; alone?: true }): Fact[] {
  const { id, status, alone } = of;
  const ref = { draftId: `drf-${id}`, revision: 1, publicationId: `pub-${id}` };
  const attempt = { ...ref, attempt: 1, attemptId: `attempt-${id}` };
  return [
    drafted(of),
    {
      type: 'STATUSPAGE_DRAFT_APPROVED',
      actor: PRIYA,
      details: {
        ...ref,
        digest: SHA,
        action: status === 'resolved' ? 'resolve' : 'create',
        severity: 'P1',
        approvalJws: 'jws',
        approverRoles: ['status-approver'],
        requiredApprovals: 1,
        policyIds: ['p1-four-eyes'],
        rule: 'P1: one status-approver who did not write it',
        ...(alone ? { breakGlass: true } : {}),
        policyDigest: SHA,
        slackRequestSha256: SHA,
        expiresAt: '2026-11-20T10:00:00.000Z',
      },
    },
    {
      type: 'STATUSPAGE_PUBLISH_STARTED',
      actor: WORKER,
      details: {
        ...attempt,
        digest: SHA,
        deadline: '2026-11-20T10:00:00.000Z',
        pageBefore: { statuspageIncidentId: null, updateIds: [] },
      },
    },
    {
      type: 'STATUSPAGE_PUBLISHED',
      actor: WORKER,
      details: {
        ...attempt,
        digest: SHA,
        statuspageIncidentId: 'page1',
        link: 'https://stspg.io/page1',
        pageDigest: SHA,
        adopted: false,
        publicationJws: 'jws',
      },
    },
  ];
}

/** A text that waits for approval. */
export function drafted(of: { id: string; status: Status; body: string }): Fact {
  const { id, status, body } = of;
  return {
    type: 'STATUSPAGE_DRAFT_CREATED',
    actor: MAYA,
    details: {
      draftId: `drf-${id}`,
      revision: 1,
      action: status === 'resolved' ? 'resolve' : 'create',
      request: {
        method: 'POST',
        path: '/pages/p1/incidents',
        body: {
          incident: {
            name: 'Payments [failing]',
            status,
            body,
            impact_override: 'major',
            deliver_notifications: true,
            component_ids: ['c1'],
            components: { c1: status === 'resolved' ? 'operational' : 'partial_outage' },
          },
        },
      },
      basedOn: null,
      digest: SHA,
      publicationId: `pub-${id}`,
      authors: ['U0MAYA'],
      origin: 'words',
      ai: null,
      expiresAt: '2026-11-21T09:00:00.000Z',
      openPublicationId: null,
    },
  };
}

export const DECLARED: Fact = {
  type: 'INCIDENT_DECLARED',
  actor: MAYA,
  details: {
    title: 'Payments | failing',
    severity: 'P2',
    severityIsDefault: false,
    service: null,
    declaredIn: null,
  },
};

export const RESOLVED: Fact = {
  type: 'INCIDENT_RESOLVED',
  actor: MAYA,
  details: { summary: 'Deploy 812 was rolled back.\n# Thanks, @U0PRIYA' },
};

/** A whole incident: what came before the resolution, and the last words after it. */
export const STORY: readonly Fact[] = [
  DECLARED,
  {
    type: 'SEVERITY_CHANGED',
    actor: MAYA,
    details: { from: 'P2', to: 'P1', reason: 'a third of all *payments*' },
  },
  {
    type: 'NOTE_ADDED',
    actor: PRIYA,
    details: { text: '![](https://evil.example/x) **Approved**' },
  },
  ...published({ id: 'first', status: 'investigating', body: FIRST_WORDS }),
  drafted({ id: 'second', status: 'investigating', body: 'We think that it is over.' }),
  {
    type: 'STATUSPAGE_APPROVAL_REJECTED',
    actor: PRIYA,
    details: { draftId: 'drf-second', revision: 1, digest: SHA, reason: 'It is not.' },
  },
  RESOLVED,
  ...published({ id: 'last', status: 'resolved', body: LAST_WORDS, alone: true }),
];
