import { describe, expect, it } from 'vitest';
import { oncallId } from '../../src/local/oncall/alert-groups.ts';
import { oncallBody } from '../../src/local/samples/oncall-alert.ts';
import { endures, expectComplete } from './outage.ts';
import { givenWorld, Incident } from './war-room.ts';

/*
 * Functions are ended in the middle of asking OnCall, of telling what was found, and of bringing back
 * what was given up on. There is one room in the end, and one of each fact.
 */
const stage = givenWorld({ functions: 'process' });

let groups = 0;
function oncallHas(): string {
  groups += 1;
  const id = oncallId('I', `crash-${groups}`);
  const labels = { service_name: 'checkout-api', severity: 'critical' };
  stage.world.oncall.groups.seed({ id, labels });
  return id;
}

async function delivers(group: string): Promise<void> {
  const known = stage.world.oncall.groups.all().find(({ id }) => id === group);
  const body = oncallBody({
    type: 'alert group created',
    groupId: group,
    atMs: Date.parse(String(known?.created_at)),
    title: 't',
    message: 'm',
    labels: {},
    integration: { id: 'CX4R7ZQ8VK2NM', team: 'Checkout' },
  });
  const bytes = Buffer.from(JSON.stringify(body));
  expect(await stage.posts('/webhooks/grafana-oncall/bearer', bytes)).toBe(202);
}

/** A crash that never happened would prove nothing. */
function expectEnded(fake: 'aws' | 'oncall'): void {
  expect(stage.world[fake].board.faults()[0]?.hits).toBe(1);
}

async function expectOneRoom(group: string): Promise<void> {
  const ids = await stage.incidentsOf(group);
  expect(ids).toHaveLength(1);
  const incident = new Incident(stage, String(ids[0]), undefined as never);
  await expectComplete(incident);
  expect(await incident.count('ALERT_RECEIVED')).toBe(1);
}

describe('incident-worker is ended', () => {
  it.each(['before', 'after'] as const)(
    '%s OnCall answers whether an alert is real',
    async (kill) => {
      const group = oncallHas();
      stage.fault('oncall', { match: 'get_alert_group', caller: 'incident-worker', kill });
      await delivers(group);
      await endures(stage, { minutes: 1 });
      await stage.passes({ minutes: 1 });
      expectEnded('oncall');
      await expectOneRoom(group);
    },
    60_000,
  );

  it('between opening an incident that was found, and putting the alert on it', async () => {
    const group = oncallHas();
    const calls = { match: 'dynamodb:ExecuteStatement', caller: 'incident-worker' };
    stage.fault('aws', { ...calls, nth: 1, kill: 'after' });
    await stage.passes({ minutes: 2 });
    await stage.passes({ minutes: 2 });
    expectEnded('aws');
    await expectOneRoom(group);
  }, 60_000);
});

describe('the sweeper is ended', () => {
  it.each(['before', 'after'] as const)(
    '%s it tells of an alert that was never delivered',
    async (kill) => {
      const group = oncallHas();
      stage.fault('aws', { match: 'sqs:SendMessage', caller: 'sweeper', kill });
      await endures(stage, { minutes: 3 });
      await stage.passes({ minutes: 2 });
      expectEnded('aws');
      await expectOneRoom(group);
    },
    60_000,
  );

  it.each([
    ['before it has sent a dead letter back', 'sqs:SendMessage', 'before'],
    ['after it sent a dead letter back, which is still there', 'sqs:SendMessage', 'after'],
    ['after it removed it', 'sqs:DeleteMessage', 'after'],
  ] as const)(
    '%s',
    async (_when, match, kill) => {
      const group = oncallHas();
      stage.fault('aws', {
        match: 'dynamodb:ExecuteStatement',
        caller: 'incident-worker',
        times: 0,
        status: 500,
      });
      await delivers(group);
      const queue = stage.world.aws.sqs.queue('incidents-dlq.fifo');
      await stage.until('the message is set aside', () => {
        stage.world.clock.advance(10_000);
        if (queue.peek().length === 0) return false;
        // In the same breath: the sweeper may come for it any moment.
        stage.clearFaults();
        stage.fault('aws', { match, caller: 'sweeper', kill });
        return true;
      });
      await endures(stage, { minutes: 3 });
      await stage.passes({ minutes: 4 });
      expectEnded('aws');
      expect(queue.peek()).toEqual([]);
      await expectOneRoom(group);
    },
    90_000,
  );
});
