import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DynamoDBClient, ListTablesCommand } from '@aws-sdk/client-dynamodb';
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ConfigError } from '../../src/config.ts';
import { deliveryOf, newFiring, SAMPLE_ALERTS } from '../../src/local/samples/sample-alerts.ts';
import { postSignedAlert } from '../../src/local/sign-alert.ts';
import { startWorld, type World } from '../../src/local/world.ts';
import type { WorldOptions } from '../../src/local/world-options.ts';
import { PortBusyError } from '../../src/local/world-ports.ts';

const OPTIONS: WorldOptions = { port: 0, functions: 'inline', limits: 'on', ai: 'standin' };
const quiet = { writeLog: () => {} };

// biome-ignore lint/suspicious/noExplicitAny: a test reads whatever the control API answers.
type Answer = { status: number; body: any };

async function call(url: string, body?: unknown): Promise<Answer> {
  const init = body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) };
  const response = await fetch(url, init);
  return { status: response.status, body: await response.json() };
}

describe('startWorld()', () => {
  let world: World;
  beforeAll(async () => {
    world = await startWorld(OPTIONS, quiet);
  });
  afterAll(() => world.close());

  it('says where everything is', () => {
    const { urls, tables, queues, secrets, command } = world.ready;
    expect(Object.keys(urls).sort()).toEqual([
      'api',
      'aws',
      'github',
      'grafana',
      'oncall',
      'page',
      'slack',
      'statuspage',
      'workos',
      'world',
    ]);
    expect(tables).toEqual({ audit: 'audit', incidents: 'incidents', outbox: 'outbox' });
    expect(queues.incidents).toBe(`${urls.aws}/000000000000/incidents.fifo`);
    expect(secrets.standardWebhooks).toMatch(/^whsec_/);
    expect(command).toBe('/incident-response');
  });

  it('serves unmodified SDK clients with the credentials it prints', async () => {
    const { region, credentials, urls } = world.ready;
    const client = new DynamoDBClient({ region, credentials, endpoint: urls.aws });
    const { TableNames } = await client.send(new ListTablesCommand({}));
    expect(TableNames).toEqual(['audit', 'incidents', 'outbox']);
  });

  it('gives the status page key to nobody but the publisher', async () => {
    const { region, credentials, urls } = world.ready;
    const client = new SecretsManagerClient({ region, credentials, endpoint: urls.aws });
    const read = (id: string) => client.send(new GetSecretValueCommand({ SecretId: id }));
    await expect(read('incident-response/statuspage-api-key')).rejects.toThrow(/not authorized/);
    const signing = await read('incident-response/slack-signing');
    expect(signing.SecretString).toBe(world.ready.secrets.slackSigning);
  });

  it('routes to functions, and answers 404 for every other path', async () => {
    const { api } = world.ready.urls;
    expect((await call(`${api}/health`)).status).toBe(200);
    expect(await call(`${api}/nope`)).toEqual({ status: 404, body: { message: 'Not Found' } });
    expect((await call(`${api}/webhooks`)).status).toBe(404);
    expect((await call(`${api}/constructor`)).status).toBe(404);
  });

  it('refuses a body over 10 MiB before any function runs', async () => {
    const { api, world: control } = world.ready.urls;
    const before = (await call(`${control}/_world/functions`)).body['alert-webhook'].invocations;
    const response = await fetch(`${api}/webhooks/grafana-oncall`, {
      method: 'POST',
      body: Buffer.alloc(10 * 1024 * 1024 + 1),
    });
    expect(response.status).toBe(413);
    const after = (await call(`${control}/_world/functions`)).body['alert-webhook'].invocations;
    expect(after).toBe(before);
  });

  it('moves its one clock forward only', async () => {
    const url = `${world.ready.urls.world}/_world/clock`;
    const before = world.clock.nowMs();
    const { body } = await call(url, { advanceMs: 3_600_000 });
    expect(body.nowMs - before).toBeGreaterThanOrEqual(3_600_000);
    for (const advanceMs of [-1, 1.5, 'x', undefined]) {
      expect((await call(url, { advanceMs })).status).toBe(400);
    }
    expect((await call(`${world.ready.urls.world}/_world/nope`)).status).toBe(404);
  });

  it('invokes the sweeper when a minute of its clock passes', async () => {
    const count = async () =>
      (await call(`${world.ready.urls.world}/_world/functions`)).body.sweeper.invocations;
    const before = await count();
    world.clock.advance(60_000);
    await world.idle(5_000);
    expect(await count()).toBe(before + 1);
  });

  it('is idle when nothing is pending, and says what is pending when it is not', async () => {
    const url = `${world.ready.urls.world}/_world/idle`;
    const pending = { queues: {}, functions: {} };
    const idle = await call(url, { timeoutMs: 5_000 });
    expect(idle.body).toMatchObject({ idle: true, pending });
    const queue = world.aws.sqs.queue('publications.fifo');
    const body = JSON.stringify({ incidentId: 'x', draftId: 'y', revision: 1 });
    queue.send({ body, groupId: 'g', dedupId: 'd' });
    queue.receive({ max: 1, visibilityMs: 50_000 });
    const busy = await call(url, { timeoutMs: 30 });
    expect(busy.body).toMatchObject({
      idle: false,
      pending: { queues: { 'publications.fifo': 1 } },
    });
    queue.purge();
    expect((await call(url, { timeoutMs: -1 })).status).toBe(400);
  });

  it.each(SAMPLE_ALERTS)('accepts the sample alert $id, signed', async (alert) => {
    const nowMs = world.clock.nowMs();
    const { secrets, urls } = world.ready;
    const target = { apiUrl: urls.api, secrets, nowMs };
    const delivery = deliveryOf(newFiring(alert, nowMs, 1), 'escalation', nowMs);
    expect((await postSignedAlert(target, delivery)).status).toBe(202);
    const wrong = { alertmanagerBearer: 'x', pagerduty: 'x', grafanaIrm: 'x' };
    const forged = {
      ...target,
      secrets: { ...secrets, oncallHmac: 'x', grafanaAlerting: 'x', ...wrong },
    };
    expect((await postSignedAlert(forged, delivery)).status).toBe(401);
  });

  it('refuses kill faults when functions run inline', async () => {
    const fault = { match: 'sqs:SendMessage', kill: 'after' };
    expect((await call(`${world.ready.urls.aws}/_world/faults`, fault)).status).toBe(400);
  });
});

describe('startWorld() with one process a function', () => {
  let world: World;
  beforeAll(async () => {
    world = await startWorld({ ...OPTIONS, functions: 'process' }, quiet);
  });
  afterAll(() => world.close());

  it('a kill ends the invocation, and the next one starts the process again', async () => {
    const { urls, secrets } = world.ready;
    const fault = { match: 'sqs:SendMessage', caller: 'alert-webhook', kill: 'after' };
    expect((await call(`${urls.aws}/_world/faults`, fault)).status).toBe(200);
    const [alert] = SAMPLE_ALERTS;
    const nowMs = world.clock.nowMs();
    const delivery = deliveryOf(newFiring(alert as never, nowMs, 1), 'escalation', nowMs);
    const target = { apiUrl: urls.api, secrets, nowMs };
    expect((await postSignedAlert(target, delivery)).status).toBe(500);
    expect((await postSignedAlert(target, delivery)).status).toBe(202);
    const { body } = await call(`${urls.world}/_world/functions`);
    expect(body['alert-webhook']).toMatchObject({ invocations: 2, errors: 1, restarts: 1 });
  });

  it('a war room opens although incident-worker is killed after its first append', async () => {
    const { urls, secrets } = world.ready;
    await world.idle(20_000);
    const fault = { match: 'dynamodb:ExecuteStatement', caller: 'incident-worker', kill: 'after' };
    await call(`${urls.aws}/_world/faults`, fault);
    const website = SAMPLE_ALERTS.find(({ id }) => id === 'website-errors');
    const nowMs = world.clock.nowMs();
    const delivery = deliveryOf(newFiring(website as never, nowMs, 1), 'escalation', nowMs);
    await postSignedAlert({ apiUrl: urls.api, secrets, nowMs }, delivery);
    expect((await world.idle(20_000)).idle).toBe(true);
    const channels = (await call(`${urls.slack}/_world/channels`)).body as { name: string }[];
    expect(channels.filter(({ name }) => name.includes('web-frontend'))).toHaveLength(1);
    const { body } = await call(`${urls.world}/_world/functions`);
    expect(body['incident-worker']).toMatchObject({ errors: 1, restarts: 1 });
  });

  it('a function reads the moved clock at once', async () => {
    const { urls, secrets } = world.ready;
    await call(`${urls.world}/_world/clock`, { advanceMs: 86_400_000 });
    const nowMs = world.clock.nowMs();
    const alerting = SAMPLE_ALERTS.find(({ source }) => source === 'alerting');
    const delivery = deliveryOf(newFiring(alerting as never, nowMs, 1), 'escalation', nowMs);
    const target = { apiUrl: urls.api, secrets };
    expect((await postSignedAlert({ ...target, nowMs }, delivery)).status).toBe(202);
    const stale = { ...target, nowMs: nowMs - 86_400_000 };
    expect((await postSignedAlert(stale, delivery)).status).toBe(401);
  });
});

describe('startWorld() refuses', () => {
  it.each(['inline', 'process'] as const)(
    'a policy that cannot be read with CONFIG_INVALID, functions %s',
    async (functions) => {
      const folder = mkdtempSync(join(tmpdir(), 'world-config-'));
      cpSync(new URL('../../config', import.meta.url), folder, { recursive: true });
      writeFileSync(join(folder, 'policies', 'bad.cedar'), 'permit (nobody');
      await expect(
        startWorld({ ...OPTIONS, functions }, { ...quiet, configFolder: folder }),
      ).rejects.toThrowWithCode(ConfigError, 'CONFIG_INVALID');
      rmSync(folder, { recursive: true });
    },
  );

  it('a configuration file that is not what it should be, with CONFIG_INVALID', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'world-config-'));
    writeFileSync(join(folder, 'routing.json'), '{"services": 5}');
    await expect(startWorld(OPTIONS, { ...quiet, configFolder: folder })).rejects.toThrowWithCode(
      ConfigError,
      'CONFIG_INVALID',
    );
    rmSync(folder, { recursive: true });
  });

  it('a busy port with PORT_BUSY, naming it', async () => {
    const first = await startWorld(OPTIONS, quiet);
    const taken = Number(new URL(first.ready.urls.aws).port);
    // AWS listens on the page's port plus six.
    const second = startWorld({ ...OPTIONS, port: taken - 6 }, quiet);
    await expect(second).rejects.toThrowWithCode(PortBusyError, 'PORT_BUSY');
    await expect(second).rejects.toThrow(`port ${taken} (aws)`);
    await first.close();
  });
});
