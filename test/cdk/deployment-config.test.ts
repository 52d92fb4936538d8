import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { checkDeploymentConfig } from '../../cdk/deployment-config.ts';
import { PROJECT_ROOT } from '../../cdk/function-bundle.ts';
import { ConfigError } from '../../src/config.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'incident-response-config-'));
  cpSync(join(PROJECT_ROOT, 'config'), folder, { recursive: true });
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function edit(name: string, from: RegExp, to: string) {
  const file = join(folder, name);
  const before = readFileSync(file, 'utf8');
  const after = before.replace(from, to);
  expect(after).not.toBe(before);
  writeFileSync(file, after);
}

describe('synthesis', () => {
  it('accepts the shipped configuration', () => {
    expect(() => checkDeploymentConfig(folder)).not.toThrow();
  });

  it('stops on an unknown key in routing.json, naming the file', () => {
    edit('routing.json', /"storm"/, '"strom"');
    expect(() => checkDeploymentConfig(folder)).toThrowWithCode(ConfigError, 'CONFIG_INVALID');
    expect(() => checkDeploymentConfig(folder)).toThrow(/routing\.json: at /);
  });

  it('stops on a policy that the engine cannot read', () => {
    edit('policies/status-page.cedar', /permit \(/, 'permitt (');
    expect(() => checkDeploymentConfig(folder)).toThrowWithCode(ConfigError, 'CONFIG_INVALID');
  });
});
