import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { UserGroup } from './slack/people.ts';

/** What `npm run pin-groups` writes for a deployment, of the embedded workspace. */
export function pinnedGroupsOf(groups: readonly UserGroup[]): Record<string, string> {
  return Object.fromEntries(groups.map(({ handle, id }) => [handle, id]));
}

/** Writes it to a file that is gone when the world ends. @returns its path */
export function writePinnedGroups(groups: readonly UserGroup[], onEnd: (end: () => void) => void) {
  const folder = mkdtempSync(join(tmpdir(), 'pinned-groups-'));
  onEnd(() => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, 'user-groups.json');
  writeFileSync(file, JSON.stringify(pinnedGroupsOf(groups)));
  return file;
}
