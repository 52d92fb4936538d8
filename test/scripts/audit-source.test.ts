import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { audit } from '../../scripts/audit.ts';
import { openSource } from '../../scripts/audit-source.ts';
import { policy } from '../../scripts/policy.ts';
import { rebuild } from '../../scripts/rebuild.ts';
import { ConfigError, type Environment } from '../../src/config.ts';
import { tableDefinitions } from '../../src/local/tables.ts';
import type { WorldFile } from '../../src/local/world-file.ts';
import { startTrailWorld, type TrailWorld } from '../trail-builder.ts';
import { OPENED, tellStory } from '../trail-story.ts';
import { type Ran, runCommand } from './run-command.ts';

const clock = { nowMs: () => 0 };
let world: TrailWorld;
beforeAll(async () => {
  world = await startTrailWorld();
  await tellStory(world);
});
afterAll(() => world.close());

async function run(
  words: string,
  of: { environment?: Environment; file?: WorldFile } = {},
): Promise<Ran> {
  return runCommand(audit, words.split(' ').filter(Boolean), {
    environment: of.environment ?? {},
    world: () => of.file,
    clock: { nowMs: () => world.now.ms },
  });
}

describe('npm run audit reads, in order', () => {
  const fileOf = (aws: string): WorldFile => ({
    pid: 1,
    urls: { aws },
    region: 'us-east-1',
    credentials: { accessKeyId: 'AKIATESTS', secretAccessKey: 'unchecked' },
    tables: { audit: 'audit', incidents: 'incidents', outbox: 'outbox' },
    keys: world.keys,
    slack: { apiUrl: 'http://127.0.0.1:2/api', teamId: 'T1', botTokenSecretId: 'token' },
  });
  const nowhere = 'http://127.0.0.1:9';

  it('--endpoint before AWS_ENDPOINT_URL', async () => {
    const environment = { AWS_ENDPOINT_URL: nowhere };
    const ran = await run(`verify --endpoint ${world.url}`, { environment });
    expect(ran).toMatchObject({ exitCode: 0, err: `Reading endpoint ${world.url}\n` });
  });

  it('AWS_ENDPOINT_URL when no other world runs', async () => {
    const environment = { AWS_ENDPOINT_URL: world.url };
    const said = { exitCode: 0, err: `Reading AWS_ENDPOINT_URL ${world.url}\n` };
    expect(await run('verify', { environment })).toMatchObject(said);
    // The variable may well name the world that runs.
    expect(await run('verify', { environment, file: fileOf(world.url) })).toMatchObject(said);
  });

  it('the running world when nothing else is named', async () => {
    const said = { exitCode: 0, err: `Reading the running embedded world at ${world.url}\n` };
    expect(await run('verify', { file: fileOf(world.url) })).toMatchObject(said);
  });

  it('what an option names, whatever else is there', async () => {
    const environment = { AWS_ENDPOINT_URL: nowhere, AUDIT_TABLE: 'audit', INCIDENTS_TABLE: 'i' };
    const ran = await run('verify --world', { environment, file: fileOf(world.url) });
    expect(ran).toMatchObject({ exitCode: 0, err: expect.stringContaining('embedded world') });
    const aws = { environment: { AUDIT_TABLE: 'audit', INCIDENTS_TABLE: 'i' }, clock };
    const source = await openSource({ aws: true }, { ...aws, world: () => fileOf(nowhere) });
    expect(source.said).toBe('AWS, us-east-1');
    source.close();
  });

  it.each<[string, Environment, string]>([
    [
      'the AWS variables and a running world',
      {
        AUDIT_TABLE: 'other',
        INCIDENTS_TABLE: 'other',
        APPROVAL_KEY_ID: 'a',
        PUBLICATION_KEY_ID: 'p',
      },
      'got the AWS variables (AUDIT_TABLE, INCIDENTS_TABLE) and the running embedded world at http://127.0.0.1:9; choose with --aws or --world\n',
    ],
    [
      'AWS_ENDPOINT_URL and another running world',
      { AWS_ENDPOINT_URL: 'http://127.0.0.1:8' },
      'got AWS_ENDPOINT_URL http://127.0.0.1:8 and the running embedded world at http://127.0.0.1:9; choose with --endpoint http://127.0.0.1:8 or --world\n',
    ],
  ])('nothing, and exits 2, when there are %s', async (_what, environment, said) => {
    const ran = await run('verify', { environment, file: fileOf(nowhere) });
    expect(ran).toMatchObject({ exitCode: 2, out: '', err: expect.stringContaining(said) });
    const deps = { environment, world: () => fileOf(nowhere), clock, out: () => {}, err: () => {} };
    expect(await rebuild(['--check'], deps)).toBe(2);
    const draft = ['explain', '--user', 'U0BEN', '--draft', 'drf-aaaaaaaaaaaaaaaa'];
    expect(await policy(draft, deps)).toBe(2);
  });

  it('nothing, and exits 2, when two options name a source, or there is no world to read', async () => {
    const twice = await run(`verify --world --endpoint ${nowhere}`);
    expect(twice).toMatchObject({ exitCode: 2, err: expect.stringContaining('one source') });
    const none = await run('verify --world');
    expect(none).toMatchObject({ exitCode: 2, err: expect.stringContaining('a running one') });
  });
});

describe('npm run audit on AWS', () => {
  const tables = { AUDIT_TABLE: 'audit', INCIDENTS_TABLE: 'incidents' };

  it('reads the named tables and trusts only named keys', async () => {
    const keys = { APPROVAL_KEY_ID: 'one', PUBLICATION_KEY_ID: 'two' };
    const environment = { ...tables, ...keys, AWS_REGION: 'eu-west-1' };
    const source = await openSource({}, { environment, world: () => undefined, clock });
    expect(source.said).toBe('AWS, eu-west-1');
    expect(await source.pinned()).toMatchObject({ approval: 'one', publication: 'two' });
    source.close();
  });

  it('throws CONFIG_INVALID instead of asking the account which keys to trust', async () => {
    const source = await openSource(
      {},
      {
        environment: tables,
        world: () => undefined,
        clock,
      },
    );
    await expect(source.pinned()).rejects.toThrowWithCode(ConfigError, 'CONFIG_INVALID');
    source.close();
  });
});

describe('npm run audit for a role that may only Query the trail', () => {
  const environment = () => ({
    AWS_ACCESS_KEY_ID: 'AKIAREVIEWER',
    AWS_SECRET_ACCESS_KEY: 'unchecked',
    AUDIT_TABLE: 'audit',
    INCIDENTS_TABLE: 'incidents',
    APPROVAL_KEY_ID: world.keys.approval,
    PUBLICATION_KEY_ID: world.keys.publication,
  });

  it('finds every chain through the index and says what it could not compare', async () => {
    const words = `verify --endpoint ${world.url}`;
    const ran = await run(words, { environment: environment() });
    expect(ran.out).toBe(
      'The audit trail verifies: 4 chain(s), 19 event(s), 2 signed approval(s), ' +
        '2 signed publication(s).\n',
    );
    expect(ran.err).toContain('The projections could not be read with these permissions');
    expect(ran.exitCode).toBe(0);
  });

  it('refuses to trust a key that is not the pinned one', async () => {
    const other = { ...environment(), APPROVAL_KEY_ID: world.keys.publication };
    const ran = await run(`verify --endpoint ${world.url}`, { environment: other });
    expect(ran.exitCode).toBe(1);
    expect(ran.out).toContain(`${OPENED} event 6: its signature is not by the approval key`);
  });
});

describe('npm run audit behind an endpoint that serves two deployments', () => {
  it('exits 2 and says which variables would tell them apart', async () => {
    const twice = { audit: 'b-audit', incidents: 'b-incidents', outbox: 'b-outbox' };
    const definitions = tableDefinitions(twice);
    await Promise.all(definitions.map((table) => world.aws.dynamodb.createTable(table)));
    world.aws.kms.createKey({ alias: 'b-approval' });
    const words = `verify --endpoint ${world.url}`;
    expect((await run(words)).err).toContain('cannot find the audit table: expected one table');
    const environment = { AUDIT_TABLE: 'audit', INCIDENTS_TABLE: 'incidents' };
    const ran = await run(words, { environment });
    expect(ran.exitCode).toBe(2);
    expect(ran.err).toContain('got 2; set APPROVAL_KEY_ID');
  });
});
