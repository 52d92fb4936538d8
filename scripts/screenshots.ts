/**
 * Renews the pictures of the page in docs/.
 *
 *   npm run test:browser && node scripts/run.js scripts/screenshots.ts
 *
 * The browser test looks at the page in the middle of an incident and leaves what it saw in reports/.
 * Copying is a step of its own, so that running the tests changes no file under version control.
 */
import { copyFileSync, existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const USAGE = 'usage: node scripts/run.js scripts/screenshots.ts [--help]\n';
const PICTURES = ['page-light.png', 'page-dark.png'] as const;

process.exitCode = main(process.argv.slice(2));

function main(args: readonly string[]): number {
  if (args.length > 0) {
    process.stdout.write(USAGE);
    return args[0] === '--help' ? 0 : 2;
  }
  for (const picture of PICTURES) {
    const from = pathOf(`reports/${picture}`);
    if (!existsSync(from)) {
      process.stderr.write(
        `cannot copy ${picture}: expected reports/${picture}; run npm run test:browser first\n`,
      );
      return 1;
    }
    copyFileSync(from, pathOf(`docs/${picture}`));
    process.stdout.write(`docs/${picture}\n`);
  }
  return 0;
}

function pathOf(path: string): string {
  return fileURLToPath(new URL(`../${path}`, import.meta.url));
}
