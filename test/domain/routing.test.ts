import { describe, expect, it } from 'vitest';
import {
  type Routing,
  type ServiceRoute,
  serviceOf,
  severityOf,
} from '../../src/domain/routing.ts';

function route(name: string, match: Partial<ServiceRoute['match']>): ServiceRoute {
  const nothing = { labels: {}, integrationIds: [], teams: [] };
  return { name, match: { ...nothing, ...match }, responders: [], components: [] };
}

const services = [
  route('nobody', {}),
  route('by team', { teams: ['T1', 'T2'] }),
  route('by integration', { integrationIds: ['I1', 'I2'] }),
  route('by labels', { labels: { service: 'checkout', env: 'prod' } }),
  route('by labels, later', { labels: { service: 'checkout' } }),
];
const severity: Routing['severity'] = [
  { labels: {}, is: 'P2' },
  { labels: { severity: 'page', env: 'prod' }, is: 'P1' },
  { labels: { severity: 'page' }, is: 'P3' },
];
const routing = { services, severity } as Routing;

describe('serviceOf()', () => {
  const named = (alert: Partial<Parameters<typeof serviceOf>[1]>) =>
    serviceOf(routing, { labels: {}, integrationId: null, team: null, ...alert })?.name;
  const labels = { service: 'checkout', env: 'prod', region: 'eu' };

  it('goes by all labels of a service, then by integration, then by team', () => {
    expect(named({ labels, integrationId: 'I2', team: 'T2' })).toBe('by labels');
    expect(named({ integrationId: 'I2', team: 'T2' })).toBe('by integration');
    expect(named({ team: 'T2' })).toBe('by team');
  });

  it('takes the first service all of whose labels match', () => {
    expect(named({ labels: { service: 'checkout', env: 'test' } })).toBe('by labels, later');
    expect(named({ labels: { env: 'prod' } })).toBeUndefined();
  });

  it('knows no service for what no service names', () => {
    expect(named({})).toBeUndefined();
    expect(named({ labels: { service: 'search' }, integrationId: 'I9', team: 'T9' })).toBe(
      undefined,
    );
  });
});

describe('severityOf()', () => {
  it('is that of the first rule all of whose labels match', () => {
    const both = { severity: 'page', env: 'prod' };
    expect(severityOf(routing, both)).toEqual({ severity: 'P1', isDefault: false });
    expect(severityOf(routing, { severity: 'page' })).toEqual({ severity: 'P3', isDefault: false });
  });

  it('is P1 by default when no rule matches', () => {
    expect(severityOf(routing, { env: 'prod' })).toEqual({ severity: 'P1', isDefault: true });
    expect(severityOf(routing, {})).toEqual({ severity: 'P1', isDefault: true });
  });
});
