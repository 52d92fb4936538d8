import { describe, expect, it } from 'vitest';
import { problemsOfCustomerText } from '../../src/domain/customer-text.ts';
import { draftTemplate, likelyPageStatus } from '../../src/domain/draft-template.ts';
import {
  exampleIncident,
  examplePublication,
  exampleRequest,
} from '../adapters/slack/incident-example.ts';

describe('draftTemplate()', () => {
  it.each(['investigating', 'identified', 'monitoring', 'resolved'] as const)(
    'for %s is whole sentences that customers may read',
    (status) => {
      const text = draftTemplate(status, ['Checkout', 'Search']);
      expect(text).toMatch(/^[A-Z].*Checkout and Search.*\.$/);
      expect(text).not.toMatch(/[[\]{}<>_]|TODO|undefined/);
      expect(problemsOfCustomerText(text)).toEqual([]);
    },
  );

  it.each([
    [[], 'some of our services'],
    [['', ' '], 'some of our services'],
    [['A'], 'A'],
    [['A', 'B', 'A'], 'A and B'],
    [['A', 'B', 'C', 'D'], 'A, B, C and D'],
    [['A', 'B', 'C', 'D', 'E'], 'A, B, C, D and other parts of our service'],
  ])('names %j as “%s”', (names, expected) => {
    expect(draftTemplate('investigating', names)).toContain(
      `We are investigating problems with ${expected}. `,
    );
  });
});

describe('likelyPageStatus()', () => {
  it('is investigating until something was published, then what was', () => {
    expect(likelyPageStatus(exampleIncident())).toBe('investigating');
    const lastPublication = examplePublication(exampleRequest({ status: 'monitoring' }));
    const page = { statuspageIncidentId: 'p1', lastPublication };
    expect(likelyPageStatus(exampleIncident({ page }))).toBe('monitoring');
  });
});
