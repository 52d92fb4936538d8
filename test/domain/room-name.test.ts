import { describe, expect, it } from 'vitest';
import { incidentTitle } from '../../src/domain/incident-title.ts';
import { roomName } from '../../src/domain/room-name.ts';

const name = (title: string, service: string | null = null) =>
  roomName({
    incidentId: 'inc-aaaaaaaaaabcdef',
    openedAt: '2026-11-20T09:00:00.000Z',
    title,
    service,
  });

describe('roomName()', () => {
  it.each([
    ['Checkout error rate', 'inc-20261120-checkout-error-rate-abcdef'],
    ['Dégradation à Genève', 'inc-20261120-degradation-a-geneve-abcdef'],
    [
      'Größe, Øre, Łódź, ÆON, İstanbul, ısı',
      'inc-20261120-grosse-ore-lodz-aeon-istanbul-isi-abcdef',
    ],
    ['Tie\u0302\u0301n Việt', 'inc-20261120-tien-viet-abcdef'],
    ['決済 API が遅い', 'inc-20261120-api-abcdef'],
    ['決済が遅い', 'inc-20261120-abcdef'],
    ['   ', 'inc-20261120-abcdef'],
    ['--- !!! ---', 'inc-20261120-abcdef'],
    ['ｆｕｌｌｗｉｄｔｈ ① ﬁ', 'inc-20261120-fullwidth-1-fi-abcdef'],
  ])('of %j is %s', (title, expected) => expect(name(title)).toBe(expected));

  it('speaks of the service when the title has no Latin letters', () => {
    expect(name('決済が遅い', 'Zahlung & Küche')).toBe('inc-20261120-zahlung-kuche-abcdef');
  });

  it('is no longer than Slack takes, and ends no word with a hyphen', () => {
    expect(name(`${'a'.repeat(39)} b`)).toBe(`inc-20261120-${'a'.repeat(39)}-abcdef`);
    expect(name('x'.repeat(200))).toBe(`inc-20261120-${'x'.repeat(40)}-abcdef`);
  });
});

describe('incidentTitle()', () => {
  it.each(['', '   ', '\u200b\u2060', '\n\t\u3000', '\u2800'])(
    'says so when %j is all there is',
    (blank) => {
      expect(incidentTitle(blank, { kind: 'alert', service: 'checkout' })).toBe(
        'Untitled alert of checkout',
      );
      expect(incidentTitle(blank, { kind: 'incident', service: null })).toBe('Untitled incident');
    },
  );

  it('keeps any other title, up to 150 characters', () => {
    expect(incidentTitle(' . ', { kind: 'alert', service: null })).toBe(' . ');
    expect(incidentTitle('x'.repeat(151), { kind: 'alert', service: null })).toBe('x'.repeat(150));
  });
});
