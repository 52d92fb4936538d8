import { describe, expect, it } from 'vitest';
import type { EventType } from '../../src/domain/audit-event.ts';
import { LifeReplay } from '../../src/domain/life-replay.ts';
import type { Standing } from '../../src/domain/standing.ts';
import { approved, chained, draft, type Fact, opened, PERSON, severity } from './gate-story.ts';

/** What is wrong with the last of these facts; those before it must be fine. */
function lastProblem(facts: readonly Fact[]): string | undefined {
  const replay = new LifeReplay();
  const found = chained(facts).map((event) => replay.next(event));
  expect(found.slice(0, -1).filter(Boolean)).toEqual([]);
  return found.at(-1);
}

const fact = (type: EventType, details: object = {}): Fact => ({ type, details, actor: PERSON });
const mitigated = fact('INCIDENT_MITIGATED');
const resolved = fact('INCIDENT_RESOLVED');
const reopened = fact('INCIDENT_REOPENED');
const cancelled = fact('INCIDENT_CANCELLED');
const closed = fact('INCIDENT_CLOSED');
const room = fact('WAR_ROOM_CREATED');
const assembled = fact('WAR_ROOM_ASSEMBLED');
const failed = fact('ASSEMBLY_FAILED');
const assigned = (slackUserId: string) => fact('ROLE_ASSIGNED', { role: 'ic', slackUserId });
const handed = (from: string, to: string) => fact('ROLE_HANDED_OVER', { role: 'ic', from, to });
const about = (from: string | null, to: string) => fact('SERVICE_CHANGED', { from, to });
const called = (from: string, to: string) => fact('TITLE_CHANGED', { from, to });
const declared: Fact = {
  type: 'INCIDENT_DECLARED',
  actor: PERSON,
  details: { severity: 'P2', title: 'Down', service: null },
};
const A = draft('drf-a');

const approvedAs = (id: string, details: object): Fact => {
  const approval = approved(A, { id });
  return { ...approval, details: { ...(approval.details as object), ...details } };
};

describe('LifeReplay accepts', () => {
  it.each<[string, Fact[]]>([
    ['a whole life', [opened, room, assembled, mitigated, resolved, closed]],
    ['a second end after it was reopened', [opened, resolved, reopened, mitigated, resolved]],
    [
      'a cancelled incident that is reopened and closed',
      [opened, cancelled, reopened, cancelled, closed],
    ],
    [
      'a room that comes after the end, which stays the end',
      [opened, resolved, room, assembled, reopened],
    ],
    [
      'an assembly that fails and then works',
      [opened, room, failed, assembled, mitigated, reopened],
    ],
    ['a commander who hands over', [opened, assigned('U0ANN'), handed('U0ANN', 'U0BEN')]],
    [
      'a service and a title that follow on each other',
      [declared, about(null, 'a'), called('Down', 'Slow'), about('a', 'b'), called('Slow', 'Out')],
    ],
    [
      'the declarer taking the role again',
      [
        { type: 'INCIDENT_DECLARED', actor: PERSON, details: { severity: 'P2' } },
        assigned('U0JONAS'),
      ],
    ],
  ])('%s', (_what, facts) => {
    expect(lastProblem(facts)).toBeUndefined();
  });
});

describe('LifeReplay names', () => {
  it.each<[string, Fact[], string]>([
    [
      'a service that was another one before',
      [declared, about(null, 'a'), about(null, 'b')],
      'the incident was about another service before it',
    ],
    [
      'a title that was another one before',
      [declared, called('Up', 'Slow')],
      'the incident had another title before it',
    ],
    [
      'a second resolution',
      [opened, resolved, resolved],
      'an incident that is resolved does not take INCIDENT_RESOLVED',
    ],
    [
      'a mitigation of a cancelled incident',
      [opened, cancelled, mitigated],
      'an incident that is cancelled does not take INCIDENT_MITIGATED',
    ],
    [
      'a second mitigation',
      [opened, mitigated, mitigated],
      'an incident that is mitigated does not take INCIDENT_MITIGATED',
    ],
    [
      'a reopening of what is open',
      [opened, room, reopened],
      'an incident that is assembling does not take INCIDENT_REOPENED',
    ],
    [
      'a cancelled end',
      [opened, resolved, cancelled],
      'an incident that is resolved does not take INCIDENT_CANCELLED',
    ],
    [
      'anything after it was closed',
      [opened, resolved, closed, reopened],
      'an incident that is closed does not take INCIDENT_REOPENED',
    ],
    [
      'closing what goes on',
      [opened, room, failed, closed],
      'an incident that is assembly_failed does not take INCIDENT_CLOSED',
    ],
    ['a second opening', [opened, opened], 'the incident was opened before'],
    [
      'a role that is taken',
      [opened, assigned('U0ANN'), assigned('U0BEN')],
      'by the events before it @U0ANN was incident commander',
    ],
    [
      'a role handed over by somebody else',
      [opened, assigned('U0ANN'), handed('U0BEN', 'U0CAL')],
      'by the events before it @U0ANN was incident commander',
    ],
    [
      'a role handed over that nobody had',
      [opened, handed('U0BEN', 'U0CAL')],
      'no event before it made anybody incident commander',
    ],
  ])('%s', (_what, facts, reason) => {
    expect(lastProblem(facts)).toBe(reason);
  });

  it('an approval that says another commander than the events do', () => {
    const before = [opened, assigned('U0ANN'), A];
    expect(
      lastProblem([...before, approvedAs('U0ANN', { incidentCommander: 'U0ANN' })]),
    ).toBeUndefined();
    expect(lastProblem([...before, approvedAs('U0EVE', { incidentCommander: 'U0EVE' })])).toBe(
      'by the events before it @U0ANN was incident commander',
    );
    expect(
      lastProblem([opened, A, approvedAs('U0EVE', { incidentCommander: null })]),
    ).toBeUndefined();
    expect(lastProblem([...before, approvedAs('U0EVE', { incidentCommander: null })])).toBe(
      'by the events before it @U0ANN was incident commander',
    );
  });

  it('an older approval by the commander’s rule of somebody whom no event made one', () => {
    const policyIds = ['p2-p4-status-approver', 'p2-p4-incident-commander'];
    const before = [opened, assigned('U0ANN'), A];
    expect(lastProblem([...before, approvedAs('U0ANN', { policyIds })])).toBeUndefined();
    expect(lastProblem([...before, approvedAs('U0EVE', { policyIds })])).toBe(
      'by the events before it @U0ANN was incident commander',
    );
    expect(lastProblem([opened, A, approvedAs('U0EVE', { policyIds })])).toBe(
      'no event before it made anybody incident commander',
    );
  });
});

describe('LifeReplay and checkpoints', () => {
  const page = { statuspageIncidentId: 'p1', publicationId: 'pub-1' };
  const judged = (checkpoint: unknown) => {
    const publicationId = 'pub-1';
    return lastProblem([
      opened,
      assigned('U0ANN'),
      severity('P1'),
      severity('P3'),
      { type: 'STATUSPAGE_PUBLISH_STARTED', details: { publicationId } },
      { type: 'STATUSPAGE_PUBLISHED', details: { ...page } },
      { type: 'STATUSPAGE_PUBLISH_STARTED', details: { publicationId: 'pub-2' } },
      { type: 'STATUSPAGE_PUBLISH_FAILED', details: { publicationId: 'pub-0' } },
      { ...mitigated, details: { checkpoint } },
    ]);
  };
  const right: Standing = {
    worstSeverity: 'P1',
    ic: 'U0ANN',
    status: 'mitigated',
    page,
    openPublicationId: 'pub-2',
  };

  it('accepts one that repeats what came before it', () => {
    expect(judged(right)).toBeUndefined();
    expect(judged(undefined)).toBeUndefined();
  });

  it.each<[string, Partial<Standing>]>([
    ['severity', { worstSeverity: 'P3' }],
    ['commander', { ic: 'U0EVE' }],
    ['status', { status: 'active' }],
    ['open publication', { openPublicationId: null }],
    ['publication', { page: { ...page, publicationId: 'pub-2' } }],
    ['page incident', { page: { ...page, statuspageIncidentId: 'p2' } }],
    ['page', { page: null }],
  ])('names one that says another %s', (_what, change) => {
    expect(judged({ ...right, ...change })).toBe('its checkpoint is not what came before it');
  });
});

it('a severity that changed before anything was opened is all that is known', () => {
  const replay = new LifeReplay();
  const found = chained([severity('P3'), severity('P1')]).map((event) => replay.next(event));
  expect(found).toHaveLength(2);
});
