import { describe, expect, it } from 'vitest';
import type { AlertGroupSeed } from '../../src/local/oncall/alert-groups.ts';
import { oncallId } from '../../src/local/oncall/alert-groups.ts';
import { oncallBody } from '../../src/local/samples/oncall-alert.ts';
import { givenWorld, Incident } from './war-room.ts';

/*
 * OnCall repeats no lost webhook, and tells some changes to nobody. What it has open is compared with
 * our record each minute; so is what our own queue gave up on, and what has no room yet.
 */
const stage = givenWorld();

let groups = 0;
function oncallHas(of: AlertGroupSeed = {}): string {
  groups += 1;
  const id = of.id ?? oncallId('I', `reconciled-${groups}`);
  const labels = { service_name: 'checkout-api', severity: 'critical' };
  stage.world.oncall.groups.seed({ id, labels, ...of });
  return id;
}

async function incidentsOf(group: string): Promise<Incident[]> {
  const ids = await stage.incidentsOf(group);
  return ids.map((id) => new Incident(stage, id, undefined as never));
}

async function onlyIncidentOf(group: string): Promise<Incident> {
  const [incident, ...more] = await incidentsOf(group);
  if (!incident || more.length > 0) throw new Error(`expected one incident, got ${more.length}`);
  return incident;
}

/** The webhook of a group's creation, with the times that OnCall has of it. */
async function deliversCreated(group: string, title = 't'): Promise<void> {
  const known = stage.world.oncall.groups.all().find(({ id }) => id === group);
  const atMs = Date.parse(String(known?.created_at));
  const body = oncallBody({
    type: 'alert group created',
    groupId: group,
    atMs,
    title,
    message: 'm',
    labels: {},
    integration: { id: 'CX4R7ZQ8VK2NM', team: 'Checkout' },
  });
  const bytes = Buffer.from(JSON.stringify(body));
  expect(await stage.posts('/webhooks/grafana-oncall', bytes)).toBe(202);
  await stage.settle();
}

const announced = async () => {
  const [announcements] = await stage.actors.channels();
  return announcements?.messages.map(({ text }) => text) ?? [];
};

describe('an alert group that no webhook ever told us of', () => {
  it('has its room within two sweeps, marked as found, and a late webhook changes nothing', async () => {
    const group = oncallHas({ title: 'nobody told us' });
    await stage.passes({ seconds: 50 });
    expect(await stage.incidentsOf(group)).toEqual([]);
    await stage.passes({ minutes: 2 });
    const incident = await onlyIncidentOf(group);
    await incident.expectTrail(['INCIDENT_OPENED', 'ALERT_RECEIVED', 'WAR_ROOM_ASSEMBLED']);
    expect((await incident.last('INCIDENT_OPENED')).details).toMatchObject({
      title: 'nobody told us',
      foundBy: 'reconciliation',
      confirmed: 'yes',
    });
    await incident.expectRoomPost('found by asking OnCall', 1);
    const before = await incident.types();
    await deliversCreated(group);
    await stage.passes({ minutes: 2 });
    expect(await incident.types()).toEqual(before);
  }, 30_000);

  it('and was acknowledged meanwhile: opens acknowledged', async () => {
    const group = oncallHas({ state: 'acknowledged', acknowledged_by: 'U3TYH9LPV6CDS' });
    await stage.passes({ minutes: 2 });
    const incident = await onlyIncidentOf(group);
    await incident.expectTrail(['INCIDENT_OPENED', 'ALERT_RECEIVED', 'ALERT_ACKNOWLEDGED']);
    const { by } = (await incident.last('ALERT_ACKNOWLEDGED')).details;
    expect(by).toEqual({ id: 'U3TYH9LPV6CDS', username: 'jonas.berg' });
  }, 30_000);

  it('is left alone when it is older than six hours, or resolved', async () => {
    const longAgo = new Date(stage.world.clock.nowMs() - 7 * 3_600_000).toISOString();
    const old = oncallHas({ created_at: longAgo });
    const resolved = oncallHas({ state: 'resolved' });
    await stage.passes({ minutes: 2 });
    expect(await stage.incidentsOf(old)).toEqual([]);
    expect(await stage.incidentsOf(resolved)).toEqual([]);
  }, 30_000);
});

describe('a change that OnCall tells nobody of', () => {
  it('is on the trail as if it had been delivered, once, and the room is asked', async () => {
    const group = oncallHas();
    await deliversCreated(group);
    const incident = await onlyIncidentOf(group);
    oncallHas({ id: group, state: 'resolved' });
    await stage.passes({ minutes: 3 });
    expect(await incident.count('ALERT_RESOLVED')).toBe(1);
    await incident.expectRoomPost('The alert was resolved', 1);
    expect(await incident.count('INCIDENT_RESOLVED')).toBe(0);
  }, 30_000);

  it('takes an acknowledgement back that ran out', async () => {
    const group = oncallHas({ state: 'acknowledged' });
    await deliversCreated(group);
    await stage.passes({ minutes: 2 });
    oncallHas({ id: group, state: 'firing' });
    await stage.passes({ minutes: 3 });
    const incident = await onlyIncidentOf(group);
    await incident.expectTrail(['ALERT_ACKNOWLEDGED', 'ALERT_UNACKNOWLEDGED']);
    expect(await incident.count('ALERT_UNACKNOWLEDGED')).toBe(1);
  }, 30_000);

  it('opens no next episode of what people resolved here and nobody in OnCall', async () => {
    const group = oncallHas();
    await deliversCreated(group);
    const incident = await onlyIncidentOf(group);
    await incident.joins('maya');
    await incident.says('maya', 'resolve it was a false alarm');
    await stage.passes({ minutes: 12 });
    expect(await incidentsOf(group)).toHaveLength(1);
  }, 60_000);
});

describe('OnCall cannot be asked for its open groups', () => {
  it('counts no failure of the sweeper, and finds them afterwards', async () => {
    stage.fault('oncall', { match: '*', times: 0, status: 500 });
    const group = oncallHas();
    await stage.passes({ minutes: 3 });
    expect(await stage.incidentsOf(group)).toEqual([]);
    stage.clearFaults();
    await stage.passes({ minutes: 2 });
    expect(await stage.incidentsOf(group)).toHaveLength(1);
  }, 30_000);
});

describe('an alert whose message was set aside', () => {
  it('gets its room when the cause has passed, without anybody’s doing', async () => {
    const group = oncallHas();
    stage.fault('aws', { match: 'dynamodb:ExecuteStatement', times: 0, status: 500 });
    await deliversCreatedAndDies(group);
    const dead = () => stage.world.aws.sqs.queue('incidents-dlq.fifo').counts().visible;
    await stage.until('the message is set aside', () => {
      stage.world.clock.advance(10_000);
      return dead() > 0;
    });
    expect(await stage.incidentsOf(group)).toEqual([]);
    stage.clearFaults();
    await stage.passes({ minutes: 3 });
    const incident = await onlyIncidentOf(group);
    expect(await incident.count('ALERT_RECEIVED')).toBe(1);
    expect(await incident.count('WAR_ROOM_ASSEMBLED')).toBe(1);
    expect(dead()).toBe(0);
  }, 60_000);

  async function deliversCreatedAndDies(group: string): Promise<void> {
    await deliversCreated(group).catch(() => {});
  }
});

describe('a war room that does not come', () => {
  it('is announced once where everybody reads it, and comes when Slack takes it', async () => {
    stage.fault('slack', { match: 'conversations.create', times: 0, status: 503 });
    const group = oncallHas();
    await deliversCreated(group, 'no room for this').catch(() => {});
    const late = async () => (await announced()).filter((text) => /no war room yet/.test(text));
    // Before three minutes: from then on another notice says why there is no room, and what to do.
    for (const seconds of [60, 60, ...Array<number>(25).fill(2)]) {
      stage.world.clock.advance(seconds * 1_000);
      await stage.world.idle(300);
      if ((await late()).length > 0) break;
    }
    expect(await late()).toHaveLength(1);
    expect((await late())[0]).toContain('no room for this');
    stage.clearFaults();
    await stage.passes({ minutes: 2 });
    const incident = await onlyIncidentOf(group);
    expect(await incident.count('WAR_ROOM_ASSEMBLED')).toBe(1);
    expect(await late()).toHaveLength(1);
  }, 60_000);
});

describe('a group that fires again after its incident was over', () => {
  it('opens the next one; each room names the other', async () => {
    const group = oncallHas();
    await deliversCreated(group);
    const [first] = await incidentsOf(group);
    if (!first) throw new Error('no incident');
    await first.joins('maya');
    oncallHas({ id: group, state: 'resolved' });
    for (let minute = 0; minute < 6 && (await first.count('ALERT_RESOLVED')) === 0; minute += 1) {
      await stage.passes({ minutes: 1 });
    }
    await first.says('maya', 'resolve fixed');
    oncallHas({ id: group, state: 'firing' });
    for (let n = 0; n < 15 && (await incidentsOf(group)).length === 1; n += 1) {
      await stage.passes({ minutes: 1 });
    }
    await stage.passes({ minutes: 1 });
    const [, second, ...more] = await incidentsOf(group);
    expect(more).toEqual([]);
    if (!second) throw new Error('no second incident');
    expect((await second.last('INCIDENT_OPENED')).details.previousIncidentId).toBe(first.id);
    await second.expectRoomPost(`<#${await first.room()}>`, 1);
    await first.expectRoomPost(`<#${await second.room()}>`, 1);
  }, 60_000);
});
