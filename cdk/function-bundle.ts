import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { type BundlingOptions, OutputFormat } from 'aws-cdk-lib/aws-lambda-nodejs';
import { PINNED_GROUPS_FILE } from '../src/adapters/files/deployment-config.ts';

export const PROJECT_ROOT = resolve(import.meta.dirname, '..');

/** Where Lambda unpacks a bundle. */
const TASK_FOLDER = '/var/task';
/** `CONFIG_DIR` of every function that `withConfig` copies the configuration for. */
export const CONFIG_FOLDER = `${TASK_FOLDER}/config`;

/** What has to lie beside a function's JavaScript. */
export type BesideBundle = {
  /** `config/routing.json`, `policies/` and `user-groups.json`, as they are at synthesis. */
  config?: boolean;
  /** The policy engine's WebAssembly, which its JavaScript reads from its own folder. */
  policyEngine?: boolean;
};

/**
 * CommonJS packages inside an ES module bundle ask for these three. `__dirname` matters most: the
 * policy engine finds its WebAssembly by it.
 */
export const ESM_BANNER = [
  "import { createRequire as __createRequire } from 'node:module';",
  "import { fileURLToPath as __fileURLToPath } from 'node:url';",
  'const require = __createRequire(import.meta.url);',
  'const __filename = __fileURLToPath(import.meta.url);',
  "const __dirname = __fileURLToPath(new URL('.', import.meta.url));",
].join('');

const WASM = 'node_modules/@cedar-policy/cedar-wasm/nodejs/cedar_wasm_bg.wasm';

/** The entry module of one function. */
export function entryOf(name: string): string {
  return join(PROJECT_ROOT, 'src/handlers/entries', `${name}.ts`);
}

/** The handler that every entry module exports. */
export const HANDLER = 'index.handler';

/** How a function is bundled: one minified ES module with everything in it. */
export function bundlingOptions(beside: BesideBundle): BundlingOptions {
  return {
    format: OutputFormat.ESM,
    target: 'node24',
    minify: true,
    mainFields: ['module', 'main'],
    banner: ESM_BANNER,
    // The SDK of the runtime changes without us; ours is pinned, tested and smaller.
    externalModules: [],
    forceDockerBundling: false,
    commandHooks: {
      beforeInstall: () => [],
      beforeBundling: () => [],
      afterBundling: (inputFolder, outputFolder) => copyCommands(beside, inputFolder, outputFolder),
    },
  };
}

function copyCommands(beside: BesideBundle, inputFolder: string, outputFolder: string): string[] {
  const copy = (target: string, paths: string[]) => {
    const from = paths.map((path) => quoted(join(inputFolder, path)));
    const script = quoted(join(inputFolder, 'cdk/copy-beside-bundle.ts'));
    return [quoted(process.execPath), script, quoted(target), ...from].join(' ');
  };
  const pins = `config/${PINNED_GROUPS_FILE}`;
  const pinned = existsSync(join(inputFolder, pins)) ? [pins] : [];
  const config = ['config/routing.json', 'config/policies', ...pinned];
  return [
    ...(beside.config ? [copy(join(outputFolder, 'config'), config)] : []),
    ...(beside.policyEngine ? [copy(outputFolder, [WASM])] : []),
  ];
}

function quoted(path: string): string {
  return `"${path}"`;
}
