import { beforeEach, describe, expect, it } from 'vitest';
import type { AuditEvent, DetailsOf } from '../../src/domain/audit-event.ts';
import type { ShownIncident, ShownPage } from '../../src/domain/shown-page.ts';
import { MemoryAuditTrail } from '../../src/local/memory/memory-audit-trail.ts';
import { MemoryIncidentRows } from '../../src/local/memory/memory-incident-rows.ts';
import { type Decision, IncidentRecord } from '../../src/services/incident-record.ts';
import { PageBudget } from '../../src/services/page-budget.ts';
import { PageDrift, type PageDriftDeps } from '../../src/services/page-drift.ts';
import { PublicationChain } from '../../src/services/publication-chain.ts';
import { PublisherDrift } from '../../src/services/publisher-drift.ts';
import {
  about,
  approved,
  draft,
  drift as driftFact,
  type Fact,
  INCIDENT,
  notExecuted,
  opened,
  published,
  refused,
  started,
} from '../domain/gate-story.ts';

const OTHER = 'inc-bbbbbbbbbbbbbbbb';
const START = Date.parse('2026-11-20T23:50:00.000Z');
const MINE = draft('drf-aaaaaaaaaaaaaaaa');
const SECOND = draft('drf-bbbbbbbbbbbbbbbb');
const { request } = MINE.details as DetailsOf<'STATUSPAGE_DRAFT_CREATED'>;
const { name, status, body } = request.body.incident;

let nowMs = START;
let trail: MemoryAuditTrail;
let rows: MemoryIncidentRows;
let record: IncidentRecord;
let page: ShownPage | undefined;
let counted: string[];
let asked: unknown[];
let told: unknown[];
beforeEach(() => {
  nowMs = START;
  trail = new MemoryAuditTrail();
  rows = new MemoryIncidentRows();
  record = new IncidentRecord({
    trail,
    rows,
    clock: { nowMs: () => nowMs },
    pause: { forMs: async () => {} },
  });
  page = { pageId: 'page0001', incidents: [], isWhole: true };
  counted = [];
  asked = [];
  told = [];
});

const clock = { nowMs: () => nowMs };
const log = {
  note() {},
  warn() {},
  error() {},
  count: (metric: string) => void counted.push(metric),
};

/** Facts on an incident's trail, a second apart. */
async function given(incidentId: string, facts: readonly Fact[]): Promise<void> {
  for (const [index, { type, details, actor }] of facts.entries()) {
    nowMs += 1_000;
    await record.run({
      incidentId,
      commandId: `${type}#${index}`,
      actor: actor ?? { kind: 'system', id: 'publisher' },
      decide: () => ({ append: type, details }) as Decision<never>,
    });
  }
}

/** An incident on the page; by default as it was published just now. */
function shown(of: Partial<ShownIncident> & { body?: string } = {}): ShownIncident {
  const times = { createdAtMs: nowMs, updatedAtMs: nowMs };
  const { body: text = body, ...rest } = of;
  return {
    id: 'p1',
    name,
    status,
    ...times,
    updates: [{ id: 'u1', status, body: text, ...times }],
    ...rest,
  };
}

/** Ours, with updates by another hand. */
function withForeign(count: number): ShownIncident {
  const ours = shown();
  const others = Array.from({ length: count }, (_, index) => ({
    id: `f${index}`,
    status: 'monitoring',
    body: `by another hand ${index}`,
    createdAtMs: nowMs + index,
    updatedAtMs: nowMs + index,
  }));
  return { ...ours, status: 'monitoring', updates: [...others.toReversed(), ...ours.updates] };
}

function drift(of: Partial<PageDriftDeps> = {}): PageDrift {
  return new PageDrift({
    record,
    rows,
    page: { newestIncidents: async () => page },
    publications: { send: async (...sent) => void asked.push(sent) },
    clock,
    log,
    pageId: 'page0001',
    publicUrl: 'https://status.example.com',
    mode: 'sweeper',
    ...of,
  });
}

const look = (incidentId: string, statuspageIncidentId = 'p1') =>
  ({ kind: 'look_at_page', incidentId, statuspageIncidentId }) as const;

async function found(
  chain: string,
): Promise<Extract<AuditEvent, { type: 'STATUSPAGE_DRIFT_FOUND' }>[]> {
  return (await trail.from(chain, 1)).filter((event) => event.type === 'STATUSPAGE_DRIFT_FOUND');
}

const BEFORE = [opened, MINE, approved(MINE), started(MINE)];
const IN_FLIGHT = [
  ['approved', BEFORE.slice(0, 3)],
  ['publishing', BEFORE],
  ['unconfirmed', [...BEFORE, unconfirmed()]],
] as const;

/** What may end a publication that was started, and was taken for absent. */
function givenUp(of: Fact): [string, Fact[]][] {
  const { digest } = of.details as DetailsOf<'STATUSPAGE_DRAFT_CREATED'>;
  const attempt = notExecuted(of).details as object;
  const back = [notExecuted(of), refused(of)];
  return [
    [
      'declared absent',
      [
        {
          type: 'STATUSPAGE_PUBLISH_FAILED',
          details: { ...attempt, retryAt: undefined, reason: 'declared absent', httpStatus: null },
        },
      ],
    ],
    ['refused', back],
    ['rejected', [...back, about(of, 'STATUSPAGE_APPROVAL_REJECTED', { digest, reason: 'no' })]],
    ['withdrawn', [...back, about(of, 'STATUSPAGE_DRAFT_WITHDRAWN', { reason: 'no' })]],
    ['expired', [...back, about(of, 'STATUSPAGE_APPROVAL_EXPIRED', { of: 'draft', reason: 'no' })]],
    [
      'revised',
      [...back, draft(String((of.details as { draftId: string }).draftId), { revision: 2 })],
    ],
  ];
}

function unconfirmed(): Fact {
  const {
    digest: _digest,
    deadline: _deadline,
    pageBefore: _before,
    ...of
  } = started(MINE).details as DetailsOf<'STATUSPAGE_PUBLISH_STARTED'>;
  return {
    type: 'STATUSPAGE_PUBLISH_UNCONFIRMED',
    details: { ...of, reason: 'no answer', looks: 0 },
  };
}

describe('PageDrift.look()', () => {
  it.each(IN_FLIGHT)('waits while what the page shows is %s', async (_status, facts) => {
    await given(INCIDENT, facts);
    page!.incidents = [shown()];
    expect(await drift().look(look('intake-20261120'))).toEqual([]);
    expect(await found('intake-20261120')).toEqual([]);
  });

  it('finds the publication though the index does not know it yet, and nothing is wrong', async () => {
    await given(INCIDENT, [...BEFORE, published(MINE)]);
    page!.incidents = [shown()];
    const forgetful = {
      listPublished: async () => [],
      listOpen: (limit: number) => rows.listOpen(limit),
      listUnfinished: (limit: number) => rows.listUnfinished(limit),
      appliedSeq: (...of: [string, string]) => rows.appliedSeq(...of),
    };
    expect(await drift({ rows: forgetful }).look(look('intake-20261120'))).toEqual([]);
  });

  it.each(givenUp(MINE))(
    'calls what was sent and then %s a late effect, not another hand’s',
    async (...row) => {
      await given(INCIDENT, [...BEFORE, ...row[1]]);
      page!.incidents = [shown({ id: 'late' })];
      const { publicationId } = MINE.details as { publicationId: string };
      for (const looks of [1, 2]) {
        expect(await drift().look(look('intake-20261120', 'late')), String(looks)).toEqual([
          INCIDENT,
        ]);
      }
      expect((await found(INCIDENT)).map(({ details }) => details)).toEqual([
        {
          statuspageIncidentId: 'late',
          kind: 'duplicate',
          publicationId,
          difference:
            'an incident on the page shows a text whose publication had been given up; it was sent ' +
            'from here and took effect late',
          link: 'https://status.example.com/incidents/late',
        },
      ]);
    },
  );

  it.each(givenUp(SECOND))('says the same of an update that was %s', async (...row) => {
    const sent = [SECOND, approved(SECOND), started(SECOND), ...row[1]];
    await given(INCIDENT, [...BEFORE, published(MINE), ...sent]);
    const { publicationId, request: second } =
      SECOND.details as DetailsOf<'STATUSPAGE_DRAFT_CREATED'>;
    const [ours] = shown().updates;
    const late = { ...ours!, id: 'u2', body: second.body.incident.body };
    page!.incidents = [shown({ updates: [late, ours!] })];
    await drift().look(look(INCIDENT));
    expect((await found(INCIDENT)).map(({ details }) => details)).toMatchObject([
      { statuspageIncidentId: 'p1', kind: 'duplicate', publicationId },
    ]);
  });

  it('still calls a text foreign that was approved and never sent', async () => {
    const { digest } = MINE.details as DetailsOf<'STATUSPAGE_DRAFT_CREATED'>;
    const rejected = about(MINE, 'STATUSPAGE_APPROVAL_REJECTED', { digest, reason: 'no' });
    await given(INCIDENT, [...BEFORE.slice(0, 3), rejected]);
    page!.incidents = [shown({ id: 'x' })];
    await drift().look(look('intake-20261120', 'x'));
    expect((await found('intake-20261120'))[0]?.details.kind).toBe('foreign_incident');
  });

  it('does not take one incident’s text for a second copy of another’s', async () => {
    await given(INCIDENT, [...BEFORE, published(MINE)]);
    await given(OTHER, BEFORE);
    page!.incidents = [shown({ id: 'p2' }), shown()];
    expect(await drift().look(look('intake-20261120', 'p2'))).toEqual([]);
  });

  it('names the publication of which the page has a second copy, on the incident', async () => {
    await given(INCIDENT, [...BEFORE, published(MINE)]);
    page!.incidents = [shown({ id: 'p2' }), shown()];
    expect(await drift().look(look('intake-20261120', 'p2'))).toEqual([INCIDENT]);
    const { publicationId } = MINE.details as { publicationId: string };
    const [event] = await found(INCIDENT);
    expect(event?.details).toMatchObject({
      kind: 'duplicate',
      publicationId,
      statuspageIncidentId: 'p2',
    });
  });

  it('records an incident by another hand once, on its own day, also after midnight', async () => {
    page!.incidents = [shown({ id: 'x', name: 'We are down', body: 'Sorry.' })];
    expect(await drift().look(look('intake-20261120', 'x'))).toEqual(['intake-20261120']);
    nowMs += 20 * 60_000;
    await drift().look(look('intake-20261121', 'x'));
    expect(await found('intake-20261120')).toHaveLength(1);
    expect(await found('intake-20261121')).toEqual([]);
    expect(counted).toEqual(['PageDriftFound']);
    const [event] = await found('intake-20261120');
    expect(event?.details.link).toBe('https://status.example.com/incidents/x');
    expect(JSON.stringify(event)).not.toMatch(/We are down|Sorry/);
  });

  it('records what differs from ours, whatever chain the message names', async () => {
    await given(INCIDENT, [...BEFORE, published(MINE)]);
    page!.incidents = [shown({ name: 'A glitch' })];
    expect(await drift().look(look('intake-20261120'))).toEqual([INCIDENT]);
    expect(await drift().look(look(OTHER))).toEqual([INCIDENT]);
    expect((await found(INCIDENT)).map(({ details }) => details.kind)).toEqual(['edited']);
  });

  it('records what is beyond the first 20 differences with the next look', async () => {
    await given(INCIDENT, [...BEFORE, published(MINE)]);
    page!.incidents = [withForeign(25)];
    for (const count of [20, 25, 25]) {
      expect(await drift().look(look(INCIDENT))).toEqual([INCIDENT]);
      expect(await found(INCIDENT)).toHaveLength(count);
    }
  });

  it('does nothing about what the page does not show and nobody published', async () => {
    expect(await drift().look(look(INCIDENT, 'nosuch'))).toEqual([]);
    expect(await drift().look({ ...look(INCIDENT), statuspageIncidentId: 7 as never })).toEqual([]);
  });

  it.each([
    ['does not answer', undefined],
    ['is another page', { pageId: 'other', incidents: [shown({ id: 'x' })], isWhole: true }],
  ])('counts a page that %s, and records nothing', async (_how, answer) => {
    page = answer;
    expect(await drift().look(look('intake-20261120', 'x'))).toEqual([]);
    expect(counted).toEqual(['PageUnreadable']);
  });

  it('asks the publisher about the last publication when only its key can read the page', async () => {
    await given(INCIDENT, [...BEFORE, published(MINE)]);
    const { draftId } = MINE.details as { draftId: string };
    expect(await drift({ mode: 'publisher' }).look(look(INCIDENT))).toEqual([]);
    expect(asked).toEqual([
      [{ incidentId: INCIDENT, draftId, revision: 1 }, expect.stringMatching(/^[0-9a-f]{64}$/)],
    ]);
    await drift({ mode: 'publisher' }).look(look('intake-20261120'));
    await drift({ mode: 'off' }).look(look(INCIDENT));
    expect(asked).toHaveLength(1);
  });
});

describe('PublisherDrift.look()', () => {
  const publisher = (budget = new PageBudget(clock)) =>
    new PublisherDrift({
      chain: new PublicationChain({ trail, clock }),
      rows,
      page: { newestIncidents: async () => page },
      budget,
      queue: { send: async (message) => void told.push(message) },
      clock,
      log,
    });
  const { draftId } = MINE.details as { draftId: string };
  const asking = { incidentId: INCIDENT, draftId, revision: 1 };

  it('records the same difference once, and tells incident-worker', async () => {
    await given(INCIDENT, [...BEFORE, published(MINE)]);
    page!.incidents = [shown({ name: 'A glitch', claimedBy: INCIDENT })];
    expect(await publisher().look(asking)).toBe(1);
    await publisher().look(asking);
    expect(await found(INCIDENT)).toHaveLength(1);
    await record.load(INCIDENT);
    await publisher().look(asking);
    expect(await found(INCIDENT)).toHaveLength(1);
    expect(told[0]).toMatchObject({ kind: 'publication_changed', incidentId: INCIDENT });
  });

  it('leaves alone what another incident of ours published, or is publishing', async () => {
    await given(INCIDENT, [...BEFORE, published(MINE)]);
    await given(OTHER, BEFORE);
    page!.incidents = [shown({ claimedBy: INCIDENT }), shown({ id: 'p2', claimedBy: OTHER })];
    expect(await publisher().look(asking)).toBe(0);
  });

  it('does not believe a claim that the trail does not bear out', async () => {
    await given(INCIDENT, [...BEFORE, published(MINE)]);
    const forged = shown({ id: 'x', body: 'Sorry.', claimedBy: OTHER, link: 'https://page/x' });
    page!.incidents = [shown({ claimedBy: INCIDENT }), forged];
    expect(await publisher().look(asking)).toBe(1);
    const [event] = await found('intake-20261120');
    expect(event?.details).toMatchObject({ kind: 'foreign_incident', link: 'https://page/x' });
  });

  it('looks only for the last publication, and only while there is room in the rate', async () => {
    await given(INCIDENT, [...BEFORE, published(MINE)]);
    page!.incidents = [shown({ name: 'A glitch' })];
    expect(await publisher().look({ ...asking, revision: 2 })).toBe(0);
    expect(await publisher().look({ ...asking, incidentId: 'intake-20261120' })).toBe(0);
    const spent = new PageBudget(clock);
    while (spent.take('look')) {}
    expect(await publisher(spent).look(asking)).toBe(0);
    expect(await found(INCIDENT)).toEqual([]);
  });

  it('counts a page that does not answer, and leaves it alone for two minutes', async () => {
    await given(INCIDENT, [...BEFORE, published(MINE)]);
    const answer = page;
    page = undefined;
    const one = publisher();
    expect(await one.look(asking)).toBe(0);
    expect(counted).toEqual(['PageUnreadable']);
    page = { ...answer!, incidents: [shown({ name: 'A glitch' })] };
    nowMs += 119_999;
    expect(await one.look(asking)).toBe(0);
    nowMs += 1;
    expect(await one.look(asking)).toBe(1);
  });

  it('records what is beyond the first 20 differences with the next look', async () => {
    await given(INCIDENT, [...BEFORE, published(MINE)]);
    page!.incidents = [withForeign(25)];
    for (const count of [20, 25, 25]) {
      await publisher().look(asking);
      await record.load(INCIDENT);
      expect(await found(INCIDENT)).toHaveLength(count);
    }
    const others = Array.from({ length: 25 }, (_, n) => shown({ id: `x${n}`, body: `Text ${n}` }));
    page!.incidents = [shown(), ...others];
    for (const count of [20, 25]) {
      await publisher().look(asking);
      await record.load('intake-20261120');
      expect(await found('intake-20261120')).toHaveLength(count);
    }
  });
});

describe('an incident that was removed, replaced, and is on the page again', () => {
  it('is on record once, on the chain of its incident, when no copy can be that old', async () => {
    const { publicationId: basedOn } = MINE.details as { publicationId: string };
    const replaces = { statuspageIncidentId: 'p1', removedSeq: 6 };
    const next = draft('drf-cccccccccccccccc', { basedOn, onPage: null, replaces });
    const again = published(next);
    const there = {
      ...again,
      details: { ...(again.details as object), statuspageIncidentId: 'p2' },
    };
    const first = [opened, MINE, approved(MINE), started(MINE), published(MINE)];
    const gone = driftFact('removed', { whole: true });
    await given(INCIDENT, [...first, gone, next, approved(next), started(next), there]);
    const second = shown({ id: 'p2', body: `Text of drf-cccccccccccccccc, revision 1.` });
    page = { pageId: 'page0001', incidents: [shown(), second], isWhole: true };
    expect(await drift().look(look('intake-20261120', 'p1'))).toEqual([]);
    nowMs += 181_000;
    for (let n = 0; n < 2; n += 1) {
      expect(await drift().look(look('intake-20261120', 'p1'))).toEqual([INCIDENT]);
    }
    expect((await found(INCIDENT)).slice(1).map(({ details }) => details)).toEqual([
      {
        statuspageIncidentId: 'p1',
        kind: 'duplicate',
        publicationId: null,
        difference: 'an incident that had been removed and was replaced is on the page again',
        link: 'https://status.example.com/incidents/p1',
      },
    ]);
    expect((await record.load(INCIDENT))?.state.page.statuspageIncidentId).toBe('p2');
  });
});
