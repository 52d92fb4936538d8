import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Firing } from '../../src/local/samples/sample-alerts.ts';
import { endures, expectComplete, recovers } from './outage.ts';
import { givenWorld, type Incident, type Stage } from './war-room.ts';

/*
 * One of the services underneath is out for ten minutes while alerts arrive. Afterwards each alert
 * that was accepted is on record once, and its room is there, once.
 */
// The SDK's own retries would only make it slower: each waits in real time.
beforeAll(() => void vi.stubEnv('AWS_MAX_ATTEMPTS', '1'));
afterAll(() => void vi.unstubAllEnvs());

const OUTAGE_MINUTES = 10;
const SAMPLES = ['checkout-errors', 'payments-latency', 'website-errors'] as const;
/** Returns of a dead letter are a few minutes apart by then. */
const AFTERWARDS_MINUTES = 12;

async function expectRooms(stage: Stage, firings: readonly Firing[]): Promise<Incident[]> {
  const incidents: Incident[] = [];
  for (const firing of firings) {
    const incident = await stage.incidentOf(firing);
    await expectComplete(incident);
    const delivered = (await incident.trail()).filter(
      // What the sweeper learnt from OnCall meanwhile is another fact.
      (event) => event.type === 'ALERT_RECEIVED' && event.details.foundBy === undefined,
    );
    expect(delivered).toHaveLength(1);
    incidents.push(incident);
  }
  return incidents;
}

function dead(stage: Stage): number {
  return stage.world.aws.sqs.queue('incidents-dlq.fifo').peek().length;
}

describe('ten minutes without', () => {
  const stage = givenWorld();

  async function threeFire(): Promise<Firing[]> {
    const firings: Firing[] = [];
    for (const sample of SAMPLES) {
      const firing = await stage.actors.fires(sample, 'escalation');
      expect(firing.status, `${sample} is accepted`).toBe(202);
      firings.push(firing);
    }
    return firings;
  }

  it('the audit table: no fact can be written, none is lost', async () => {
    for (const match of ['dynamodb:ExecuteStatement', 'dynamodb:PutItem']) {
      const error = 'ProvisionedThroughputExceededException';
      stage.fault('aws', { match, caller: 'incident-worker', times: 0, status: 400, error });
    }
    const firings = await threeFire();
    await endures(stage, { minutes: OUTAGE_MINUTES });
    expect(await stage.incidentsOf(firings[0]?.key ?? '')).toEqual([]);
    stage.clearFaults();
    await recovers(stage, { minutes: AFTERWARDS_MINUTES });
    await expectRooms(stage, firings);
    expect(dead(stage)).toBe(0);
  }, 240_000);

  it('the queue: alerts wait in the outbox, people are told that nothing was done', async () => {
    const before = await stage.fires('checkout-errors');
    const error = { status: 500, error: 'InternalError' };
    stage.fault('aws', { match: 'sqs:SendMessage', times: 0, ...error });
    const firings = await threeFire();
    const ack = await before.says('maya', 'note Nobody hears this');
    expect(ack.body).toContain('Nothing was done');
    await endures(stage, { minutes: OUTAGE_MINUTES });
    expect(await stage.incidentsOf(firings[0]?.key ?? '')).toEqual([]);
    stage.clearFaults();
    await recovers(stage, { minutes: AFTERWARDS_MINUTES });
    await expectRooms(stage, firings);
    expect(await before.count('NOTE_ADDED')).toBe(0);
    expect(dead(stage)).toBe(0);
  }, 240_000);

  it('secrets, for functions that know theirs: nobody notices', async () => {
    const known = await threeFire();
    await stage.settle(60_000);
    stage.fault('aws', {
      match: 'secretsmanager:GetSecretValue',
      times: 0,
      status: 500,
      error: 'InternalServiceError',
    });
    stage.world.clock.advance(OUTAGE_MINUTES * 60_000);
    const firings = await threeFire();
    await recovers(stage, { minutes: 1 });
    await expectRooms(stage, [...known, ...firings]);
  }, 240_000);
});

describe('a call that is never answered', () => {
  const stage = givenWorld();

  it.each([
    ['incident-worker', 'dynamodb:GetItem', 'none'],
    ['incident-worker', 'dynamodb:PutItem', 'done'],
    ['incident-worker', 'dynamodb:ExecuteStatement', 'none'],
    ['incident-worker', 'dynamodb:ExecuteStatement', 'done'],
    ['incident-worker', 'sqs:SendMessage', 'done'],
    ['incident-worker', 'scheduler:CreateSchedule', 'done'],
    ['alert-webhook', 'sqs:SendMessage', 'done'],
  ] as const)(
    '%s %s, effect %s: given up in time, tried again, and nothing is lost or there twice',
    async (caller, match, effect) => {
      stage.fault('aws', { match, caller, effect, answer: 'never' });
      const firing = await stage.actors.fires('checkout-errors', 'escalation');
      expect(firing.status).toBe(202);
      await endures(stage, { minutes: 1 });
      await recovers(stage, { minutes: 1 });
      expect(stage.world.aws.board.faults()[0]?.hits).toBe(1);
      await expectRooms(stage, [firing]);
    },
    240_000,
  );
});

describe('ten minutes without secrets, for functions that just started', () => {
  const noSecrets = (caller: string) => ({
    match: 'secretsmanager:GetSecretValue',
    caller,
    times: 0,
    status: 500,
    error: 'InternalServiceError',
  });

  describe('the webhook', () => {
    const stage = givenWorld();

    it('accepts nothing and never says "not authenticated"; then the same alert, once', async () => {
      stage.fault('aws', noSecrets('alert-webhook'));
      // Held past the four seconds after which the source tries again.
      const firing = await stage.actors.fires('checkout-errors', 'escalation');
      expect(firing.status).toBe(503);
      await endures(stage, { minutes: OUTAGE_MINUTES });
      stage.clearFaults();
      stage.world.clock.advance(60_000);
      expect(await stage.actors.sends(firing, 'escalation', firing.startedAtMs)).toBe(202);
      await recovers(stage, { minutes: 1 });
      await expectRooms(stage, [firing]);
    }, 240_000);
  });

  describe('the worker', () => {
    const stage = givenWorld();

    it('puts the alert on record at once, and opens the room when it can speak', async () => {
      stage.fault('aws', noSecrets('incident-worker'));
      const firing = await stage.actors.fires('checkout-errors', 'escalation');
      expect(firing.status).toBe(202);
      await endures(stage, { minutes: OUTAGE_MINUTES });
      const incident = await stage.incidentOf(firing);
      expect(await incident.count('ALERT_RECEIVED')).toBe(1);
      expect(await incident.count('WAR_ROOM_CREATED')).toBe(0);
      stage.clearFaults();
      await recovers(stage, { minutes: 3 });
      await expectRooms(stage, [firing]);
    }, 240_000);
  });
});
