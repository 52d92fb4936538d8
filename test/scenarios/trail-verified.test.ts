import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DeleteCommand, DynamoDBDocumentClient, ScanCommand } from '@aws-sdk/lib-dynamodb';
import { describe, expect, it } from 'vitest';
import { audit } from '../../scripts/audit.ts';
import type { DetailsOf, EventType } from '../../src/domain/audit-event.ts';
import { drain, floodOf, sendFlood } from '../../src/local/alert-flood.ts';
import { runCommand } from '../scripts/run-command.ts';
import { SHIPPED_CONFIG } from './calm-config.ts';
import { editsPage, givenPublished, todaysIntake } from './other-hand.ts';
import { givenWorld } from './war-room.ts';

/*
 * The reviewer's tool on what really happened: storms, reopened and cancelled incidents, the page; and
 * on what an administrator erased. One story: each test goes on where the one before it ended.
 */
const stage = givenWorld({}, { configFolder: SHIPPED_CONFIG });
let published: Awaited<ReturnType<typeof givenPublished>>;

async function verified(...words: string[]) {
  return runCommand(audit, ['verify', '--endpoint', stage.world.ready.urls.aws, ...words], {
    environment: { STATUSPAGE_PUBLIC_URL: stage.world.ready.urls.statuspage },
    world: () => undefined,
    clock: stage.world.clock,
  });
}

async function notes(): Promise<DetailsOf<'CHAIN_NOTED'>[]> {
  const trail = await stage.actors.trail(todaysIntake(stage));
  return trail.flatMap((event) => (event.type === 'CHAIN_NOTED' ? [event.details] : []));
}

describe('npm run audit -- verify', () => {
  it('exits 0 after a publication, with --page too, and the day’s chain notes what was signed', async () => {
    published = await givenPublished(stage);
    await published.says('maya', 'update We found the cause.');
    await published.says('maya', 'mitigate Traffic goes elsewhere.');
    await published.says('maya', 'resolve A slow query was fixed.');
    await published.says('maya', 'reopen It is slow again.');
    await published.says('maya', 'cancel It was another service.');
    for (const type of [
      'STATUS_UPDATE_SENT',
      'INCIDENT_MITIGATED',
      'INCIDENT_REOPENED',
      'INCIDENT_CANCELLED',
    ] satisfies EventType[]) {
      expect(await published.count(type)).toBe(1);
    }
    expect(await verified('--page')).toMatchObject({ exitCode: 0 });
    const trail = await published.trail();
    expect(await notes()).toEqual(
      trail
        .filter(({ type }) => /^INCIDENT_OPENED|_DRAFT_APPROVED|_PUBLISHED$/.test(type))
        .map(({ incidentId, seq, hash, type }) => ({ incidentId, seq, hash, noted: type })),
    );
  });

  it('exits 0 after an alert storm, whose opening is noted like any other', async () => {
    await sendFlood(stage.world, floodOf(14, stage.world.clock.nowMs(), 1));
    await drain(stage.world, 60_000);
    await stage.passes({ seconds: 5 });
    const trails = [...(await stage.actors.trails()).values()];
    const storm = trails.find(
      ([first]) => first?.type === 'INCIDENT_OPENED' && first.details.storm,
    );
    expect(storm?.some(({ type }) => type === 'ALERT_LINKED')).toBe(true);
    expect((await notes()).map(({ incidentId }) => incidentId)).toContain(storm?.[0]?.incidentId);
    expect(await verified()).toMatchObject({ exitCode: 0 });
  }, 120_000);

  it('names what another hand put on the page and nobody has on record, with --page', async () => {
    const { id } = await editsPage(stage, { name: 'Down', status: 'identified', body: 'Sorry.' });
    const { exitCode, out } = await verified('--page');
    expect(exitCode).toBe(1);
    expect(out).toContain(
      `status-page event 0: the page shows incident ${id}, which no publication on the trail explains`,
    );
  });

  it('names an incident that was erased whole, projections too, by the day’s note and by the page', async () => {
    await erase(published.id);
    const { exitCode, out } = await verified('--page');
    expect(exitCode).toBe(1);
    expect(out).toContain(
      `${published.id} event 1: the whole trail is missing: ${todaysIntake(stage)}#1 noted it`,
    );
    expect(out).toContain(
      `the page shows incident ${published.pageId}, which no publication on the trail explains`,
    );
  });
});

/** As somebody who has lifted the table's policy: every row of both tables that knows an incident. */
async function erase(incidentId: string): Promise<void> {
  const { region, credentials, urls, tables } = stage.world.ready;
  const client = new DynamoDBClient({ region, credentials, endpoint: urls.aws });
  const documents = DynamoDBDocumentClient.from(client);
  for (const TableName of [tables.audit, tables.incidents]) {
    const { Items = [] } = await documents.send(new ScanCommand({ TableName }));
    for (const { pk, sk, ...row } of Items) {
      const knows = pk === `INCIDENT#${incidentId}` || row.incidentId === incidentId;
      if (knows) await documents.send(new DeleteCommand({ TableName, Key: { pk, sk } }));
    }
  }
  client.destroy();
}
