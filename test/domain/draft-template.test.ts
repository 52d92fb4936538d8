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
    [
      'investigating',
      'We are investigating problems with Search. Some customers may see errors or slow ' +
        'responses. We are working to find the cause and will post another update as soon as we ' +
        'know more.',
    ],
    [
      'identified',
      'We have found the cause of the problems with Search and are working on a fix. Some ' +
        'customers may still see errors or slow responses. We will post another update when the ' +
        'fix is in place.',
    ],
    [
      'monitoring',
      'A fix for the problems with Search is in place, and we are watching the results. Service ' +
        'should be returning to normal. We will post another update once we are sure that the ' +
        'problems are over.',
    ],
    [
      'resolved',
      'The problems with Search are resolved, and service is back to normal. We are sorry for ' +
        'the disruption. If you still see problems, please contact our support team.',
    ],
  ] as const)('for %s says, whole', (status, text) => {
    expect(draftTemplate(status, ['Search'])).toBe(text);
  });

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
