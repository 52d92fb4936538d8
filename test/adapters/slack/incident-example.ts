import type { DraftState, IncidentState } from '../../../src/domain/incident-state.ts';
import { person, say } from '../../../src/domain/sentence.ts';
import type { PageRequest } from '../../../src/domain/statuspage-event-details.ts';

/** A request to the page, as a draft carries it. */
export function exampleRequest(given: Partial<PageRequest['body']['incident']> = {}): PageRequest {
  return {
    method: 'POST',
    path: '/pages/page1/incidents',
    body: {
      incident: {
        name: 'Checkout is slow',
        status: 'investigating',
        body: 'We are investigating slow checkouts.',
        impact_override: 'minor',
        deliver_notifications: true,
        component_ids: ['c1'],
        components: { c1: 'partial_outage' },
        ...given,
      },
    },
  };
}

/** A draft that waits for approval; what is based on a publication adds to `p1` on the page. */
export function exampleDraft(given: Partial<DraftState> = {}): DraftState {
  const draft = exampleDraftOf(given);
  if (draft.basedOn === null || draft.replaces) return draft;
  const path = '/pages/page1/incidents/p1';
  return { ...draft, request: { ...draft.request, method: 'PATCH', path } };
}

function exampleDraftOf(given: Partial<DraftState>): DraftState {
  return {
    draftId: 'drf-aaaaaaaaaaaaaaaa',
    revision: 3,
    revisionSeq: 9,
    revisionSeqs: [7, 8, 9],
    status: 'pending_approval',
    action: 'create',
    request: exampleRequest(),
    digest: 'a1b2c3d4e5f60718'.repeat(4),
    basedOn: null,
    publicationId: 'pub-00000000000000000000',
    authors: ['U04JONASBRG'],
    origin: 'words',
    aiModelId: null,
    componentsBefore: null,
    expiresAt: '2026-03-13T14:00:00.000Z',
    approvals: [],
    attempts: 0,
    attempt: null,
    reason: null,
    decidedBy: null,
    publishedLink: null,
    publishedAt: null,
    ...given,
  };
}

/** An incident with a room, an alert and nobody in command. */
export function exampleIncident(given: Partial<IncidentState> = {}): IncidentState {
  return {
    incidentId: 'inc-aaaaaaaaaaaaaaaa',
    version: 9,
    headHash: '0'.repeat(64),
    status: 'active',
    title: 'Checkout error rate',
    severity: 'P1',
    worstSeverity: 'P1',
    severityIsDefault: false,
    service: 'checkout-api',
    openedAt: '2026-03-13T12:00:00.000Z',
    declaredBy: null,
    declaredIn: null,
    alertGroup: {
      source: 'grafana-oncall',
      group: 'G1',
      episode: 1,
      state: 'firing',
      link: 'https://oncall.example.com/a/G1',
      lastOccurredAt: null,
    },
    previousIncidentId: null,
    room: { channelId: 'C0ROOM1', channelName: 'inc-20260313-checkout-aaaa' },
    checklist: [
      { item: 'Name an IC', done: true, by: 'U04MAYAITO1' },
      { item: 'Say what customers see', done: false, by: null },
    ],
    ic: null,
    invited: ['U04MAYAITO1'],
    lastUpdate: null,
    nudge: { dueAt: '2026-03-13T12:30:00.000Z', silencedUntil: null },
    drafts: [],
    page: { statuspageIncidentId: null, lastPublication: null },
    resolvedSummary: null,
    recent: [
      { seq: 3, at: '2026-03-13T12:01:00.000Z', line: say`${person('U04MAYAITO1')} joined` },
    ],
    ...given,
  };
}

/** What `lastPublication` holds after a request went out. */
export function examplePublication(request: PageRequest) {
  return {
    publicationId: 'pub-11111111111111111111',
    draftId: 'drf-bbbbbbbbbbbbbbbb',
    revision: 1,
    request,
    link: 'https://stspg.io/x1',
    at: '2026-03-13T12:10:00.000Z',
  };
}
