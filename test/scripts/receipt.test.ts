import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { receipt } from '../../scripts/receipt.ts';
import { fileOf, keyPair, receipt as story } from '../domain/receipt-story.ts';
import { runCommand } from './run-command.ts';

const folder = mkdtempSync(join(tmpdir(), 'receipt-'));
afterAll(() => rmSync(folder, { recursive: true }));
const KEY = keyPair();
const keyFile = given('key.pem', KEY.pem);
const receiptFile = given('receipt.txt', fileOf(story(), KEY));

function given(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

async function run(...args: string[]) {
  return runCommand(receipt, args, {});
}

describe('npm run receipt -- verify', () => {
  it('exits 0 and says what the receipt is of, and which key it was checked with', async () => {
    const ran = await run('verify', receiptFile, '--key', keyFile);
    expect(ran).toMatchObject({ exitCode: 0, err: '' });
    expect(ran.out).toMatch(
      /^VALID: pub-[0-9a-f]{20} of inc-abcdefgh234567ab, on record 2026-11-20T09:01:02.000Z as event 11; 1 approval\(s\) vouched for by the publisher\nSHA-256 of the key: [0-9a-f]{64}\n$/,
    );
  });

  it('says when one person approved it alone', async () => {
    const alone = { ...story().approvals[0]!, breakGlass: { reason: 'Alone.', place: null } };
    const file = given('alone.txt', fileOf(story({ approvals: [alone] }), KEY));
    const ran = await run('verify', file, '--key', keyFile);
    expect(ran.out).toContain('\nBREAK GLASS: one person approved this alone.\n');
  });

  it('exits 1 with the reason for another key, and 3 for a file that is not there', async () => {
    const other = given('other.pem', keyPair().pem);
    expect(await run('verify', receiptFile, '--key', other)).toEqual({
      exitCode: 1,
      out: '',
      err: 'NOT VALID: the signature is not by this key, or what it covers was changed (SIGNATURE_MISMATCH)\n',
    });
    const missing = await run('verify', join(folder, 'missing.txt'), '--key', keyFile);
    expect(missing).toMatchObject({
      exitCode: 3,
      out: '',
      err: expect.stringMatching(/cannot read .*missing\.txt: expected a receipt, got ENOENT/),
    });
  });
});

describe('npm run receipt', () => {
  it.each([
    [[], 'cannot run receipt: expected verify, export or key, got nothing'],
    [['sign'], 'cannot run receipt: expected verify, export or key, got sign'],
    [['verify'], 'cannot verify: expected a receipt’s file, got nothing'],
    [['verify', 'a'], 'cannot verify: expected --key with the publication public key (PEM)'],
    [['verify', 'a', 'b', '--key', 'k'], 'cannot verify: expected no further words, got b'],
    [['key', 'a'], 'cannot key: expected no further words, got a'],
    [['verify', 'a', '--key', 'k', '--endpoint', 'http://x'], 'cannot use --endpoint'],
    [['export', '--publication', '../x'], 'cannot export: expected an id such as pub-'],
    [['export', '--incident', 'intake-20261120'], 'cannot export: expected an id such as inc-'],
    [['export', '--nonsense'], '--nonsense'],
    [['key', '--endpoint', 'nowhere'], 'cannot use the endpoint: expected an http or https URL'],
  ])('exits 2 for %j', async (args, said) => {
    expect(await run(...args)).toMatchObject({
      exitCode: 2,
      out: '',
      err: expect.stringContaining(said),
    });
  });

  it('explains itself', async () => {
    expect(await run('--help')).toMatchObject({
      exitCode: 0,
      out: expect.stringContaining('verify FILE --key FILE'),
    });
  });
});
