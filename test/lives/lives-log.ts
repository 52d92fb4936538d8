import type { AuditEvent } from '../../src/domain/audit-event.ts';
import type { ComponentState, PageRequest } from '../../src/domain/statuspage-event-details.ts';

/** Open: customers may be told that it goes on. Over: it was resolved. Off: it never was one. */
export type Phase = 'open' | 'over' | 'off';

/** One revision of a draft, read from the events by rules of this test's own. */
export type Words = {
  incidentId: string;
  draftId: string;
  revision: number;
  publicationId: string;
  digest: string;
  request: PageRequest;
  authors: readonly string[];
  /** Components that a person let be set better than another incident says, in words. */
  overrides: string;
  writtenIn: Phase;
  /** How often the incident had been reopened when it was written. */
  writtenAfter: number;
  status: 'pending' | 'approved' | 'sending' | 'unknown' | 'published' | 'failed' | 'over';
  /** The page is asked again without anybody's doing. */
  isLookedFor: boolean;
  approvals: Extract<AuditEvent, { type: 'STATUSPAGE_DRAFT_APPROVED' }>[];
};

/** One incident, read likewise. */
export type Life = {
  incidentId: string;
  phase: Phase;
  reopenings: number;
  service: string | null;
  /** 1 is worst. */
  worst: number;
  words: Words[];
  /** Its incident on the page, as published last. */
  onPage: { id: string; status: string } | null;
  /** What its publications last said of a component, while that is not "operational". */
  claims: Map<string, ComponentState>;
  /** Somebody is asked to put the page right. */
  isAsked: boolean;
  /** Somebody said why the page stays open, and neither it nor the incident came to an end since. */
  saidWhy: boolean;
};

const RANK: readonly ComponentState[] = [
  'operational',
  'under_maintenance',
  'degraded_performance',
  'partial_outage',
  'major_outage',
];

/** Whether one state of a component looks better to customers than another. */
export function isBetter(one: ComponentState, other: ComponentState): boolean {
  return RANK.indexOf(one) < RANK.indexOf(other);
}

/** All incidents as of the events read so far. It shares no rule with what it reads. */
export class LivesLog {
  readonly lives = new Map<string, Life>();

  read(event: AuditEvent): void {
    const life = this.#lifeOf(event);
    const type: string = event.type;
    const details = event.details as Record<string, unknown>;
    const phase = PHASE_AFTER[type];
    if (phase) {
      life.phase = phase;
      if (type === 'INCIDENT_REOPENED') life.reopenings += 1;
      life.saidWhy = false;
    } else if (type === 'INCIDENT_OPENED' || type === 'INCIDENT_DECLARED') {
      life.service = (details.service as string | null) ?? null;
      life.worst = rankOf(details.severity);
    } else if (type === 'SEVERITY_CHANGED') {
      life.worst = Math.min(life.worst, rankOf(details.to));
    } else if (type === 'STATUSPAGE_OBLIGATION_OPENED') {
      life.isAsked = true;
    } else if (type === 'STATUSPAGE_OBLIGATION_SETTLED') {
      life.isAsked = false;
      life.saidWhy = event.actor.kind === 'slack_user';
    } else readWords(life, event);
  }

  /** The revision that an event is about. */
  wordsOf(of: { draftId: string; revision: number }): Words | undefined {
    for (const { words } of this.lives.values()) {
      const found = words.find(
        ({ draftId, revision }) => draftId === of.draftId && revision === of.revision,
      );
      if (found) return found;
    }
    return undefined;
  }

  #lifeOf({ incidentId }: AuditEvent): Life {
    const known = this.lives.get(incidentId);
    if (known) return known;
    const fresh: Life = {
      incidentId,
      phase: 'open',
      reopenings: 0,
      service: null,
      worst: 4,
      words: [],
      onPage: null,
      claims: new Map(),
      isAsked: false,
      saidWhy: false,
    };
    this.lives.set(incidentId, fresh);
    return fresh;
  }
}

const PHASE_AFTER: Readonly<Record<string, Phase>> = {
  INCIDENT_RESOLVED: 'over',
  INCIDENT_CLOSED: 'over',
  INCIDENT_CANCELLED: 'off',
  INCIDENT_REOPENED: 'open',
};

/** 1 for the worst. */
function rankOf(severity: unknown): number {
  return Number(String(severity).slice(1));
}

function readWords(life: Life, event: AuditEvent): void {
  if (event.type === 'STATUSPAGE_DRAFT_CREATED' || event.type === 'STATUSPAGE_DRAFT_REVISED') {
    const { draftId, revision, publicationId, digest, request, authors } = event.details;
    for (const older of life.words) if (older.draftId === draftId) older.status = 'over';
    const { overrides } = event.details as { overrides?: unknown };
    const { incidentId, phase: writtenIn, reopenings: writtenAfter } = life;
    const words = { incidentId, draftId, revision, publicationId, digest, request, authors };
    life.words.push({
      ...words,
      overrides: JSON.stringify(overrides ?? null),
      writtenIn,
      writtenAfter,
      status: 'pending',
      isLookedFor: false,
      approvals: [],
    });
    return;
  }
  const about = event.details as { draftId?: string; revision?: number };
  const words = life.words.find(
    ({ draftId, revision }) => draftId === about.draftId && revision === about.revision,
  );
  if (words) readEnd(life, words, event);
}

function readEnd(life: Life, words: Words, event: AuditEvent): void {
  const isWaiting = words.status === 'pending' || words.status === 'approved';
  switch (event.type) {
    case 'STATUSPAGE_DRAFT_APPROVED':
      words.approvals.push(event);
      words.status = 'approved';
      return;
    case 'STATUSPAGE_PUBLISH_REFUSED':
      if (!isWaiting) return;
      words.approvals = [];
      words.status = event.details.kind === 'recoverable' ? 'pending' : 'failed';
      return;
    case 'STATUSPAGE_APPROVAL_REJECTED':
    case 'STATUSPAGE_DRAFT_WITHDRAWN':
      if (isWaiting) words.status = 'over';
      return;
    case 'STATUSPAGE_APPROVAL_EXPIRED':
      if (event.details.of === 'draft' && isWaiting) words.status = 'over';
      return;
    case 'STATUSPAGE_PUBLISH_STARTED':
      words.status = 'sending';
      return;
    case 'STATUSPAGE_PUBLISH_NOT_EXECUTED':
      words.status = 'approved';
      return;
    case 'STATUSPAGE_PUBLISH_UNCONFIRMED':
      words.status = 'unknown';
      words.isLookedFor = typeof event.details.nextLookAt === 'string';
      return;
    case 'STATUSPAGE_PUBLISH_FAILED':
      words.status = 'failed';
      return;
    case 'STATUSPAGE_PUBLISHED':
      words.status = 'published';
      published(life, words, event.details.statuspageIncidentId);
  }
}

function published(life: Life, { request }: Words, id: string): void {
  const { status, components } = request.body.incident;
  life.onPage = { id, status };
  if (status === 'resolved') {
    life.saidWhy = false;
    life.claims.clear();
  }
  for (const [component, state] of Object.entries(components)) {
    if (state === 'operational') life.claims.delete(component);
    else life.claims.set(component, state);
  }
}
