import { describe, expect, it } from 'vitest';
import { incidentIdOfAlertGroup } from '../../src/domain/ids.ts';
import type { ReachMessage } from '../../src/services/reach-somebody.ts';
import { alertMessage, onCall } from './alert-messages.ts';
import { ANNOUNCEMENTS, chatError, type Hook, MAYA, useWorker } from './worker-world.ts';

const world = useWorker('memory');
const types = async () => (await world.trail.from(INCIDENT, 1)).map(({ type }) => type);
const calls = () => world.chat.count('call_for_help', ANNOUNCEMENTS);
const INCIDENT = incidentIdOfAlertGroup({ source: 'grafana-oncall', group: 'GROUP1', episode: 1 });
const ALERT = alertMessage(onCall('alert group created', { time: '2026-11-20T09:00:00Z' }));
const DUE = `${INCIDENT}-reach-due`;

/** An incident of a service whose one responder nobody knows. */
async function givenUnreachable(): Promise<void> {
  world.chat.people.clear();
  await givenOpened();
}

async function givenOpened(): Promise<void> {
  await world.worker().receive.receive(ALERT);
}

/** The workspace makes no room, for now. */
const stuck: Hook = (_port, method, when) => {
  if (method === 'createRoom' && when === 'before') throw chatError('CHAT_RATE_LIMITED', true);
};

const due = () => world.schedules.due.get(DUE)?.message as ReachMessage;

describe('when every source has answered and names nobody who can be invited', () => {
  it('everybody in the announcement channel is notified at once, and it is on record', async () => {
    await givenUnreachable();
    await world.worker().run.run(INCIDENT);
    expect(calls()).toBe(1);
    expect(await types()).toContain('NOBODY_REACHED');
    expect(world.counted).toEqual(['NobodyReachable']);
  });

  it('the fallback group is invited at once', async () => {
    await givenUnreachable();
    await world.worker().run.run(INCIDENT);
    expect(world.chat.members.get('C0ROOM1')).toEqual(new Set(['U0LINA']));
    const invited = (await world.trail.from(INCIDENT, 1)).find(
      ({ type }) => type === 'RESPONDER_INVITED',
    );
    expect(invited?.details).toEqual({ slackUserId: 'U0LINA', source: 'fallback' });
  });

  it('nothing is said again when the schedule comes, or the sweeper', async () => {
    await givenUnreachable();
    const { run, reach } = world.worker();
    await run.run(INCIDENT);
    const message = due();
    world.clock.advance(180_000);
    await (await reach.due(message))();
    await reach.overdue(INCIDENT);
    await run.run(INCIDENT);
    expect(calls()).toBe(1);
    expect((await types()).filter((type) => type === 'NOBODY_REACHED')).toHaveLength(1);
  });
});

describe('when nobody was invited because the room hangs', () => {
  it('the schedule is set for 3 min after opening, before there is a room', async () => {
    await givenOpened();
    await expect(world.worker(stuck).run.run(INCIDENT)).rejects.toThrow();
    const openedAt = (await world.record.load(INCIDENT))?.state.openedAt ?? '';
    expect(world.schedules.due.get(DUE)?.dueAtMs).toBe(Date.parse(openedAt) + 180_000);
  });

  it('the schedule escalates though no room can be made, and an alarm is counted', async () => {
    await givenOpened();
    const { run, reach } = world.worker(stuck);
    await expect(run.run(INCIDENT)).rejects.toThrow();
    world.clock.advance(180_000);
    await (await reach.due(due()))();
    expect(calls()).toBe(1);
    expect(world.counted).toEqual(['NobodyReachable']);
    expect((await world.trail.from(INCIDENT, 1)).at(-1)).toMatchObject({
      type: 'NOBODY_REACHED',
      actor: { kind: 'schedule', id: DUE },
      details: { waitedS: 180, reason: 'nobody was invited within 3 min of opening' },
    });
  });

  it('a schedule that comes twice is heard once', async () => {
    await givenOpened();
    const { run, reach } = world.worker(stuck);
    await expect(run.run(INCIDENT)).rejects.toThrow();
    world.clock.advance(180_000);
    const message = due();
    await (await reach.due(message))();
    await (await reach.due(message))();
    expect(calls()).toBe(1);
    expect((await types()).filter((type) => type === 'NOBODY_REACHED')).toHaveLength(1);
  });

  it('the alarm is counted though the workspace is down; whoever came by then wakes nobody', async () => {
    await givenOpened();
    let isDown = true;
    const { run, reach } = world.worker((port) => {
      if (port === 'chat' && isDown) throw chatError('CHAT_UNAVAILABLE', true);
    });
    await expect(run.run(INCIDENT)).rejects.toThrow();
    world.clock.advance(180_000);
    const tell = await reach.due(due());
    await expect(tell()).rejects.toThrow();
    expect(world.counted).toEqual(['NobodyReachable']);
    isDown = false;
    await run.run(INCIDENT);
    expect(calls()).toBe(0);
    // Maya could be invited after all, so the fallback group is left in peace.
    expect(world.chat.members.get('C0ROOM1')).toEqual(new Set([MAYA]));
  });

  it.each([
    ['2:59', 179_000, 0],
    ['3:00', 180_000, 1],
  ])('the sweeper that comes at %s finds it overdue %i ms after opening: %i', async (...given) => {
    const [, afterMs, count] = given;
    await givenOpened();
    const openedAt = (await world.record.load(INCIDENT))?.state.openedAt ?? '';
    world.clock.advance(Date.parse(openedAt) + afterMs - world.clock.nowMs());
    await world.worker(stuck).reach.overdue(INCIDENT);
    expect((await types()).filter((type) => type === 'NOBODY_REACHED')).toHaveLength(count);
  });

  it('is left to the sweeper when Scheduler does not take the schedule', async () => {
    await givenOpened();
    let sets = 0;
    const { run } = world.worker((port, method) => {
      if (port !== 'schedules') return;
      sets += 1;
      // Of the reminder that an update is due, the room's own effects see to it.
      if (sets <= 2 || method === 'remove') throw new TypeError('down');
    });
    await run.run(INCIDENT);
    expect(await types()).toContain('WAR_ROOM_ASSEMBLED');
  });
});

describe('when somebody was invited in time', () => {
  it('the schedule is gone, and one that comes nevertheless does nothing', async () => {
    await givenOpened();
    const { run, reach } = world.worker(stuck);
    await expect(run.run(INCIDENT)).rejects.toThrow();
    const message = due();
    await world.worker().run.run(INCIDENT);
    expect(world.schedules.due.has(DUE)).toBe(false);
    world.clock.advance(180_000);
    await (await reach.due(message))();
    await reach.overdue(INCIDENT);
    expect(await types()).not.toContain('NOBODY_REACHED');
    expect(calls()).toBe(0);
  });

  it('nor does it for an incident that was called off meanwhile', async () => {
    await givenUnreachable();
    await world.record.run({
      incidentId: INCIDENT,
      commandId: 'cancel',
      actor: { kind: 'slack_user', id: MAYA },
      decide: () => ({ append: 'INCIDENT_CANCELLED', details: { reason: 'a drill' } }),
    });
    world.clock.advance(200_000);
    await world.worker().reach.overdue(INCIDENT);
    expect(await types()).not.toContain('NOBODY_REACHED');
  });
});

describe('when the fallback group is invited', () => {
  it('everybody of it is on record, though the first attempt ends in the middle', async () => {
    await givenUnreachable();
    world.chat.groupMembers = async () =>
      new Map<string, ReadonlySet<string>>([['status-approvers', new Set(['U0LINA', 'U0OTTO'])]]);
    let isFirst = true;
    const { run } = world.worker(async (_port, method, when) => {
      if (method !== 'insert' || when !== 'before' || !isFirst) return;
      const chain = await world.trail.from(INCIDENT, 1);
      if (!chain.some(({ type }) => type === 'RESPONDER_INVITED')) return;
      isFirst = false;
      throw chatError('CHAT_UNAVAILABLE', true);
    });
    await expect(run.run(INCIDENT)).rejects.toThrow();
    await run.run(INCIDENT);
    expect((await types()).filter((type) => type === 'RESPONDER_INVITED')).toHaveLength(2);
    expect(calls()).toBe(1);
  });

  it('the card names them, though it was complete before', async () => {
    await givenUnreachable();
    await world.worker().run.run(INCIDENT);
    const card = world.chat.posts.find(({ message }) => message.kind === 'incident_card');
    expect(card?.message).toMatchObject({ incident: { invited: ['U0LINA'] } });
  });
});
