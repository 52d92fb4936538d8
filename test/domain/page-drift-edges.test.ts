import { describe, expect, it } from 'vitest';
import { canonicalSha256Hex } from '../../src/domain/ids.ts';
import type { PublishedText } from '../../src/domain/incident-state.ts';
import { differenceKey, type GivenUpText, lateEffect } from '../../src/domain/page-difference.ts';
import { foreignDay, foreignIncident, pageDifferences } from '../../src/domain/page-drift.ts';
import {
  type ShownIncident,
  type ShownUpdate,
  shownTextDigest,
  type TextInFlight,
} from '../../src/domain/shown-page.ts';

const T0 = Date.parse('2026-11-20T09:00:00.000Z');
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

type Words = { name?: string; status?: string; body?: string; atMs?: number; opens?: boolean };

/** What was published; the page keeps it as it is unless told how it says it back. */
function text(n: number, words: Words = {}, saidBack: Words = {}): PublishedText {
  const { name = 'Payments fail', status = 'investigating', body = `Text ${n}.` } = words;
  const kept = { id: 'page1', name, status, body, ...saidBack };
  return {
    publicationId: `pub-${n}`,
    opens: words.opens ?? n === 0,
    name,
    status,
    textDigest: shownTextDigest({ status, body }),
    pageDigest: canonicalSha256Hex(kept),
    at: new Date(words.atMs ?? T0 + n * 10 * MINUTE).toISOString(),
  };
}

function update(id: string, of: Partial<ShownUpdate> = {}): ShownUpdate {
  const atMs = T0 + Number(id) * 10 * MINUTE || T0;
  const words = { status: 'investigating', body: `Text ${id}.` };
  return { id, ...words, createdAtMs: atMs, updatedAtMs: atMs, ...of };
}

function shown(updates: ShownUpdate[], of: Partial<ShownIncident> = {}): ShownIncident {
  const times = { createdAtMs: T0, updatedAtMs: T0 + HOUR };
  return { id: 'page1', name: 'Payments fail', status: 'investigating', ...times, updates, ...of };
}

type Given = {
  inFlight?: TextInFlight[];
  givenUp?: GivenUpText[];
  nowMs?: number;
  isWhole?: boolean;
};

function found(publications: PublishedText[], incidents: ShownIncident[], given: Given = {}) {
  const { inFlight = [], givenUp = [], nowMs = T0 + HOUR, isWhole = true } = given;
  const page = { pageId: null, incidents, isWhole };
  const of = { statuspageIncidentId: 'page1', publications, inFlight, givenUp, page, nowMs };
  return pageDifferences(of);
}
const kinds = (...given: Parameters<typeof found>) =>
  found(...given).map(({ kind, publicationId }) => `${kind} ${publicationId}`);

describe('which update is which publication', () => {
  it('says nothing of an incident in which nothing was published', () => {
    expect(found([], [shown([update('x')])])).toEqual([]);
    expect(found([], [])).toEqual([]);
  });

  it('lets one update stand for one of two publications of the same text', () => {
    const same = { body: 'We are looking.' };
    const once = [shown([update('0', same)])];
    expect(kinds([text(0, same), text(1, same)], once)).toEqual(['removed pub-1']);
  });

  it('knows a text in the form in which the page said it back, under the title of then', () => {
    const first = text(0, { name: 'Old title' }, { body: '<p>Text 0.</p>' });
    const second = text(1, {}, { body: '<p>Text 1.</p>' });
    const updates = ['1', '0'].map((id) => update(id, { body: `<p>Text ${id}.</p>` }));
    expect(found([first, second], [shown(updates)])).toEqual([]);
  });

  it('knows a text and a title in the form in which the page said both back', () => {
    const saidBack = { name: '[Ours] Payments fail', body: '<p>Text 0.</p>' };
    const page = [shown([update('0', { body: saidBack.body })], { name: saidBack.name })];
    expect(found([text(0, {}, saidBack)], page)).toEqual([]);
    expect(kinds([text(0, {}, { ...saidBack, name: 'other' })], page)).toContain('edited pub-0');
  });

  it('knows a title in the form in which the page said it back beside a text as it was sent', () => {
    const name = '[Ours] Payments fail';
    expect(found([text(0, {}, { name })], [shown([update('0')], { name })])).toEqual([]);
  });

  it.each([
    ['0', 'x'],
    ['x', '0'],
  ])('takes the older of two equal updates for ours, listed as %s, %s', (...order) => {
    const twice = { body: 'Text 0.' };
    const late = T0 + 20 * MINUTE;
    const two = {
      '0': update('0', twice),
      x: update('x', { ...twice, createdAtMs: late, updatedAtMs: late }),
    };
    const updates = order.map((id) => two[id as '0' | 'x']);
    expect(found([text(0)], [shown(updates)])).toEqual([
      {
        kind: 'duplicate',
        publicationId: 'pub-0',
        difference: 'an update that was published once is on the page twice',
        key: differenceKey('duplicate', { id: 'x' }),
      },
    ]);
  });
});

describe('a changed text', () => {
  const AT = T0 + 800;
  const both = ['removed pub-0', 'foreign_update null'];

  it.each<[number | null, number | null, string[]]>([
    [null, null, ['edited pub-0']],
    [null, T0, ['edited pub-0']],
    [T0, null, ['edited pub-0']],
    [T0, T0 + 1, ['edited pub-0']],
    [T0, T0, both],
    [T0 + 1, T0, both],
    [AT + 30_000, AT + 30_001, ['edited pub-0']],
    [AT + 30_001, AT + 30_002, both],
  ])('made at %s and changed at %s is told as %j', (createdAtMs, updatedAtMs, told) => {
    const other = update('x', { body: 'Other words.', createdAtMs, updatedAtMs });
    expect(kinds([text(0, { atMs: AT })], [shown([other])])).toEqual(told);
  });

  it('is one of two that are missing, and the other one is gone', () => {
    const other = update('x', { body: 'Other words.', updatedAtMs: T0 + 1 });
    expect(kinds([text(0), text(1)], [shown([other])])).toEqual(['edited pub-0', 'removed pub-1']);
  });
});

describe('what is older than our record', () => {
  it.each<[boolean, number | null, number]>([
    [false, T0 - 30_001, 0],
    [false, T0 - 30_000, 1],
    [false, T0, 1],
    [false, null, 1],
    [true, T0 - 30_001, 1],
  ])('ours opened it: %s; made at %s: %i differences', (opens, createdAtMs, count) => {
    const other = update('x', { body: 'Other words.', createdAtMs, updatedAtMs: createdAtMs });
    const updates = [update('0'), other];
    expect(found([text(0, { opens })], [shown(updates)])).toHaveLength(count);
  });
});

describe('a text in flight', () => {
  const flying: TextInFlight = { name: 'Other title', status: 'monitoring', body: 'On its way.' };

  it('that is not on the page yet excuses nothing that is', () => {
    const updates = [update('0'), update('x', { body: 'Not ours.' })];
    const given = { inFlight: [flying] };
    expect(kinds([text(0)], [shown(updates)], given)).toEqual(['foreign_update null']);
  });

  it('excuses no other title and no other status than its own', () => {
    const given = { inFlight: [flying] };
    const with_ = (of: Partial<ShownIncident>) =>
      kinds([text(0)], [shown([update('0')], of)], given);
    expect(with_({ name: 'Some third title' })).toEqual(['edited pub-0']);
    expect(with_({ status: 'resolved' })).toEqual(['edited pub-0']);
    expect(with_({ name: 'Other title', status: 'monitoring' })).toEqual([]);
  });
});

describe('a text that was given up', () => {
  const late = update('x', { body: 'Late words.', updatedAtMs: T0 + 1 });
  const givenUp = (body: string, publicationId: string): GivenUpText => {
    const textDigest = shownTextDigest({ status: 'investigating', body });
    return { publicationId, opens: false, textDigest };
  };
  const two = [givenUp('Other words.', 'pub-8'), givenUp('Late  words.', 'pub-9')];
  const told = {
    kind: 'duplicate',
    publicationId: 'pub-9',
    difference:
      'an update on the page shows a text whose publication had been given up; ' +
      'it was sent from here and took effect late',
    key: differenceKey('duplicate', { late: 'pub-9', id: 'x' }),
  };

  it('and took effect all the same is named, and nobody else’s doing', () => {
    const page = [shown([update('0'), late])];
    expect(found([text(0)], page, { givenUp: two })).toEqual([told]);
    expect(kinds([text(0)], page, { givenUp: two.slice(0, 1) })).toEqual(['foreign_update null']);
  });

  it('is no other form of a text that is gone', () => {
    const page = [shown([late])];
    expect(kinds([text(0)], page, { givenUp: two })).toEqual(['removed pub-0', 'duplicate pub-9']);
    expect(kinds([text(0)], page)).toEqual(['edited pub-0']);
  });

  it('may have opened an incident', () => {
    expect(lateEffect('pub-9', 'update', 'x')).toEqual(told);
    const difference = told.difference.replace('an update', 'an incident');
    expect(lateEffect('pub-9', 'incident', 'x')).toEqual({ ...told, difference });
  });
});

describe('the title', () => {
  it('is that of the publication before, when the newest is gone', () => {
    const publications = [text(0), text(1, { name: 'Newer title' })];
    const named = (name: string) => kinds(publications, [shown([update('0')], { name })]);
    expect(named('Payments fail')).toEqual(['removed pub-1']);
    expect(named('Newer title')).toEqual(['removed pub-1']);
    expect(named('A glitch')).toEqual(['removed pub-1', 'edited pub-1']);
  });

  it.each([
    [1_000, 1],
    [1_001, 2],
  ])('is one act with another hand’s update %i ms before: %i differences', (ms, count) => {
    const other = update('x', { body: 'Not ours.', createdAtMs: T0 + HOUR - ms });
    const page = shown([update('0'), other], { name: 'A glitch' });
    expect(found([text(0)], [page])).toHaveLength(count);
  });

  it('is not judged before the first text is to be seen', () => {
    const nowMs = T0 + MINUTE;
    expect(found([text(0)], [shown([], { name: 'A glitch' })], { nowMs })).toEqual([]);
  });
});

describe('an update by another hand', () => {
  it('is reported while its last change is not a day old, whenever it was made', () => {
    const made = T0 + MINUTE;
    const nowMs = made + 30 * HOUR;
    const at = (updatedAtMs: number) => {
      const other = update('x', { body: 'Not ours.', createdAtMs: made, updatedAtMs });
      return kinds([text(0)], [shown([update('0'), other])], { nowMs });
    };
    expect(at(made)).toEqual([]);
    expect(at(made + 29 * HOUR)).toEqual(['foreign_update null']);
  });
});

describe('an incident of ours that a cut list does not name', () => {
  const other = (id: string, createdAtMs: number | null) => shown([], { id, createdAtMs });
  const cut = { isWhole: false };

  it.each([
    [T0 - 30_001, ['removed pub-0']],
    [T0 - 30_000, []],
    [T0 + 30_000, []],
  ])('whose oldest was made at %i', (createdAtMs, told) => {
    expect(kinds([text(0)], [other('a', createdAtMs)], cut)).toEqual(told);
  });

  it('goes by the oldest of the list', () => {
    const list = [other('a', T0 + HOUR), other('b', T0 - HOUR)];
    expect(kinds([text(0)], list, cut)).toEqual(['removed pub-0']);
    expect(kinds([text(0)], list.toReversed(), cut)).toEqual(['removed pub-0']);
  });
});

describe('every difference has its words and its key', () => {
  const hour = '2026-11-20 09:00 UTC';
  const page = (updates: ShownUpdate[], of: Partial<ShownIncident> = {}) => [shown(updates, of)];
  const rewritten = update('0', { body: 'Other words.', updatedAtMs: T0 + 1 });
  const strange = update('x', { body: 'Not ours.' });

  it.each<[string, ShownIncident[], string, string]>([
    [
      'an incident that is gone',
      [],
      'the incident that was published is no longer on the page',
      differenceKey('removed', { incident: 'page1', returns: 0 }),
    ],
    [
      'a text that is gone',
      page([]),
      `the update published at ${hour} is no longer on the page`,
      differenceKey('removed', { publicationId: 'pub-0' }),
    ],
    [
      'other words',
      page([rewritten]),
      `the update published at ${hour} was changed`,
      differenceKey('edited', {
        publicationId: 'pub-0',
        status: 'investigating',
        body: 'Other words.',
      }),
    ],
    [
      'another hand',
      page([update('0'), strange]),
      'an update that was not published from here is on the page (status investigating)',
      differenceKey('foreign_update', { id: 'x', status: 'investigating', body: 'Not ours.' }),
    ],
    [
      'another title',
      page([update('0')], { name: 'A glitch' }),
      'the title of the incident was changed',
      differenceKey('edited', { publicationId: 'pub-0', name: 'A glitch' }),
    ],
    [
      'another status',
      page([update('0')], { status: 'resolved' }),
      'the status of the incident went from investigating to resolved',
      differenceKey('edited', { publicationId: 'pub-0', status: 'resolved' }),
    ],
  ])('%s', (_what, incidents, difference, key) => {
    expect(found([text(0)], incidents)).toMatchObject([{ difference, key }]);
  });

  it('a key is its kind and 32 hexadecimal digits', () => {
    expect(differenceKey('removed', { a: 1 })).toMatch(/^removed#[0-9a-f]{32}$/);
    expect(differenceKey('removed', { a: 1 })).not.toBe(differenceKey('removed', { a: 2 }));
  });

  it.each([
    [0, '0 updates'],
    [1, '1 update'],
    [2, '2 updates'],
  ])('an incident by another hand with %i updates', (count, words) => {
    const updates = ['0', '1'].slice(0, count).map((id) => update(id));
    const { id, name, status } = shown([]);
    expect(foreignIncident(shown(updates), T0 + HOUR)).toEqual({
      kind: 'foreign_incident',
      publicationId: null,
      difference: `an incident that was not published from here is on the page (status investigating, ${words})`,
      key: differenceKey('foreign_incident', {
        id,
        name,
        status,
        updates: updates.map((each) => [each.id, each.status, each.body]),
      }),
    });
  });
});

describe('foreignDay()', () => {
  it('is that of the newest text that says when it was made', () => {
    const updates = [
      update('0', { createdAtMs: T0 - 48 * HOUR }),
      update('1', { createdAtMs: null }),
      update('2', { createdAtMs: T0 + 24 * HOUR }),
    ];
    expect(foreignDay(shown(updates), T0 + 99 * HOUR)).toBe('2026-11-21T09:00:00.000Z');
  });

  it('is today when none does', () => {
    const mute = shown([update('0', { createdAtMs: null })], { createdAtMs: null });
    expect(foreignDay(mute, T0 + HOUR)).toBe('2026-11-20T10:00:00.000Z');
  });
});
