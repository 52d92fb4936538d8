import fc from 'fast-check';
import type { StatusFacts } from '../../src/ai/status-facts.ts';

/** Facts of a slow checkout; a test names what matters to it. */
export function givenFacts(facts: Partial<StatusFacts> = {}): StatusFacts {
  return {
    status: 'investigating',
    severity: 'P1',
    serviceNames: ['checkout-api'],
    componentNames: ['Checkout'],
    alertTitles: ['High latency on checkout-api'],
    internalUpdates: [],
    notes: [],
    lastPublishedText: undefined,
    ...facts,
  };
}

const texts = fc.array(fc.oneof(fc.string(), fc.string({ unit: 'binary' })), { maxLength: 6 });

/** Any facts, hostile ones included. */
export const anyFacts: fc.Arbitrary<StatusFacts> = fc.record({
  status: fc.constantFrom('investigating', 'identified', 'monitoring', 'resolved'),
  severity: fc.constantFrom('P1', 'P2', 'P3', 'P4'),
  serviceNames: texts,
  componentNames: fc.array(
    fc.oneof(
      fc.string({ maxLength: 80 }),
      fc.constantFrom('Checkout', 'Payments & Refunds', '[name]', '{{component}}', 'TBD', ''),
      fc.constantFrom('db01.prod.internal', 'maya@example.com', 'A\u202EB', 'Kasse (EU)', '決済'),
    ),
    { maxLength: 8 },
  ),
  alertTitles: texts,
  internalUpdates: texts,
  notes: texts,
  lastPublishedText: fc.option(fc.string(), { nil: undefined }),
});
