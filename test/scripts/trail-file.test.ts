import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { audit } from '../../scripts/audit.ts';
import type { AuditEvent } from '../../src/domain/audit-event.ts';
import { FORGERIES } from '../gate/forged-trail.ts';
import { exportOf, toldTrail } from '../gate/told-trail.ts';
import { runCommand } from './run-command.ts';

const folder = mkdtempSync(join(tmpdir(), 'trail-file-'));
let events: AuditEvent[];
beforeAll(async () => {
  ({ events } = await toldTrail(3));
});
afterAll(() => rmSync(folder, { recursive: true }));

function given(name: string, content: unknown): string {
  const path = join(folder, name);
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
  return path;
}

async function run(...words: string[]) {
  return runCommand(audit, words, {
    environment: { AWS_ENDPOINT_URL: 'http://127.0.0.1:9' },
    world: () => undefined,
    clock: { nowMs: () => 0 },
  });
}

describe('npm run audit -- verify --file', () => {
  it('exits 0 for an export, whatever else the environment names, and says its keys', async () => {
    const path = given('valid.json', exportOf(events));
    const ran = await run('verify', '--file', path);
    expect(ran).toMatchObject({
      exitCode: 0,
      out: expect.stringMatching(/^The audit trail verifies/),
    });
    expect(ran.err).toMatch(
      /^Reading .*valid\.json; SHA-256 of its keys: approval [0-9a-f]{64}, publication [0-9a-f]{64}\n/,
    );
  });

  it('exits 0 for an export of an older version, which does not say its key ids', async () => {
    const { ids: _ids, ...keys } = exportOf(events).keys;
    const path = given('older.json', { ...exportOf(events), keys });
    expect(await run('verify', '--file', path)).toMatchObject({ exitCode: 0 });
  });

  it('exits 1 for a forged one, naming the place', async () => {
    const forged = await FORGERIES['an incident is erased whole']!(events);
    const ran = await run('verify', '--file', given('forged.json', exportOf(forged!)));
    expect(ran).toMatchObject({ exitCode: 1, out: expect.stringContaining('trail is missing') });
  });

  it.each<[string, unknown]>([
    ['no JSON', 'not JSON'],
    ['no keys', { events: [] }],
    ['no rows', { events: ['row'], keys: { approval: 'a', publication: 'b' } }],
    ['no public key', { events: [], keys: { approval: 'a', publication: 'b' } }],
  ])('exits 3 for a file with %s', async (name, content) => {
    const ran = await run('verify', '--file', given(`${name}.json`, content));
    expect(ran).toMatchObject({ exitCode: 3, out: '' });
  });

  it('exits 3 for a file that is not there, and 2 for two sources', async () => {
    const path = join(folder, 'missing.json');
    expect(await run('verify', '--file', path)).toMatchObject({ exitCode: 3, out: '' });
    expect(await run('verify', '--file', path, '--world')).toMatchObject({ exitCode: 2 });
  });

  it('reads a file for the other questions too', async () => {
    const path = given('listed.json', exportOf(events));
    const ran = await run('list', '--file', path, '--type', 'INCIDENT_OPENED', '--format', 'json');
    expect(JSON.parse(ran.out).events.length).toBeGreaterThan(10);
  });
});

describe('npm run audit -- verify --page', () => {
  it('exits 2 when nothing says where the page is, and with another command', async () => {
    const path = given('page.json', exportOf(events));
    const ran = await run('verify', '--file', path, '--page');
    expect(ran).toMatchObject({ exitCode: 2, err: expect.stringContaining('--page URL') });
    expect(await run('list', '--page')).toMatchObject({ exitCode: 2 });
  });

  it('exits 3 when the page does not answer: nothing is said about validity', async () => {
    const path = given('page.json', exportOf(events));
    const ran = await run('verify', '--file', path, '--page', 'http://127.0.0.1:9');
    expect(ran).toMatchObject({ exitCode: 3, out: '' });
    expect(ran.err).toContain('cannot read the public page: expected its incidents at http://127');
  });
});
