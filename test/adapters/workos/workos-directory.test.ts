import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { WorkOsDirectory } from '../../../src/adapters/workos/workos-directory.ts';
import { DirectoryError } from '../../../src/domain/errors.ts';
import type { Routing } from '../../../src/domain/routing.ts';
import { type EmbeddedWorkOs, startWorkOs } from '../../../src/local/workos/workos-server.ts';
import { WorldClock } from '../../../src/local/world-clock.ts';
import { ROUTING } from '../../services/alert-messages.ts';

let clock: WorldClock;
let fake: EmbeddedWorkOs;

beforeEach(async () => {
  clock = new WorldClock();
  fake = await startWorkOs({ clock, limits: 'on', tokens: { sk_1: 'incident-worker' } });
});

afterEach(async () => {
  await fake.close();
  clock.close();
});

const CHECKOUT = 'directory_group_01LOCALCHECKOUT';
const ABOUT = { incidentId: 'inc-aaaaaaaaaaaaaaaa', service: 'checkout-api', alertGroup: null };

function directory(
  groups: string[],
  key: (refused?: string) => Promise<string> = async () => 'sk_1',
) {
  const services = ROUTING.services.map((each) => ({ ...each, directoryGroups: groups }));
  const routing: Routing = { ...ROUTING, services };
  return new WorkOsDirectory({ apiUrl: fake.url, key, routing });
}

async function givenGroup(group: string, count: number): Promise<void> {
  const emails = Array.from({ length: count }, (_, i) => `person${i}@example.com`);
  const body = JSON.stringify({ group, emails });
  await fetch(`${fake.url}/_world/groups`, { method: 'POST', body });
}

describe('WorkOsDirectory.peopleFor()', () => {
  it('names the active members of a service’s groups', async () => {
    const answer = await directory([CHECKOUT]).peopleFor(ABOUT);
    expect(answer?.people.map(({ email, source }) => [email, source])).toEqual([
      ['maya.ito@example.com', 'WorkOS'],
      ['jonas.berg@example.com', 'WorkOS'],
    ]);
    expect(answer?.people[0]?.reference).toMatch(/^directory user directory_user_01/);
    expect(answer?.unresolved).toEqual([]);
  });

  it.each([
    ['a service without groups', [] as string[], ABOUT],
    ['an incident without a service', [CHECKOUT], { ...ABOUT, service: null }],
  ])('asks nothing for %s', async (_what, groups, about) => {
    expect(await directory(groups).peopleFor(about)).toBeUndefined();
    expect(fake.board.calls().calls).toEqual([]);
  });

  it('reads a group page by page', async () => {
    await givenGroup('directory_group_01BIG', 201);
    const answer = await directory(['directory_group_01BIG']).peopleFor(ABOUT);
    expect(answer?.people).toHaveLength(201);
    expect(new Set(answer?.people.map(({ email }) => email)).size).toBe(201);
    expect(fake.board.calls().counts).toMatchObject({ list_directory_users: 3 });
  });

  it('says that it read no more than 300 members', async () => {
    await givenGroup('directory_group_01HUGE', 301);
    const answer = await directory(['directory_group_01HUGE']).peopleFor(ABOUT);
    expect(answer?.people).toHaveLength(300);
    expect(answer?.unresolved).toEqual([
      {
        who: 'the rest of group directory_group_01HUGE',
        source: 'WorkOS',
        reason: 'only its first 300 members were read',
      },
    ]);
  });

  it('says that there is no group of an id', async () => {
    const answer = await directory([CHECKOUT, 'directory_group_01GONE']).peopleFor(ABOUT);
    expect(answer?.people).toHaveLength(2);
    expect(answer?.unresolved[0]).toMatchObject({
      who: 'group directory_group_01GONE',
      reason: 'WorkOS knows no group of that id',
    });
  });

  it('throws DIRECTORY_RATE_LIMITED with how long to wait', async () => {
    fake.board.plan({ match: '*', status: 429, retryAfterS: 7 });
    const asked = directory([CHECKOUT]).peopleFor(ABOUT);
    await expect(asked).rejects.toThrowWithCode(DirectoryError, 'DIRECTORY_RATE_LIMITED');
    await expect(asked).rejects.toMatchObject({ retryAfterS: 7 });
  });

  it.each([
    ['an error of theirs', { status: 500 }, 'expected 200, got status 500'],
    ['a lost connection', { answer: 'drop' as const }, /expected an answer, got/],
  ])('throws DIRECTORY_UNAVAILABLE for %s', async (_what, how, message) => {
    fake.board.plan({ match: '*', times: 0, ...how });
    const asked = directory([CHECKOUT]).peopleFor(ABOUT);
    await expect(asked).rejects.toThrowWithCode(DirectoryError, 'DIRECTORY_UNAVAILABLE');
    await expect(asked).rejects.toThrow(message);
  });

  it('tries a newer key once, and tells neither', async () => {
    const asked: (string | undefined)[] = [];
    const rotated = async (refused?: string) => {
      asked.push(refused);
      return refused === undefined ? 'sk_old' : 'sk_1';
    };
    expect((await directory([CHECKOUT], rotated).peopleFor(ABOUT))?.people).toHaveLength(2);
    expect(asked).toEqual([undefined, 'sk_old']);
    const refused = directory([CHECKOUT], async () => 'sk_wrong').peopleFor(ABOUT);
    await expect(refused).rejects.toThrowWithCode(DirectoryError, 'DIRECTORY_UNAVAILABLE');
    await expect(refused).rejects.not.toThrow(/sk_/);
  });

  it('throws DIRECTORY_UNAVAILABLE without a key', async () => {
    const none = directory([CHECKOUT], () => Promise.reject(new Error('no secret')));
    const asked = none.peopleFor(ABOUT);
    await expect(asked).rejects.toThrowWithCode(DirectoryError, 'DIRECTORY_UNAVAILABLE');
  });
});
