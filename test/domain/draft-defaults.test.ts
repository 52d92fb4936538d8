import { expect, it } from 'vitest';
import { defaultDraftContent } from '../../src/domain/draft-defaults.ts';
import type { IncidentState } from '../../src/domain/incident-state.ts';

const ROUTING = {
  services: [{ name: 'checkout-api', components: ['c1', 'c2'] }],
  components: [
    { id: 'c1', name: 'Checkout' },
    { id: 'c2', name: 'Payments' },
    { id: 'c3', name: 'Search' },
  ],
} as never;

function content(of: {
  service?: string;
  status?: 'investigating' | 'resolved';
  drafts?: { status: string; components: string[] }[];
}) {
  const { service = 'checkout-api', status = 'investigating', drafts = [] } = of;
  const incident = {
    service,
    severity: 'P2',
    page: { lastPublication: null },
    drafts: drafts.map((draft) => ({
      status: draft.status,
      request: { body: { incident: { component_ids: draft.components } } },
    })),
  } as unknown as IncidentState;
  return defaultDraftContent({ incident, routing: ROUTING, status, text: 'Words.' });
}

it('a service nobody routes touches no component', () => {
  const { title, components } = content({ service: 'unheard-of' });
  expect([title, components]).toEqual(['Service disruption', {}]);
});

it('resolving puts right what this incident put on the page, and nothing it only drafted', () => {
  const drafts = [
    { status: 'published', components: ['c1'] },
    { status: 'published', components: ['c1', 'c3'] },
    { status: 'rejected', components: ['c2'] },
  ];
  const { components } = content({ status: 'resolved', drafts });
  expect(components).toEqual({ c1: 'operational', c3: 'operational' });
});
