import { describe, expect, it } from 'vitest';
import type { IncidentState } from '../../src/domain/incident-state.ts';
import { twinsOf } from '../../src/domain/twins.ts';

const AT = '2026-11-20T09:10:00.000Z';
const open = (of: Partial<IncidentState>) =>
  ({
    ...{ incidentId: 'inc-1', status: 'active', openedAt: AT },
    ...{ title: 'Checkout is down', service: 'checkout-api' },
    ...of,
  }) as IncidentState;
const isTwin = (
  described: Parameters<typeof twinsOf>[0],
  other: Partial<IncidentState>,
  atMs = Date.parse(AT),
) => twinsOf(described, { open: [open(other)], atMs }).length === 1;

describe('twinsOf()', () => {
  const mine = { title: 'Nobody can pay', service: 'checkout-api' };

  it.each<[string, boolean, Partial<IncidentState>]>([
    ['of the same service', true, {}],
    ['of another service', false, { service: 'login' }],
    ['that is over', false, { status: 'resolved' }],
    ['that was opened 9:59 ago', true, { openedAt: '2026-11-20T09:00:01.000Z' }],
    ['that was opened 10:00 ago', false, { openedAt: '2026-11-20T09:00:00.000Z' }],
    ['that was opened just after', true, { openedAt: '2026-11-20T09:10:01.000Z' }],
    ['of which nothing is on record yet', false, { openedAt: '' }],
  ])('an incident %s: %s', (_what, expected, other) => {
    expect(isTwin(mine, other)).toBe(expected);
  });

  it.each<[string, string, boolean]>([
    ['Checkout slow', 'Checkout is down', true],
    ['CHECKOUT payments', 'checkout', true],
    ['checkout payments fail', 'checkout search fails', false],
    ['Payments are down', 'Search is down', false],
    ['It is down', 'It is down', false],
    ['Оплата не работает', 'оплата', false],
    ['Оплата не', 'оплата', true],
  ])('“%s” and “%s” where no service is known: %s', (title, other, expected) => {
    expect(isTwin({ title, service: null }, { title: other, service: null })).toBe(expected);
  });

  it('compares titles where a service was only guessed, and not where both are known', () => {
    const [title, service] = ['Checkout is down', 'login'];
    expect(isTwin({ title, service, serviceGuessed: true }, {})).toBe(true);
    expect(isTwin({ title, service }, { serviceGuessed: true })).toBe(true);
    expect(isTwin({ title, service }, {})).toBe(false);
  });

  it('names the first one first', () => {
    const [early, late] = ['2026-11-20T09:05:00.000Z', '2026-11-20T09:06:00.000Z'];
    const listed = [
      open({ incidentId: 'inc-2', openedAt: late }),
      open({ incidentId: 'inc-1', openedAt: early }),
    ];
    const found = twinsOf(mine, { open: listed, atMs: Date.parse(AT) });
    expect(found.map(({ incidentId }) => incidentId)).toEqual(['inc-1', 'inc-2']);
  });
});
