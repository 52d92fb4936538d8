import { copyFile, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { build, type Metafile } from 'esbuild';
import { bundlingOptions, entryOf, PROJECT_ROOT } from '../../cdk/function-bundle.ts';
import { FUNCTION_NAMES } from '../../src/config.ts';

/** Handlers to compare `alert-webhook` with; see their own files. */
export const YARDSTICKS = ['limit', 'raw', 'empty'] as const;
export const BUNDLE_NAMES = [...FUNCTION_NAMES, ...YARDSTICKS] as const;
export type BundleName = (typeof BUNDLE_NAMES)[number];

const POLICY_ENGINE = join(
  PROJECT_ROOT,
  'node_modules/@cedar-policy/cedar-wasm/nodejs/cedar_wasm_bg.wasm',
);

/** A function as it is deployed. Sizes in bytes, minified. */
export type Bundle = {
  file: string;
  bytes: number;
  gzipBytes: number;
  /** Evaluated before the first answer; the rest waits for an `import()` that may never run. */
  eagerBytes: number;
  /** What of it comes from which package; `src` is ours. Largest first. */
  byPackage: { name: string; bytes: number }[];
};
export type Bundles = Record<BundleName, Bundle> & { remove(): Promise<void> };

/** Bundles all functions and yardsticks with the very options of the deployment. */
export async function bundleAll(): Promise<Bundles> {
  const folder = await mkdtemp(join(tmpdir(), 'incident-response-bench-'));
  // The policy engine reads its WebAssembly from beside the bundle.
  await copyFile(POLICY_ENGINE, join(folder, basename(POLICY_ENGINE)));
  const made = await Promise.all(
    BUNDLE_NAMES.map(async (name) => [name, await bundleOne(name, folder)] as const),
  );
  return {
    ...(Object.fromEntries(made) as Record<BundleName, Bundle>),
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}

async function bundleOne(name: BundleName, folder: string): Promise<Bundle> {
  const { target, minify, mainFields, banner } = bundlingOptions({});
  const file = join(folder, `${name}.mjs`);
  const isYardstick = YARDSTICKS.some((yardstick) => yardstick === name);
  const entry = isYardstick
    ? join(PROJECT_ROOT, 'scripts/bench/handlers', `${name}.ts`)
    : entryOf(name);
  const { metafile } = await build({
    absWorkingDir: PROJECT_ROOT,
    entryPoints: [entry],
    outfile: file,
    bundle: true,
    platform: 'node',
    format: 'esm',
    ...(target ? { target } : {}),
    ...(minify ? { minify } : {}),
    ...(mainFields ? { mainFields } : {}),
    ...(banner ? { banner: { js: banner } } : {}),
    metafile: true,
    logLevel: 'silent',
  });
  const code = await readFile(file);
  return {
    file,
    bytes: code.byteLength,
    gzipBytes: gzipSync(code).byteLength,
    ...weigh(metafile, code.byteLength),
  };
}

function weigh(metafile: Metafile, bytes: number): Pick<Bundle, 'eagerBytes' | 'byPackage'> {
  const [output] = Object.values(metafile.outputs);
  const eager = eagerInputs(metafile, output?.entryPoint ?? '');
  const byPackage = new Map<string, number>();
  let lazyBytes = 0;
  for (const [path, { bytesInOutput }] of Object.entries(output?.inputs ?? {})) {
    if (!eager.has(path)) lazyBytes += bytesInOutput;
    const name = /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1] ?? 'src';
    byPackage.set(name, (byPackage.get(name) ?? 0) + bytesInOutput);
  }
  const sorted = [...byPackage].sort(([, a], [, b]) => b - a);
  return {
    eagerBytes: bytes - lazyBytes,
    byPackage: sorted.map(([name, own]) => ({ name, bytes: own })),
  };
}

/** What a module imports, and they in turn, but for what is imported on demand. */
function eagerInputs({ inputs }: Metafile, entry: string): Set<string> {
  const reached = new Set<string>();
  const waiting = [entry];
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    if (reached.has(path)) continue;
    reached.add(path);
    for (const { path: next, kind } of inputs[path]?.imports ?? []) {
      if (kind !== 'dynamic-import' && inputs[next]) waiting.push(next);
    }
  }
  return reached;
}
