import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalSha256Hex } from '../../src/domain/ids.ts';
import type { PublishedText } from '../../src/domain/incident-state.ts';
import type { PageDifference } from '../../src/domain/page-difference.ts';
import { foreignDay, foreignIncident, pageDifferences } from '../../src/domain/page-drift.ts';
import {
  type ShownIncident,
  type ShownPage,
  type ShownUpdate,
  shownTextDigest,
} from '../../src/domain/shown-page.ts';

const T0 = Date.parse('2026-11-20T09:00:00.000Z');
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const ID = 'page1';

type Text = { name: string; status: string; body: string };
/** What the page makes of a text; most keep it. */
type Keeps = (text: string) => string;
const asIs: Keeps = (text) => text;

const THREE: Text[] = [
  { name: 'Payments fail', status: 'investigating', body: 'We are looking.' },
  { name: 'Payments fail', status: 'identified', body: 'We found it.' },
  { name: 'Payments failed', status: 'resolved', body: 'It works again.' },
];

/** Texts published ten minutes apart, and the page after the last of them. */
function published(texts: readonly Text[], keeps: Keeps = asIs) {
  const publications: PublishedText[] = [];
  const updates: ShownUpdate[] = [];
  texts.forEach(({ name, status, body }, index) => {
    const sentMs = T0 + index * 10 * MINUTE;
    updates.push({
      id: `u${index}`,
      status,
      body: keeps(body),
      createdAtMs: sentMs,
      updatedAtMs: sentMs,
    });
    publications.push({
      publicationId: `pub-${index}`,
      opens: index === 0,
      name,
      status,
      textDigest: shownTextDigest({ status, body }),
      pageDigest: canonicalSha256Hex({ id: ID, name: keeps(name), status, body: keeps(body) }),
      at: new Date(sentMs + 800).toISOString(),
    });
  });
  const last = texts.at(-1) as Text;
  const lastMs = T0 + (texts.length - 1) * 10 * MINUTE;
  const shown: ShownIncident = {
    id: ID,
    name: keeps(last.name),
    status: last.status,
    createdAtMs: T0,
    updatedAtMs: lastMs,
    updates: updates.toReversed(),
  };
  return { publications, shown, nowMs: lastMs + 5 * MINUTE };
}

const pageOf = (...incidents: ShownIncident[]): ShownPage => ({
  pageId: null,
  incidents,
  isWhole: true,
});

function differences(
  of: ReturnType<typeof published>,
  change: Partial<Parameters<typeof pageDifferences>[0]> = {},
): PageDifference[] {
  return pageDifferences({
    statuspageIncidentId: ID,
    publications: of.publications,
    inFlight: [],
    page: pageOf(of.shown),
    nowMs: of.nowMs,
    ...change,
  });
}

const kinds = (found: readonly PageDifference[]) =>
  found.map(({ kind, publicationId }) => [kind, publicationId]);

/** The page with one update changed, by its number from the oldest. */
function rewritten(shown: ShownIncident, index: number, to: Partial<ShownUpdate>): ShownIncident {
  const updates = shown.updates.map((update) =>
    update.id === `u${index}` ? { ...update, updatedAtMs: T0 + 2 * HOUR, ...to } : update,
  );
  return { ...shown, updates };
}

function foreign(of: Partial<ShownUpdate> = {}): ShownUpdate {
  const atMs = T0 + 21 * MINUTE;
  return {
    id: 'x',
    status: 'monitoring',
    body: 'Trust me.',
    createdAtMs: atMs,
    updatedAtMs: atMs,
    ...of,
  };
}

describe('pageDifferences()', () => {
  const honest = published(THREE);
  const { shown } = honest;

  it('finds nothing in what was published', () => {
    expect(differences(honest)).toEqual([]);
  });

  it.each<[string, ShownIncident, [string, string | null][]]>([
    [
      'an update by another hand',
      { ...shown, status: 'monitoring', updates: [foreign(), ...shown.updates] },
      [['foreign_update', null]],
    ],
    ['other words', rewritten(shown, 1, { body: 'All well.' }), [['edited', 'pub-1']]],
    ['another status', rewritten(shown, 0, { status: 'monitoring' }), [['edited', 'pub-0']]],
    [
      'an update of ours that is gone',
      { ...shown, updates: shown.updates.filter(({ id }) => id !== 'u1') },
      [['removed', 'pub-1']],
    ],
    ['another title', { ...shown, name: 'A glitch' }, [['edited', 'pub-2']]],
    ['another status on top', { ...shown, status: 'monitoring' }, [['edited', 'pub-2']]],
    [
      'an update by another hand that also set the title',
      {
        ...shown,
        name: 'A glitch',
        updatedAtMs: foreign().createdAtMs,
        updates: [foreign(), ...shown.updates],
      },
      [['foreign_update', null]],
    ],
    [
      'an update by another hand, and the title later',
      {
        ...shown,
        name: 'A glitch',
        updatedAtMs: T0 + HOUR,
        updates: [foreign(), ...shown.updates],
      },
      [
        ['foreign_update', null],
        ['edited', 'pub-2'],
      ],
    ],
    [
      'the same words twice',
      { ...shown, updates: [foreign({ ...shown.updates[0], id: 'x' }), ...shown.updates] },
      [['duplicate', 'pub-2']],
    ],
  ])('finds %s', (_what, changed, expected) => {
    expect(kinds(differences(honest, { page: pageOf(changed) }))).toEqual(expected);
  });

  it('tells in words, never in the words of the page', () => {
    const changed = rewritten(shown, 0, { status: 'monitoring', body: 'Nothing happened.' });
    expect(differences(honest, { page: pageOf(changed) }).map((each) => each.difference)).toEqual([
      'the update published at 2026-11-20 09:00 UTC was changed ' +
        'and its status went from investigating to monitoring',
    ]);
    const odd = { ...shown, status: '<script>' };
    expect(differences(honest, { page: pageOf(odd) })[0]?.difference).toBe(
      'the status of the incident went from resolved to unknown',
    );
  });

  it('gives the same difference the same key, and a further change another', () => {
    const key = (body: string, nowMs: number) =>
      differences(honest, { page: pageOf(rewritten(shown, 1, { body })), nowMs })[0]?.key;
    expect(key('a', honest.nowMs)).toBe(key('a', honest.nowMs + HOUR));
    expect(key('a', honest.nowMs)).not.toBe(key('b', honest.nowMs));
  });

  it('waits 3 min for a text that is not to be seen yet, and no longer', () => {
    const older = published(THREE.slice(0, 2)).shown;
    const sentMs = Date.parse(String(honest.publications[2]?.at));
    const at = (nowMs: number) => kinds(differences(honest, { page: pageOf(older), nowMs }));
    expect(at(sentMs + 3 * MINUTE - 1)).toEqual([]);
    expect(at(sentMs + 3 * MINUTE)).toEqual([['removed', 'pub-2']]);
  });

  it('does not wait for a text that the page has passed already', () => {
    const nowMs = T0 + 20 * MINUTE + 5_000;
    const changed = { ...shown, updates: shown.updates.filter(({ id }) => id !== 'u1') };
    expect(kinds(differences(honest, { page: pageOf(changed), nowMs }))).toEqual([
      ['removed', 'pub-1'],
    ]);
  });

  it('finds a changed text at once, though it is younger than 3 min', () => {
    const nowMs = T0 + 20 * MINUTE + 5_000;
    const changed = rewritten(shown, 2, { body: 'x', updatedAtMs: nowMs });
    expect(kinds(differences(honest, { page: pageOf(changed), nowMs }))).toEqual([
      ['edited', 'pub-2'],
    ]);
  });

  it('takes a text in flight for ours, with its title and status', () => {
    const inFlight = [{ name: 'Back', status: 'monitoring', body: 'Trust me.' }];
    const changed = {
      ...shown,
      name: 'Back',
      status: 'monitoring',
      updates: [foreign(), ...shown.updates],
    };
    expect(differences(honest, { page: pageOf(changed), inFlight })).toEqual([]);
    expect(differences(honest, { page: pageOf(changed) })).not.toEqual([]);
  });

  it('leaves alone what another hand did more than 24 h ago', () => {
    const changed = { ...shown, updates: [foreign(), ...shown.updates] };
    const at = (nowMs: number) => kinds(differences(honest, { page: pageOf(changed), nowMs }));
    const doneMs = T0 + 21 * MINUTE;
    expect(at(doneMs + 24 * HOUR)).toEqual([['foreign_update', null]]);
    expect(at(doneMs + 24 * HOUR + 1)).toEqual([]);
  });

  it('judges nothing that is older than the publications it knows', () => {
    const known = { ...honest, publications: honest.publications.slice(1) };
    expect(differences(known)).toEqual([]);
  });

  it('matches an adopted text by what was sent, whatever was on top when it was found', () => {
    const top = foreign();
    const adopted = honest.publications.map((publication) =>
      publication.publicationId === 'pub-2'
        ? {
            ...publication,
            pageDigest: canonicalSha256Hex({
              id: ID,
              name: shown.name,
              status: top.status,
              body: top.body,
            }),
          }
        : publication,
    );
    const changed = { ...shown, status: 'monitoring', updates: [top, ...shown.updates] };
    const found = differences({ ...honest, publications: adopted }, { page: pageOf(changed) });
    expect(kinds(found)).toEqual([['foreign_update', null]]);
  });
});

describe('an incident of ours that the page does not list', () => {
  const honest = published(THREE);
  const gone = [['removed', 'pub-2']];
  const other: ShownIncident = { ...honest.shown, id: 'other', createdAtMs: T0 - 24 * HOUR };

  it('is gone when the list is whole', () => {
    expect(kinds(differences(honest, { page: pageOf() }))).toEqual(gone);
  });

  it('is gone from a cut list only when the list goes back further', () => {
    const cut = (createdAtMs: number) => ({
      ...pageOf({ ...other, createdAtMs }),
      isWhole: false,
    });
    expect(kinds(differences(honest, { page: cut(T0 - HOUR) }))).toEqual(gone);
    expect(differences(honest, { page: cut(T0 + HOUR) })).toEqual([]);
    const unknownBirth = { ...honest, publications: honest.publications.slice(1) };
    expect(differences(unknownBirth, { page: cut(T0 - HOUR) })).toEqual([]);
  });

  it('may be too young to be listed', () => {
    const young = published(THREE.slice(0, 1));
    const sentMs = Date.parse(String(young.publications[0]?.at));
    const at = (nowMs: number) => differences(young, { page: pageOf(), nowMs }).length;
    expect([at(sentMs + 3 * MINUTE - 1), at(sentMs + 3 * MINUTE)]).toEqual([0, 1]);
  });
});

describe('foreignIncident()', () => {
  const { shown } = published(THREE);
  const lastMs = T0 + 20 * MINUTE;

  it('is reported for 24 h after its last change', () => {
    expect(foreignIncident(shown, lastMs + 24 * HOUR)?.difference).toBe(
      'an incident that was not published from here is on the page (status resolved, 3 updates)',
    );
    expect(foreignIncident(shown, lastMs + 24 * HOUR + 1)).toBeUndefined();
  });

  it('belongs to the day of its newest text, whenever it is seen', () => {
    const late = { ...shown, updatedAtMs: T0 + 30 * HOUR };
    expect(foreignDay(late, T0 + 40 * HOUR).slice(0, 10)).toBe('2026-11-20');
  });

  it('has another key after a further change, and the same one however often it is seen', () => {
    const key = (of: ShownIncident, nowMs = lastMs) => foreignIncident(of, nowMs)?.key;
    expect(key(shown)).toBe(key({ ...shown, updatedAtMs: lastMs + MINUTE }, lastMs + HOUR));
    expect(key(shown)).not.toBe(key({ ...shown, status: 'monitoring' }));
    expect(key(shown)).not.toBe(key(rewritten(shown, 0, { body: 'x' })));
  });
});

const text = fc.record({
  name: fc.string({ minLength: 1, maxLength: 12, unit: 'grapheme' }),
  status: fc.constantFrom('investigating', 'identified', 'monitoring', 'resolved'),
  body: fc.string({ minLength: 1, maxLength: 12, unit: 'grapheme' }),
});
const texts = fc.array(text, { minLength: 1, maxLength: 6 });
const SEED = { seed: 20261120, numRuns: 300 };

describe('any history', () => {
  const pages: [string, Keeps][] = [
    ['keeps texts', asIs],
    ['trims them', (given) => given.trim()],
    ['writes entities', (given) => given.replaceAll('&', '&amp;').replaceAll('<', '&lt;')],
  ];

  it.each(pages)('is found as it is on a page that %s, and on every older copy', (_how, keeps) => {
    fc.assert(
      fc.property(texts, fc.nat(), (all, cut) => {
        const now = published(all, keeps);
        expect(differences(now)).toEqual([]);
        // A copy taken before the last text, within the 3 minutes it may be old.
        const older = published(all.slice(0, (cut % all.length) + 1), keeps).shown;
        const before = all.length - 1;
        if (older.updates.length < before) return;
        const nowMs = T0 + before * 10 * MINUTE + MINUTE;
        expect(differences(now, { page: pageOf(older), nowMs })).toEqual([]);
      }),
      SEED,
    );
  });

  it('gives away every single change', () => {
    const CHANGE = ['add', 'rewrite', 'remove', 'rename', 'restate', 'delete'] as const;
    fc.assert(
      fc.property(texts, fc.constantFrom(...CHANGE), fc.nat(), (all, change, at) => {
        const now = published(all);
        const { shown: page } = now;
        const index = at % all.length;
        const changed = {
          add: () => ({ ...page, updates: [foreign({ body: 'not ours' }), ...page.updates] }),
          rewrite: () => rewritten(page, index, { body: 'not ours either' }),
          remove: () => ({ ...page, updates: page.updates.filter((u) => u.id !== `u${index}`) }),
          rename: () => ({ ...page, name: 'quite another title' }),
          restate: () => ({ ...page, status: 'postponed' }),
          delete: () => undefined,
        }[change]();
        const found = differences(now, { page: pageOf(...(changed ? [changed] : [])) });
        expect(found.length).toBeGreaterThanOrEqual(1);
        const said = JSON.stringify(found.map(({ difference }) => difference));
        expect(said).not.toContain('not ours');
        expect(said).not.toContain('quite another title');
      }),
      SEED,
    );
  });
});
