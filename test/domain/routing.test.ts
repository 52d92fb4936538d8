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
  it('takes the worst that the firing alerts of a group say, and what none of them says as common', () => {
    const of = (...firingLabels: Record<string, string>[]) =>
      severityOf(routing, { labels: { env: 'eu' }, firingLabels });
    expect(of({ severity: 'page' }, { severity: 'page', env: 'prod' })).toEqual({
      severity: 'P1',
      isDefault: false,
    });
    expect(of({}, { severity: 'page' })).toEqual({ severity: 'P3', isDefault: false });
    expect(of({}, {})).toEqual({ severity: 'P1', isDefault: true });
    const common = { labels: { severity: 'page' }, firingLabels: [{ pod: 'a' }, { pod: 'b' }] };
    expect(severityOf(routing, common)).toEqual({ severity: 'P3', isDefault: false });
  });

  it('is that of the first rule all of whose labels match', () => {
    const both = { severity: 'page', env: 'prod' };
    expect(severityOf(routing, { labels: both })).toEqual({ severity: 'P1', isDefault: false });
    expect(severityOf(routing, { labels: { severity: 'page' } })).toEqual({
      severity: 'P3',
      isDefault: false,
    });
  });

  it('is P1 by default when no rule matches', () => {
    expect(severityOf(routing, { labels: { env: 'prod' } })).toEqual({
      severity: 'P1',
      isDefault: true,
    });
    expect(severityOf(routing, { labels: {} })).toEqual({ severity: 'P1', isDefault: true });
  });
});
