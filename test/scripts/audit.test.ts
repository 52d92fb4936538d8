import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import { DeleteCommand, GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { audit } from '../../scripts/audit.ts';
import type { Environment } from '../../src/config.ts';
import { eventHash, type HashedFields } from '../../src/domain/hash-chain.ts';
import type { WorldFile } from '../../src/local/world-file.ts';
import type { LooseRow } from '../services/stored-trail.ts';
import { startTrailWorld, type TrailWorld } from '../trail-builder.ts';
import { DECLARED, INTAKE, OPENED, tellStory } from '../trail-story.ts';
import { type Ran, runCommand } from './run-command.ts';

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

const here = (words: string) => run(`${words} --endpoint ${world.url}`);
const jsonOf = async (words: string) => JSON.parse((await here(`${words} --format json`)).out);

describe('npm run audit -- verify, with nothing but --endpoint', () => {
  const undo: (() => Promise<unknown>)[] = [];
  afterEach(async () => {
    for (const act of undo.splice(0)) await act();
  });

  const key = (incidentId: string, seq: number) => ({
    pk: `INCIDENT#${incidentId}`,
    sk: String(seq).padStart(10, '0'),
  });
  const put = (row: LooseRow) =>
    world.documents.send(new PutCommand({ TableName: 'audit', Item: row }));
  const remove = (at: { pk: string; sk: string }) =>
    world.documents.send(new DeleteCommand({ TableName: 'audit', Key: at }));
  /** Reads a row and remembers to put it back. */
  const take = async (incidentId: string, seq: number): Promise<LooseRow> => {
    const Key = key(incidentId, seq);
    const { Item = {} } = await world.documents.send(
      new GetCommand({ TableName: 'audit', Key, ConsistentRead: true }),
    );
    undo.push(() => put(structuredClone(Item)));
    return structuredClone(Item);
  };

  it('exits 0 and counts what verifies', async () => {
    expect(await here('verify')).toMatchObject({
      exitCode: 0,
      out:
        'The audit trail verifies: 4 chain(s), 19 event(s), 2 signed approval(s), ' +
        '2 signed publication(s).\n',
    });
  });

  it('exits 1 and names an edited row', async () => {
    const row = await take(OPENED, 9);
    row.details.text = 'Nothing happened.';
    await put(row);
    const { exitCode, out } = await here('verify --format json');
    expect(exitCode).toBe(1);
    expect(JSON.parse(out)).toMatchObject({
      ok: false,
      firstBad: { incidentId: OPENED, seq: 9, reason: 'its content does not match its hash' },
    });
  });

  it('names a row that was edited and hashed again', async () => {
    const row = await take(OPENED, 5);
    row.details.rule = 'none';
    row.hash = eventHash(row as HashedFields);
    await put(row);
    expect(await jsonOf('verify')).toMatchObject({
      firstBad: { incidentId: OPENED, seq: 5, reason: 'event 6 was chained to another event 5' },
    });
  });

  it('names a deleted row, the last one too', async () => {
    for (const seq of [1, 7, 14]) {
      await take(OPENED, seq);
      await remove(key(OPENED, seq));
      expect(await jsonOf('verify')).toMatchObject({ firstBad: { incidentId: OPENED, seq } });
      for (const act of undo.splice(0)) await act();
    }
  });

  it('names a deleted trail', async () => {
    for (const seq of [1, 2]) {
      await take(DECLARED, seq);
      await remove(key(DECLARED, seq));
    }
    const { out } = await here('verify');
    expect(out).toContain(
      `The audit trail does NOT verify. First: ${DECLARED} event 1: the whole trail is missing`,
    );
    expect(await jsonOf(`verify ${DECLARED}`)).toMatchObject({ ok: false, firstBad: { seq: 1 } });
  });

  it('names the first of two exchanged rows', async () => {
    const [a, b] = [await take(OPENED, 2), await take(OPENED, 9)];
    [a.sk, b.sk] = [b.sk, a.sk];
    await put(a);
    await put(b);
    expect(await jsonOf('verify')).toMatchObject({ firstBad: { incidentId: OPENED, seq: 2 } });
  });

  it('names a well-made row inserted at the end', async () => {
    const last = await take(INTAKE, 1);
    const forged = {
      ...last,
      ...key(INTAKE, 2),
      seq: 2,
      commandId: 'forged',
      prevHash: last.hash,
    } as LooseRow;
    forged.hash = eventHash(forged as unknown as HashedFields);
    undo.push(() => remove(key(INTAKE, 2)));
    await put(forged);
    expect(await jsonOf('verify')).toMatchObject({
      firstBad: {
        incidentId: INTAKE,
        seq: 2,
        reason: 'no projection knows it: it was not appended here',
      },
    });
  });

  it('names a row that holds what the SDK cannot read', async () => {
    await take(OPENED, 9);
    await world.documents.send(
      new PutItemCommand({
        TableName: 'audit',
        Item: {
          pk: { S: `INCIDENT#${OPENED}` },
          sk: { S: '0000000009' },
          seq: { N: '9007199254740993' },
          v: { N: '1' },
          names: { SS: ['a'] },
          details: { M: { list: { L: [{ NULL: true }, { BOOL: true }] } } },
        },
      }),
    );
    expect(await jsonOf('verify')).toMatchObject({ firstBad: { incidentId: OPENED, seq: 9 } });
    expect((await here(`show ${OPENED}`)).out).toContain(
      'Event 9 is not sound: its shape is wrong',
    );
    expect((await here('verify --format csv')).out).toMatch(/^incidentId,seq,reason\r\ninc-/);
  });
});

describe('npm run audit', () => {
  it('lists incidents within a time, both ends included', async () => {
    const ids = async (words: string) =>
      (await jsonOf(`list ${words}`)).incidents.map((i: LooseRow) => i.incidentId);
    expect(await ids('')).toHaveLength(3);
    expect(await ids('--to 2026-11-20T09:00:01.000Z')).toEqual([OPENED]);
    expect(await ids('--to 2026-11-20T09:00:00.999Z')).toEqual([]);
    expect(await ids('--from 2026-11-20 --to 2026-11-20')).toHaveLength(3);
    expect(await ids('--from 2026-11-21')).toEqual([]);
  });

  it('lists events by actor and type alike with and without the indexes', async () => {
    for (const filter of ['--actor U0JONAS', '--actor slack_user:U0JONAS', '--type NOTE_ADDED']) {
      const indexed = await jsonOf(`list ${filter} --from 2026-10-01 --to 2026-12-31`);
      const read = await jsonOf(`list ${filter}`);
      expect(indexed).toEqual(read);
      expect(indexed.events).toHaveLength(1);
      expect(indexed.incidents).toMatchObject([{ incidentId: OPENED, published: 2 }]);
    }
  });

  it('shows one incident, filtered', async () => {
    const shown = await jsonOf(`show ${OPENED} --actor U0MAYA --type NOTE_ADDED`);
    expect(shown.events).toMatchObject([{ seq: 9, type: 'NOTE_ADDED' }]);
    expect((await here(`show ${OPENED} --from 2026-11-21`)).out).toBe('nothing found\n');
    expect((await here(`show ${OPENED} --format csv`)).out.split('\r\n')).toHaveLength(16);
  });

  it('says in approvals who approved which text and what became of it', async () => {
    const { approvals } = await jsonOf('approvals --actor U0JONAS');
    expect(approvals).toHaveLength(1);
    expect(approvals[0]).toMatchObject({
      approver: 'U0JONAS',
      text: 'Payments are slow. We are looking into it.',
      authors: ['U0MAYA'],
      rules: ['p1-status-approver'],
      outcome: 'published',
      publishedAt: '2026-11-20T09:00:24.000Z',
    });
  });

  it('gives quarantined bodies whole as JSON', async () => {
    const { quarantined } = await jsonOf('list --quarantined');
    expect(quarantined).toMatchObject([{ incidentId: INTAKE, bodyBase64: 'PWNtZCgp' }]);
  });

  it('guards CSV against formulas and quotes what needs it', async () => {
    const { out } = await here('list --quarantined --format csv');
    expect(out).toMatch(/,"'=cmd\(\)"\r\n$/);
    const titles = (await here('list --format csv')).out;
    expect(titles).toContain(`,"'=1+1 Checkout again",`);
    const notes = (await here('list --type NOTE_ADDED --format csv')).out;
    expect(notes).toContain(`"'=HYPERLINK(""https://evil.example""), ""quoted"", and a new line"`);
  });

  it.each([
    ['', 'cannot run audit: expected one of list, show, verify, approvals, got nothing'],
    ['lst', 'cannot run audit: expected one of list, show, verify, approvals, got lst'],
    ['show', 'cannot show: expected an incident id, got nothing'],
    ['show inc-1', 'cannot show: expected an id such as inc-abcdefgh234567ab or intake-20261101'],
    ['list inc-aaaaaaaaaaaaaaaa', 'cannot list: expected no further words'],
    ['list --format xml', 'cannot use --format: expected table, json, csv, got xml'],
    ['list --from yesterday', 'cannot use --from: expected a day or an RFC 3339 time'],
    ['list --to 2026-13-01', 'cannot use --to: expected a day or an RFC 3339 time'],
    ['list --type NOTHING', 'cannot use --type: expected an event type of'],
    ['verify --quarantined', 'cannot use --quarantined: expected command list'],
    ['list --unknown', "Unknown option '--unknown'"],
    ['list --endpoint nowhere', 'cannot use the endpoint: expected an http or https URL'],
    ['list', 'cannot read an audit trail: expected --endpoint'],
  ])('exits 2 for "%s"', async (words, message) => {
    const ran = await run(words);
    expect(ran.exitCode).toBe(2);
    expect(ran.err).toContain(message);
    expect(ran.out).toBe('');
  });

  it('exits 2 for an incident that is not there, and for approvals of another type', async () => {
    expect(await here('show inc-aaaaaaaaaaaaaaaa')).toMatchObject({ exitCode: 2 });
    expect((await here('approvals --type NOTE_ADDED')).err).toContain('list --type NOTE_ADDED');
  });

  it('exits 3 when the endpoint does not answer', async () => {
    const environment = { AUDIT_TABLE: 'audit', INCIDENTS_TABLE: 'incidents' };
    const ran = await run('verify --endpoint http://127.0.0.1:9', { environment });
    expect(ran).toMatchObject({ exitCode: 3, out: '' });
    expect(ran.err).toContain('expected an answer from DynamoDB, got ECONNREFUSED');
  });

  it('prints its help', async () => {
    expect(await run('--help')).toMatchObject({ exitCode: 0, err: '' });
    expect((await run('--help')).out).toContain('usage: npm run audit -- <command>');
  });
});
