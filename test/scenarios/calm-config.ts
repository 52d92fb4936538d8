import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The configuration as it is shipped. */
export const SHIPPED_CONFIG = fileURLToPath(new URL('../../config', import.meta.url));

/** A copy of it in which no number of incidents is a storm. */
export class CalmConfig {
  #folder: string | undefined;

  write(): string {
    const folder = mkdtempSync(join(tmpdir(), 'calm-config-'));
    this.#folder = folder;
    cpSync(SHIPPED_CONFIG, folder, { recursive: true });
    const file = join(folder, 'routing.json');
    const routing = JSON.parse(readFileSync(file, 'utf8'));
    writeFileSync(
      file,
      JSON.stringify({ ...routing, storm: { ...routing.storm, incidents: 1_000 } }),
    );
    return folder;
  }

  remove(): void {
    if (this.#folder) rmSync(this.#folder, { recursive: true, force: true });
  }
}
