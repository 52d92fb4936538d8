import { describe, expect, it } from 'vitest';
import { alertQueueGroup, isAlertPath, readAlert } from '../../../src/domain/alerts/alert-paths.ts';
import { readLabels } from '../../../src/domain/alerts/read-labels.ts';
import { fixtureBytes, signalOf } from './fixture.ts';

describe('alert paths', () => {
  it('are the three that take alerts, exactly as written', () => {
    expect(isAlertPath('/webhooks/grafana-oncall')).toBe(true);
    expect(isAlertPath('/webhooks/grafana-oncall/bearer')).toBe(true);
    expect(isAlertPath('/webhooks/grafana-alerting')).toBe(true);
    for (const path of ['/webhooks/grafana-oncall/', '/webhooks', 'toString', '/health']) {
      expect(isAlertPath(path)).toBe(false);
    }
  });

  it('read a body as their source writes it, whatever the scheme', () => {
    const body = fixtureBytes('oncall.created.json');
    const [hmac, bearer] = (
      ['/webhooks/grafana-oncall', '/webhooks/grafana-oncall/bearer'] as const
    ).map((path) => signalOf(readAlert(path, body)));
    expect(bearer).toEqual(hmac);
    expect(readAlert('/webhooks/grafana-alerting', body).kind).toBe('unreadable');
  });

  it('alertQueueGroup() names one FIFO group per source and alert group', () => {
    const group = alertQueueGroup('grafana-oncall', 'I7FQ3N5ZK8WTB');
    expect(group).toMatch(/^alert#[0-9a-f]{32}$/);
    expect(alertQueueGroup('grafana-alerting', 'I7FQ3N5ZK8WTB')).not.toBe(group);
  });
});

describe('readLabels()', () => {
  it('keeps 100 labels, cut names and values, numbers as text, and no __proto__', () => {
    const many = Object.fromEntries(Array.from({ length: 101 }, (_, i) => [`k${i}`, 'v']));
    expect(Object.keys(readLabels(many))).toHaveLength(100);
    expect(readLabels(JSON.parse('{"__proto__":"x","n":1,"b":true,"o":{},"e":""}'))).toEqual({
      n: '1',
      b: 'true',
    });
    const [[name, value]] = Object.entries(
      readLabels({ ['n'.repeat(201)]: 'v'.repeat(1_001) }),
    ) as [[string, string]];
    expect([name.length, value.length]).toEqual([200, 1_000]);
  });

  it('lets a later source win', () => {
    expect(readLabels({ severity: 'low' }, undefined, { severity: 'critical' })).toEqual({
      severity: 'critical',
    });
  });
});
