import { describe, expect, it } from 'vitest';
import { canonicalSha256Hex } from '../../src/domain/ids.ts';
import type { PublishedIncident } from '../../src/domain/published-texts.ts';
import {
  type ShownIncident,
  type ShownPage,
  shownTextDigest,
} from '../../src/domain/shown-page.ts';
import type { IncidentMessage } from '../../src/services/ports.ts';
import { askForLooks, suspectDrift } from '../../src/services/suspect-drift.ts';

const NOW = Date.parse('2026-12-01T00:30:00.000Z');
const DAY = 86_400_000;

/** One incident of ours with one text, as it was published and as the page shows it. */
function ours(id: string, of: { atMs?: number; status?: string; incidentId?: string } = {}) {
  const { atMs = NOW - 600_000, status = 'investigating', incidentId = `inc-${id}` } = of;
  const body = 'We are looking.';
  const entry: PublishedIncident = {
    statuspageIncidentId: id,
    incidentId,
    seq: 9,
    publications: [
      {
        publicationId: `pub-${id}`,
        opens: true,
        name: 'n',
        status,
        textDigest: shownTextDigest({ status, body }),
        pageDigest: canonicalSha256Hex({ id, name: 'n', status, body }),
        at: new Date(atMs).toISOString(),
      },
    ],
  };
  const times = { createdAtMs: atMs, updatedAtMs: atMs };
  const shown: ShownIncident = {
    id,
    name: 'n',
    status,
    ...times,
    updates: [{ id: `u-${id}`, status, body, ...times }],
  };
  return { entry, shown };
}

function givenPage(of: {
  published?: Record<string, PublishedIncident[]>;
  shown?: ShownIncident[] | undefined;
  nowMs?: number;
}) {
  const sent: { message: IncidentMessage; group: string; deduplicationId: string }[] = [];
  const asked: string[] = [];
  const counted: string[] = [];
  const page: ShownPage = { pageId: null, incidents: of.shown ?? [], isWhole: true };
  const deps = {
    page: { newestIncidents: async () => (of.shown ? page : undefined) },
    rows: {
      listPublished: async (month: string) => {
        asked.push(month);
        return of.published?.[month] ?? [];
      },
    },
    queue: {
      send: async (message: IncidentMessage, as: { group: string; deduplicationId: string }) => {
        sent.push({ message, ...as });
      },
    },
    clock: { nowMs: () => of.nowMs ?? NOW },
    log: {
      note() {},
      warn() {},
      error() {},
      count: (metric: string) => void counted.push(metric),
    },
  };
  return { deps, sent, asked, counted };
}

describe('suspectDrift()', () => {
  it('sends nothing for a page that is as it was published', async () => {
    const { entry, shown } = ours('p1');
    const { deps, sent } = givenPage({ published: { '2026-12': [entry] }, shown: [shown] });
    expect(await suspectDrift(deps)).toBe(0);
    expect(sent).toEqual([]);
  });

  it('asks the incident itself to look, once for one content', async () => {
    const { entry, shown } = ours('p1');
    const renamed = { ...shown, name: 'other' };
    const { deps, sent } = givenPage({ published: { '2026-12': [entry] }, shown: [renamed] });
    expect(await suspectDrift(deps)).toBe(1);
    await suspectDrift(deps);
    expect(sent[0]).toMatchObject({
      message: { kind: 'look_at_page', incidentId: 'inc-p1', statuspageIncidentId: 'p1' },
      group: 'work#inc-p1',
    });
    expect(sent[1]?.deduplicationId).toBe(sent[0]?.deduplicationId);
    renamed.name = 'yet another';
    await suspectDrift(deps);
    expect(sent[2]?.deduplicationId).not.toBe(sent[0]?.deduplicationId);
  });

  it('asks the chain of the incident’s own day about one that nobody published', async () => {
    const { shown } = ours('x', { atMs: Date.parse('2026-11-30T23:59:59.999Z') });
    const { deps, sent } = givenPage({ shown: [shown] });
    await suspectDrift(deps);
    expect(sent[0]?.message).toMatchObject({ incidentId: 'intake-20261130' });
  });

  it('does not miss an incident that a newer one of ours replaced, and asks when it is there', async () => {
    const old = ours('p1', { incidentId: 'inc-one', atMs: NOW - 700_000 });
    const now = ours('p2', { incidentId: 'inc-one' });
    const published = { '2026-12': [old.entry, { ...now.entry, seq: 20 }] };
    const gone = givenPage({ published, shown: [now.shown] });
    expect(await suspectDrift(gone.deps)).toBe(0);
    const back = givenPage({ published, shown: [now.shown, old.shown] });
    expect(await suspectDrift(back.deps)).toBe(1);
    expect(back.sent[0]?.message).toMatchObject({ statuspageIncidentId: 'p1' });
  });

  it('reads the months that 30 days touch, and no others', async () => {
    const monthsAt = async (at: string) => {
      const { deps, asked } = givenPage({ shown: [], nowMs: Date.parse(at) });
      await suspectDrift(deps);
      return asked;
    };
    expect(await monthsAt('2026-11-30T12:00:00.000Z')).toEqual(['2026-10', '2026-11']);
    expect(await monthsAt('2026-12-31T12:00:00.000Z')).toEqual(['2026-12']);
    expect(await monthsAt('2026-03-01T12:00:00.000Z')).toEqual(['2026-01', '2026-02', '2026-03']);
  });

  it('takes the later month’s entry of an incident, and none of more than 30 days ago', async () => {
    const { entry } = ours('p1');
    const [first] = entry.publications;
    const november = { ...entry, publications: [{ ...first!, at: '2026-11-20T00:00:00.000Z' }] };
    const { shown } = ours('p1');
    const both = givenPage({
      published: { '2026-11': [november], '2026-12': [{ ...entry, incidentId: 'inc-new' }] },
      shown: [{ ...shown, name: 'other' }],
    });
    await suspectDrift(both.deps);
    expect(both.sent.map(({ message }) => 'incidentId' in message && message.incidentId)).toEqual([
      'inc-new',
    ]);
    const at = async (ageMs: number) => {
      const old = ours('p1', { atMs: NOW - ageMs });
      const { deps } = givenPage({ published: { '2026-11': [old.entry] }, shown: [] });
      return suspectDrift(deps);
    };
    expect(await at(30 * DAY)).toBe(1);
    expect(await at(30 * DAY + 1)).toBe(0);
  });

  it('counts a page that cannot be read, and reads nothing else', async () => {
    const { deps, asked, counted } = givenPage({ shown: undefined });
    expect(await suspectDrift(deps)).toBe(0);
    expect([asked, counted]).toEqual([[], ['PageUnreadable']]);
  });

  it('suspects 50 at most, and stops when there is no time left', async () => {
    const many = Array.from({ length: 60 }, (_, n) => ours(`x${n}`).shown);
    const { deps, sent } = givenPage({ shown: many });
    expect(await suspectDrift(deps)).toBe(50);
    let left = 3;
    expect(await suspectDrift(deps, () => left-- > 0)).toBe(3);
    expect(sent).toHaveLength(53);
  });
});

describe('of more suspicions than fit into one sweep', () => {
  it('each is sent in its turn, though the differences last', async () => {
    const changed = Array.from({ length: 60 }, (_, n) => ours(`p${n}`));
    const given = {
      published: { '2026-12': changed.map(({ entry }) => entry) },
      shown: [...changed.map(({ shown }) => ({ ...shown, name: 'other' })), ours('x').shown],
    };
    const looked = new Set<unknown>();
    for (const minute of [0, 1]) {
      const { deps, sent } = givenPage({ ...given, nowMs: NOW + minute * 60_000 });
      expect(await suspectDrift(deps)).toBe(50);
      for (const { message } of sent) {
        looked.add('statuspageIncidentId' in message && message.statuspageIncidentId);
      }
    }
    expect(looked.size).toBe(61);
  });

  it('another hand’s incident is the first of them that is sent', async () => {
    const { entry, shown } = ours('p1');
    const { deps, sent } = givenPage({
      published: { '2026-12': [entry] },
      shown: [{ ...shown, name: 'other' }, ours('x').shown],
    });
    await suspectDrift(deps);
    expect(sent[0]?.message).toMatchObject({ statuspageIncidentId: 'x' });
  });
});

describe('askForLooks()', () => {
  it('asks about five a minute at most, whatever was resolved', async () => {
    const entries = Array.from({ length: 2_000 }, (_, n) =>
      ours(`r${n}`, { status: 'resolved', atMs: NOW }),
    ).map(({ entry }) => entry);
    const counts: number[] = [];
    for (let minute = 0; minute < 1_440; minute += 10) {
      const { deps } = givenPage({
        published: { '2026-12': entries },
        nowMs: NOW + minute * 60_000,
      });
      counts.push(await askForLooks(deps));
    }
    expect(Math.max(...counts)).toBe(5);
  });

  const looked = async (entries: PublishedIncident[], nowMs = NOW) => {
    const { deps, sent } = givenPage({ published: { '2026-12': entries }, nowMs });
    await askForLooks(deps);
    return sent.map(
      ({ message }) => 'statuspageIncidentId' in message && message.statuspageIncidentId,
    );
  };

  it('asks each minute about what is open on the page', async () => {
    const { entry } = ours('p1');
    expect(await looked([entry])).toEqual(['p1']);
    expect(await looked([entry], NOW + 60_000)).toEqual(['p1']);
  });

  it('asks once a day about what was resolved', async () => {
    const { entry } = ours('p1', { status: 'resolved', atMs: NOW });
    let asked = 0;
    for (let minute = 0; minute < 1_440; minute += 1) {
      asked += (await looked([entry], NOW + minute * 60_000)).length;
    }
    expect(asked).toBe(1);
  });

  it('asks about three a minute, and about each in its turn', async () => {
    const entries = Array.from({ length: 25 }, (_, n) => ours(`p${n}`).entry);
    const minutes = Array.from({ length: 9 }, (_, n) => n);
    const turns = await Promise.all(minutes.map((n) => looked(entries, NOW + n * 60_000)));
    expect(Math.max(...turns.map((turn) => turn.length))).toBe(3);
    expect(new Set(turns.flat()).size).toBe(25);
  });
});
