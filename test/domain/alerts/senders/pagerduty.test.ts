import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { essentialParts, readAlert } from '../../../../src/domain/alerts/alert-paths.ts';
import { signalOf } from '../fixture.ts';
import { changedSignal, recordedBody, recordedSignal } from '../recorded.ts';

const PATH = '/webhooks/pagerduty';
const read = (name: string) => recordedSignal(PATH, `pagerduty.${name}`);

describe('an event of PagerDuty', () => {
  it('reads every field', () => {
    expect(read('acknowledged')).toEqual({
      source: 'pagerduty',
      group: 'PGR0VU2',
      kind: 'acknowledge',
      rawType: 'incident.acknowledged',
      meaning: expect.stringMatching(/^[0-9a-f]{64}$/),
      hasStoredTime: true,
      occurredAt: '2026-03-14T09:28:02.114Z',
      groupCreatedAt: '2026-03-14T09:27:12Z',
      groupState: 'acknowledged',
      title: 'Checkout answers 5xx',
      link: 'https://acme.pagerduty.com/incidents/PGR0VU2',
      labels: {
        service_name: 'checkout-api',
        urgency: 'high',
        priority: 'P1',
        escalation_policy: 'Default',
      },
      integrationId: 'PF9KMXH',
      team: 'Checkout',
      by: { id: 'PLH1HKV', username: 'Jonas Berg', email: null },
      people: [{ id: 'PTUXL6G', username: 'Maya Ito', email: null }],
      alerts: [],
    });
  });

  it.each([
    ['triggered', 'created', 'firing'],
    ['escalated', 'escalation', 'firing'],
    ['unacknowledged', 'unacknowledge', 'firing'],
    ['resolved.two-secrets', 'resolve', 'resolved'],
    ['reopened', 'unresolve', 'firing'],
    ['reassigned', 'unknown', 'acknowledged'],
    ['priority-updated', 'unknown', 'firing'],
    ['annotated', 'unknown', null],
    ['ping', 'test', null],
  ])('%s is %s of a group that is %s', (name, kind, groupState) => {
    expect(read(name)).toMatchObject({ kind, groupState });
  });

  it('about an incident belongs to it, whether it carries the incident or refers to it', () => {
    expect(read('annotated')).toMatchObject({ group: 'PGR0VU2', title: 'Checkout answers 5xx' });
  });

  it('about roles belongs to the incident that each assignment names', () => {
    const role = (name: string) => ({
      event: {
        id: 'ff8b3a2e',
        event_type: 'incident.role.assigned',
        occurred_at: '2026-03-14T09:30:00Z',
        data: {
          type: 'incident_role_assignment',
          [name]: [
            {
              id: 'af64b84c',
              assignee: { id: 'P75B6QD', type: 'user_reference' },
              incident: { id: 'PGR0VU2', summary: null, type: 'incident_reference' },
            },
          ],
        },
      },
    });
    for (const name of ['incident_role_assignments', 'assignments']) {
      const bytes = Buffer.from(JSON.stringify(role(name)));
      const signal = signalOf(readAlert(PATH, bytes));
      expect(signal).toMatchObject({ group: 'PGR0VU2', kind: 'unknown', groupState: null });
      expect(signalOf(readAlert(PATH, essentialParts(PATH, signal, bytes)))).toEqual(signal);
    }
  });

  it.each([
    ['service.updated', { id: 'PF9KMXH', type: 'service' }],
    [
      'service.custom_field_values.updated',
      { type: 'service_field_values', service: { id: 'PF9KMXH', type: 'service_reference' } },
    ],
  ])('%s is noted, under a name that no incident has', (event_type, data) => {
    const bytes = Buffer.from(JSON.stringify({ event: { id: '1', event_type, data } }));
    const signal = signalOf(readAlert(PATH, bytes));
    expect(signal).toMatchObject({ group: 'service PF9KMXH', kind: 'unknown', groupState: null });
    expect(signalOf(readAlert(PATH, essentialParts(PATH, signal, bytes)))).toEqual(signal);
  });

  it('is nobody’s deed when a service triggered it', () => {
    expect(read('triggered').by).toBeNull();
  });

  it('means the same under the same id, whatever else changed meanwhile', () => {
    const later = changedSignal(PATH, 'pagerduty.triggered', (body) => {
      body.event.data.title = 'Renamed';
      body.event.data.status = 'acknowledged';
    });
    expect(later.meaning).toBe(read('triggered').meaning);
    const other = changedSignal(PATH, 'pagerduty.triggered', (body) => {
      body.event.id = '01CEFGEGXSA33KIFIX0ZK5PZDZ';
    });
    expect(other.meaning).not.toBe(read('triggered').meaning);
  });

  it('without an id is told apart by its time, and without both by nothing', () => {
    const timed = changedSignal(PATH, 'pagerduty.triggered', (body) => {
      delete body.event.id;
    });
    expect(timed.hasStoredTime).toBe(true);
    const neither = changedSignal(PATH, 'pagerduty.triggered', (body) => {
      delete body.event.id;
      delete body.event.occurred_at;
    });
    expect(neither.hasStoredTime).toBe(false);
  });

  it.each([
    ['no data', '{"event":{"id":"1","event_type":"incident.triggered"}}', 'NO_GROUP'],
    ['version 2', '{"messages":[{"event":"incident.trigger"}]}', 'NO_ENVELOPE'],
    ['no type', '{"event":{"id":"1"}}', 'NO_ENVELOPE'],
    ['nothing', '', 'EMPTY'],
  ])('cannot be read from %s', (_name, body, reason) => {
    expect(readAlert(PATH, Buffer.from(body))).toEqual({ kind: 'unreadable', reason });
  });

  it('reads any JSON in any field without throwing', () => {
    const bytes = recordedBody('pagerduty.triggered');
    const fields = ['id', 'type', 'title', 'service', 'assignees', 'teams', 'priority', 'status'];
    fc.assert(
      fc.property(fc.constantFrom(...fields), fc.jsonValue(), (field, value) => {
        const body = JSON.parse(bytes.toString());
        body.event.data[field] = value;
        const given = Buffer.from(JSON.stringify(body));
        expect(['signal', 'unreadable']).toContain(readAlert(PATH, given).kind);
      }),
    );
  });
});
