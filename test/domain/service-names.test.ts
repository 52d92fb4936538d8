import { describe, expect, it } from 'vitest';
import { serviceGuess, serviceNamed } from '../../src/domain/service-names.ts';

const services = [
  { name: 'checkout-api', aliases: ['shop till'], components: ['c1'] },
  { name: 'payments-worker', components: ['c2'] },
  { name: 'payments-ledger', components: ['c2'] },
  { name: 'web-frontend', aliases: ['página'], components: ['c3'] },
  { name: 'login', components: [] },
  { name: 'login-mobile', components: [] },
];
const components = [
  { id: 'c1', name: 'Checkout' },
  { id: 'c2', name: 'Payments' },
  { id: 'c3', name: 'Website' },
];
const named = { services, components };

describe('serviceGuess()', () => {
  it.each<[string, string | undefined]>([
    ['checkout is down', 'checkout-api'],
    ['CHECKOUT-API: 5xx', 'checkout-api'],
    ['The shop till does not open', 'checkout-api'],
    ['Website is white', 'web-frontend'],
    ['La pagina no carga', 'web-frontend'],
    ['payments ledger lags', 'payments-ledger'],
    ['login on mobile is slow', 'login'],
    ['login-mobile is slow', 'login-mobile'],
    ['payments fail', undefined],
    ['checkouts are odd', undefined],
    ['the api is down', undefined],
    ['checkout and website are down', undefined],
    ['', undefined],
    [`${'x '.repeat(250)}checkout`, undefined],
    [`${'x '.repeat(245)}checkout`, 'checkout-api'],
  ])('of “%s” is %s', (title, expected) => {
    expect(serviceGuess(named, title)).toBe(expected);
  });

  it('is none where there are no services', () => {
    expect(serviceGuess({ services: [], components }, 'checkout')).toBeUndefined();
  });
});

describe('serviceNamed()', () => {
  it.each<[string, string | undefined]>([
    ['Checkout API', 'checkout-api'],
    ['shop-till', 'checkout-api'],
    ['checkout', undefined],
  ])('“%s” is %s', (typed, expected) => {
    expect(serviceNamed(services, typed)?.name).toBe(expected);
  });
});
