import { beforeEach, describe, expect, it } from 'vitest';
import type { Routing } from '../../src/domain/routing.ts';
import { UserGroupDirectory } from '../../src/services/user-group-directory.ts';
import { ROUTING } from './alert-messages.ts';

const ABOUT = { incidentId: 'inc-aaaaaaaaaaaaaaaa', service: 'checkout-api', alertGroup: null };
const GROUPS = new Map([
  ['checkout', new Set(['U0MAYA', 'U0JONAS'])],
  ['platform', new Set(['U0JONAS', 'U0PRIYA'])],
]);

let nowMs: number;
let reads: string[][];

beforeEach(() => {
  nowMs = 0;
  reads = [];
});

function directory(handles: string[]): UserGroupDirectory {
  const services = ROUTING.services.map((each) => ({ ...each, slackUserGroups: handles }));
  const routing: Routing = { ...ROUTING, services };
  return new UserGroupDirectory({
    chat: {
      groupIds: async (asked) =>
        new Map(asked.flatMap((handle) => (GROUPS.has(handle) ? [[handle, `S0${handle}`]] : []))),
      groupMembers: async (asked) => {
        reads.push([...asked]);
        return new Map([...GROUPS].filter(([handle]) => asked.includes(handle)));
      },
    },
    routing,
    clock: { nowMs: () => nowMs },
  });
}

describe('UserGroupDirectory.peopleFor()', () => {
  it('names the members of a service’s groups, each once', async () => {
    const answer = await directory(['checkout', 'platform']).peopleFor(ABOUT);
    expect(answer?.people.map(({ userId }) => userId)).toEqual(['U0MAYA', 'U0JONAS', 'U0PRIYA']);
    expect(answer?.people.every(({ email }) => email === null)).toBe(true);
  });

  it('names a group that there is not, and the members of the others', async () => {
    const answer = await directory(['gone', 'checkout']).peopleFor(ABOUT);
    expect(answer?.people).toHaveLength(2);
    expect(answer?.unresolved).toEqual([
      {
        who: 'group @gone',
        source: 'Slack user groups',
        reason: 'the workspace has no group of that handle',
      },
    ]);
  });

  it('reads a group once in five minutes', async () => {
    const groups = directory(['checkout']);
    await groups.peopleFor(ABOUT);
    nowMs += 299_999;
    await groups.peopleFor(ABOUT);
    expect(reads).toHaveLength(1);
    nowMs += 1;
    expect((await groups.peopleFor(ABOUT))?.people).toHaveLength(2);
    expect(reads).toHaveLength(2);
  });

  it('asks nothing where no group is configured', async () => {
    expect(await directory([]).peopleFor(ABOUT)).toBeUndefined();
    expect(await directory(['checkout']).peopleFor({ ...ABOUT, service: 'other' })).toBeUndefined();
    expect(reads).toEqual([]);
  });
});
