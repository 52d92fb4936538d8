import { copyFileSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const SHIPPED = fileURLToPath(new URL('../../config', import.meta.url));
const CACHE = fileURLToPath(new URL('../../node_modules/.cache/', import.meta.url));
const POLICIES = ['status-page.cedar', 'status-page.cedarschema'];

// biome-ignore lint/suspicious/noExplicitAny: what is read from a file, to be changed in a place or two.
type LooseRouting = any;

/**
 * The configuration as shipped, but that the members of a Slack user group are called to the checkout
 * too, so that its people come from every source there is, and nobody to the website.
 */
export function crowdedConfig(): string {
  return alteredConfig('crash-matrix-config', (routing) => {
    const [checkout, , website] = routing.services;
    checkout.slackUserGroups = ['status-approvers'];
    website.responders = [];
  });
}

/** A folder with the configuration as shipped but for a change. Safe to repeat, also at the same time. */
export function alteredConfig(name: string, change: (routing: LooseRouting) => void): string {
  const folder = join(CACHE, name);
  mkdirSync(join(folder, 'policies'), { recursive: true });
  const routing = JSON.parse(readFileSync(join(SHIPPED, 'routing.json'), 'utf8'));
  change(routing);
  put(folder, 'routing.json', (path) => writeFileSync(path, JSON.stringify(routing)));
  for (const file of POLICIES.map((policy) => join('policies', policy))) {
    put(folder, file, (path) => copyFileSync(join(SHIPPED, file), path));
  }
  return folder;
}

/** A reader sees the whole file, old or new. */
function put(folder: string, file: string, write: (path: string) => void): void {
  // Not beside the policies, where everything counts as one.
  const unfinished = join(folder, `unfinished-${process.pid}`);
  write(unfinished);
  renameSync(unfinished, join(folder, file));
}
