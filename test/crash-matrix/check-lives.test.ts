import { describe, expect, it } from 'vitest';
import type { AuditEvent, EventType } from '../../src/domain/audit-event.ts';
import { brokenLives } from './check-lives.ts';

/*
 * What judges whole incidents must be able to find something: a story that keeps every promise, and
 * copies of it in which one is broken.
 */
const [ONE, OTHER] = ['inc-aaaaaaaaaaaaaaaa', 'inc-bbbbbbbbbbbbbbbb'];

type Told = { of?: string; type: string; details?: Record<string, unknown>; by?: string };

/** A second between two events. */
function happened(...told: Told[]): AuditEvent[] {
  const seqs = new Map<string, number>();
  return told.map(({ of = ONE, type, details = {}, by = 'U0DEE' }, second) => {
    const seq = (seqs.get(of) ?? 0) + 1;
    seqs.set(of, seq);
    const at = new Date(Date.parse('2026-11-20T09:00:00Z') + second * 1_000).toISOString();
    const kind = by.startsWith('U') ? 'slack_user' : 'system';
    return {
      incidentId: of,
      seq,
      type: type as EventType,
      at,
      actor: { kind, id: by },
      details,
    } as unknown as AuditEvent;
  });
}

function draft(name: string, status: string, components: Record<string, string> = {}) {
  const incident = { status, components };
  const request = { body: { incident } };
  return { draftId: name, revision: 1, publicationId: `pub-${name}`, authors: [], request };
}

function written(name: string, status: string, of = ONE, components = {}): Told {
  return { of, type: 'STATUSPAGE_DRAFT_CREATED', details: draft(name, status, components) };
}

/** A draft starts to be published, and is. */
function published(name: string, of = ONE): Told[] {
  const details = { draftId: name, revision: 1, attemptId: `try-${name}` };
  return [
    { of, type: 'STATUSPAGE_PUBLISH_STARTED', details },
    { of, type: 'STATUSPAGE_PUBLISHED', details: { ...details, statuspageIncidentId: `p-${of}` } },
  ];
}

const OPENED: Told = { type: 'INCIDENT_DECLARED', details: { severity: 'P1', service: null } };
const MITIGATED: Told = { type: 'INCIDENT_MITIGATED' };
const RESOLVED: Told = { type: 'INCIDENT_RESOLVED' };
const REOPENED: Told = { type: 'INCIDENT_REOPENED' };
const BEGUN = [OPENED, written('first', 'investigating'), ...published('first')];
const shown = (status: string) => [{ id: `p-${ONE}`, status }];

describe('brokenLives()', () => {
  it('finds nothing in a life that ends on the page', () => {
    const events = happened(...BEGUN, RESOLVED, written('end', 'resolved'), ...published('end'));
    expect(brokenLives(events, shown('resolved'))).toEqual([]);
  });

  it('names “resolved” that goes out on an incident that was reopened', () => {
    const events = happened(
      ...BEGUN,
      RESOLVED,
      written('end', 'resolved'),
      REOPENED,
      ...published('end'),
    );
    expect(brokenLives(events, shown('resolved'))).toEqual([
      'phase: “resolved”, written while over, goes out while it is open',
    ]);
  });

  it('names a text that goes out though the mitigation it was written in did not hold', () => {
    const before = [...BEGUN, MITIGATED, written('fixed', 'monitoring')];
    expect(brokenLives(happened(...before, ...published('fixed')), shown('monitoring'))).toEqual(
      [],
    );
    const late = happened(...before, REOPENED, ...published('fixed'));
    expect(brokenLives(late, shown('monitoring'))).toEqual([
      'phase: “monitoring”, written before a reopening, goes out after it',
    ]);
  });

  it('names a page that stays open with nobody asked, until a draft waits that would end it', () => {
    const over = [...BEGUN, RESOLVED];
    expect(brokenLives(happened(...over), shown('investigating'))).toEqual([
      'unasked: the page shows “investigating”, the incident is over',
    ]);
    const waits = happened(...over, written('end', 'resolved'));
    expect(brokenLives(waits, shown('investigating'))).toEqual([]);
  });

  it('takes an obligation, and a person who said why, for an answer until something changes', () => {
    const asked: Told = { type: 'STATUSPAGE_OBLIGATION_OPENED', by: 'incident-worker' };
    const said: Told = { type: 'STATUSPAGE_OBLIGATION_SETTLED', details: { reason: 'known' } };
    const unheard: Told = { ...said, by: 'incident-worker' };
    const broken = (...more: Told[]) =>
      brokenLives(happened(...BEGUN, RESOLVED, ...more), shown('investigating')).length;
    expect([
      broken(asked),
      broken(asked, said),
      broken(asked, unheard),
      broken(asked, said, REOPENED, RESOLVED),
    ]).toEqual([0, 0, 1, 1]);
  });

  it('names a component that is set better than another open incident says', () => {
    const bad = { c1: 'major_outage' };
    const both = [
      ...BEGUN,
      { ...OPENED, of: OTHER },
      written('theirs', 'investigating', OTHER, bad),
      ...published('theirs', OTHER),
      RESOLVED,
    ];
    const ends = (components: Record<string, string>) =>
      happened(...both, written('end', 'resolved', ONE, components), ...published('end'));
    expect(brokenLives(ends({ c1: 'operational' }), [])).toEqual([
      'component: c1 set to operational while another incident says major_outage',
    ]);
    expect(brokenLives(ends({ c1: 'major_outage' }), [])).toEqual([]);
  });
});
