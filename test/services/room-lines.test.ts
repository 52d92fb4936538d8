import { describe, expect, it } from 'vitest';
import type { AuditEvent } from '../../src/domain/audit-event.ts';
import type { IncidentState } from '../../src/domain/incident-state.ts';
import { lineOf } from '../../src/services/room-lines.ts';
import { told } from '../text-of.ts';

const linked = (groups: number) =>
  ({
    type: 'ALERT_LINKED',
    actor: { kind: 'system', id: 'incident-worker' },
    details: { fromIncidentId: null, groups, alerts: [] },
  }) as unknown as AuditEvent;
const incident = (status: string) => ({ status, drafts: [] }) as unknown as IncidentState;

describe('alert groups that join a storm', () => {
  it('are counted on the card, without a line, while it goes on', () => {
    expect(lineOf(linked(2), incident('active'))).toBeUndefined();
  });

  it.each([
    [1, '1 more alert group joined after this was over. If it goes on, reopen the incident.'],
    [2, '2 more alert groups joined after this was over. If it goes on, reopen the incident.'],
  ])('are said aloud when it is over: %i', (groups, text) => {
    expect(told(lineOf(linked(groups), incident('resolved')))).toEqual({ kind: 'line', text });
  });

  it('that may be a matter of their own are named while it goes on, five of them at most', () => {
    const alert = (title: string, more = {}) => ({ severity: 'P1', title, aloud: true, ...more });
    const line = (alerts: object[]) => {
      const event = linked(alerts.length) as { details: object };
      const said = lineOf(
        { ...event, details: { ...event.details, alerts } } as never,
        incident('active'),
      );
      return told(said);
    };
    expect(
      line([
        alert('login\nfails', { service: 'login' }),
        alert('search fails', { severity: 'P2', severityIsDefault: true }),
        { severity: 'P1', title: 'known' },
      ])?.text,
    ).toBe(
      'In this storm, and perhaps a matter of its own (if so, declare an incident for it):\n' +
        '• P1 login: “login ⏎ fails”\n• P2 (assumed): “search fails”',
    );
    const many = line(Array.from({ length: 7 }, (_, i) => alert(`n${i}`)))?.text.split('\n');
    expect(many).toHaveLength(7);
    expect(many?.at(-1)).toBe('• and 2 more');
  });

  it('are not said when what came is news of groups that are known', () => {
    expect(lineOf(linked(0), incident('resolved'))).toBeUndefined();
  });
});

describe('an approval', () => {
  const approved = (notCounted?: string[]) =>
    ({
      type: 'STATUSPAGE_DRAFT_APPROVED',
      actor: { kind: 'slack_user', id: 'U0CAL' },
      details: { draftId: 'drf-a', revision: 2, ...(notCounted ? { notCounted } : {}) },
    }) as unknown as AuditEvent;

  it('is said in the room', () => {
    expect(told(lineOf(approved(), incident('active')))?.text).toBe(
      '@U0CAL approved the status page text (revision 2).',
    );
  });

  it('names those whose earlier approval does not count any more', () => {
    expect(told(lineOf(approved(['U0BEN', 'U0ADA']), incident('active')))?.text).toBe(
      '@U0CAL approved the status page text (revision 2). The approval of @U0BEN, @U0ADA does ' +
        'not count: they may not approve this any more.',
    );
  });
});

describe('a reopened incident', () => {
  const reopened = {
    type: 'INCIDENT_REOPENED',
    actor: { kind: 'slack_user', id: 'U0DEE' },
    details: { reason: 'down again' },
  } as unknown as AuditEvent;
  const said = (status: string | null, removed?: object) => {
    const lastPublication = status && { request: { body: { incident: { status } } } };
    const page = { lastPublication, removed };
    return told(lineOf(reopened, { ...incident('active'), page } as never))?.text;
  };

  it('says that customers still read that it is resolved, where they do', () => {
    expect(said('resolved')).toBe(
      '@U0DEE reopened the incident: down again. Customers still read that it is resolved: draft an ' +
        'update if that is not so',
    );
    for (const text of [said('monitoring'), said(null), said('resolved', { seq: 9 })]) {
      expect(text).toBe('@U0DEE reopened the incident: down again');
    }
  });
});
