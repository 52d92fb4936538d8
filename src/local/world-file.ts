import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** What tools need to find the running world. Holds nothing that is of use outside of it. */
export type WorldFile = {
  pid: number;
  urls: Record<string, string>;
  region: string;
  credentials: { accessKeyId: string; secretAccessKey: string };
  tables: { audit: string; incidents: string; outbox: string };
  /** KMS key ids. */
  keys: { approval: string; publication: string };
  /** To ask the workspace who somebody is. */
  slack: {
    apiUrl: string;
    teamId: string;
    botTokenSecretId: string;
    /** Ids of its user groups, by handle, as they were when it started. */
    pinnedGroups?: Record<string, string>;
  };
};

/** Where the running world says that it runs: one file for each user's temporary folder. */
export function worldFilePath(): string {
  return join(tmpdir(), 'incident-response-world.json');
}

/** Says that this world runs; the last one started wins. Readable by this user only. */
export function writeWorldFile(world: WorldFile): void {
  rmSync(worldFilePath(), { force: true });
  writeFileSync(worldFilePath(), JSON.stringify(world), { mode: 0o600 });
}

/** @returns undefined when no world runs, a file left behind by a killed one included */
export function readWorldFile(): WorldFile | undefined {
  try {
    const world = JSON.parse(readFileSync(worldFilePath(), 'utf8')) as WorldFile;
    process.kill(world.pid, 0);
    return world;
  } catch {
    return undefined;
  }
}

/** Removes this world's file, unless a later world has written its own. */
export function removeWorldFile(pid: number): void {
  if (readWorldFile()?.pid === pid) rmSync(worldFilePath(), { force: true });
}
