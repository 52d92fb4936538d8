import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { OnCallAlertGroups } from '../../../src/adapters/oncall/oncall-alert-groups.ts';
import { OnCallClient } from '../../../src/adapters/oncall/oncall-client.ts';
import { OnCallError } from '../../../src/domain/errors.ts';
import type { Fault } from '../../../src/local/fault-board.ts';
import { type EmbeddedOncall, startOncall } from '../../../src/local/oncall/oncall-server.ts';
import { WorldClock } from '../../../src/local/world-clock.ts';

let clock: WorldClock;
let fake: EmbeddedOncall;
let groups: OnCallAlertGroups;

beforeEach(async () => {
  clock = new WorldClock();
  fake = await startOncall({ clock, limits: 'on', tokens: { 'token-1': 'incident-worker' } });
  const client = new OnCallClient({
    apiUrl: fake.url,
    token: async () => 'token-1',
    timeoutMs: 300,
  });
  groups = new OnCallAlertGroups({ client, clock });
});

afterEach(async () => {
  await fake.close();
  clock.close();
});

const asked = (operation: string) => fake.board.calls().counts[operation] ?? 0;
const plan = (fault: Fault) => fake.board.plan(fault);

describe('confirm()', () => {
  it('gives the group that OnCall has, and says of others that they are unknown', async () => {
    fake.groups.seed({ id: 'I1', title: 'A' });
    expect(await groups.confirm('I1', 0)).toMatchObject({ kind: 'known', group: { title: 'A' } });
    expect(await groups.confirm('I404', 0)).toEqual({ kind: 'unknown' });
    expect(await groups.confirm('../users', 0)).toEqual({ kind: 'unknown' });
  });

  it('asks once for all who ask at the same time, and for those whose news is older', async () => {
    fake.groups.seed({ id: 'I1' });
    const before = clock.nowMs();
    await Promise.all(Array.from({ length: 20 }, () => groups.confirm('I1', before)));
    await groups.confirm('I1', before);
    expect(asked('get_alert_group')).toBe(1);
  });

  it('asks again for newer news: what was true before it says nothing of it', async () => {
    fake.groups.seed({ id: 'I1' });
    await groups.confirm('I1', clock.nowMs());
    clock.advance(1);
    fake.groups.seed({ id: 'I1', state: 'resolved' });
    const confirmed = await groups.confirm('I1', clock.nowMs());
    expect(confirmed).toMatchObject({ kind: 'known', group: { state: 'resolved' } });
  });

  it.each([
    ['unavailable', { match: '*', status: 500 }],
    ['unavailable', { match: '*', status: 403 }],
    ['unavailable', { match: '*', answer: 'never' }],
    ['unavailable', { match: '*', answer: 'drop', effect: 'none' }],
    ['rate_limited', { match: '*', status: 429 }],
  ] as const)('says %s when %j, and asks again the next time', async (because, fault) => {
    fake.groups.seed({ id: 'I1' });
    plan(fault);
    expect(await groups.confirm('I1', 0)).toEqual({ kind: 'unasked', because });
    expect(await groups.confirm('I1', 0)).toMatchObject({ kind: 'known' });
  });

  it('takes another group, or one without a state, for no answer', async () => {
    const odd = (told: unknown) =>
      new OnCallAlertGroups({ client: { get: async () => told } as never, clock }).confirm('I1', 0);
    const unavailable = { kind: 'unasked', because: 'unavailable' };
    expect(await odd({ id: 'I2', state: 'firing' })).toEqual(unavailable);
    expect(await odd({ id: 'I1' })).toEqual(unavailable);
    expect(await odd([])).toEqual(unavailable);
  });

  it('asks nothing where OnCall is not set up', async () => {
    const none = new OnCallAlertGroups({ client: undefined, clock });
    expect(await none.confirm('I1', 0)).toEqual({ kind: 'unasked', because: 'not_configured' });
    expect(await none.listOpen(0)).toEqual([]);
    expect(await none.personById('U1')).toBeNull();
  });

  it('forgets the oldest of many groups, and no other', async () => {
    let calls = 0;
    const client = {
      get: async () => {
        calls += 1;
      },
    } as never;
    const many = new OnCallAlertGroups({ client, clock });
    for (let n = 0; n <= 500; n += 1) await many.confirm(`I${n}`, 0);
    await many.confirm('I1', 0);
    expect(calls).toBe(501);
    await many.confirm('I0', 0);
    expect(calls).toBe(502);
  });
});

describe('listOpen()', () => {
  it('gives what is not resolved and not older, newest first, over all pages', async () => {
    const nowMs = clock.nowMs();
    const at = (minutesAgo: number) => new Date(nowMs - minutesAgo * 60_000).toISOString();
    for (let n = 1; n <= 60; n += 1) fake.groups.seed({ id: `I${n}`, created_at: at(n) });
    fake.groups.seed({ id: 'IACK', state: 'acknowledged', created_at: at(2) });
    fake.groups.seed({ id: 'IOVER', state: 'resolved', created_at: at(2) });
    fake.groups.seed({ id: 'IOLD', created_at: at(90) });
    const listed = await groups.listOpen(nowMs - 70 * 60_000);
    expect(listed).toHaveLength(61);
    expect(listed[0]).toEqual({ id: 'I1', state: 'firing', createdAtMs: nowMs - 60_000 });
    expect(listed).toContainEqual(expect.objectContaining({ id: 'IACK', state: 'acknowledged' }));
    expect(listed.map(({ id }) => id)).not.toContain('IOLD');
  });

  it('passes on that OnCall cannot be asked', async () => {
    plan({ match: 'list_alert_groups', status: 500 });
    await expect(groups.listOpen(0)).rejects.toThrowWithCode(OnCallError, 'ONCALL_UNAVAILABLE');
  });
});

describe('personById()', () => {
  it('gives the address that OnCall has on file, and asks once in ten minutes', async () => {
    const maya = {
      id: 'U8KQZ4MWX7RNB',
      username: 'maya.ito',
      email: 'maya.ito@example.com',
    };
    expect(await groups.personById(maya.id)).toEqual(maya);
    expect(await groups.personById(maya.id)).toEqual(maya);
    expect(asked('get_user')).toBe(1);
    clock.advance(600_001);
    await groups.personById(maya.id);
    expect(asked('get_user')).toBe(2);
  });

  it('gives nobody for an unknown id or while OnCall is out, and asks again', async () => {
    expect(await groups.personById('UNOBODY')).toBeNull();
    plan({ match: 'get_user', status: 500 });
    expect(await groups.personById('U8KQZ4MWX7RNB')).toBeNull();
    expect(await groups.personById('U8KQZ4MWX7RNB')).not.toBeNull();
  });
});
