import { describe, expect, it } from 'vitest';
import { pageProblems } from '../../src/domain/page-replay.ts';
import type { ShownIncident, ShownPage } from '../../src/domain/shown-page.ts';
import {
  approved,
  chained,
  draft,
  type Fact,
  INCIDENT,
  opened,
  published,
  started,
} from './gate-story.ts';

const A = draft('drf-a');
const AFTER_MS = Date.UTC(2026, 10, 20, 10);
const TEXT = 'Text of drf-a, revision 1.';
const update = (body: string) => ({
  id: 'u1',
  status: 'investigating',
  body,
  createdAtMs: AFTER_MS,
  updatedAtMs: AFTER_MS,
});
const shown = (id: string, bodies: string[], createdAtMs = AFTER_MS): ShownIncident => ({
  id,
  name: 'Checkout is slow',
  status: 'investigating',
  createdAtMs,
  updatedAtMs: createdAtMs,
  updates: bodies.map(update),
});
const page = (incidents: ShownIncident[], isWhole = true): ShownPage => ({
  pageId: 'page0001',
  incidents,
  isWhole,
});
const drift = (kind: string, statuspageIncidentId: string): Fact => ({
  type: 'STATUSPAGE_DRIFT_FOUND',
  details: { kind, statuspageIncidentId, publicationId: null, difference: '', link: '' },
});
const OURS = (published(A).details as { statuspageIncidentId: string }).statuspageIncidentId;
const story = [opened, A, approved(A), started(A), published(A)];
const judged = (facts: Fact[], what: ShownPage) => pageProblems(chained(facts), what);

describe('pageProblems()', () => {
  it('finds nothing when the page shows what was published, in its own form', () => {
    expect(judged(story, page([shown(OURS, [` ${TEXT}<br/>`])]))).toEqual([]);
  });

  it('names an incident on the page that nothing on the trail explains', () => {
    const reason = 'the page shows incident x9, which no publication on the trail explains';
    expect(judged(story, page([shown(OURS, [TEXT]), shown('x9', ['We are down'])]))).toEqual([
      { incidentId: 'status-page', seq: 0, reason },
    ]);
    expect(judged([opened], page([shown('x9', [])]))).toHaveLength(1);
  });

  it('takes what is on record as another hand’s, is older than the record, or is being looked for', () => {
    const other = page([shown(OURS, [TEXT]), shown('x9', ['We are down'])]);
    expect(judged([...story, drift('foreign_incident', 'x9')], other)).toEqual([]);
    const old = page([shown(OURS, [TEXT]), shown('x9', ['We are down'], Date.UTC(2026, 10, 1))]);
    expect(judged(story, old)).toEqual([]);
    expect(judged([opened, A, approved(A), started(A)], page([shown('x9', [TEXT])]))).toEqual([]);
  });

  it('names a text on an incident of ours whose publication was cut off the trail', () => {
    const more = page([shown(OURS, [TEXT, 'Everything works again.'])]);
    expect(judged(story, more)).toEqual([
      {
        incidentId: INCIDENT,
        seq: 5,
        reason: `no publication on the trail explains 1 text(s) on the page’s incident ${OURS}`,
      },
    ]);
    expect(judged([...story, drift('foreign_update', OURS)], more)).toEqual([]);
  });

  it('names a publication whose incident is gone from the page, unless its removal is on record', () => {
    const reason = `the page does not show its incident ${OURS}, and no removal is on record`;
    expect(judged(story, page([]))).toEqual([{ incidentId: INCIDENT, seq: 5, reason }]);
    expect(judged([...story, drift('removed', OURS)], page([]))).toEqual([]);
    expect(judged([...story, drift('edited', OURS)], page([]))).toHaveLength(1);
  });

  it('says nothing of what may stand below the end of a list that was cut', () => {
    const newer = shown('x9', ['We are down'], AFTER_MS);
    const facts = [...story, drift('foreign_incident', 'x9')];
    expect(judged(facts, page([newer], false))).toEqual([]);
    const older = shown('x9', ['We are down'], Date.UTC(2026, 10, 20, 8));
    expect(judged(facts, page([older], false))).toHaveLength(1);
  });
});
