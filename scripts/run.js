// Runs every npm script. Plain JavaScript for Node >= 20, because it is what finds the right Node.
//
//   node scripts/run.js <file.ts | bin name> [args…]
//
// 1. Runs `npm ci` when the lockfile differs from what is installed. A `pre…` hook is not enough:
//    npm skips hooks under `ignore-scripts`.
// 2. Re-runs itself under the pinned Node 24 from `node_modules/.bin/node`, because the shell that
//    npm started keeps the Node it had before the install.
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const NODE_MAJOR = 24;
const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');
const modules = join(root, 'node_modules');
const stamp = join(modules, '.installed-lockfile-sha256');

function lockfileSha256() {
  return createHash('sha256')
    .update(readFileSync(join(root, 'package-lock.json')))
    .digest('hex');
}

function installIfNeeded() {
  const wanted = lockfileSha256();
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return;
  process.stderr.write('Installing the pinned dependencies (npm ci)…\n');
  const npm = process.env.npm_execpath;
  const args = ['ci', '--no-audit', '--no-fund', '--loglevel=error'];
  const [command, full] = npm?.endsWith('.js') ? [process.execPath, [npm, ...args]] : ['npm', args];
  const result = spawnSync(command, full, {
    cwd: root,
    // stdout belongs to the script: `npm start -- --json` promises exactly one line there.
    stdio: ['ignore', 2, 2],
    shell: command === 'npm' && process.platform === 'win32',
  });
  if (result.status !== 0) {
    process.stderr.write(`cannot install dependencies: npm ci ended with ${result.status}\n`);
    process.exit(result.status ?? 1);
  }
  writeFileSync(stamp, wanted);
}

function pinnedNode() {
  const name = process.platform === 'win32' ? 'node.exe' : 'node';
  const platform = `node-${process.platform === 'win32' ? 'win' : process.platform}-${process.arch}`;
  const candidates = [join(modules, '.bin', name), join(modules, platform, 'bin', name)];
  const found = candidates.find((path) => existsSync(path));
  if (found) return found;
  if (Number(process.versions.node.split('.')[0]) >= NODE_MAJOR) return process.execPath;
  process.stderr.write(
    `cannot run: no Node ${NODE_MAJOR} package exists for ${process.platform}-${process.arch}; ` +
      `install Node ${NODE_MAJOR} or newer and run the same command again (got ${process.version})\n`,
  );
  process.exit(1);
}

const [entry, ...args] = process.argv.slice(2);
if (!entry) {
  process.stderr.write('usage: node scripts/run.js <file.ts | bin name> [args…]\n');
  process.exit(2);
}
installIfNeeded();
const node = pinnedNode();
const isFile = /\.(ts|js|mjs)$/.test(entry);
const target = isFile ? join(root, entry) : binPath(entry);

/** The JavaScript behind a package's command, so that it runs under the pinned Node. */
function binPath(name) {
  const packages = {
    vitest: 'vitest/vitest.mjs',
    tsc: 'typescript/bin/tsc',
    biome: '@biomejs/biome/bin/biome',
    stryker: '@stryker-mutator/core/bin/stryker.js',
  };
  if (!packages[name]) {
    process.stderr.write(
      `cannot run ${name}: expected one of ${Object.keys(packages).join(' ')}\n`,
    );
    process.exit(2);
  }
  return join(modules, packages[name]);
}

const child = spawn(node, [target, ...args], {
  // A child of a child (a test that starts the world) must find the same Node first.
  env: { ...process.env, PATH: `${dirname(node)}${delimiter}${process.env.PATH ?? ''}` },
  stdio: 'inherit',
});
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP']) process.on(signal, () => child.kill(signal));
// npm runs scripts through a shell and signals only that: a stopped `npm start` would leave the world
// behind. The shell's end shows as a new parent.
if (process.env.npm_lifecycle_event) {
  const { ppid } = process;
  setInterval(() => process.ppid !== ppid && child.kill('SIGTERM'), 200).unref();
}
child.on('exit', (code, signal) => process.exit(code ?? (signal === 'SIGINT' ? 130 : 143)));
child.on('error', (error) => {
  process.stderr.write(`cannot start ${entry}: ${error.message}\n`);
  process.exit(1);
});
