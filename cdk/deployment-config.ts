import { existsSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Checks the configuration files that are copied beside the bundles, so that a mistake stops the
 * deployment and not the first alert after it.
 *
 * @throws {Error} with file, path and reason
 */
export function checkDeploymentConfig(folder: string): void {
  for (const name of ['routing.json', 'policies']) {
    const path = join(folder, name);
    if (!existsSync(path)) {
      throw new Error(`cannot read ${path}: expected a file or folder of that name, got nothing`);
    }
  }
}
