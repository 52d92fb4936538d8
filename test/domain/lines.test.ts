import { describe, expect, it } from 'vitest';
import {
  type Actor,
  type AuditEvent,
  type DetailsOf,
  type EventType,
  sealEvent,
} from '../../src/domain/audit-event.ts';
import {
  draftIdOf,
  incidentIdOfAlertGroup,
  incidentIdOfDeclaration,
  intakeChainId,
  isIncidentId,
  publicationIdOf,
} from '../../src/domain/ids.ts';
import type { DraftState, IncidentState } from '../../src/domain/incident-state.ts';
import { postmortemMarkdown } from '../../src/domain/postmortem.ts';
import { recentLine } from '../../src/domain/recent-line.ts';
import { parseSeverity, worse } from '../../src/domain/severity.ts';
import { isOver, refusalOf } from '../../src/domain/transitions.ts';
import { lineOf } from '../../src/services/room-lines.ts';
import { told } from '../text-of.ts';

const MAYA: Actor = { kind: 'slack_user', id: 'U0MAYA' };
const SOURCE: Actor = { kind: 'alert_source', id: 'grafana-oncall' };
const HASH = '0'.repeat(64);
type Fact = { [T in EventType]: [T, DetailsOf<T>, Actor?] }[EventType];
const alert = (by: string | null, until?: string) => ({
  source: 'grafana-oncall' as const,
  group: 'G1',
  rawType: 'acknowledge',
  occurredAt: null,
  title: 'T',
  groupState: null,
  by: by === null ? null : { id: 'U1', username: by },
  ...(until ? { until } : {}),
  link: null,
  alerts: [],
  rawSha256: HASH,
  truncated: false,
});
function event([type, details, actor = MAYA]: Fact, seq = 1): AuditEvent {
  return sealEvent({
    incidentId: 'inc-aaaaaaaaaaaaaaaa',
    seq,
    type,
    at: new Date(Date.parse('2026-11-20T09:00:00Z') + seq * 60_000).toISOString(),
    actor,
    commandId: `c${seq}`,
    details,
    prevHash: HASH,
  } as Parameters<typeof sealEvent>[0]);
}
const incident = (ic: string | null, drafts: Partial<DraftState>[] = []) =>
  ({ ic, drafts, checklist: [] }) as unknown as IncidentState;
const DRAFT = { draftId: 'drf-aaaaaaaaaaaaaaaa', revision: 1 } as const;
const opened: Fact = [
  'INCIDENT_OPENED',
  {
    title: 'Checkout # down',
    severity: 'P2',
    severityIsDefault: false,
    service: null,
    source: 'grafana-oncall',
    group: 'G1',
    episode: 1,
    link: null,
    labels: {},
    previousIncidentId: null,
  },
  SOURCE,
];

/** Each fact, its line on the card, its line in the room. */
const LINES: [Fact, string | undefined, string | undefined][] = [
  [opened, 'Opened by Grafana OnCall as P2', undefined],
  [
    [
      'INCIDENT_DECLARED',
      { title: 'T', severity: 'P1', severityIsDefault: true, service: null, declaredIn: null },
    ],
    'Declared by @U0MAYA as P1',
    undefined,
  ],
  [['ALERT_RECEIVED', alert(null), SOURCE], undefined, undefined],
  [
    ['ALERT_ACKNOWLEDGED', alert('maya'), SOURCE],
    'Alert acknowledged by maya',
    'maya acknowledged the alert.',
  ],
  [
    ['ALERT_UNACKNOWLEDGED', alert('maya'), SOURCE],
    undefined,
    'maya took back the acknowledgement of the alert.',
  ],
  [
    ['ALERT_SILENCED', alert('maya', '2026-11-20T10:30:00Z'), SOURCE],
    'Alert silenced by maya',
    'maya silenced the alert until 10:30 UTC.',
  ],
  [
    ['ALERT_SILENCED', alert(null), SOURCE],
    'Alert silenced by Grafana OnCall',
    'Grafana OnCall silenced the alert.',
  ],
  [['ALERT_UNSILENCED', alert(null), SOURCE], undefined, 'The alert is no longer silenced.'],
  [
    ['ALERT_UNRESOLVED', alert(null), SOURCE],
    'Alert is firing again (Grafana OnCall)',
    'The alert is firing again (Grafana OnCall).',
  ],
  [
    ['SEVERITY_CHANGED', { from: 'P3', to: 'P1', reason: '' }],
    'Severity P3 → P1 by @U0MAYA',
    '@U0MAYA changed the severity from P3 to P1.',
  ],
  [
    ['SEVERITY_CHANGED', { from: 'P1', to: 'P2', reason: 'only one region is hit' }],
    'Severity P1 → P2 by @U0MAYA',
    '@U0MAYA changed the severity from P1 to P2. Reason: only one region is hit.',
  ],
  [
    ['ROLE_ASSIGNED', { role: 'ic', slackUserId: 'U0LINA' }],
    '@U0LINA is incident commander',
    '@U0LINA is the incident commander.',
  ],
  [
    ['ROLE_HANDED_OVER', { role: 'ic', from: 'U0LINA', to: 'U0MAYA' }],
    'Incident commander: @U0LINA → @U0MAYA',
    'The incident commander role went from @U0LINA to @U0MAYA.',
  ],
  [['NOTE_ADDED', { text: 'Disk' }], undefined, 'Note by @U0MAYA: Disk'],
  [
    ['NOTE_ADDED', { text: 'A storm began.' }, { kind: 'system', id: 'incident-worker' }],
    undefined,
    'A storm began.',
  ],
  [
    ['INCIDENT_RESOLVED', { summary: 'Done' }, { kind: 'system', id: 'incident-worker' }],
    'Resolved by Incident Response',
    'Incident Response resolved the incident: Done',
  ],
  [
    ['SERVICE_CHANGED', { from: null, to: 'login' }],
    'Service unknown → login by @U0MAYA',
    '@U0MAYA set the service to login.',
  ],
  [
    ['SERVICE_CHANGED', { from: 'login', to: 'search' }],
    'Service login → search by @U0MAYA',
    '@U0MAYA set the service to search; it was login.',
  ],
  [
    ['TITLE_CHANGED', { from: 'Down', to: 'Slow' }],
    'Renamed by @U0MAYA',
    '@U0MAYA renamed the incident: “Slow”.',
  ],
  [
    ['STATUS_UPDATE_SENT', { text: 'Soon', nextUpdateDueAt: '2026-11-20T10:00:00Z' }],
    'Update by @U0MAYA',
    'Update by @U0MAYA: Soon',
  ],
  [
    ['STATUS_REMINDER_SILENCED', { until: '2026-11-20T10:30:00Z' }],
    undefined,
    '@U0MAYA silenced the update reminder until 10:30 UTC.',
  ],
  [
    ['INCIDENT_MITIGATED', { text: '' }],
    'Mitigated by @U0MAYA',
    '@U0MAYA marked the incident as mitigated.',
  ],
  [
    ['INCIDENT_RESOLVED', { summary: 'Done' }],
    'Resolved by @U0MAYA',
    '@U0MAYA resolved the incident: Done',
  ],
  [
    ['INCIDENT_REOPENED', { reason: 'Back' }],
    'Reopened by @U0MAYA',
    '@U0MAYA reopened the incident: Back',
  ],
  [
    ['INCIDENT_CANCELLED', { reason: 'Drill' }],
    'Cancelled by @U0MAYA',
    '@U0MAYA cancelled the incident: Drill',
  ],
  [
    [
      'WAR_ROOM_ASSEMBLED',
      { channelId: 'C1', invited: 2, nextUpdateDueAt: '2026-11-20T10:00:00Z' },
    ],
    undefined,
    undefined,
  ],
];

describe('lines about events', () => {
  it.each(LINES.map(([fact, card, room]) => ({ type: fact[0], fact, card, room })))(
    'say of $type what happened and who did it',
    ({ fact, card, room }) => {
      expect(told(recentLine(event(fact)))).toBe(card);
      expect(told(lineOf(event(fact), incident(null)))?.text).toBe(room);
    },
  );

  it.each([
    [null, 'The alert was resolved by maya. If customers are fine too, resolve the incident.'],
    [
      'U0LINA',
      'The alert was resolved by maya. @U0LINA: if customers are fine too, resolve the incident.',
    ],
  ])('propose resolution to the incident commander %s, with a button', (ic, text) => {
    const line = told(lineOf(event(['ALERT_RESOLVED', alert('maya'), SOURCE]), incident(ic)));
    expect(line?.text).toBe(text);
    expect(line?.buttons?.map(({ actionId }) => actionId)).toEqual(['incident_resolve']);
  });

  it.each([
    [
      'STATUSPAGE_DRAFT_APPROVED',
      'Status page text approved by @U0MAYA',
      '@U0MAYA approved the status page text (revision 1).',
    ],
    [
      'STATUSPAGE_APPROVAL_REJECTED',
      'Status page text rejected by @U0MAYA',
      '@U0MAYA rejected the status page text: wrong',
    ],
    ['STATUSPAGE_DRAFT_WITHDRAWN', undefined, '@U0MAYA withdrew the status page text.'],
    [
      'STATUSPAGE_PUBLISHED',
      'Published on the status page',
      'The status page shows the approved text now.',
    ],
    [
      'STATUSPAGE_PUBLISH_FAILED',
      'Publishing failed',
      'The status page text was not published: wrong.',
    ],
    [
      'STATUSPAGE_PUBLISH_UNCONFIRMED',
      'Status page did not confirm; the incident commander decides',
      undefined,
    ],
    ['STATUSPAGE_DRAFT_CREATED', undefined, undefined],
  ])('say of the gate’s %s what became of the text', (type, card, room) => {
    const details = { ...DRAFT, reason: 'wrong', link: 'https://s.example.com' };
    const gate = { type, actor: MAYA, details } as unknown as AuditEvent;
    expect(told(recentLine(gate))).toBe(card);
    expect(told(lineOf(gate, incident(null)))?.text).toBe(room);
  });

  it('tell a revoked approval from a rejection, of that very revision', () => {
    const rejected = (draft: Partial<DraftState>) => {
      const details = { ...DRAFT, reason: 'wrong' };
      const gate = { type: 'STATUSPAGE_APPROVAL_REJECTED', actor: MAYA, details };
      const { draftId, revision } = details;
      const drafts = [{ draftId, revision, ...draft }];
      return told(lineOf(gate as unknown as AuditEvent, incident(null, drafts)))?.text;
    };
    const taken = '@U0MAYA revoked the approval of the status page text: wrong';
    const refused = '@U0MAYA rejected the status page text: wrong';
    expect(rejected({ revoked: true })).toBe(taken);
    expect(rejected({})).toBe(refused);
    expect(rejected({ revoked: true, revision: 9 })).toBe(refused);
  });

  it.each([
    ['draft', 'The status page text expired: nobody decided in time. Draft it again if needed.'],
    ['decision', undefined],
  ])('of an expired %s', (of, words) => {
    const details = { ...DRAFT, of, reason: 'r' };
    const gate = { type: 'STATUSPAGE_APPROVAL_EXPIRED', actor: MAYA, details };
    expect(told(lineOf(gate as unknown as AuditEvent, incident(null)))?.text).toBe(words);
  });

  it.each([
    ['BASE_MOVED', 'something else was published meanwhile; edit it once more'],
    ['SOMETHING_NEW', 'SOMETHING_NEW'],
  ])('say why publishing was refused: %s', (reason, words) => {
    const refused = { type: 'STATUSPAGE_PUBLISH_REFUSED', actor: MAYA, details: { reason } };
    expect(told(lineOf(refused as unknown as AuditEvent, incident(null)))?.text).toContain(words);
  });
});

describe('postmortemMarkdown()', () => {
  const told = (...facts: Fact[]) => postmortemMarkdown(facts.map((fact, i) => event(fact, i + 1)));

  it('tells the whole incident from its trail, with gaps for what only people know', () => {
    const text = told(
      opened,
      ['RESPONDER_INVITED', { slackUserId: 'U0JONAS', source: 'routing' }],
      ['ROLE_ASSIGNED', { role: 'ic', slackUserId: 'U0MAYA' }],
      [
        'WAR_ROOM_ASSEMBLED',
        { channelId: 'C1', invited: 2, nextUpdateDueAt: '2026-11-20T10:00:00Z' },
      ],
      ['CHECKLIST_ITEM_UPDATED', { index: 0, item: 'Name an IC', done: true }],
      ['CHECKLIST_ITEM_UPDATED', { index: 0, item: 'Name an IC', done: false }],
      ['SEVERITY_CHANGED', { from: 'P2', to: 'P1', reason: '' }],
      ['ROLE_HANDED_OVER', { role: 'ic', from: 'U0MAYA', to: 'U0LINA' }],
      ['NOTE_ADDED', { text: '# Not a heading\nof ours' }],
      ['STATUS_UPDATE_SENT', { text: 'Rolling back', nextUpdateDueAt: '2026-11-20T10:00:00Z' }],
      ['INCIDENT_RESOLVED', { summary: 'Rolled back.\n# Fine' }],
    );
    expect(text).toContain('# Postmortem: Checkout # down');
    expect(text).toContain('| Severity | P2 → P1 |');
    expect(text).toContain('| Duration | 10 min |');
    expect(text).toContain('> Rolled back.\n> # Fine');
    expect(text).toContain('- **2026-11-20 09:09:00** Note by @U0MAYA: # Not a heading ⏎ of ours');
    expect(text).toContain('War room assembled, 2 people reached');
    expect(text).toContain('Done: Name an IC');
    expect(text).toContain('Not done: Name an IC');
    expect(text).toContain('- @U0MAYA: incident commander');
    expect(text).toContain('- @U0JONAS: responder');
    expect(text).toContain('Nothing was published on the status page.');
    expect(text).toContain('## Causes\n\n_To be written by the team._');
    expect(text).toContain('events 1 to 11.');
  });

  it('names nobody and no summary when there is none', () => {
    const text = told(['NOTE_ADDED', { text: 'x' }]);
    expect(text).toContain('Nobody was recorded.');
    expect(text).toContain('## Summary\n\n_To be written by the team._');
    expect(text).toContain('# Postmortem: inc-aaaaaaaaaaaaaaaa');
  });

  it('counts hours of a long incident', () => {
    const first = event(opened, 1);
    const last = event(['INCIDENT_RESOLVED', { summary: 's' }], 135);
    expect(postmortemMarkdown([first, last])).toContain('| Duration | 2 h 14 min |');
  });

  it('leaves out the middle of what no row can hold, and says how much', () => {
    const note: Fact = ['NOTE_ADDED', { text: '障'.repeat(3_000) }];
    const text = told(opened, ...Array.from({ length: 100 }, () => note), [
      'INCIDENT_RESOLVED',
      { summary: 's' },
    ]);
    expect(Buffer.byteLength(text)).toBeLessThan(320_000);
    expect(text).toMatch(/- _\d+ entries are left out here; the audit trail has them\._/);
    expect(text).toContain('Resolved by @U0MAYA');
  });

  it('throws without an event', () => {
    expect(() => postmortemMarkdown([])).toThrow('expected at least one event');
  });
});

describe('severities, transitions and ids', () => {
  it.each([
    ['P2', 'P2'],
    ['p4', 'P4'],
    [' 1 ', 'P1'],
    ['SEV-3', 'P3'],
    ['sev2', 'P2'],
    ['P5', undefined],
    ['0', undefined],
    ['', undefined],
    ['critical', undefined],
  ])('parseSeverity(%j) is %s', (text, severity) => {
    expect(parseSeverity(text)).toBe(severity);
  });

  it('worse() is the one with the lower number', () => {
    expect([worse('P1', 'P4'), worse('P4', 'P1'), worse('P2', 'P2')]).toEqual(['P1', 'P1', 'P2']);
  });

  it.each([
    ['resolve', 'active', undefined],
    [
      'resolve',
      'resolved',
      'cannot resolve an incident that is resolved: expected triggered, assembling, active, mitigated, assembly_failed',
    ],
    [
      'reopen',
      'active',
      'cannot reopen an incident that is active: expected mitigated, resolved, cancelled',
    ],
    [
      'reopen',
      'closed',
      'cannot reopen an incident that is closed: expected mitigated, resolved, cancelled',
    ],
    [
      'mitigate',
      'mitigated',
      'cannot mitigate an incident that is mitigated: expected triggered, assembling, active, assembly_failed',
    ],
    ['cancel', 'assembly_failed', undefined],
  ] as const)('%s from %s: %s', (transition, status, refusal) => {
    expect(refusalOf(transition, { status } as IncidentState)).toBe(refusal);
  });

  it('isOver() once resolved, closed or cancelled', () => {
    const over = (status: IncidentState['status']) => isOver({ status });
    expect([over('mitigated'), over('resolved'), over('closed'), over('cancelled')]).toEqual([
      false,
      true,
      true,
      true,
    ]);
  });

  it('ids are the same for the same thing, of one form, and different for another', () => {
    const first = incidentIdOfAlertGroup({ source: 's', group: 'g', episode: 1 });
    expect(first).toMatch(/^inc-[a-z2-7]{16}$/);
    expect(isIncidentId(first)).toBe(true);
    expect(isIncidentId('inc-1')).toBe(false);
    expect(incidentIdOfAlertGroup({ source: 's', group: 'g', episode: 1 })).toBe(first);
    expect(incidentIdOfAlertGroup({ source: 's', group: 'g', episode: 2 })).not.toBe(first);
    expect(isIncidentId(incidentIdOfDeclaration(HASH))).toBe(true);
    const draft = draftIdOf(first, 'c1');
    expect(draft).toMatch(/^drf-[a-z2-7]{16}$/);
    expect(publicationIdOf(draft, 1)).toMatch(/^pub-[0-9a-f]{20}$/);
    expect(publicationIdOf(draft, 1)).not.toBe(publicationIdOf(draft, 2));
    expect(intakeChainId('2026-11-20T23:59:59.999Z')).toBe('intake-20261120');
  });
});
