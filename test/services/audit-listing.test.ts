import { describe, expect, it } from 'vitest';
import { keysOf, partitionOf } from '../../src/domain/event-keys.ts';
import { listIncidents } from '../../src/services/audit-listing.ts';
import {
  chained,
  draft,
  type Fact,
  INCIDENT,
  opened,
  PERSON,
  published,
  started,
} from '../domain/gate-story.ts';

const TEXT = draft('drf-a');
const PUBLISHED = [TEXT, started(TEXT), published(TEXT)];
const WORKER = { kind: 'system', id: 'incident-worker' } as const;
const CANCELLED: Fact = { type: 'INCIDENT_CANCELLED', actor: PERSON, details: { reason: 'r' } };
const OWED: Fact = {
  type: 'STATUSPAGE_OBLIGATION_OPENED',
  actor: WORKER,
  details: { statuspageIncidentId: 'p1', because: 'cancelled', link: '' },
};
const KEPT: Fact = {
  type: 'STATUSPAGE_OBLIGATION_SETTLED',
  actor: PERSON,
  details: { how: 'kept', reason: 'r' },
};

describe('listIncidents()', () => {
  it.each<[string, string, Fact[]]>([
    ['nothing', 'nothing was published', [CANCELLED]],
    ['open', 'the incident goes on', PUBLISHED],
    ['owed', 'it is over and the page still shows it', [...PUBLISHED, CANCELLED]],
    ['owed', 'people are asked to end it', [...PUBLISHED, CANCELLED, OWED]],
    ['kept', 'somebody said why it stays', [...PUBLISHED, CANCELLED, OWED, KEPT]],
  ])('says %s of the page when %s', async (page, _when, facts) => {
    const rows = chained([opened, ...facts]).map((event) => ({ ...keysOf(event), ...event }));
    const partition = partitionOf(INCIDENT);
    const reader = { partitions: async () => [partition], rows: async () => rows };
    const listed = await listIncidents({ reader } as never, {});
    expect(listed).toMatchObject([{ incidentId: INCIDENT, page, problems: 0 }]);
  });
});
