import { beforeEach, describe, expect, it } from 'vitest';
import { sha256Hex } from '../../src/domain/ids.ts';
import { FindPeople, type Wanted } from '../../src/services/find-people.ts';
import type { Person } from '../../src/services/ports.ts';
import type { PersonHints } from '../../src/services/responder-directory.ts';
import { chatError, HintKeeper } from './worker-world.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

let nowMs: number;
let calls: string[];
let members: Person[];
let pagesGiven: number;
let failure: Error | undefined;
let hints: HintKeeper;

beforeEach(() => {
  nowMs = 1_000_000;
  calls = [];
  members = [person('maya', 'full'), person('greta', 'guest')];
  pagesGiven = 0;
  failure = undefined;
  hints = new HintKeeper();
});

function person(name: string, kind: Person['kind']): Person {
  return { id: `U0${name.toUpperCase()}`, name, email: `${name}@example.com`, kind };
}

/** @param pageSize - members a page */
function finder(of: { hints?: PersonHints; pageSize?: number } = {}): FindPeople {
  const answer = async (call: string, found: Person | undefined) => {
    calls.push(call);
    if (failure) throw failure;
    return found;
  };
  return new FindPeople({
    chat: {
      personByEmail: (email) =>
        answer(
          'by email',
          members.find((each) => each.email === email),
        ),
      person: async (id) => {
        const found = await answer(
          'by id',
          members.find((each) => each.id === id),
        );
        if (!found) throw chatError('CHAT_NOT_FOUND');
        return found;
      },
      async *memberPages(pagesMax) {
        const size = of.pageSize ?? 200;
        for (let at = 0; at < members.length && pagesGiven < pagesMax; at += size) {
          calls.push('page');
          pagesGiven += 1;
          if (failure) throw failure;
          yield members.slice(at, at + size);
        }
      },
    },
    hints: of.hints ?? hints,
    clock: { nowMs: () => nowMs },
    log: { note() {}, warn() {}, error() {}, count() {} },
  });
}

const byEmail = (...names: string[]): Wanted[] =>
  names.map((name) => ({ email: `${name}@example.com` }));
const found = (people: FindPeople, wanted: Wanted[]) => Promise.all(people.find(wanted));

describe('find()', () => {
  it('looks a few people up one by one, and remembers them', async () => {
    const people = finder();
    const maya = { kind: 'person', person: { id: 'U0MAYA', kind: 'full' } };
    expect(await found(people, byEmail('maya'))).toEqual([maya]);
    expect(await found(people, byEmail('maya'))).toEqual([maya]);
    expect(calls).toEqual(['by email']);
  });

  it('asks once for one person wanted twice at a time, however the address is written', async () => {
    const people = finder();
    const twice = await found(people, [
      { email: 'maya@example.com' },
      { email: 'Maya@Example.com' },
    ]);
    expect(twice.map(({ kind }) => kind)).toEqual(['person', 'person']);
    expect(calls).toEqual(['by email']);
  });

  it('looks for an id that is known, and by that alone', async () => {
    const wanted = [{ email: 'maya@example.com', userId: 'U0MAYA' }];
    expect((await found(finder(), wanted))[0]?.kind).toBe('person');
    expect(calls).toEqual(['by id']);
  });

  it('takes the address where the id is of an account that is gone', async () => {
    members.push(person('old', 'deactivated'));
    const maya = { kind: 'person', person: { id: 'U0MAYA', kind: 'full' } };
    for (const userId of ['U0OLD', 'U0GONE']) {
      hints = new HintKeeper();
      const one = [{ email: 'maya@example.com', userId }];
      expect(await found(finder(), one)).toEqual([maya]);
    }
    const strangers = Array.from({ length: 11 }, (_, i) => ({ email: `s${i}@example.com` }));
    hints = new HintKeeper();
    const many = [{ email: 'maya@example.com', userId: 'U0OLD' }, ...strangers];
    expect((await found(finder(), many))[0]).toEqual(maya);
  });

  it('says who somebody is who is no full member by id or by address', async () => {
    const wanted = [{ email: 'nobody@example.com', userId: 'U0GRETA' }];
    expect((await found(finder(), wanted))[0]).toMatchObject({ person: { kind: 'guest' } });
  });

  it('says nobody for an id that the workspace does not know, and for no address at all', async () => {
    const wanted = [{ email: null, userId: 'U0GONE' }, { email: null }];
    expect((await found(finder(), wanted)).map(({ kind }) => kind)).toEqual(['nobody', 'nobody']);
  });

  it('answers with the failure of a look-up, and does not remember it', async () => {
    failure = chatError('CHAT_RATE_LIMITED', true);
    const people = finder();
    expect(await found(people, byEmail('maya'))).toEqual([{ kind: 'failed', error: failure }]);
    failure = undefined;
    expect((await found(people, byEmail('maya')))[0]?.kind).toBe('person');
  });
});

describe('what is remembered', () => {
  it('serves another process too, under a hash of the address', async () => {
    await found(finder(), byEmail('maya'));
    await new Promise(setImmediate);
    expect([...hints.rows.keys()]).toEqual([sha256Hex('maya@example.com')]);
    expect(JSON.stringify([...hints.rows])).not.toContain('example.com');
    calls = [];
    expect((await found(finder(), byEmail('maya')))[0]?.kind).toBe('person');
    expect(calls).toEqual([]);
  });

  it.each([
    ['a full member', 'maya', 24 * HOUR_MS],
    ['a guest', 'greta', 10 * MINUTE_MS],
    ['nobody', 'stranger', 10 * MINUTE_MS],
  ])('of %s ends: %s is asked for again after %i ms, not before', async (_who, name, knownMs) => {
    const people = finder();
    await found(people, byEmail(name));
    nowMs += knownMs - 1;
    await found(people, byEmail(name));
    await found(finder(), byEmail(name));
    expect(calls).toEqual(['by email']);
    nowMs += 1;
    await found(people, byEmail(name));
    expect(calls).toEqual(['by email', 'by email']);
  });

  it('is forgotten when it proved wrong, by every process', async () => {
    const people = finder();
    await found(people, byEmail('maya'));
    await people.forget(byEmail('maya', 'never-asked'));
    members = [];
    expect((await found(people, byEmail('maya')))[0]?.kind).toBe('nobody');
    expect((await found(finder(), byEmail('maya')))[0]?.kind).toBe('nobody');
  });

  it('is missed by nobody when its rows cannot be reached', async () => {
    const down = { read: () => Promise.reject(new Error('down')), write: () => Promise.reject() };
    expect((await found(finder({ hints: down }), byEmail('maya')))[0]?.kind).toBe('person');
  });
});

describe('many people at once', () => {
  const names = (count: number) => Array.from({ length: count }, (_, i) => `person${i}`);
  const known = (count: number) => names(count).map((name) => person(name, 'full'));

  it('ten are looked up one by one', async () => {
    members = known(10);
    await found(finder(), byEmail(...names(10)));
    expect(calls).toEqual(Array(10).fill('by email'));
  });

  it('eleven are looked for in the list of members', async () => {
    members = known(11);
    const answers = await found(finder(), byEmail(...names(11)));
    expect(answers.every(({ kind }) => kind === 'person')).toBe(true);
    expect(calls).toEqual(['page']);
  });

  it('the list is read no further than to the last of them', async () => {
    members = [...known(60), ...names(200).map((name) => person(`other-${name}`, 'full'))];
    await found(finder({ pageSize: 30 }), byEmail(...names(60)));
    expect(calls).toEqual(['page', 'page']);
  });

  it('at most two pages are read for five people: that costs what five look-ups cost', async () => {
    members = names(500).map((name) => person(`other-${name}`, 'full'));
    await found(finder({ pageSize: 10 }), byEmail(...names(20)));
    expect(calls.filter((call) => call === 'page')).toHaveLength(8);
    expect(calls.filter((call) => call === 'by email')).toHaveLength(20);
  });

  it('who is not on the list is looked up, for it may have been cut', async () => {
    members = known(11);
    const answers = await found(finder(), byEmail(...names(11), 'stranger'));
    expect(answers.at(-1)?.kind).toBe('nobody');
    expect(calls).toEqual(['page', 'by email']);
  });

  it.each([
    ['limited', chatError('CHAT_RATE_LIMITED', true)],
    ['broken in a way nobody planned', new TypeError('no such member')],
  ])('a list that is %s leaves the look-ups', async (_how, error) => {
    members = known(11);
    const people = finder();
    failure = error;
    const answers = people.find(byEmail(...names(11)));
    expect((await answers[0])?.kind).toBe('failed');
    expect(calls[0]).toBe('page');
    expect(calls.slice(1)).toEqual(Array(11).fill('by email'));
  });
});
