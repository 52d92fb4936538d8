import { expect, it } from 'vitest';
import {
  COMPONENT_STATE_WORDS,
  isComponentState,
  isPageImpact,
  isPageStatus,
  PAGE_IMPACT_WORDS,
  PAGE_STATUS_WORDS,
} from '../../src/domain/page-words.ts';

it('the page’s words are called as the page itself calls them', () => {
  expect(Object.values(PAGE_STATUS_WORDS)).toEqual([
    'Investigating',
    'Identified',
    'Monitoring',
    'Resolved',
  ]);
  expect(Object.values(COMPONENT_STATE_WORDS)).toEqual([
    'Operational',
    'Degraded performance',
    'Partial outage',
    'Major outage',
    'Under maintenance',
  ]);
  expect(Object.values(PAGE_IMPACT_WORDS)).toEqual(['None', 'Minor', 'Major', 'Critical']);
});

it.each([
  ['a status', isPageStatus, 'resolved'],
  ['a component’s state', isComponentState, 'partial_outage'],
  ['an impact', isPageImpact, 'minor'],
])('%s is one of its words, and nothing that every object has', (_what, isOne, word) => {
  expect(isOne(word)).toBe(true);
  for (const other of ['Minor', '', 'toString', '__proto__']) expect(isOne(other)).toBe(false);
});
