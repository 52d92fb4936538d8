import { describe, expect, it } from 'vitest';
import { recordedBody } from '../domain/alerts/recorded.ts';
import { givenWorld } from './war-room.ts';

/** A recorded body of a group of its own. */
const ofGroup = (name: string, from: string, group: string): Buffer =>
  Buffer.from(recordedBody(name).toString().replaceAll(from, group));

describe('every sender', () => {
  const stage = givenWorld();

  it('OnCall over the relay and over the bearer path is one group, one room', async () => {
    const body = ofGroup('standard.created', 'I7FQ3N5ZK8WTB', 'IRELAYED00001');
    expect(await stage.posts('/webhooks/standard', body)).toBe(202);
    expect(await stage.posts('/webhooks/grafana-oncall', body)).toBe(202);
    expect(await stage.posts('/webhooks/standard', body)).toBe(202);
    await stage.settle();
    const [incidentId, ...others] = await stage.incidentsOf('IRELAYED00001');
    expect(others).toEqual([]);
    const types = (await stage.actors.trail(incidentId ?? '')).map(({ type }) => type);
    expect(types.filter((type) => type === 'ALERT_RECEIVED')).toHaveLength(1);
    expect(types).toContain('WAR_ROOM_ASSEMBLED');
  });

  it('Alertmanager opens a room that says how many alerts it was not shown', async () => {
    const path = '/webhooks/alertmanager';
    const group = 'DiskFull';
    const bodyOf = (name: string) => ofGroup(`alertmanager.${name}`, 'CheckoutLatencyHigh', group);
    expect(await stage.posts(path, bodyOf('firing'))).toBe(202);
    expect(await stage.posts(path, bodyOf('firing.repeated'))).toBe(202);
    expect(await stage.posts(path, bodyOf('firing.more-alerts.truncated'))).toBe(202);
    expect(await stage.posts(path, bodyOf('resolved'))).toBe(202);
    await stage.settle();
    const [incidentId, ...others] = await stage.incidentsOf(group);
    expect(others).toEqual([]);
    const trail = await stage.actors.trail(incidentId ?? '');
    const alerts = trail.filter(({ type }) => type.startsWith('ALERT_'));
    expect(alerts.map(({ type }) => type)).toEqual([
      'ALERT_RECEIVED',
      'ALERT_RECEIVED',
      'ALERT_RESOLVED',
    ]);
    expect(alerts[1]).toMatchObject({ details: { notShown: 12 } });
    const texts = (await stage.actors.channels()).flatMap(({ messages }) =>
      messages.map(({ text }) => text),
    );
    const said = texts.filter((text) => text.includes('12 are not shown'));
    expect(said).toEqual([
      'The alert group has 13 alerts. Its sender shows 1 of them; 12 are not shown.',
    ]);
  });

  it('PagerDuty’s incident is opened, acknowledged and resolved, whatever the order', async () => {
    const path = '/webhooks/pagerduty';
    const bodyOf = (name: string) => ofGroup(`pagerduty.${name}`, 'PGR0VU2', 'PSTORY1');
    for (const name of ['acknowledged', 'triggered', 'acknowledged', 'annotated']) {
      expect(await stage.posts(path, bodyOf(name))).toBe(202);
      await stage.settle();
    }
    expect(await stage.posts(path, bodyOf('resolved.two-secrets'))).toBe(202);
    await stage.settle();
    const [incidentId, ...others] = await stage.incidentsOf('PSTORY1');
    expect(others).toEqual([]);
    const trail = await stage.actors.trail(incidentId ?? '');
    expect(trail[0]).toMatchObject({
      type: 'INCIDENT_OPENED',
      details: { source: 'pagerduty', service: 'checkout-api', title: 'Checkout answers 5xx' },
    });
    expect(trail.map(({ type }) => type).filter((type) => type.startsWith('ALERT_'))).toEqual([
      'ALERT_ACKNOWLEDGED',
      'ALERT_RECEIVED',
      'ALERT_RECEIVED',
      'ALERT_RESOLVED',
    ]);
  });

  it('PagerDuty’s late repetition of “unacknowledged” does not undo a newer acknowledgement', async () => {
    const path = '/webhooks/pagerduty';
    const bodyOf = (name: string) => ofGroup(`pagerduty.${name}`, 'PGR0VU2', 'PSTORY2');
    const newer = Buffer.from(
      bodyOf('acknowledged')
        .toString()
        .replace('2026-03-14T09:28:02.114Z', '2026-03-14T10:28:02.114Z')
        .replace('PZDB', 'PZDX'),
    );
    const said = [bodyOf('triggered'), bodyOf('acknowledged'), bodyOf('unacknowledged'), newer];
    for (const body of [...said, bodyOf('unacknowledged')]) {
      expect(await stage.posts(path, body)).toBe(202);
      await stage.settle();
    }
    const [incidentId] = await stage.incidentsOf('PSTORY2');
    const types = (await stage.actors.trail(incidentId ?? '')).map(({ type }) => type);
    expect(types.filter((type) => type.startsWith('ALERT_')).at(-1)).toBe('ALERT_ACKNOWLEDGED');
    expect(types.filter((type) => type === 'ALERT_UNACKNOWLEDGED')).toHaveLength(1);
  });

  it('Grafana IRM’s incident is declared, staffed and resolved: one room', async () => {
    const path = '/webhooks/grafana-irm';
    const bodyOf = (name: string) => ofGroup(`irm.${name}`, '"482"', '"48200"');
    for (const name of ['created', 'role-updated', 'created', 'status-resolved', 'closed']) {
      expect(await stage.posts(path, bodyOf(name))).toBe(202);
      await stage.settle();
    }
    const [incidentId, ...others] = await stage.incidentsOf('48200');
    expect(others).toEqual([]);
    const trail = await stage.actors.trail(incidentId ?? '');
    expect(trail[0]).toMatchObject({
      type: 'INCIDENT_OPENED',
      details: { source: 'grafana-irm', service: 'checkout-api', severity: 'P1' },
    });
    expect(trail.map(({ type }) => type).filter((type) => type.startsWith('ALERT_'))).toEqual([
      'ALERT_RECEIVED',
      'ALERT_RECEIVED',
      'ALERT_RESOLVED',
    ]);
  });

  it('of tests open nothing', async () => {
    const before = (await stage.actors.channels()).length;
    expect(await stage.posts('/webhooks/pagerduty', recordedBody('pagerduty.ping'))).toBe(202);
    const test = recordedBody('alerting.test-button');
    expect(await stage.posts('/webhooks/grafana-alerting', test)).toBe(202);
    await stage.settle();
    expect((await stage.actors.channels()).length).toBe(before);
  });
});
