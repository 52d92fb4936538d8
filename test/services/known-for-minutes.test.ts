import { beforeEach, describe, expect, it } from 'vitest';
import { KnownForMinutes } from '../../src/services/known-for-minutes.ts';
import { People } from '../../src/services/people.ts';

let nowMs: number;
let asked: string[];
let answers: Record<string, string>;
let known: KnownForMinutes<string>;
beforeEach(() => {
  nowMs = 0;
  asked = [];
  answers = { maya: 'full', tom: 'guest' };
  known = new KnownForMinutes({ nowMs: () => nowMs });
});

const get = (key: string) =>
  known.get(key, {
    ask: async () => {
      asked.push(key);
      const answer = answers[key];
      if (answer === undefined) throw new Error('out');
      return answer;
    },
    keeps: (answer) => answer === 'full',
  });

describe('KnownForMinutes', () => {
  it('asks once for two hundred who want to know at once, and again after three minutes', async () => {
    const all = await Promise.all(Array.from({ length: 200 }, () => get('maya')));
    expect(new Set(all)).toEqual(new Set(['full']));
    expect(asked).toEqual(['maya']);
    nowMs = 179_999;
    await get('maya');
    expect(asked).toEqual(['maya']);
    nowMs = 180_000;
    answers.maya = 'deactivated';
    expect(await get('maya')).toBe('deactivated');
    expect(asked).toEqual(['maya', 'maya']);
  });

  it('remembers no answer that is not to be kept, and no failure', async () => {
    expect([await get('tom'), await get('tom')]).toEqual(['guest', 'guest']);
    await expect(get('lena')).rejects.toThrow('out');
    answers.lena = 'full';
    expect(await get('lena')).toBe('full');
    expect(asked).toEqual(['tom', 'tom', 'lena', 'lena']);
  });

  it('remembers a thousand at most', async () => {
    await get('maya');
    for (let number = 0; number < 1_000; number += 1) {
      answers[`p${number}`] = 'full';
      await get(`p${number}`);
    }
    await get('maya');
    expect(asked.filter((key) => key === 'maya')).toHaveLength(2);
  });
});

describe('identify()', () => {
  it('asks anew each time for a decision, and remembers who says what changes our record', async () => {
    let calls = 0;
    const chat = {
      person: async (id: string) => {
        calls += 1;
        return { id, name: id, email: null, kind: calls > 3 ? 'deactivated' : 'full' };
      },
    };
    const people = new People({
      chat: chat as never,
      routing: {} as never,
      clock: { nowMs: () => nowMs },
    });
    for (let each = 0; each < 5; each += 1) await people.identifyOrTrust({ userId: 'U1' });
    expect(calls).toBe(1);
    for (let each = 0; each < 3; each += 1) await people.identify({ userId: 'U1' });
    expect(calls).toBe(4);
    expect(await people.identify({ userId: 'U1' })).toMatchObject({ kind: 'deactivated' });
    expect(await people.identifyOrTrust({ userId: 'U1' })).toMatchObject({ kind: 'full' });
  });
});
