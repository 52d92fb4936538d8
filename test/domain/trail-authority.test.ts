import { describe, expect, it } from 'vitest';
import type { ApprovalToken, PublicationToken } from '../../src/domain/approval-token.ts';
import type { AuditEvent, DetailsOf } from '../../src/domain/audit-event.ts';
import { textEffectOf } from '../../src/domain/effect.ts';
import { incidentIdOfAlertGroup } from '../../src/domain/ids.ts';
import {
  approvalProblem,
  eventProblem,
  publicationProblem,
} from '../../src/domain/trail-authority.ts';
import {
  type ApprovedEvent,
  about,
  approvalToken,
  approved,
  chained,
  draft,
  type Fact,
  INCIDENT,
  opened,
  PERSON,
  type PublishedEvent,
  publicationToken,
  published,
  severity,
  started,
} from './gate-story.ts';

const A = draft('drf-a');
const B = draft('drf-b');

function changed(fact: Fact, details: object): Fact {
  return { ...fact, details: { ...(fact.details as object), ...details } };
}

describe('eventProblem()', () => {
  const only = (facts: Fact[]) => eventProblem(chained(facts).at(-1)!);

  it('accepts what each actor may do', () => {
    expect(only([opened])).toBeUndefined();
    expect(only([{ type: 'INCIDENT_DECLARED', actor: PERSON, details: {} }])).toBeUndefined();
    expect(only([opened, A])).toBeUndefined();
    expect(only([opened, { type: 'NOTE_ADDED', details: { text: '' } }])).toBeUndefined();
    const failed = about(A, 'STATUSPAGE_PUBLISH_FAILED', {});
    expect(only([opened, failed])).toBeUndefined();
    const { actor: _person, ...byPublisher } = failed;
    expect(only([opened, byPublisher])).toBeUndefined();
  });

  it.each([
    { kind: 'schedule', id: 'pub-a-paged' },
    { kind: 'system', id: 'incident-worker' },
  ] as const)('accepts an escalation by %j', (actor) => {
    const fact = about(A, 'STATUSPAGE_APPROVAL_ESCALATED', { stage: 'paged' });
    expect(only([opened, { ...fact, actor }])).toBeUndefined();
  });

  it.each([
    [PERSON, {}, undefined],
    [{ kind: 'system', id: 'incident-worker' }, { because: 'reopened' }, undefined],
    [{ kind: 'system', id: 'incident-worker' }, {}, 'it cannot be the act of its actor'],
    [PERSON, { because: 'reopened' }, 'it cannot be the act of its actor'],
    [
      { kind: 'system', id: 'publisher' },
      { because: 'reopened' },
      'STATUSPAGE_DRAFT_WITHDRAWN cannot be the act of its actor',
    ],
  ] as const)('a withdrawal by %j with %j: %s', (actor, details, problem) => {
    const fact = about(A, 'STATUSPAGE_DRAFT_WITHDRAWN', { reason: '', ...details });
    expect(only([opened, { ...fact, actor }])).toBe(problem);
  });

  it.each(['incident-worker', 'publisher'])('accepts page drift found by %s', (id) => {
    const drift = { type: 'STATUSPAGE_DRIFT_FOUND', details: {} } as const;
    expect(only([opened, { ...drift, actor: { kind: 'system', id } }])).toBeUndefined();
  });

  it.each([PERSON, { kind: 'schedule', id: 'look' }, { kind: 'system', id: 'sweeper' }] as const)(
    'refuses page drift found by %j',
    (actor) => {
      const drift = { type: 'STATUSPAGE_DRIFT_FOUND', details: {}, actor } as const;
      expect(only([opened, drift])).toBe('STATUSPAGE_DRIFT_FOUND cannot be the act of its actor');
    },
  );

  it.each([
    ['kept', PERSON, undefined],
    ['published', { kind: 'system', id: 'incident-worker' }, undefined],
    [
      'kept',
      { kind: 'system', id: 'incident-worker' },
      'only a person leaves the page as it is, and nothing else about it',
    ],
    ['published', PERSON, 'only a person leaves the page as it is, and nothing else about it'],
    [
      'published',
      { kind: 'system', id: 'sweeper' },
      'STATUSPAGE_OBLIGATION_SETTLED cannot be the act of its actor',
    ],
  ] as const)('an obligation settled as %s by %j: %s', (how, actor, problem) => {
    const settled = {
      type: 'STATUSPAGE_OBLIGATION_SETTLED',
      details: { how, reason: 'r' },
    } as const;
    expect(only([opened, { ...settled, actor }])).toBe(problem);
  });

  it.each(['STATUSPAGE_OBLIGATION_OPENED', 'STATUSPAGE_OBLIGATION_ESCALATED'] as const)(
    'refuses %s by a person',
    (type) => {
      expect(only([opened, { type, details: {}, actor: PERSON }])).toBe(
        `${type} cannot be the act of its actor`,
      );
    },
  );

  it('derives the id of a storm from its own name and service, whatever alert came first', () => {
    const storm = { before: [], incidents: 10, windowS: 300 };
    const group = 'storm:checkout-api:2';
    const details = { ...(opened.details as object), group, service: 'checkout-api', storm };
    const incidentId = incidentIdOfAlertGroup({ source: 'storm', group, episode: 1 });
    const [event] = chained([{ ...opened, details }]) as [
      Extract<AuditEvent, { type: 'INCIDENT_OPENED' }>,
    ];
    expect(eventProblem({ ...event, incidentId })).toBeUndefined();
    const wrong = 'the incident id is not that of its storm';
    expect(eventProblem(event)).toBe(wrong);
    const other = { ...event.details, service: 'checkout' };
    expect(eventProblem({ ...event, incidentId, details: other })).toBe(wrong);
    const ofNone = incidentIdOfAlertGroup({ source: 'storm', group: 'storm::1', episode: 1 });
    const none = { ...event.details, service: null, group: 'storm::1' };
    expect(eventProblem({ ...event, incidentId: ofNone, details: none })).toBeUndefined();
  });

  it('accepts any first event of an intake chain', () => {
    const [event] = chained([{ type: 'NOTE_ADDED', details: { text: '' } }]);
    expect(eventProblem({ ...event!, incidentId: 'intake-20261120' })).toBeUndefined();
  });

  it.each([
    ['an approval by the system', approved(A), 'system', 'cannot be the act of its actor'],
    ['a publication by a person', published(A), 'slack_user', 'cannot be the act of its actor'],
    ['a declaration by an AI', { type: 'INCIDENT_DECLARED', details: {} }, 'ai', 'cannot be'],
    [
      'an escalation by a person',
      about(A, 'STATUSPAGE_APPROVAL_ESCALATED', { stage: 'paged' }),
      'slack_user',
      'cannot be',
    ],
    [
      'an escalation by another function',
      about(A, 'STATUSPAGE_APPROVAL_ESCALATED', { stage: 'paged' }),
      'system',
      'cannot be',
    ],
    [
      'a failure by an alert source',
      about(A, 'STATUSPAGE_PUBLISH_FAILED', {}),
      'alert_source',
      'cannot be',
    ],
  ] as const)('refuses %s', (_name, fact, kind, reason) => {
    expect(only([opened, { ...(fact as Fact), actor: { kind, id: 'other' } }])).toContain(reason);
  });

  it('refuses a chain that begins with something else, or under another id', () => {
    expect(only([{ type: 'NOTE_ADDED', details: { text: '' } }])).toBe(
      'an incident cannot begin with this event',
    );
    expect(only([changed(opened, { group: 'other' })])).toBe(
      'the incident id is not that of its alert group',
    );
  });

  it('refuses a digest or a publication id that is not its own', () => {
    expect(only([opened, changed(A, { digest: 'f'.repeat(64) })])).toBe(
      'its digest is not that of its text',
    );
    expect(only([opened, changed(A, { publicationId: 'pub-other' })])).toBe(
      'its publication id is not that of its revision',
    );
  });
});

describe('approvalProblem()', () => {
  const judge = (
    facts: Fact[],
    alter: (token: ApprovalToken) => object = () => ({}),
  ): string | undefined => {
    const events = chained(facts);
    const row = events.at(-1) as ApprovedEvent;
    const token = approvalToken(row);
    return approvalProblem(row, { ...token, ...alter(token) }, events.slice(0, -1));
  };

  it('finds nothing wrong with an honest token', () => {
    expect(judge([opened, A, approved(A)])).toBeUndefined();
  });

  it.each([
    ['another digest', () => ({ digest: 'f'.repeat(64) }), 'its signature covers another digest'],
    ['another number', () => ({ seq: 9 }), 'its signature covers another seq'],
    ['another person', () => ({ approver: 'T:U0' }), 'its signature covers another approver'],
    ['another time', (t: ApprovalToken) => ({ iat: t.iat + 1 }), 'its signature covers another at'],
    ['other authors', () => ({ excludedAuthors: [] }), 'its signature covers other authors'],
    ['another page', () => ({ pageId: 'page0002' }), 'its signature covers another page'],
  ] as const)('names a token over %s', (_name, alter, reason) => {
    expect(judge([opened, A, approved(A)], alter)).toBe(reason);
  });

  it('names a row that does not fit the trail before it', () => {
    expect(judge([opened, approved(A)])).toContain('a revision that is not on the trail');
    expect(judge([opened, A, changed(approved(A), { digest: 'f'.repeat(64) })])).toBe(
      'it approves another text',
    );
    expect(judge([opened, A, changed(approved(A), { action: 'update' })])).toBe(
      'it approves another text',
    );
    expect(judge([opened, A, changed(approved(A), { publicationId: 'pub-x' })])).toBe(
      'it approves another publication',
    );
    expect(judge([opened, A, severity('P1'), severity('P3'), approved(A)])).toBe(
      'it was judged by a lower severity',
    );
  });

  it.each([
    ['another impact', { impact: 'critical' }, 'it was judged by another effect than its text has'],
    ['mail', { notify: true }, 'it was judged by another effect than its text has'],
    [
      'a component',
      { worstComponent: 'partial_outage' },
      'it was judged by another effect than its text has',
    ],
    ['a declarer', { declaredBy: 'U0MAYA' }, 'it was judged as declared by somebody else'],
    ['a better P', { relatedSeverity: 'P3' }, 'it was judged by a lower severity than its own'],
    ['nothing else', {}, undefined],
    ['a worse P nearby', { relatedSeverity: 'P1', related: [INCIDENT] }, undefined],
  ])('refuses an approval judged by an effect with %s', (_what, other, problem) => {
    const effect = {
      impact: 'minor',
      worstComponent: 'operational',
      notify: false,
      declaredBy: null,
      relatedSeverity: 'P2',
      related: [],
    };
    const approval = changed(approved(A), { effect: { ...effect, ...other } });
    expect(judge([opened, A, approval])).toBe(problem);
  });

  it.each([
    [{ c1: 'operational', c2: 'degraded_performance' }, 'degraded_performance'],
    [{ c1: 'under_maintenance', c2: 'degraded_performance' }, 'under_maintenance'],
    [{ c1: 'under_maintenance', c2: 'partial_outage' }, 'partial_outage'],
    [{ c1: 'major_outage', c2: 'partial_outage' }, 'major_outage'],
  ] as const)('reads the worst state of %j as the gate does', (components, worstComponent) => {
    const { request } = A.details as DetailsOf<'STATUSPAGE_DRAFT_CREATED'>;
    const body = { incident: { ...request.body.incident, components } };
    const text = changed(A, { request: { ...request, body } });
    const { impact, notify } = textEffectOf({ ...request, body });
    const others = { declaredBy: null, relatedSeverity: 'P2', related: [] };
    const effect = { impact, notify, worstComponent, ...others };
    expect(textEffectOf({ ...request, body }).worstComponent).toBe(worstComponent);
    expect(judge([opened, text, changed(approved(A), { effect })])).toBeUndefined();
  });
});

describe('publicationProblem()', () => {
  const judge = (
    facts: Fact[],
    alter: (token: PublicationToken) => object = () => ({}),
  ): string | undefined => {
    const events = chained(facts);
    const row = events.at(-1) as PublishedEvent;
    const token = publicationToken(row as AuditEvent);
    return publicationProblem(row, { ...token, ...alter(token) }, events.slice(0, -1));
  };
  const before = [opened, A, approved(A), started(A)];

  it('finds nothing wrong with an honest token', () => {
    expect(judge([...before, published(A)])).toBeUndefined();
  });

  it.each([
    ['another page digest', () => ({ pageDigest: '' }), 'its signature covers another pageDigest'],
    ['another time', () => ({ iat: 1 }), 'its signature covers another at'],
    ['another page', () => ({ pageId: 'page0002' }), 'its signature covers another page'],
  ] as const)('names a token over %s', (_name, alter, reason) => {
    expect(judge([...before, published(A)], alter)).toBe(reason);
  });

  it('names a publication that no attempt precedes', () => {
    const missing = 'no attempt of that id and text was started before it';
    expect(judge([opened, published(A)])).toContain('a revision that is not on the trail');
    expect(judge([opened, A, published(A)])).toBe(missing);
    expect(judge([...before, published(A, 2)])).toBe(missing);
    expect(judge([...before, B, published(B)])).toBe(missing);
    for (const other of [{ attemptId: 'x' }, { publicationId: 'x' }, { digest: 'f'.repeat(64) }]) {
      expect(judge([...before, changed(published(A), other)])).toBe(missing);
    }
    const attempt = changed(published(A), { attempt: 2 });
    expect(judge([...before, attempt])).toBe(missing);
  });

  it('names a second publication of the same revision', () => {
    expect(judge([...before, published(A), published(A)])).toBe(
      'its publication was published before',
    );
  });
});
