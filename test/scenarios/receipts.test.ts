import { execFile, execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readReceipt } from '../../src/domain/receipt.ts';
import { receiptFile } from '../../src/domain/receipt-text.ts';
import { givenWorld, type Incident, PEOPLE } from './war-room.ts';

const COMMAND = resolve('scripts/receipt.ts');
const TEXT = 'Some card payments fail.\n\nCash works. Next update in 30 minutes.';
const folder = mkdtempSync(join(tmpdir(), 'receipts-'));
afterAll(() => rmSync(folder, { recursive: true }));

const stage = givenWorld();

type Ran = { status: number; out: string; err: string };

/** Runs the command as a process of its own. */
async function command(args: readonly string[], cwd = folder): Promise<Ran> {
  // Nothing of the environment: no endpoint, no account, no region.
  const env = { PATH: String(process.env.PATH), HOME: folder, TMPDIR: folder };
  const options = { cwd, env, timeout: 30_000 };
  // The world runs in this process and has to answer: the command cannot be waited for by blocking.
  return promisify(execFile)(process.execPath, [COMMAND, ...args], options).then(
    ({ stdout, stderr }) => ({ status: 0, out: stdout, err: stderr }),
    ({ code, stdout, stderr }) => ({ status: code, out: stdout, err: stderr }),
  );
}

/** The files of this name in the incident's room, each with what it holds. */
async function filesIn(incident: Incident, name: RegExp): Promise<string[]> {
  const { messages } = await stage.actors.channel(await incident.room());
  const files = messages.flatMap(
    (message) => (message.files ?? []) as { id: string; name: string }[],
  );
  const { slack } = stage.world.ready.urls;
  return Promise.all(
    files
      .filter((file) => name.test(file.name))
      .map(async ({ id }) => {
        const answer = await fetch(`${slack}/_world/files/${id}`);
        return String(((await answer.json()) as { content: string }).content);
      }),
  );
}

const endpoint = () => ['--endpoint', stage.world.ready.urls.aws as string];

describe('a publication', () => {
  let incident: Incident;
  let posted: string[];
  let publicationId: string;
  const keyFile = join(folder, 'publication.pem');
  const approvalKeyFile = join(folder, 'approval.pem');

  beforeAll(async () => {
    incident = await stage.givenP1();
    await incident.givenDraft('maya', TEXT);
    await incident.clicks('priya', 'statuspage_approve');
    ({ publicationId } = (await incident.last('STATUSPAGE_PUBLISHED')).details);
    posted = await filesIn(incident, /^receipt-/);
    expect((await command(['key', '--out', keyFile, ...endpoint()])).status).toBe(0);
    expect(
      (await command(['key', '--approval', '--out', approvalKeyFile, ...endpoint()])).status,
    ).toBe(0);
  }, 60_000);

  it('has a receipt in the room, once, that says what, by whom, under which rule and where', async () => {
    expect(posted).toHaveLength(1);
    const [file] = posted;
    expect(file).toContain('  | Some card payments fail.\n  |\n  | Cash works.');
    expect(file).toContain(PEOPLE.maya);
    expect(file).toContain(`:${PEOPLE.priya}, as status-approver`);
    expect(file).not.toContain('@example');
    await incident.expectRoomPost(/^Receipt · published: /, 1);
  });

  it('has it on record, signed with the publication', async () => {
    const { details, seq, prevHash } = await incident.last('STATUSPAGE_PUBLISHED');
    const receipt = readReceipt(String(details.receiptJws))!;
    expect(receiptFile(receipt, String(details.receiptJws))).toBe(posted[0]);
    expect(receipt).toMatchObject({
      publicationId,
      incidentId: incident.id,
      chain: { published: { seq, prevHash } },
      request: { body: { incident: { body: TEXT } } },
      approvals: [{ approver: expect.stringContaining(PEOPLE.priya) }],
    });
  });

  it('keeps its receipt to one when everything that was done is done again', async () => {
    await stage.sends(
      'incidents',
      { kind: 'sweep', incidentId: incident.id },
      `work#${incident.id}`,
    );
    await stage.settle();
    expect(await filesIn(incident, /^receipt-/)).toHaveLength(1);
    await incident.expectRoomPost(/^Receipt · published: /, 1);
  });

  it('can be verified with nothing but the file and the key', async () => {
    const bare = mkdtempSync(join(tmpdir(), 'receipt-bare-'));
    writeFileSync(join(bare, 'receipt.txt'), posted[0]!);
    cpSync(keyFile, join(bare, 'key.pem'));
    const valid = await command(['verify', 'receipt.txt', '--key', 'key.pem'], bare);
    expect(valid.err).toBe('');
    expect(valid.out).toContain(`VALID: ${publicationId} of ${incident.id}`);
    expect(valid.status).toBe(0);
    writeFileSync(join(bare, 'receipt.txt'), posted[0]!.replace('Cash works.', 'Cash fails.'));
    const changed = await command(['verify', 'receipt.txt', '--key', 'key.pem'], bare);
    expect(changed).toMatchObject({ status: 1, out: '' });
    expect(changed.err).toContain('NOT VALID: the readable part is not what was signed');
    rmSync(bare, { recursive: true });
  });

  it('can be verified with its approvals, each by the other key', async () => {
    const file = join(folder, 'posted.txt');
    writeFileSync(file, posted[0]!);
    const both = ['verify', file, '--key', keyFile, '--approval-key'];
    expect(await command([...both, approvalKeyFile])).toMatchObject({
      status: 0,
      out: expect.stringContaining('1 approval(s) signed by the approval key'),
    });
    expect((await command([...both, keyFile])).status).toBe(1);
    expect((await command(['verify', file, '--key', approvalKeyFile])).status).toBe(1);
  });

  it('can be exported, byte by byte as it was posted', async () => {
    const out = join(folder, 'exported');
    const name = `receipt-${publicationId}.txt`;
    for (const which of [['--publication', publicationId], ['--incident', incident.id], []]) {
      const ran = await command(['export', ...which, '--out', out, ...endpoint()]);
      expect(ran).toMatchObject({ status: 0, out: expect.stringContaining(name) });
      expect(readdirSync(out)).toEqual([name]);
      expect(readFileSync(join(out, name), 'utf8')).toBe(posted[0]);
      rmSync(out, { recursive: true });
    }
    const none = ['export', '--publication', 'pub-00000000000000000000', ...endpoint()];
    expect(await command(none)).toMatchObject({
      status: 1,
      err: expect.stringContaining('no such'),
    });
  });

  it('can be verified by other people’s code', () => {
    const file = join(folder, 'openssl.txt');
    writeFileSync(file, posted[0]!);
    const script = readFileSync('docs/receipts.md', 'utf8').match(
      /```sh\n(# openssl[^`]+)```/,
    )?.[1];
    const said = execFileSync('bash', ['-ec', String(script), 'bash', file, keyFile], {
      cwd: folder,
      encoding: 'utf8',
      stdio: 'pipe',
    });
    expect(said).toContain('Verified OK');
    expect(said).toContain(publicationId);
  });
});

describe('a publication that nobody answered for, and that was found on the page', () => {
  it('has a receipt that says so', async () => {
    const incident = await stage.givenP1();
    stage.fault('statuspage', { match: 'create_incident', answer: 'drop' });
    await incident.givenDraft('maya', TEXT);
    await incident.clicks('priya', 'statuspage_approve');
    await stage.passes({ minutes: 3 });
    const { details } = await incident.last('STATUSPAGE_PUBLISHED');
    expect(details.adopted).toBe(true);
    expect(readReceipt(String(details.receiptJws))).toMatchObject({ adopted: true });
    const files = await filesIn(incident, /^receipt-/);
    expect(files).toHaveLength(1);
    expect(files[0]).toContain('  Confirmed         found on the page after an unknown outcome');
  }, 60_000);
});
