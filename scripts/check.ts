/**
 * What to run before a change is shown to anybody: types, Biome, all tests.
 *
 *   npm run check
 *
 * Stops at the first that fails, with its exit code.
 */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

const runner = join(import.meta.dirname, 'run.js');
const CHECKS = [
  ['tsc', '--noEmit'],
  ['tsc', '-p', 'src/local/page/client/tsconfig.json'],
  ['biome', 'check', '.'],
  ['vitest', 'run'],
];

for (const check of CHECKS) {
  process.stdout.write(`\n▸ ${check.join(' ')}\n`);
  const { status } = spawnSync(process.execPath, [runner, ...check], { stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
}
