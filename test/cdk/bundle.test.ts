import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { App, Stack } from 'aws-cdk-lib';
import { Runtime } from 'aws-cdk-lib/aws-lambda';
import { NodejsFunction } from 'aws-cdk-lib/aws-lambda-nodejs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bundlingOptions, PROJECT_ROOT } from '../../cdk/function-bundle.ts';
import { IncidentResponseStack } from '../../cdk/incident-response-stack.ts';
import { loadDeploymentConfig } from '../../src/adapters/files/deployment-config.ts';
import { FUNCTION_NAMES, type FunctionName } from '../../src/config.ts';
import { functionNamed } from './assertions.ts';
import { TEST_PARAMETERS } from './synthesised.ts';
import { one, type Resource, type Template } from './template.ts';

/** Bundling starts esbuild once for each function. */
const BUNDLING_MS = 120_000;
/** What Lambda unpacks; slow to load beyond it, and the limit of the console's editor. */
const BUNDLE_MAX_BYTES = 3 * 1024 * 1024;

const folder = mkdtempSync(join(tmpdir(), 'incident-response-bundles-'));
const elsewhere = join(folder, 'elsewhere');
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function template(stackName: string, outdir: string): Template {
  return JSON.parse(readFileSync(join(outdir, `${stackName}.template.json`), 'utf8'));
}

function assetOf(outdir: string, { Properties: p }: Resource): string {
  return join(outdir, `asset.${String(p.Code.S3Key).replace(/\.zip$/, '')}`);
}

/** Runs a line about the bundle at `url` in a process that knows nothing of this project. */
function run(bundle: string, line: string, env: Record<string, string> = {}): string {
  const script = `const url = ${JSON.stringify(pathToFileURL(bundle).href)}; ${line}`;
  return execFileSync(process.execPath, ['--input-type=module', '-e', script], {
    cwd: tmpdir(),
    env,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

/** What a bundle says when it is started with an empty environment. */
function startError(bundle: string): string {
  const line = 'await import(url).catch((error) => process.stdout.write(error.message))';
  return run(bundle, line);
}

/** A function's variables; what AWS would have generated is some URL. */
function knownVariables({ Properties: p }: Resource): Record<string, string> {
  const entries = Object.entries(p.Environment.Variables);
  return Object.fromEntries(
    entries.map(([name, value]) => [
      name,
      typeof value === 'string' ? value : 'https://sqs.us-east-1.amazonaws.com/111122223333/x',
    ]),
  );
}

describe('the bundled policy engine', () => {
  it(
    'decides from another folder, with the configuration that lies beside it',
    () => {
      const outdir = join(folder, 'probe');
      const app = new App({ outdir });
      new NodejsFunction(new Stack(app, 'Probe'), 'Probe', {
        entry: join(PROJECT_ROOT, 'test/cdk/policy-probe.ts'),
        projectRoot: PROJECT_ROOT,
        depsLockFilePath: join(PROJECT_ROOT, 'package-lock.json'),
        runtime: Runtime.NODEJS_24_X,
        bundling: bundlingOptions({ config: true, policyEngine: true }),
      });
      app.synth();
      const [, probe] = one(template('Probe', outdir), 'AWS::Lambda::Function', 'Probe');
      cpSync(assetOf(outdir, probe), elsewhere, { recursive: true });
      const config = JSON.stringify(join(elsewhere, 'config'));
      const answer = run(
        join(elsewhere, 'index.mjs'),
        `const { handler } = await import(url);
        process.stdout.write(JSON.stringify(handler(${config})))`,
      );
      const { policies } = loadDeploymentConfig(join(PROJECT_ROOT, 'config'));
      expect(JSON.parse(answer).digest).toBe(policies.digest);
      expect(JSON.parse(answer).rule).not.toBe('');
    },
    BUNDLING_MS,
  );
});

describe('the five bundles', () => {
  const outdir = join(folder, 'stack');
  let whole: Template;
  beforeAll(() => {
    const app = new App({ outdir });
    new IncidentResponseStack(app, 'Stack', { parameters: TEST_PARAMETERS });
    app.synth();
    whole = template('Stack', outdir);
  }, BUNDLING_MS);

  const bundleOf = (name: FunctionName) => assetOf(outdir, functionNamed(whole, name));

  it.each(FUNCTION_NAMES)('%s starts outside the project with its variables', (name) => {
    const bundle = join(bundleOf(name), 'index.mjs');
    expect(statSync(bundle).size).toBeLessThan(BUNDLE_MAX_BYTES);
    const started = run(bundle, 'process.stdout.write(typeof (await import(url)).handler)', {
      ...knownVariables(functionNamed(whole, name)),
      ...(existsSync(join(bundleOf(name), 'config'))
        ? { CONFIG_DIR: join(bundleOf(name), 'config') }
        : {}),
      AWS_REGION: 'us-east-1',
    });
    expect(started).toBe('function');
  });

  it.each(FUNCTION_NAMES)('%s refuses to start without them, naming each', (name) => {
    const bundle = join(bundleOf(name), 'index.mjs');
    expect(startError(bundle)).toMatch(new RegExp(`^cannot start ${name}: [A-Z_]+: expected `));
  });

  it('keep the schema library out of what a pager and a click wait for', () => {
    const holdsZod = (name: FunctionName) =>
      readFileSync(join(bundleOf(name), 'index.mjs'), 'utf8').includes('ZodError');
    expect([holdsZod('alert-webhook'), holdsZod('slack-ingress')]).toEqual([false, false]);
    expect(holdsZod('incident-worker')).toBe(true);
  });

  it('bring their configuration, and the policy engine where it is needed', () => {
    const beside = FUNCTION_NAMES.map((name) => [
      name,
      existsSync(join(bundleOf(name), 'config/routing.json')),
      existsSync(join(bundleOf(name), 'config/policies')),
      existsSync(join(bundleOf(name), 'cedar_wasm_bg.wasm')),
    ]);
    expect(beside).toEqual([
      ['alert-webhook', false, false, false],
      ['slack-ingress', true, true, false],
      ['incident-worker', true, true, true],
      ['publisher', true, true, false],
      ['sweeper', false, false, false],
    ]);
  });
});
