import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { redact } from '../../src/ai/redacted-text.ts';
import { statusTemplate } from '../../src/ai/status-template.ts';
import { problemsOfCustomerText } from '../../src/domain/customer-text.ts';
import { anyFacts } from './status-facts.ts';

describe('statusTemplate()', () => {
  it.each([
    ['investigating', 'We are investigating problems with Checkout. '],
    [
      'identified',
      'We have found the cause of the problems with Checkout and are working on a fix. ',
    ],
    ['monitoring', 'A fix for the problems with Checkout is in place, '],
    ['resolved', 'The problems with Checkout are resolved, and service is back to normal. '],
  ] as const)('tells %s in its own words', (status, beginning) => {
    const { title, text } = statusTemplate({ status, componentNames: ['Checkout'] });
    expect(title).toBe('Problems with Checkout');
    expect(text.startsWith(beginning)).toBe(true);
  });

  it.each([
    [[], 'some of our services'],
    [['Checkout', 'Payments'], 'Checkout and Payments'],
    [['Checkout', 'Checkout'], 'Checkout'],
    [['Cart', 'Checkout', 'Payments'], 'Cart, Checkout and Payments'],
    [['A1', 'B1', 'C1', 'D1'], 'A1, B1, C1 and D1'],
    [['A1', 'B1', 'C1', 'D1', 'E1'], 'A1, B1, C1, D1 and other parts of our service'],
    [['Checkout', '{{component}}'], 'Checkout and other parts of our service'],
    [['[component]'], 'some of our services'],
    [['TBD'], 'some of our services'],
    [['db01.prod.internal'], 'some of our services'],
    [['x'.repeat(60)], 'x'.repeat(60)],
    [['x'.repeat(61)], 'some of our services'],
  ])('names %j as "%s"', (componentNames, affected) => {
    const { title, text } = statusTemplate({ status: 'investigating', componentNames });
    expect(title).toBe(`Problems with ${affected}`);
    expect(text).toContain(`problems with ${affected}. Some`);
  });

  it('leaves nothing to fill in, nothing internal and no half sentence, whatever the names', () => {
    fc.assert(
      fc.property(anyFacts, (facts) => {
        const { title, text } = statusTemplate(facts);
        for (const words of [title, text]) {
          expect(words).not.toMatch(/[[\]{}<>_]|\b(?:TBD|TODO|FIXME|undefined|null|NaN)\b/i);
          expect(problemsOfCustomerText(words)).toEqual([]);
          expect(redact(words).count).toBe(0);
        }
        expect(title.length).toBeLessThanOrEqual(255);
        expect(text.length).toBeLessThanOrEqual(3_000);
        expect(text).toMatch(/^[A-Z].*\.$/);
      }),
      { numRuns: 1_000 },
    );
  });
});
