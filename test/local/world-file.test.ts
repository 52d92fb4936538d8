import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  readWorldFile,
  removeWorldFile,
  type WorldFile,
  worldFilePath,
  writeWorldFile,
} from '../../src/local/world-file.ts';

const WORLD: WorldFile = {
  pid: process.pid,
  urls: { aws: 'http://127.0.0.1:1' },
  region: 'us-east-1',
  credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
  tables: { audit: 'audit', incidents: 'incidents', outbox: 'outbox' },
  keys: { approval: 'k1', publication: 'k2' },
  slack: { apiUrl: 'http://127.0.0.1:2/api', teamId: 'T1', botTokenSecretId: 'token' },
};

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'world-file-'));
  vi.stubEnv('TMPDIR', folder);
});

afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
});

describe('world file', () => {
  it('is found by tools while the world runs, and gone after', () => {
    expect(readWorldFile()).toBeUndefined();
    writeWorldFile(WORLD);
    expect(readWorldFile()).toEqual(WORLD);
    expect(statSync(worldFilePath()).mode & 0o777).toBe(0o600);
    removeWorldFile(process.pid);
    expect(readWorldFile()).toBeUndefined();
  });

  it('of a later world is not removed by an earlier one', () => {
    writeWorldFile(WORLD);
    removeWorldFile(process.pid + 1);
    expect(readWorldFile()).toEqual(WORLD);
  });

  it('left behind by a world that was killed is no running world', () => {
    // Above every process id that Linux gives out.
    writeWorldFile({ ...WORLD, pid: 2 ** 22 + 1 });
    expect(readWorldFile()).toBeUndefined();
  });

  it('that cannot be read is no running world', () => {
    writeFileSync(worldFilePath(), '{');
    expect(readWorldFile()).toBeUndefined();
  });
});
