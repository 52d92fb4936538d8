import { DeleteCommand, GetCommand, PutCommand, ScanCommand } from '@aws-sdk/lib-dynamodb';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { rebuild } from '../../scripts/rebuild.ts';
import type { LooseRow } from '../services/stored-trail.ts';
import { startTrailWorld, type TrailWorld } from '../trail-builder.ts';
import { DECLARED, OPENED, tellStory } from '../trail-story.ts';
import { type Ran, runCommand } from './run-command.ts';

let world: TrailWorld;
beforeEach(async () => {
  world = await startTrailWorld();
  await tellStory(world);
});
afterEach(() => world.close());

async function run(words: string): Promise<Ran> {
  const args = [...words.split(' ').filter(Boolean), '--endpoint', world.url];
  return runCommand(rebuild, args, {
    environment: {},
    world: () => undefined,
    clock: { nowMs: () => world.now.ms },
  });
}

const table = 'incidents';
const rowsOf = async (): Promise<LooseRow[]> =>
  (await world.documents.send(new ScanCommand({ TableName: table, ConsistentRead: true }))).Items ??
  [];
const put = (row: LooseRow) =>
  world.documents.send(new PutCommand({ TableName: table, Item: row }));
const state = { pk: `INCIDENT#${OPENED}`, sk: 'STATE' };
const read = async (Key: { pk: string; sk: string }): Promise<LooseRow> =>
  (await world.documents.send(new GetCommand({ TableName: table, Key, ConsistentRead: true })))
    .Item ?? {};

describe('npm run rebuild -- --check', () => {
  it('finds every row as the record wrote it', async () => {
    expect(await run('--check')).toMatchObject({
      exitCode: 0,
      out: 'Every projection is what the trail gives: 4 chain(s), 26 row(s).\n',
    });
  });

  it('names a STATE, a command row and a pointer that differ, and writes nothing', async () => {
    const row = await read(state);
    row.state.severity = 'P4';
    await put(row);
    await put({ pk: state.pk, sk: 'CMD#forged', seq: 2 });
    await put({ pk: 'CHANNEL#C0ROOM', sk: 'INCIDENT', incidentId: DECLARED });
    await put({ pk: 'CHANNEL#C0OTHER', sk: 'INCIDENT', incidentId: OPENED });
    const { exitCode, out } = await run('--check');
    expect(exitCode).toBe(1);
    expect(out).toContain(`differs INCIDENT#${OPENED} / STATE: state is not what the trail gives`);
    expect(out).toContain(`CMD#forged: no event of the trail has made it`);
    expect(out).toContain('CHANNEL#C0ROOM / INCIDENT: incidentId is not what the trail gives');
    expect(out).toContain('CHANNEL#C0OTHER / INCIDENT: no event of the trail points there');
    expect((await read(state)).state.severity).toBe('P4');
  });

  it('names projections without a trail, and keeps them as evidence', async () => {
    for (const seq of ['0000000001', '0000000002']) {
      const Key = { pk: `INCIDENT#${DECLARED}`, sk: seq };
      await world.documents.send(new DeleteCommand({ TableName: 'audit', Key }));
    }
    const before = (await rowsOf()).length;
    expect((await run('')).exitCode).toBe(1);
    expect((await run('--check')).out).toContain('its incident has no trail');
    expect(await rowsOf()).toHaveLength(before);
  });

  it('accepts a row that was only announced before an append', async () => {
    await put({ pk: 'INCIDENT#inc-aaaaaaaaaaaaaaaa', sk: 'STATE', unfinishedToken: 'command' });
    expect((await run('--check')).exitCode).toBe(0);
  });

  it('exits 2 for an unknown option, and prints its help', async () => {
    expect((await run('--chek')).exitCode).toBe(2);
    expect((await run('--help')).out).toContain('usage: npm run rebuild');
  });
});

describe('npm run rebuild', () => {
  it('gives every projection back after all were lost, with every effect done', async () => {
    const before = await rowsOf();
    for (const { pk, sk } of before) {
      await world.documents.send(new DeleteCommand({ TableName: table, Key: { pk, sk } }));
    }
    const { exitCode, out } = await run('');
    expect(out).toContain(`corrected INCIDENT#${OPENED} / STATE: it is missing`);
    expect(exitCode).toBe(0);
    // A row that is no longer listed keeps `openedAt`, which then means nothing.
    const byKey = (rows: LooseRow[]) =>
      rows
        .map(({ openedAt, ...row }) => (row.open ? { ...row, openedAt } : row))
        .sort((a, b) => (a.pk + a.sk < b.pk + b.sk ? -1 : 1));
    expect(byKey(await rowsOf())).toEqual(byKey(before));
    expect((await read(state)).actedSeq).toBe(14);
  });

  it('corrects a STATE and keeps its journal', async () => {
    const row = await read(state);
    await put({ ...row, state: { ...row.state, title: 'Other' }, actedSeq: 3 });
    expect((await run('')).exitCode).toBe(0);
    expect(await read(state)).toEqual({ ...row, actedSeq: 3 });
  });

  it('removes command rows that no event made', async () => {
    await put({ pk: state.pk, sk: 'CMD#forged', seq: 2 });
    expect((await run('')).exitCode).toBe(0);
    expect(await read({ pk: state.pk, sk: 'CMD#forged' })).toEqual({});
  });

  it('rebuilds nothing from a chain that does not verify', async () => {
    const Key = { pk: `INCIDENT#${OPENED}`, sk: '0000000009' };
    await world.documents.send(new DeleteCommand({ TableName: 'audit', Key }));
    const row = await read(state);
    const { exitCode, out } = await run('');
    expect(exitCode).toBe(1);
    expect(out).toContain(`unsound INCIDENT#${OPENED}#9: the event is missing`);
    expect(await read(state)).toEqual(row);
  });
});
