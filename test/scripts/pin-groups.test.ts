import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { pinGroups } from '../../scripts/pin-groups.ts';
import { TEAM_ID } from '../../src/local/slack/slack-server.ts';
import type { WorldFile } from '../../src/local/world-file.ts';
import { givenWorld } from '../scenarios/war-room.ts';
import { runCommand } from './run-command.ts';

const stage = givenWorld();
let config: string;
beforeEach(() => {
  config = mkdtempSync(join(tmpdir(), 'pin-groups-test-'));
  cpSync('config/routing.json', join(config, 'routing.json'));
});
afterEach(() => rmSync(config, { recursive: true, force: true }));

const file = () => join(config, 'user-groups.json');
const pinned = () => JSON.parse(readFileSync(file(), 'utf8'));

async function run(...args: string[]) {
  const { urls, region, credentials, tables, keys } = stage.world.ready;
  const botTokenSecretId = 'incident-response/slack-bot-token/external';
  const slack = { apiUrl: `${urls.slack}/api`, teamId: TEAM_ID, botTokenSecretId };
  const world = { pid: 1, urls, region, credentials, tables, keys, slack } satisfies WorldFile;
  return runCommand(pinGroups, ['--config', config, ...args], {
    environment: {},
    world: () => world,
    clock: { nowMs: () => 0 },
  });
}

describe('npm run pin-groups', () => {
  it('writes the id of every group that routing.json names, and keeps it when run again', async () => {
    const first = await run();
    expect(first).toEqual({
      exitCode: 0,
      out: '@incident-commanders S04COMMANDR\n@status-approvers S04APPROVER\n',
      err: '',
    });
    const ids = { 'incident-commanders': 'S04COMMANDR', 'status-approvers': 'S04APPROVER' };
    expect(pinned()).toEqual(ids);
    expect(await run()).toEqual(first);
    expect(pinned()).toEqual(ids);
  });

  it('does not follow a handle to another group unless it is told to', async () => {
    writeFileSync(file(), '{"status-approvers":"S0BEFORE"}');
    const { exitCode, err } = await run();
    expect(exitCode).toBe(1);
    expect(err).toBe(
      '@status-approvers was pinned as S0BEFORE and is S04APPROVER now. ' +
        'If that is right: --move status-approvers\n',
    );
    expect(pinned()['status-approvers']).toBe('S0BEFORE');
    expect((await run('--move', 'status-approvers')).exitCode).toBe(0);
    expect(pinned()['status-approvers']).toBe('S04APPROVER');
  });

  it('exits 1 and names a handle that no group has; the others are pinned', async () => {
    const routing = join(config, 'routing.json');
    writeFileSync(routing, readFileSync(routing, 'utf8').replaceAll('status-approvers', 'gone'));
    const { exitCode, err } = await run();
    expect([exitCode, err]).toEqual([1, '@gone: expected a user group of that handle, got none\n']);
    expect(pinned()).toEqual({ 'incident-commanders': 'S04COMMANDR' });
  });

  it('exits 2 for a file that pins nonsense, and for an unknown option', async () => {
    writeFileSync(file(), '{"status-approvers":"approvers"}');
    const { exitCode, err } = await run();
    expect([exitCode, err]).toEqual([
      2,
      `cannot read ${file()}: at status-approvers: expected a group id\n`,
    ]);
    expect((await run('--group', 'x')).exitCode).toBe(2);
  });

  it('--help is no mistake, and writes nothing', async () => {
    expect((await run('--help')).out).toContain('usage: npm run pin-groups');
    expect(existsSync(file())).toBe(false);
  });
});
