import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { applyEvent } from '../../src/domain/apply-event.ts';
import {
  type AuditEvent,
  EVENT_TYPES,
  type EventType,
  sealEvent,
} from '../../src/domain/audit-event.ts';
import { draftAccepts } from '../../src/domain/draft-transitions.ts';
import { gateView } from '../../src/domain/gate-view.ts';
import { GENESIS_HASH } from '../../src/domain/hash-chain.ts';
import type { DraftStatus, IncidentState } from '../../src/domain/incident-state.ts';

const INCIDENT = 'inc-aaaaaaaaaaaaaaaa';
const SHA = 'a'.repeat(64);
const AT = '2026-11-20T09:00:00.000Z';
const USERS = ['U0BEN', 'U0CAL', 'U0DEE'];

type Step = { type: EventType; draftId: string; revision: number; user: string; flag: boolean };

/** An event of the gate with plausible details, whatever came before it. */
function eventOf(step: Step, seq: number, prevHash: string): AuditEvent {
  const { draftId, revision, flag } = step;
  const ref = { draftId, revision };
  const attempt = {
    ...ref,
    publicationId: `pub-${draftId}-${revision}`,
    attempt: 1,
    attemptId: 'a1',
  };
  const draft = {
    ...ref,
    action: 'create',
    request: {
      method: 'POST',
      path: '/pages/page1/incidents',
      body: {
        incident: {
          name: 'n',
          status: 'investigating',
          body: 'b',
          impact_override: 'none',
          deliver_notifications: false,
          component_ids: [],
          components: {},
        },
      },
    },
    basedOn: null,
    digest: SHA,
    publicationId: attempt.publicationId,
    authors: ['U0ADA'],
    origin: 'words',
    ai: null,
    expiresAt: AT,
    openPublicationId: null,
  };
  const details: Partial<Record<EventType, object>> = {
    STATUSPAGE_DRAFT_CREATED: draft,
    STATUSPAGE_DRAFT_REVISED: draft,
    STATUSPAGE_DRAFT_APPROVED: {
      ...ref,
      publicationId: attempt.publicationId,
      digest: SHA,
      action: 'create',
      severity: 'P1',
      approvalJws: 'x',
      approverRoles: [],
      requiredApprovals: flag ? 2 : 1,
      policyIds: [],
      policyDigest: SHA,
      slackRequestSha256: SHA,
      expiresAt: AT,
    },
    BREAK_GLASS_USED: { ...ref, digest: SHA, reason: 'r', slackRequestSha256: SHA },
    STATUSPAGE_APPROVAL_REJECTED: { ...ref, digest: SHA, reason: 'r' },
    STATUSPAGE_DRAFT_WITHDRAWN: { ...ref, reason: 'r' },
    STATUSPAGE_APPROVAL_EXPIRED: { ...ref, of: flag ? 'draft' : 'decision', reason: 'r' },
    STATUSPAGE_PUBLISH_REFUSED: {
      ...ref,
      publicationId: attempt.publicationId,
      reason: 'r',
      kind: flag ? 'integrity' : 'recoverable',
    },
    STATUSPAGE_PUBLISH_STARTED: {
      ...attempt,
      digest: SHA,
      deadline: AT,
      pageBefore: { statuspageIncidentId: null, updateIds: [] },
    },
    STATUSPAGE_PUBLISH_NOT_EXECUTED: { ...attempt, reason: 'r', retryAt: AT },
    STATUSPAGE_PUBLISH_UNCONFIRMED: { ...attempt, reason: 'r', looks: 1 },
    STATUSPAGE_PUBLISHED: {
      ...attempt,
      digest: SHA,
      statuspageIncidentId: 'p1',
      link: '',
      pageDigest: SHA,
      adopted: false,
      publicationJws: 'x',
    },
    STATUSPAGE_PUBLISH_FAILED: { ...attempt, reason: 'r', httpStatus: null },
    COMMAND_RECEIVED: { command: flag ? 'statuspage_adopt' : 'other', ...ref },
    NOTE_ADDED: { text: 'x' },
    SEVERITY_CHANGED: { from: 'P2', to: flag ? 'P1' : 'P3', reason: '' },
  };
  return sealEvent({
    incidentId: INCIDENT,
    seq,
    type: step.type,
    at: AT,
    actor: { kind: 'slack_user', id: step.user },
    commandId: `c${seq}`,
    details: details[step.type],
    prevHash,
  } as never) as AuditEvent;
}

function trailOf(steps: readonly Step[]): AuditEvent[] {
  const events: AuditEvent[] = [];
  for (const step of steps) {
    const before = events.at(-1);
    events.push(eventOf(step, events.length + 1, before?.hash ?? GENESIS_HASH));
  }
  return events;
}

const step = (type: EventType, of: Partial<Step> = {}): Step => ({
  type,
  draftId: 'd1',
  revision: 1,
  user: 'U0BEN',
  flag: false,
  ...of,
});
const CREATED = step('STATUSPAGE_DRAFT_CREATED');

const TYPES: EventType[] = [
  'STATUSPAGE_DRAFT_APPROVED',
  'STATUSPAGE_APPROVAL_REJECTED',
  'STATUSPAGE_DRAFT_WITHDRAWN',
  'STATUSPAGE_APPROVAL_EXPIRED',
  'STATUSPAGE_PUBLISH_REFUSED',
  'STATUSPAGE_PUBLISH_STARTED',
  'STATUSPAGE_PUBLISH_NOT_EXECUTED',
  'STATUSPAGE_PUBLISH_UNCONFIRMED',
  'STATUSPAGE_PUBLISHED',
  'STATUSPAGE_PUBLISH_FAILED',
  'COMMAND_RECEIVED',
  'NOTE_ADDED',
  'SEVERITY_CHANGED',
];

const anyStep = fc.record({
  type: fc.constantFrom(...TYPES),
  draftId: fc.constantFrom('d1', 'd1', 'd1', 'd2'),
  revision: fc.constantFrom(1, 1, 1, 2),
  user: fc.constantFrom(...USERS),
  flag: fc.boolean(),
});

describe('the two readings of the trail', () => {
  it('agree on status, approvals and attempt after every sequence of events', () => {
    fc.assert(
      fc.property(fc.array(anyStep, { maxLength: 25 }), (steps) => {
        const events = trailOf([CREATED, ...steps]);
        let state: IncidentState | undefined;
        for (const [index, event] of events.entries()) {
          state = applyEvent(state, event);
          const view = gateView(events.slice(0, index + 1), { draftId: 'd1', revision: 1 })!;
          const draft = state.drafts.find((one) => one.draftId === 'd1')!;
          expect(view.status).toBe(draft.status);
          expect(view.head).toEqual({ seq: state.version, hash: state.headHash });
          // A rejected text keeps no standing approvals on its card; the gate looks at none.
          if (['pending_approval', 'approved', 'publishing'].includes(draft.status)) {
            expect(view.approvals.map((a) => a.seq)).toEqual(draft.approvals.map((a) => a.seq));
          }
          if (['publishing', 'unconfirmed'].includes(draft.status)) {
            expect(view.attempt?.started.seq).toBe(draft.attempt?.startedSeq);
            expect(view.attempt?.looks).toBe(draft.attempt?.looks);
          }
        }
      }),
      { numRuns: 500 },
    );
  });

  it('agree that a revision replaces the one before, whatever its state', () => {
    fc.assert(
      fc.property(fc.array(anyStep, { maxLength: 10 }), (steps) => {
        const events = trailOf([
          CREATED,
          ...steps,
          step('STATUSPAGE_DRAFT_REVISED', { revision: 2 }),
        ]);
        expect(gateView(events, { draftId: 'd1', revision: 1 })?.status).toBe('superseded');
        const newest = gateView(events, { draftId: 'd1', revision: 2 });
        expect(newest?.status).toBe('pending_approval');
      }),
      { numRuns: 50 },
    );
  });
});

describe('draftAccepts', () => {
  const STATUSES: DraftStatus[] = [
    'pending_approval',
    'approved',
    'publishing',
    'unconfirmed',
    'published',
    'publication_failed',
    'rejected',
    'superseded',
    'withdrawn',
    'expired',
  ];

  it('is this table and nothing else', () => {
    const table = EVENT_TYPES.flatMap((type) => {
      const from = STATUSES.filter((status) => draftAccepts(status, type));
      return from.length > 0 ? [`${type}: ${from.join(' ')}`] : [];
    });
    expect(table.sort()).toEqual([
      'BREAK_GLASS_USED: pending_approval',
      'STATUSPAGE_APPROVAL_EXPIRED: pending_approval',
      'STATUSPAGE_APPROVAL_REJECTED: pending_approval approved',
      'STATUSPAGE_DRAFT_APPROVED: pending_approval',
      'STATUSPAGE_DRAFT_WITHDRAWN: pending_approval approved',
      'STATUSPAGE_PUBLISHED: pending_approval approved publishing unconfirmed publication_failed ' +
        'rejected superseded withdrawn expired',
      'STATUSPAGE_PUBLISH_FAILED: approved publishing unconfirmed',
      'STATUSPAGE_PUBLISH_NOT_EXECUTED: publishing unconfirmed',
      'STATUSPAGE_PUBLISH_REFUSED: pending_approval approved',
      'STATUSPAGE_PUBLISH_STARTED: pending_approval approved',
      'STATUSPAGE_PUBLISH_UNCONFIRMED: publishing unconfirmed',
    ]);
  });
});

describe('gateView', () => {
  const view = (...steps: Step[]) =>
    gateView(trailOf([CREATED, ...steps]), { draftId: 'd1', revision: 1 })!;

  it('is undefined when the first event is not that revision', () => {
    const events = trailOf([CREATED, step('NOTE_ADDED')]);
    expect(gateView([], { draftId: 'd1', revision: 1 })).toBeUndefined();
    expect(gateView(events, { draftId: 'd2', revision: 1 })).toBeUndefined();
    expect(gateView(events, { draftId: 'd1', revision: 2 })).toBeUndefined();
    expect(gateView(events.slice(1), { draftId: 'd1', revision: 1 })).toBeUndefined();
  });

  it('one person approving twice counts once', () => {
    const approve = step('STATUSPAGE_DRAFT_APPROVED', { flag: true });
    expect(view(approve, approve)).toMatchObject({ status: 'pending_approval' });
    expect(view(approve, approve).approvals.map((a) => a.seq)).toEqual([3]);
    expect(view(approve, { ...approve, user: 'U0CAL' }).status).toBe('approved');
  });

  it('needs as many approvals as the strictest one asks for, unless one broke the glass', () => {
    const approve = step('STATUSPAGE_DRAFT_APPROVED');
    const events = trailOf([CREATED, approve, { ...approve, user: 'U0CAL' }]);
    const now = () => gateView(events, { draftId: 'd1', revision: 1 })?.status;
    expect(now()).toBe('approved');
    Object.assign(events[1]!.details, { requiredApprovals: 3 });
    expect(now()).toBe('pending_approval');
    Object.assign(events[2]!.details, { breakGlass: true });
    expect(now()).toBe('approved');
  });

  it('an approval of another draft or revision never counts', () => {
    const approve = step('STATUSPAGE_DRAFT_APPROVED');
    expect(view({ ...approve, draftId: 'd2' }, { ...approve, revision: 2 })).toMatchObject({
      status: 'pending_approval',
      approvals: [],
    });
  });

  it('knows whether it was refused since anything changed about it', () => {
    const refused = step('STATUSPAGE_PUBLISH_REFUSED');
    expect(view(refused)).toMatchObject({ refused: true, basisSeq: 1 });
    expect(view(refused, step('NOTE_ADDED'))).toMatchObject({ refused: true, basisSeq: 1 });
    expect(view(refused, step('STATUSPAGE_DRAFT_APPROVED'))).toMatchObject({
      refused: false,
      basisSeq: 3,
    });
  });

  it('remembers that the commander asked for a look until the look is recorded', () => {
    const started = step('STATUSPAGE_PUBLISH_STARTED');
    const unknown = step('STATUSPAGE_PUBLISH_UNCONFIRMED');
    const adopt = step('COMMAND_RECEIVED', { flag: true });
    expect(view(started, adopt).attempt?.lookRequested).toBe(false);
    expect(view(started, unknown, step('COMMAND_RECEIVED')).attempt?.lookRequested).toBe(false);
    expect(view(started, unknown, adopt).attempt?.lookRequested).toBe(true);
    expect(view(started, unknown, adopt, unknown).attempt?.lookRequested).toBe(false);
  });

  it('knows when the next look is, how many could not be made, and what was found absent', () => {
    const started = step('STATUSPAGE_PUBLISH_STARTED');
    expect(view(started)).toMatchObject({
      absences: 0,
      attempt: { looks: 0, unasked: 0, nextLookAt: null },
    });
    const events = trailOf([
      CREATED,
      started,
      step('STATUSPAGE_PUBLISH_UNCONFIRMED'),
      step('STATUSPAGE_PUBLISH_NOT_EXECUTED'),
      step('STATUSPAGE_PUBLISH_STARTED'),
      step('STATUSPAGE_PUBLISH_UNCONFIRMED'),
    ]);
    const nextLookAt = '2026-11-20T09:00:18.000Z';
    Object.assign(events[2]!.details, { unasked: 2, nextLookAt });
    Object.assign(events[3]!.details, { absentLooks: 3 });
    const at = (count: number) => gateView(events.slice(0, count), { draftId: 'd1', revision: 1 });
    expect(at(3)?.attempt).toMatchObject({ looks: 1, unasked: 2, nextLookAt });
    expect(at(4)).toMatchObject({ absences: 1 });
    // Written before there were looks of our own: a person decides.
    expect(at(6)).toMatchObject({ absences: 1, attempt: { unasked: 0, nextLookAt: null } });
  });

  it('keeps the approvals an attempt started with, and every reason for breaking the glass', () => {
    const approve = step('STATUSPAGE_DRAFT_APPROVED');
    const started = step('STATUSPAGE_PUBLISH_STARTED');
    const again = [step('STATUSPAGE_PUBLISH_NOT_EXECUTED'), step('STATUSPAGE_PUBLISH_REFUSED')];
    const later = view(approve, started, ...again);
    expect(later.approvals).toEqual([]);
    expect(later.attempt?.approvals.map(({ seq }) => seq)).toEqual([2]);
    const glass = step('BREAK_GLASS_USED');
    const other = step('BREAK_GLASS_USED', { draftId: 'd2' });
    expect(view(glass, other, glass).breakGlass.map(({ seq }) => seq)).toEqual([2, 4]);
  });

  it('keeps the reasons for breaking the glass that an attempt started with', () => {
    const glass = step('BREAK_GLASS_USED');
    const later = view(
      glass,
      step('STATUSPAGE_DRAFT_APPROVED'),
      step('STATUSPAGE_PUBLISH_STARTED'),
      step('STATUSPAGE_PUBLISH_NOT_EXECUTED'),
      step('STATUSPAGE_PUBLISH_REFUSED'),
    );
    expect(later.breakGlass).toEqual([]);
    expect(later.attempt?.breakGlass.map(({ seq }) => seq)).toEqual([2]);
  });

  it('knows that an attempt was left to a person, until the next attempt', () => {
    const started = step('STATUSPAGE_PUBLISH_STARTED');
    const unknown = step('STATUSPAGE_PUBLISH_UNCONFIRMED');
    const adopt = step('COMMAND_RECEIVED', { flag: true });
    const at = (nextLookAt: string | null, ...after: Step[]) => {
      const events = trailOf([CREATED, started, unknown, ...after]);
      Object.assign(events[2]!.details, { nextLookAt });
      return gateView(events, { draftId: 'd1', revision: 1 })!.attempt?.leftToPerson;
    };
    expect(view(started).attempt?.leftToPerson).toBe(false);
    expect(at(AT)).toBe(false);
    expect(at(null)).toBe(true);
    expect(at(AT, adopt)).toBe(true);
    expect(at(AT, step('COMMAND_RECEIVED'))).toBe(false);
    expect(at(AT, adopt, unknown)).toBe(true);
    expect(at(null, step('STATUSPAGE_PUBLISH_NOT_EXECUTED'), started)).toBe(false);
  });

  it('follows the other publications of the incident', () => {
    const other = { draftId: 'd2' };
    const started = step('STATUSPAGE_PUBLISH_STARTED', other);
    const open = { otherOpen: 'pub-d2-1', lastPublication: null };
    const ended = { otherOpen: null, lastPublication: null };
    expect(view(started)).toMatchObject(open);
    expect(view(started, step('STATUSPAGE_PUBLISH_UNCONFIRMED', other))).toMatchObject(open);
    expect(view(started, step('STATUSPAGE_PUBLISH_FAILED', other))).toMatchObject(ended);
    expect(view(started, step('STATUSPAGE_PUBLISH_NOT_EXECUTED', other))).toMatchObject(ended);
    expect(view(started, step('STATUSPAGE_PUBLISHED', other))).toMatchObject({
      otherOpen: null,
      lastPublication: 'pub-d2-1',
    });
    const third = { draftId: 'd3' };
    expect(view(started, step('STATUSPAGE_PUBLISHED', third))).toMatchObject({
      otherOpen: 'pub-d2-1',
      lastPublication: 'pub-d3-1',
    });
    expect(view(started, step('STATUSPAGE_PUBLISH_FAILED', third))).toMatchObject(open);
    expect(view(started, step('STATUSPAGE_DRAFT_CREATED', third))).toMatchObject(open);
  });

  it('knows the worst severity that the incident ever had', () => {
    const to = (flag: boolean) => step('SEVERITY_CHANGED', { flag });
    const { standing } = view();
    expect(standing.worstSeverity).toBe('P1');
    expect(view(to(false)).standing.worstSeverity).toBe('P1');
    expect(view(to(true), to(false)).standing.worstSeverity).toBe('P1');
  });
});
