import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const ENTRY = new URL('../../src/local/start.ts', import.meta.url).pathname;

let folder: string;
let running: ChildProcess | undefined;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'world-start-'));
});

afterEach(() => {
  running?.kill('SIGKILL');
  rmSync(folder, { recursive: true });
});

type Run = {
  child: ChildProcess;
  stdout: () => string;
  stderr: () => string;
  code: Promise<number>;
};

function start(...args: string[]): Run {
  // Its own temporary folder, so that the world file of a person's world is left alone.
  const env = { PATH: process.env.PATH ?? '', TMPDIR: folder };
  const child = spawn(process.execPath, [ENTRY, ...args], { env });
  running = child;
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk) => {
    stdout += chunk;
  });
  child.stderr.on('data', (chunk) => {
    stderr += chunk;
  });
  const code = new Promise<number>((resolve) => child.once('close', (exit) => resolve(exit ?? -1)));
  return { child, stdout: () => stdout, stderr: () => stderr, code };
}

async function untilPrinted(run: Run): Promise<string> {
  while (!run.stdout().includes('\n')) {
    const ended = await Promise.race([
      run.code,
      new Promise<undefined>((resolve) => run.child.stdout?.once('data', () => resolve(undefined))),
    ]);
    if (ended !== undefined) throw new Error(`ended with ${ended}: ${run.stderr()}`);
  }
  return run.stdout();
}

describe('npm start', () => {
  it.each([
    ['SIGTERM', []],
    ['SIGINT', ['--functions=process']],
  ] as const)(
    'prints one line of JSON, and %s ends it with 0, children included',
    async (signal, more) => {
      const run = start('--port', '0', '--json', ...more);
      const line = await untilPrinted(run);
      const ready = JSON.parse(line);
      expect(ready).toMatchObject({ ready: true, region: 'us-east-1' });
      expect((await fetch(`${ready.urls.api}/health`)).status).toBe(200);
      run.child.kill(signal);
      expect(await run.code).toBe(0);
      expect(run.stdout()).toBe(line);
      await expect(fetch(`${ready.urls.api}/health`)).rejects.toThrow();
    },
  );

  it('tells a person where to look and how to stop', async () => {
    const run = start('--port=0');
    const text = await untilPrinted(run);
    expect(text).toContain('Ctrl-C');
    expect(text).toMatch(/Open +http:\/\/127\.0\.0\.1:\d+/);
    run.child.kill('SIGTERM');
    expect(await run.code).toBe(0);
  });

  it('an unknown option is one line on stderr and exit code 2', async () => {
    const run = start('--colour');
    expect(await run.code).toBe(2);
    expect(run.stdout()).toBe('');
    expect(run.stderr()).toMatch(/^cannot start: expected .*, got --colour\n$/);
  });

  it('a busy port is one line on stderr and exit code 2', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const run = start('--port', String(port - 6), '--json');
    expect(await run.code).toBe(2);
    expect(run.stdout()).toBe('');
    expect(run.stderr()).toMatch(/^cannot start: expected port \d+ .*\n$/);
    server.close();
  });
});
