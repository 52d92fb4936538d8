/**
 * Copies files and folders into a bundle: `copy-beside-bundle.ts <target folder> <path>…`.
 *
 * A program of its own because the bundler runs hooks as shell lines, and `cp` is not everywhere.
 */
import { cpSync } from 'node:fs';
import { basename, join } from 'node:path';

const [target, ...paths] = process.argv.slice(2);
if (!target) throw new Error('cannot copy: expected a target folder and paths');
for (const path of paths) cpSync(path, join(target, basename(path)), { recursive: true });
