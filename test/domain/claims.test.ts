import { describe, expect, it } from 'vitest';
import {
  type Claim,
  cappedBy,
  claimsAfter,
  claimsOf,
  claimWords,
  contradicted,
  isBetter,
} from '../../src/domain/claims.ts';
import { pageRequestOf } from '../../src/domain/draft.ts';
import type { ComponentState, PageStatus } from '../../src/domain/statuspage-event-details.ts';

const said = (status: PageStatus, components: Record<string, ComponentState>) =>
  pageRequestOf(
    { title: 't', text: 't', status, impact: 'none', notify: false, components },
    { pageId: 'page1', onPage: null },
  );
const claim = (of: Partial<Claim> = {}): Claim => ({
  incidentId: 'inc-other',
  componentId: 'c1',
  state: 'partial_outage',
  title: 'Problems with Checkout',
  ...of,
});
const override = {
  componentId: 'c1',
  claimed: 'partial_outage',
  incidentId: 'inc-other',
  reason: 'r',
} as const;

describe('what an incident claims', () => {
  it('is what it last said of each component, other than that it works', () => {
    const first = claimsAfter(
      undefined,
      said('investigating', { c1: 'major_outage', c2: 'partial_outage' }),
    );
    expect(first).toEqual({ c1: 'major_outage', c2: 'partial_outage' });
    const next = claimsAfter(first, said('monitoring', { c1: 'operational' }));
    expect(next).toEqual({ c2: 'partial_outage' });
  });

  it('is nothing after its end on the page, whatever that leaves a component at', () => {
    expect(claimsAfter({ c1: 'major_outage' }, said('resolved', { c1: 'major_outage' }))).toEqual(
      {},
    );
  });
});

describe('the claims of an incident', () => {
  const lastPublication = { request: said('monitoring', { c1: 'partial_outage' }) };
  const open = { statuspageIncidentId: 'p1', lastPublication };
  const of = (page: object) => claimsOf({ incidentId: 'inc-other', page } as never);

  it('are those of its page incident, under the title that customers know', () => {
    const claims = { c2: 'major_outage' };
    const expected = claim({ componentId: 'c2', state: 'major_outage', title: 't' });
    expect(of({ ...open, claims })).toEqual([expected]);
  });

  it('are those of its last publication in a row of an older version', () => {
    expect(of(open)).toEqual([claim({ title: 't' })]);
  });

  it.each([
    ['is not on the page', { statuspageIncidentId: null, lastPublication: null }],
    ['was removed from it by hand', { ...open, removed: { seq: 9, at: '' } }],
    ['was ended there', { ...open, lastPublication: { request: said('resolved', {}) } }],
  ])('are none when it %s', (_what, page) => {
    expect(of({ ...page, claims: { c1: 'major_outage' } })).toEqual([]);
  });
});

describe('a state is better', () => {
  it.each([
    ['operational', 'under_maintenance', true],
    ['under_maintenance', 'degraded_performance', true],
    ['degraded_performance', 'partial_outage', true],
    ['partial_outage', 'major_outage', true],
    ['major_outage', 'major_outage', false],
    ['major_outage', 'operational', false],
  ] as const)('%s than %s: %s', (state, than, expected) => {
    expect(isBetter(state, than)).toBe(expected);
  });
});

describe('a claim is contradicted', () => {
  it.each([
    ['operational', true],
    ['degraded_performance', true],
    ['partial_outage', false],
    ['major_outage', false],
  ] as const)('by %s: %s', (state, expected) => {
    expect(contradicted({ c1: state }, { claims: [claim()] })).toHaveLength(expected ? 1 : 0);
  });

  it('not by a text that does not name the component', () => {
    expect(contradicted({ c2: 'operational' }, { claims: [claim()] })).toEqual([]);
  });

  it('not where a person overrode this very claim', () => {
    const of = { claims: [claim()], overrides: [override] };
    expect(contradicted({ c1: 'operational' }, of)).toEqual([]);
  });

  it.each([
    ['it got worse since', claim({ state: 'major_outage' })],
    ['it is of another incident', claim({ incidentId: 'inc-third' })],
    ['it is of another component', claim({ componentId: 'c2' })],
  ])('in spite of an override when %s', (_why, other) => {
    const of = { claims: [other], overrides: [override] };
    expect(contradicted({ c1: 'operational', c2: 'operational' }, of)).toEqual([other]);
  });
});

describe('a proposal', () => {
  it('is no better than the worst that any other open incident says', () => {
    const claims = [claim(), claim({ incidentId: 'inc-third', state: 'degraded_performance' })];
    const asked = { c1: 'operational', c2: 'operational' } as const;
    expect(cappedBy(asked, claims)).toEqual({ c1: 'partial_outage', c2: 'operational' });
    expect(cappedBy({ c1: 'major_outage' }, claims)).toEqual({ c1: 'major_outage' });
  });

  it('says whose word it is', () => {
    expect(claimWords([claim()], () => 'Checkout')).toBe(
      'Checkout: Partial outage, says the open incident “Problems with Checkout”',
    );
  });
});
