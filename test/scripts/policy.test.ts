import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { policy } from '../../scripts/policy.ts';
import type { Environment } from '../../src/config.ts';
import { TEAM_ID } from '../../src/local/slack/slack-server.ts';
import type { WorldFile } from '../../src/local/world-file.ts';
import { Stage } from '../scenarios/war-room.ts';
import { type Ran, runCommand } from './run-command.ts';

type Around = { world?: WorldFile; environment?: Environment; nowMs?: number };

async function run(words: string[], around: Around = {}): Promise<Ran> {
  return runCommand(policy, words, {
    environment: around.environment ?? {},
    world: () => around.world,
    clock: { nowMs: () => around.nowMs ?? 0 },
  });
}

describe('npm run policy -- test', () => {
  let config: string;
  beforeEach(() => {
    config = mkdtempSync(join(tmpdir(), 'policy-test-'));
    cpSync('config', config, { recursive: true });
  });
  afterEach(() => rmSync(config, { recursive: true, force: true }));
  const edit = (name: string, from: string, to: string) => {
    const file = join(config, name);
    const before = readFileSync(file, 'utf8');
    expect(before).toContain(from);
    writeFileSync(file, before.replace(from, to));
  };

  it('exits 0 and counts rows and cases when all are as expected', async () => {
    const { exitCode, out, err } = await run(['test']);
    expect([exitCode, err]).toEqual([0, '']);
    expect(out).toContain('  ok    P1: nobody who wrote it, whatever their roles');
    expect(out).toMatch(/1 table\(s\), 28 rows, 1570 cases: all as expected\.\n$/);
  });

  it('exits 1 and names the row, the case, expected and got when one is not', async () => {
    edit('policies/status-page.cedar', '@approvers("1")', '@approvers("2")');
    const { exitCode, out } = await run(['test', '--config', config]);
    expect(exitCode).toBe(1);
    expect(out).toContain('  FAIL  P1: a status-approver who did not write it');
    expect(out).toContain('create, P1, roles [status-approver], not author, incident commander');
    expect(out).toMatch(/expected .*"approvers":1.*, got .*"approvers":2/);
    expect(out).toContain('and 43 more');
    expect(out).toMatch(/57 not as expected\.\n$/);
  });

  it('takes a table and further policies from elsewhere', async () => {
    const example = 'docs/policy-examples/business-hours';
    const both = ['--with', `${example}.cedar`];
    expect((await run(['test', ...both, '--tests', `${example}.json`])).exitCode).toBe(0);
    expect((await run(['test', ...both, `${example}.json`])).exitCode).toBe(0);
    expect((await run(['test', `${example}.json`])).exitCode).toBe(1);
    const folder = ['--policies', join(config, 'policies')];
    expect((await run(['test', ...folder])).exitCode).toBe(0);
  });

  it.each([
    ['policies/status-page.cedar', 'resource.severity == "P1"', 'resource.sevrity == "P1"'],
    ['policies/status-page.cedar', '@approvers("1")\n', ''],
    ['policies/status-page.cedarschema', 'entity Role;', 'entity ;'],
    ['policy-tests/default.json', '"P1"', '"P0"'],
    ['routing.json', '"UTC"', '"Mars"'],
  ])('exits 2 and names the file of a mistake in %s', async (name, from, to) => {
    edit(name, from, to);
    const { exitCode, err } = await run(['test', '--config', config]);
    expect(exitCode).toBe(2);
    expect(err).toContain(name);
  });
});

describe('npm run policy, misused, exits 2 and says what was expected', () => {
  it.each([
    [[], 'one of test, explain, got nothing'],
    [['allow'], 'one of test, explain, got allow'],
    [['test', '--user', 'U04MAYAITO1'], 'got --user'],
    [['test', '--json'], 'got --json'],
    [['test', '--colour'], '--colour'],
    [['test', 'gone.json'], 'cannot read gone.json'],
    [['explain', '--tests', 'a.json'], 'got --tests'],
    [['explain', '--draft', 'drf-1'], '--user with an id, got nothing'],
    [['explain', '--user', 'maya', '--draft', 'drf-1'], '--user with an id, got maya'],
    [['explain', '--user', 'U04MAYAITO1'], '--draft with an id, got nothing'],
    [['explain', '--user', 'U04MAYAITO1', '--draft', 'd', '--incident', 'x'], '--incident'],
    [['explain', '--user', 'U04MAYAITO1', '--draft', 'd', '--at', 'noon'], '--at'],
    [['explain', '--user', 'U04MAYAITO1', '--draft', 'd', 'e'], 'no further words, got e'],
    [['explain', '--user', 'U04MAYAITO1', '--draft', 'd'], 'cannot read an audit trail'],
  ])('%o', async (words, said) => {
    const { exitCode, err } = await run(words);
    expect(exitCode).toBe(2);
    expect(err).toContain(said);
  });

  it('--help is no mistake', async () => {
    const { exitCode, out } = await run(['--help']);
    expect(exitCode).toBe(0);
    expect(out).toContain('usage: npm run policy');
  });
});

describe('npm run policy -- explain, in the running world', () => {
  const stage = new Stage({ port: 0, functions: 'inline', limits: 'off', ai: 'off' });
  let world: WorldFile;
  let draft: { incidentId: string; draftId: string };
  beforeAll(async () => {
    await stage.open();
    const { urls, region, credentials, tables, keys } = stage.world.ready;
    const slack = {
      apiUrl: `${urls.slack}/api`,
      teamId: TEAM_ID,
      botTokenSecretId: 'incident-response/slack-bot-token/external',
    };
    world = { pid: 1, urls, region, credentials, tables, keys, slack };
    const incident = await stage.givenP1();
    draft = await incident.givenDraft('maya');
  });
  afterAll(() => stage.close());
  const explain = (user: string, more: string[] = []) =>
    run(['explain', '--user', user, '--draft', draft.draftId, ...more], {
      world,
      nowMs: stage.world.clock.nowMs(),
    });

  it('says yes to an approver, with the groups as Slack has them now', async () => {
    const { exitCode, out, err } = await explain('U04PRIYARMN');
    expect(err).toContain('Reading the running embedded world');
    expect(exitCode).toBe(0);
    expect(out).toMatch(/^YES: .*\(U04PRIYARMN\) may approve revision 1/);
    expect(out).toContain('Role status-approver: held, as a member of @status-approvers.');
    expect(out).toContain('Permit p1-status-approver allows it');
  });

  it('says no to the author, by which rule', async () => {
    const { out } = await explain('U04MAYAITO1', ['--incident', draft.incidentId]);
    expect(out).toMatch(/^NO: /);
    expect(out).toContain('Author: yes');
    expect(out).toContain('Forbid p1-four-eyes stops it');
  });

  it.each([
    ['U04GRETACTR', 'guests may read the room but not act in it'],
    ['U09PAULREED', 'only members of this workspace may act'],
    ['U04NOBODY99', 'only members of this workspace may act'],
  ])('says no to %s: %s', async (user, rule) => {
    expect((await explain(user)).out).toContain(rule);
  });

  it('takes roles instead of asking Slack, and answers as JSON', async () => {
    const before = stage.countOf('slack', 'usergroups.list');
    const given = await explain('U04SAMOKAFR', ['--roles', 'status-approver', '--json']);
    expect(JSON.parse(given.out)).toMatchObject({ may: true, mayAlone: true });
    const none = await explain('U04SAMOKAFR', ['--roles', '', '--json']);
    expect(JSON.parse(none.out)).toMatchObject({
      may: false,
      refusal: { code: 'APPROVER_NOT_PERMITTED' },
    });
    expect(stage.countOf('slack', 'usergroups.list')).toBe(before);
  });

  it('takes a role that does not exist for a mistake, not for a no', async () => {
    const { exitCode, out, err } = await explain('U04SAMOKAFR', ['--roles', 'status-aprover']);
    expect({ exitCode, out }).toEqual({ exitCode: 2, out: '' });
    expect(err).toContain(
      'expected roles of routing.json (status-approver incident-commander), got status-aprover',
    );
  });

  it('asks another policy what it would say', async () => {
    const roles = [
      '--roles',
      'status-approver',
      '--with',
      'docs/policy-examples/two-approvers.cedar',
    ];
    const { out } = await explain('U04SAMOKAFR', [...roles, '--at', '2026-11-20T12:00:00Z']);
    expect(out).toContain('which is Friday 12:00, UTC');
    expect(out).toContain('p1-status-approver allows it');
  });

  it('exits 3 when Slack cannot be read: an outage is no answer', async () => {
    stage.fault('slack', { match: 'usergroups.list', error: 'fatal_error', times: 0 });
    const { exitCode, out, err } = await explain('U04PRIYARMN');
    stage.clearFaults();
    expect([exitCode, out]).toEqual([3, '']);
    expect(err).toContain('cannot call usergroups.list');
  });

  it('exits 1 for a draft that is not on the trail', async () => {
    const ran = await run(['explain', '--user', 'U04PRIYARMN', '--draft', 'drf-none'], { world });
    expect(ran).toMatchObject({ exitCode: 1, out: '' });
    expect(ran.err).toContain('cannot explain drf-none: expected a draft on the trail');
  });

  it('exits 2 behind an endpoint for which nothing says how to reach Slack', async () => {
    const ran = await run([
      ...['explain', '--user', 'U04PRIYARMN', '--draft', draft.draftId],
      ...['--endpoint', world.urls.aws ?? ''],
    ]);
    expect(ran.exitCode).toBe(2);
    expect(ran.err).toContain('cannot ask Slack who this is');
  });

  it('reads Slack as the environment says', async () => {
    const ran = await run(['explain', '--user', 'U04PRIYARMN', '--draft', draft.draftId], {
      nowMs: stage.world.clock.nowMs(),
      environment: {
        AWS_ENDPOINT_URL: world.urls.aws ?? '',
        AWS_ACCESS_KEY_ID: world.credentials.accessKeyId,
        AWS_SECRET_ACCESS_KEY: world.credentials.secretAccessKey,
        SLACK_API_URL: world.slack.apiUrl,
        SLACK_TEAM_ID: world.slack.teamId,
        SLACK_BOT_TOKEN_SECRET_ID: world.slack.botTokenSecretId,
      },
    });
    expect(ran.out).toMatch(/^YES: /);
  });
});
