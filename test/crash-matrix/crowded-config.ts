import { copyFileSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const SHIPPED = fileURLToPath(new URL('../../config', import.meta.url));
const FOLDER = fileURLToPath(
  new URL('../../node_modules/.cache/crash-matrix-config', import.meta.url),
);
const POLICIES = ['status-page.cedar', 'status-page.cedarschema'];

/**
 * The configuration as shipped, but that the members of a Slack user group are called to the checkout
 * too, so that its people come from every source there is, and nobody to the website. Safe to repeat, also at the same time.
 */
export function crowdedConfig(): string {
  mkdirSync(join(FOLDER, 'policies'), { recursive: true });
  const routing = JSON.parse(readFileSync(join(SHIPPED, 'routing.json'), 'utf8'));
  const [checkout, , website] = routing.services;
  checkout.slackUserGroups = ['status-approvers'];
  website.responders = [];
  put('routing.json', (path) => writeFileSync(path, JSON.stringify(routing)));
  for (const file of POLICIES.map((name) => join('policies', name))) {
    put(file, (path) => copyFileSync(join(SHIPPED, file), path));
  }
  return FOLDER;
}

/** A reader sees the whole file, old or new. */
function put(file: string, write: (path: string) => void): void {
  // Not beside the policies, where everything counts as one.
  const unfinished = join(FOLDER, `unfinished-${process.pid}`);
  write(unfinished);
  renameSync(unfinished, join(FOLDER, file));
}
