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

  it.each([
    [
      'an attribute that the schema does not know',
      'policies/status-page.cedar',
      /resource\.severity == "P1"/,
      'resource.sevrity == "P1"',
      /policies\/status-page\.cedar: policy p1-status-approver: /,
    ],
    [
      'a permit that does not say how many approve',
      'policies/status-page.cedar',
      /@approvers\("1"\)\n/,
      '',
      /policies\/status-page\.cedar: policy p1-status-approver: expected @approvers/,
    ],
    [
      'an id that is used twice',
      'policies/status-page.cedar',
      /@id\("p1-four-eyes"\)/,
      '@id("p1-status-approver")',
      /policies\/status-page\.cedar: @id p1-status-approver is used twice/,
    ],
    [
      'a role that no user group grants',
      'routing.json',
      /"incident-commander": \{/,
      '"commander": {',
      /policies\/status-page\.cedar: policy p2-p4-incident-commander: expected a role of routing\.json/,
    ],
    [
      'a schema that is none',
      'policies/status-page.cedarschema',
      /entity Role;/,
      'entity ;',
      /policies\/status-page\.cedarschema: /,
    ],
    [
      'a time zone that is none',
      'routing.json',
      /"UTC"/,
      '"Europe/Atlantis"',
      /routing\.json: at timeZone: expected an IANA time zone/,
    ],
    [
      'a table that is none',
      'policy-tests/default.json',
      /"P1"/,
      '"P0"',
      /policy-tests\/default\.json: at row 1 \(P1: a status-approver/,
    ],
    [
      'a policy that does not answer as its table says',
      'policies/status-page.cedar',
      /@validForS\("1800"\)/,
      '@validForS("3600")',
      /default\.json: “P1: a status-approver who did not write it” .*expected .*1800.*, got .*3600/,
    ],
  ])('stops on %s, naming file and place', (_what, name, from, to, message) => {
    edit(name, from, to);
    expect(() => checkDeploymentConfig(folder)).toThrowWithCode(ConfigError, 'CONFIG_INVALID');
    expect(() => checkDeploymentConfig(folder)).toThrow(message);
  });

  it('stops when there is no table to check the policy by', () => {
    rmSync(join(folder, 'policy-tests'), { recursive: true });
    expect(() => checkDeploymentConfig(folder)).toThrow(/policy-tests/);
  });

  it('stops on a policy that the engine cannot read', () => {
    edit('policies/status-page.cedar', /permit \(/, 'permitt (');
    expect(() => checkDeploymentConfig(folder)).toThrowWithCode(ConfigError, 'CONFIG_INVALID');
  });
});
