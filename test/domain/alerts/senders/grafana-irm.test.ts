import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { essentialParts, readAlert } from '../../../../src/domain/alerts/alert-paths.ts';
import { changedSignal, recordedBody, recordedSignal } from '../recorded.ts';

const PATH = '/webhooks/grafana-irm';
const read = (name: string) => recordedSignal(PATH, `irm.${name}`);

describe('an incident webhook of Grafana IRM', () => {
  it('reads every field', () => {
    expect(read('created')).toEqual({
      source: 'grafana-irm',
      group: '482',
      kind: 'created',
      rawType: 'grafana.incident.created',
      meaning: expect.stringMatching(/^[0-9a-f]{64}$/),
      hasStoredTime: true,
      occurredAt: '2026-03-14T09:27:10Z',
      groupCreatedAt: '2026-03-14T09:27:09.293367Z',
      groupState: 'firing',
      title: 'checkout-api 5xx above 10%',
      link: null,
      labels: { service_name: 'checkout-api', region: 'eu-1', severity: 'critical' },
      integrationId: null,
      team: null,
      by: { id: 'grafana-incident:user-637c92ccd784a2ee', username: 'Maya Ito', email: null },
      people: [],
      alerts: [],
    });
  });

  it.each([
    ['role-updated', 'unknown', 'firing'],
    ['status-resolved', 'resolve', 'resolved'],
    ['closed', 'resolve', 'resolved'],
    ['status-active', 'unresolve', 'firing'],
    ['drill', 'test', 'firing'],
  ])('%s is %s of a group that is %s', (name, kind, groupState) => {
    expect(read(name)).toMatchObject({ group: '482', kind, groupState });
  });

  it('names whoever has a role, once, and only the declaring person as who did it', () => {
    expect(read('role-updated')).toMatchObject({
      by: null,
      people: [
        { id: 'grafana-incident:user-5f0c92ccd784a2aa', username: 'Jonas Berg', email: null },
      ],
    });
    const older = changedSignal(PATH, 'irm.role-updated', (body) => {
      const [{ user }] = body.incident.incidentMembership.assignments;
      body.incident.roles = [{ role: 'commander', user }, { role: 'investigator', user }, {}];
    });
    expect(older.people).toEqual(read('role-updated').people);
  });

  it('tells its end by two events as one fact, at the time it was closed', () => {
    const [byStatus, closed] = [read('status-resolved'), read('closed')];
    expect(closed.meaning).toBe(byStatus.meaning);
    expect(closed.occurredAt).toBe('2026-03-14T10:02:10.118Z');
    const again = changedSignal(PATH, 'irm.closed', (body) => {
      body.incident.closedTime = '2026-03-14T11:00:00Z';
    });
    expect(again.meaning).not.toBe(closed.meaning);
  });

  it('means the same under the same id, and without an id by its time', () => {
    const renamed = changedSignal(PATH, 'irm.created', (body) => {
      body.incident.title = 'Renamed';
    });
    expect(renamed.meaning).toBe(read('created').meaning);
    const timed = changedSignal(PATH, 'irm.created', (body) => {
      delete body.id;
    });
    expect(timed.hasStoredTime).toBe(true);
    expect(timed.meaning).not.toBe(read('created').meaning);
    const neither = changedSignal(PATH, 'irm.created', (body) => {
      delete body.id;
      delete body.time;
    });
    expect(neither.hasStoredTime).toBe(false);
  });

  it('with a status that nobody knows changes nothing and is noted', () => {
    const odd = changedSignal(PATH, 'irm.status-active', (body) => {
      body.incident.status = 'constructor';
    });
    expect(odd).toMatchObject({ kind: 'unknown', groupState: null });
  });

  it('reads labels in both forms, and the severity before a label of that name', () => {
    const { labels } = changedSignal(PATH, 'irm.created', (body) => {
      body.incident.labels = [
        { label: 'team: shop' },
        { label: 'no colon' },
        { label: ':empty' },
        { key: 'severity', label: 'Minor' },
        { key: 'x' },
        7,
      ];
    });
    expect(labels).toEqual({ team: 'shop', severity: 'critical' });
  });

  it('without a title is called by its id', () => {
    const bare = changedSignal(PATH, 'irm.created', (body) => {
      delete body.incident.title;
    });
    expect(bare.title).toBe('482');
  });

  it.each([
    ['no incident', '{"event":"grafana.incident.created"}', 'NO_ENVELOPE'],
    ['no event', '{"incident":{"incidentID":"1"}}', 'NO_ENVELOPE'],
    ['no id', '{"event":"grafana.incident.created","incident":{}}', 'NO_GROUP'],
    ['nothing', '', 'EMPTY'],
  ])('cannot be read from %s', (_name, body, reason) => {
    expect(readAlert(PATH, Buffer.from(body))).toEqual({ kind: 'unreadable', reason });
  });

  it('reads any JSON in any field, and its essential parts as the same signal', () => {
    const bytes = recordedBody('irm.role-updated');
    const fields = ['incidentID', 'title', 'labels', 'severity', 'status', 'isDrill', 'closedTime'];
    const more = ['createdByUser', 'incidentMembership', 'roles', 'overviewURL', 'createdTime'];
    fc.assert(
      fc.property(fc.constantFrom(...fields, ...more), fc.jsonValue(), (field, value) => {
        const body = JSON.parse(bytes.toString());
        body.incident[field] = value;
        const given = Buffer.from(JSON.stringify(body));
        const found = readAlert(PATH, given);
        if (found.kind !== 'signal') return;
        const again = readAlert(PATH, essentialParts(PATH, found.signal, given));
        expect(again).toEqual(found);
      }),
    );
  });
});
