import { describe, expect, it } from 'vitest';
import { applyEvent } from '../../src/domain/apply-event.ts';
import {
  type Actor,
  type AuditEvent,
  type DetailsOf,
  type EventType,
  sealEvent,
} from '../../src/domain/audit-event.ts';
import type { IncidentState } from '../../src/domain/incident-state.ts';

const INCIDENT = 'inc-aaaaaaaaaaaaaaaa';
const MAYA: Actor = { kind: 'slack_user', id: 'U0MAYA' };
const HASH = '0'.repeat(64);
const OPENED = {
  title: 'Checkout is down',
  severity: 'P2',
  severityIsDefault: true,
  service: 'checkout-api',
  source: 'grafana-oncall',
  group: 'G1',
  episode: 1,
  link: null,
  labels: {},
  previousIncidentId: null,
} as const;
const alert = (of: Partial<DetailsOf<'ALERT_RECEIVED'>> = {}): DetailsOf<'ALERT_RECEIVED'> => ({
  source: 'grafana-oncall',
  group: 'G1',
  rawType: 'alert group created',
  occurredAt: '2026-11-20T09:00:00Z',
  title: 'Checkout is down',
  groupState: 'firing',
  by: null,
  link: 'https://oncall.example.com/g1',
  alerts: [],
  rawSha256: HASH,
  truncated: false,
  ...of,
});

type Fact = { [T in EventType]: [T, DetailsOf<T>, Actor?] }[EventType];

function eventsOf(facts: readonly Fact[]): AuditEvent[] {
  return facts.map(([type, details, actor = MAYA], i) =>
    sealEvent({
      incidentId: INCIDENT,
      seq: i + 1,
      type,
      at: `2026-11-20T09:00:${String(i).padStart(2, '0')}.000Z`,
      actor,
      commandId: `c${i}`,
      details,
      prevHash: HASH,
    } as Parameters<typeof sealEvent>[0]),
  );
}
function stateAfter(...facts: Fact[]): IncidentState {
  let state: IncidentState | undefined;
  for (const event of eventsOf(facts)) state = applyEvent(state, event);
  return state!;
}
const opened: Fact = ['INCIDENT_OPENED', OPENED];
const room: Fact = ['WAR_ROOM_CREATED', { channelId: 'C1', channelName: 'inc', adopted: false }];
const assembled: Fact = [
  'WAR_ROOM_ASSEMBLED',
  { channelId: 'C1', invited: 1, nextUpdateDueAt: '2026-11-20T09:30:00.000Z' },
];

describe('applyEvent()', () => {
  it('remembers number and hash of the newest event', () => {
    const [event] = eventsOf([opened]);
    expect(applyEvent(undefined, event!)).toMatchObject({ version: 1, headHash: event!.hash });
  });

  it('makes the person who declares the incident commander', () => {
    const declared = {
      title: 'T',
      severity: 'P3',
      severityIsDefault: false,
      service: null,
    } as const;
    const state = stateAfter(['INCIDENT_DECLARED', { ...declared, declaredIn: 'C9' }]);
    expect(state).toMatchObject({
      ic: 'U0MAYA',
      declaredBy: 'U0MAYA',
      declaredIn: 'C9',
      alertGroup: null,
    });
  });

  it.each<[string, Fact[], IncidentState['status']]>([
    ['an alert', [opened], 'triggered'],
    ['a room', [opened, room], 'assembling'],
    ['an assembled room', [opened, room, assembled], 'active'],
    ['a failed assembly', [opened, ['ASSEMBLY_FAILED', { reason: 'no' }]], 'assembly_failed'],
    [
      'a failure of an active room',
      [opened, room, assembled, ['ASSEMBLY_FAILED', { reason: 'no' }]],
      'active',
    ],
    [
      'assembly after a mitigation',
      [opened, ['INCIDENT_MITIGATED', { text: '' }], room, assembled],
      'mitigated',
    ],
    [
      'assembly after all',
      [opened, ['ASSEMBLY_FAILED', { reason: 'no' }], room, assembled],
      'active',
    ],
    ['a resolution', [opened, ['INCIDENT_RESOLVED', { summary: 'ok' }]], 'resolved'],
    [
      'a reopening',
      [opened, ['INCIDENT_RESOLVED', { summary: 'ok' }], ['INCIDENT_REOPENED', { reason: 'no' }]],
      'active',
    ],
    ['a cancellation', [opened, ['INCIDENT_CANCELLED', { reason: 'no' }]], 'cancelled'],
    ['a closing', [opened, ['INCIDENT_CLOSED', { reason: 'done' }]], 'closed'],
  ])('is, after %s, in the right status', (_name, facts, status) => {
    expect(stateAfter(...facts).status).toBe(status);
  });

  it('remembers the worst severity it ever had', () => {
    const state = stateAfter(
      opened,
      ['SEVERITY_CHANGED', { from: 'P2', to: 'P1', reason: '' }],
      ['SEVERITY_CHANGED', { from: 'P1', to: 'P4', reason: '' }],
    );
    expect(state).toMatchObject({ severity: 'P4', worstSeverity: 'P1', severityIsDefault: false });
  });

  it('follows the role of incident commander', () => {
    const assigned: Fact = ['ROLE_ASSIGNED', { role: 'ic', slackUserId: 'U0JONAS' }];
    expect(stateAfter(opened, assigned).ic).toBe('U0JONAS');
    const handed: Fact = ['ROLE_HANDED_OVER', { role: 'ic', from: 'U0JONAS', to: 'U0LINA' }];
    expect(stateAfter(opened, assigned, handed).ic).toBe('U0LINA');
  });

  it('remembers each invited person once, and at most 500', () => {
    const invited = (id: string): Fact => ['RESPONDER_INVITED', { slackUserId: id, source: 's' }];
    expect(stateAfter(opened, invited('U0A'), invited('U0A')).invited).toEqual(['U0A']);
    const many = Array.from({ length: 501 }, (_, i) => invited(`U0${i + 100}`));
    let state: IncidentState | undefined;
    const [first] = eventsOf([opened]);
    state = applyEvent(undefined, first!);
    for (const [type, details] of many) {
      state = applyEvent(state, { ...first!, type, details, seq: state.version + 1 } as AuditEvent);
    }
    expect(state.invited).toHaveLength(500);
    expect(state.invited).not.toContain('U0100');
  });

  it('ticks and unticks one item of the checklist', () => {
    const pinned: Fact = ['CHECKLIST_PINNED', { messageTs: '1.0', items: ['a', 'b'] }];
    const tick = (done: boolean): Fact => ['CHECKLIST_ITEM_UPDATED', { index: 1, item: 'b', done }];
    expect(stateAfter(opened, pinned, tick(true)).checklist).toEqual([
      { item: 'a', done: false, by: null },
      { item: 'b', done: true, by: 'U0MAYA' },
    ]);
    expect(stateAfter(opened, pinned, tick(true), tick(false)).checklist[1]).toEqual({
      item: 'b',
      done: false,
      by: null,
    });
  });

  it('moves the reminder with each update and keeps its silence', () => {
    const later = '2026-11-20T10:00:00.000Z';
    const silenced: Fact = ['STATUS_REMINDER_SILENCED', { until: '2026-11-20T12:00:00.000Z' }];
    const update: Fact = ['STATUS_UPDATE_SENT', { text: 'Rolling back', nextUpdateDueAt: later }];
    expect(stateAfter(opened, assembled, silenced, update)).toMatchObject({
      nudge: { dueAt: later, silencedUntil: '2026-11-20T12:00:00.000Z' },
      lastUpdate: { text: 'Rolling back', by: 'U0MAYA' },
    });
    expect(stateAfter(opened, silenced).nudge?.dueAt).toBe('2026-11-20T09:00:01.000Z');
    for (const type of ['STATUS_REMINDER_SENT', 'STATUS_REMINDER_SUPPRESSED'] as const) {
      const details = { dueAt: later, reason: 'r', slackUserId: null, nextUpdateDueAt: later };
      const { reason, slackUserId, ...shared } = details;
      const fact = (
        type === 'STATUS_REMINDER_SENT'
          ? [type, { ...shared, slackUserId }]
          : [type, { ...shared, reason }]
      ) as Fact;
      expect(stateAfter(opened, assembled, fact).nudge).toEqual({
        dueAt: later,
        silencedUntil: null,
        ...(type === 'STATUS_REMINDER_SENT' ? { unanswered: 1 } : {}),
      });
    }
  });

  it('counts the unreadable bodies kept in the running minute, not those of its summary', () => {
    const body = { path: 'p', reason: 'r', rawSha256: HASH, bytes: 1, truncated: false, count: 1 };
    const kept: Fact = ['ALERT_QUARANTINED', { ...body, bodyBase64: 'YQ==' }];
    const summary: Fact = ['ALERT_QUARANTINED', { ...body, bodyBase64: null, count: 9 }];
    const state = stateAfter(kept, kept, summary);
    expect(state.quarantine).toEqual({ minute: '2026-11-20T09:00', kept: 2 });
    const [later] = eventsOf([kept]);
    const next = { ...later!, at: '2026-11-20T09:01:00.000Z' } as AuditEvent;
    expect(applyEvent(state, next).quarantine).toEqual({ minute: '2026-11-20T09:01', kept: 1 });
  });

  it('keeps the five newest lines for the card', () => {
    const changes = Array.from(
      { length: 6 },
      (_, i): Fact => [
        'SEVERITY_CHANGED',
        { from: 'P1', to: i % 2 === 0 ? 'P2' : 'P1', reason: '' },
      ],
    );
    const { recent } = stateAfter(opened, ...changes, [
      'NOTE_ADDED',
      { text: 'no line of its own' },
    ]);
    expect(recent.map(({ seq }) => seq)).toEqual([3, 4, 5, 6, 7]);
  });
});

describe('applyEvent(), for the alert group', () => {
  const acknowledged: Fact = ['ALERT_ACKNOWLEDGED', alert({ occurredAt: '2026-11-20T09:05:00Z' })];
  const resolved: Fact = ['ALERT_RESOLVED', alert({ occurredAt: '2026-11-20T09:10:00Z' })];
  const received = (occurredAt: string | null): Fact => ['ALERT_RECEIVED', alert({ occurredAt })];

  it.each<[string, Fact[], string | null]>([
    ['nothing yet', [], null],
    ['a first delivery', [received(null)], 'firing'],
    ['a late “created”', [acknowledged, received('2026-11-20T09:00:00Z')], 'acknowledged'],
    ['an older acknowledgement', [resolved, acknowledged], 'resolved'],
    ['a newer resolution', [acknowledged, resolved], 'resolved'],
    ['an untimed undoing', [resolved, ['ALERT_UNRESOLVED', alert({ occurredAt: null })]], 'firing'],
    ['a firing after a resolution', [resolved, received('2026-11-20T09:11:00Z')], 'firing'],
    ['a repetition after a resolution', [resolved, received('2026-11-20T09:10:00Z')], 'resolved'],
    ['an untimed firing after a resolution', [resolved, received(null)], 'resolved'],
    [
      'a firing after an untimed resolution',
      [['ALERT_RESOLVED', alert({ occurredAt: null })], received('2026-11-20T09:11:00Z')],
      'resolved',
    ],
    ['a silence', [['ALERT_SILENCED', alert()]], 'silenced'],
    [
      'a silence undone',
      [
        ['ALERT_SILENCED', alert()],
        ['ALERT_UNSILENCED', alert()],
      ],
      'firing',
    ],
    [
      'an acknowledgement undone',
      [acknowledged, ['ALERT_UNACKNOWLEDGED', alert({ occurredAt: null })]],
      'firing',
    ],
  ])('knows its state after %s', (_name, facts, state) => {
    expect(stateAfter(opened, ...facts).alertGroup?.state).toBe(state);
  });

  it('keeps the newest time and the first link it was told', () => {
    const state = stateAfter(opened, resolved, received('2026-11-20T09:00:00Z'), received(null));
    expect(state.alertGroup).toMatchObject({
      lastOccurredAt: '2026-11-20T09:10:00Z',
      link: 'https://oncall.example.com/g1',
    });
  });

  it('knows of no group when the incident was declared', () => {
    const declared: Fact = [
      'INCIDENT_DECLARED',
      { title: 'T', severity: 'P1', severityIsDefault: true, service: null, declaredIn: null },
    ];
    expect(stateAfter(declared, resolved).alertGroup).toBeNull();
  });
});

describe('an alert that its source has not vouched for', () => {
  const unvouched: Fact = ['INCIDENT_OPENED', { ...OPENED, confirmed: 'no' }];

  it('stays so until a delivery is confirmed', () => {
    const doubted: Fact = ['ALERT_RECEIVED', alert({ confirmed: 'no' })];
    const vouched: Fact = ['ALERT_RECEIVED', alert({ confirmed: 'yes' })];
    expect(stateAfter(unvouched).alertGroup?.unconfirmed).toBe(true);
    expect(stateAfter(unvouched, doubted).alertGroup?.unconfirmed).toBe(true);
    expect(stateAfter(unvouched, doubted, vouched).alertGroup?.unconfirmed).toBeUndefined();
  });

  it('is not doubted later if it was vouched for at first', () => {
    const doubted: Fact = ['ALERT_RECEIVED', alert({ confirmed: 'no' })];
    expect(stateAfter(opened, doubted).alertGroup?.unconfirmed).toBeUndefined();
  });
});

describe('an alert storm', () => {
  const linked = (groups: number): Fact => [
    'ALERT_LINKED',
    {
      fromIncidentId: null,
      groups,
      alerts: [
        {
          source: 'grafana-oncall',
          group: 'G1',
          rawType: 'alert group created',
          occurredAt: null,
          title: 'Checkout is down',
          groupState: 'firing',
          by: null,
          link: null,
          severity: 'P2',
          severityIsDefault: false,
          isNew: true,
          commandId: 'c',
          rawSha256: HASH,
          truncated: false,
        },
      ],
    },
  ];

  it('counts the groups it took in, and knows what was opened before', () => {
    const storm = { before: ['inc-bbbbbbbbbbbbbbbb'], incidents: 10, windowS: 300 };
    const begun: Fact = ['INCIDENT_OPENED', { ...OPENED, storm }];
    expect(stateAfter(begun, linked(3), linked(2)).storm).toEqual({
      before: ['inc-bbbbbbbbbbbbbbbb'],
      groups: 5,
    });
  });

  it('is counted on an incident that did not begin as one, too', () => {
    expect(stateAfter(opened, linked(2)).storm).toEqual({ before: [], groups: 2 });
  });
});
