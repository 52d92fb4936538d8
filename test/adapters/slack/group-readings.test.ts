import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SlackWorkspace } from '../../../src/adapters/slack/slack-workspace.ts';
import { AsyncCallerContext } from '../../../src/adapters/system/caller-context.ts';
import { ChatError } from '../../../src/domain/errors.ts';
import { MemoryBudgetRows } from '../../../src/local/memory/memory-budget-rows.ts';
import { TEAM_ID } from '../../../src/local/slack/slack-server.ts';
import { KeepRate } from '../../../src/services/keep-rate.ts';
import { People, readAfter } from '../../../src/services/people.ts';
import { givenSlack, type SlackWorld, TOKEN } from '../../local/slack/slack-world.ts';

const T0 = 1_700_000_000_000;
const MAYA = 'U04MAYAITO1';
const ROLES = {
  'status-approver': { slackUserGroups: ['status-approvers'] },
  'incident-commander': { slackUserGroups: ['incident-commanders'] },
};

let world: SlackWorld;
let nowMs: number;
let chat: SlackWorkspace;
let people: People;
let callers: AsyncCallerContext;

beforeEach(async () => {
  world = await givenSlack();
  nowMs = T0;
  callers = new AsyncCallerContext();
  const clock = { nowMs: () => nowMs };
  chat = new SlackWorkspace({
    apiUrl: `${world.slack.url}/api`,
    token: async () => TOKEN,
    timeoutMs: 1_500,
    responseOrigin: world.slack.url,
    teamId: TEAM_ID,
    clock,
    rate: new KeepRate({
      rows: new MemoryBudgetRows(),
      callers,
      clock,
      pause: {
        forMs: async (ms) => {
          nowMs += ms;
        },
      },
      log: { note() {}, warn() {}, error() {}, count() {} },
    }),
  });
  people = new People({ chat, routing: { roles: ROLES } as never, clock });
});
afterEach(() => world.close());

/** Calls so far: of the list of groups, and of one group's members. */
async function calls(): Promise<[number, number]> {
  const { body } = await world.get('/_world/calls');
  const { counts } = body as { counts: Record<string, number> };
  return [counts['usergroups.list'] ?? 0, counts['usergroups.users.list'] ?? 0];
}

const clicked = (atMs: number) => readAfter({ signedAtS: Math.floor(atMs / 1000) });

/** Does it until there was a place for each call. @returns when that was, after T0. Unit: s. */
async function untilDone(work: () => Promise<unknown>): Promise<number> {
  for (let attempt = 0; attempt < 100; attempt += 1) {
    try {
      await work();
      return (nowMs - T0) / 1000;
    } catch (error) {
      if (!(error instanceof ChatError)) throw error;
      nowMs += (error.retryAfterS ?? 1) * 1000;
    }
  }
  throw new Error('cannot finish: expected places, got none in 100 attempts');
}

const asP1 = (incidentId: string) =>
  callers.run({ incidentId, urgent: true }, () => people.holdersOf('status-approver'));

describe('who is in a user group', () => {
  it('of one role takes its own groups only, and one reading a minute', async () => {
    expect(await people.holdersOf('status-approver')).toContain(MAYA);
    expect(await calls()).toEqual([1, 1]);
    nowMs += 59_999;
    await people.holdersOfEach('status-approver', 'incident-commander');
    expect(await calls()).toEqual([1, 2]);
    nowMs += 1;
    await people.holdersOf('status-approver');
    expect(await calls()).toEqual([2, 3]);
  });

  it('is read anew for whoever does not say what will do', async () => {
    await people.rolesOf(MAYA);
    await people.rolesOf(MAYA);
    expect(await calls()).toEqual([2, 4]);
  });

  it('shows a removal before the click, though a reading from before it is kept', async () => {
    const group = world.slack.workspace.userGroups.find((g) => g.handle === 'status-approvers')!;
    expect(await people.rolesOf(MAYA, clicked(nowMs))).toContain('status-approver');
    const before = [...group.users];
    group.users.splice(0, group.users.length, ...before.filter((id) => id !== MAYA));
    for (const clickedAfterMs of [0, 1_000, 30_000]) {
      nowMs = T0 + clickedAfterMs;
      expect(await people.rolesOf(MAYA, clicked(nowMs))).not.toContain('status-approver');
    }
    group.users.splice(0, group.users.length, ...before);
  });

  it('counts as anew from a second after the second that Slack signed', () => {
    expect(readAfter({ signedAtS: 100 })).toBe(102_000);
  });

  it('twenty clicks that waited share one reading that began after the last of them', async () => {
    nowMs = T0 + 12_000;
    for (let i = 0; i < 20; i += 1) await people.rolesOf(MAYA, clicked(T0 + i * 500));
    expect(await calls()).toEqual([1, 2]);
  });

  it('twenty clicks, one each half second, are answered within 20 s and 40 calls', async () => {
    let doneAtS = 0;
    for (let i = 0; i < 20; i += 1) {
      const atMs = T0 + i * 500;
      nowMs = Math.max(nowMs, atMs);
      doneAtS = await untilDone(() => people.rolesOf(MAYA, clicked(atMs)));
    }
    const [lists, members] = await calls();
    expect(doneAtS).toBeLessThanOrEqual(20);
    expect(lists + members).toBeLessThanOrEqual(40);
  });

  it('is known to a decision at once while P1s keep every place that all share', async () => {
    for (let i = 0; i < 40; i += 1) {
      await Promise.allSettled([
        callers.run({ incidentId: `inc-${i}`, urgent: true }, () =>
          chat.membersOfGroup('S04APPROVER'),
        ),
        callers.run({ incidentId: `inc-${i}`, urgent: true }, () =>
          chat.groupIds(['status-approvers']),
        ),
      ]);
    }
    const startS = (nowMs - T0) / 1000;
    expect(await untilDone(() => people.rolesOf(MAYA, clicked(nowMs + 1_000)))).toBe(startS);
  });

  it('is put together by several attempts: what was read stays read', async () => {
    for (let i = 0; i < 12; i += 1) await chat.membersOfGroup('S04APPROVER');
    await callers.run({ incidentId: 'inc-a', urgent: true }, async () => {
      nowMs += 5_000;
      const both = () => people.holdersOfEach('status-approver', 'incident-commander');
      await untilDone(both);
    });
    // The approvers were read by the one before; the commanders once.
    expect(await calls()).toEqual([1, 13]);
  });

  it('is enough for what follows from a decision without another call', async () => {
    await people.rolesOf(MAYA, clicked(nowMs));
    const before = await calls();
    for (let i = 0; i < 10; i += 1) await asP1(`inc-${i}`);
    expect(await calls()).toEqual(before);
  });

  it('whose handle was missing a moment ago is found as soon as it is there', async () => {
    const group = world.slack.workspace.userGroups.find((g) => g.handle === 'status-approvers')!;
    group.handle = 'elsewhere';
    await expect(people.holdersOf('status-approver')).rejects.toThrowWithCode(
      ChatError,
      'CHAT_NOT_FOUND',
    );
    group.handle = 'status-approvers';
    expect(await people.holdersOf('status-approver')).toContain(MAYA);
  });
});
