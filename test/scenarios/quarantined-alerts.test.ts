import { describe, expect, it } from 'vitest';
import { audit } from '../../scripts/audit.ts';
import { replayQuarantined } from '../../scripts/replay-quarantined.ts';
import { ANNOUNCEMENT_CHANNEL_ID } from '../../src/local/slack/slack-server.ts';
import { type Ran, runCommand } from '../scripts/run-command.ts';
import { givenWorld } from './war-room.ts';

describe('an alert that the record refuses for good', () => {
  const stage = givenWorld();

  function replay(...words: string[]): Promise<Ran> {
    const { urls } = stage.world.ready;
    return runCommand(replayQuarantined, [...words, '--endpoint', urls.aws], {
      environment: {},
      world: () => undefined,
      clock: stage.world.clock,
    });
  }
  const announced = async () => {
    const { messages } = await stage.actors.channel(ANNOUNCEMENT_CHANNEL_ID);
    return messages.map(({ text }) => text).join('\n');
  };
  const dead = () => stage.world.aws.sqs.queue('incidents-dlq.fifo').peek().length;

  it('is kept, said aloud, and opens its room when it is replayed, once', async () => {
    expect((await replay()).out).toBe('Nothing waits in quarantine.\n');
    const error = { status: 400, error: 'ValidationException' };
    const match = 'dynamodb:ExecuteStatement';
    stage.fault('aws', { match, caller: 'incident-worker', times: 2, ...error });
    const firing = await stage.actors.fires('checkout-errors');
    expect(firing.status).toBe(202);
    await stage.passes({ seconds: 10 });
    expect(await stage.incidentsOf(firing.key)).toEqual([]);
    expect(dead()).toBe(0);
    expect(await announced()).toContain('could not be put on record, so it opened no incident');

    const listed = await replay();
    expect(listed.out).toMatch(
      /^intake-\d{8}#\d+ {2}\S+ {2}\/webhooks\/grafana-oncall {2}it could not/,
    );
    const event = listed.out.split(' ')[0] ?? '';
    for (let i = 0; i < 2; i += 1) {
      expect((await replay('--event', event)).exitCode).toBe(i === 0 ? 0 : 2);
      await stage.settle();
    }
    const incident = await stage.incidentOf(firing);
    await incident.expectTrail(['INCIDENT_OPENED', 'ALERT_RECEIVED', 'WAR_ROOM_ASSEMBLED']);
    expect(await announced()).toContain('was taken out of quarantine and is on record now');
    expect((await replay()).out).toBe('Nothing waits in quarantine.\n');
    expect((await replay('--all')).out).toContain('Asked incident-worker to replay 0 of 0');
    const { urls } = stage.world.ready;
    const verified = await runCommand(audit, ['verify', '--endpoint', urls.aws], {
      environment: {},
      world: () => undefined,
      clock: stage.world.clock,
    });
    expect(verified.exitCode, verified.out).toBe(0);
  });

  it('“constructor” as a label of OnCall and of Alertmanager opens a room each', async () => {
    const labels = { constructor: 'x', ['__proto__']: 'y', toString: 'z', severity: 'critical' };
    const time = new Date(stage.world.clock.nowMs()).toISOString();
    const bodies = {
      '/webhooks/grafana-oncall': {
        event: { type: 'alert group created', time },
        alert_group_id: 'GCONSTRUCTOR',
        alert_group: { id: 'GCONSTRUCTOR', title: 'x', state: 'firing', created_at: time },
        alert_payload: { labels },
      },
      '/webhooks/alertmanager': {
        version: '4',
        groupKey: '{}:{constructor="x"}',
        status: 'firing',
        receiver: 'r',
        externalURL: 'https://am.example.com',
        groupLabels: labels,
        commonLabels: labels,
        commonAnnotations: {},
        alerts: [{ status: 'firing', labels, annotations: {}, startsAt: time, fingerprint: 'f1' }],
      },
    };
    for (const [path, body] of Object.entries(bodies)) {
      expect(await stage.posts(path, Buffer.from(JSON.stringify(body)))).toBe(202);
    }
    await stage.settle();
    for (const group of ['GCONSTRUCTOR', 'constructor="x"']) {
      expect(await stage.incidentsOf(group)).toHaveLength(1);
    }
    const rooms = (await stage.actors.channels()).filter(({ name }) => name.startsWith('inc-'));
    expect(rooms).toHaveLength(3);
  });

  it.each([
    [['--all', '--event', 'intake-20261120#1'], 'expected --all or --event, got both'],
    [['--event', 'intake-20261120#99'], 'expected an alert that waits in quarantine'],
    [['everything'], 'expected no further words, got everything'],
  ])('refuses %j', async (words, message) => {
    const ran = await replay(...words);
    expect([ran.exitCode, ran.out]).toEqual([2, '']);
    expect(ran.err).toContain(message);
  });

  it('explains itself', async () => {
    expect((await replay('--help')).out).toContain('usage: npm run replay-quarantined');
  });
});
