import { expect, it } from 'vitest';
import { CedarPolicy } from '../../../src/adapters/cedar/cedar-policy.ts';
import { PolicyOnDemand } from '../../../src/adapters/cedar/policy-on-demand.ts';
import { loadPolicyFiles } from '../../../src/adapters/files/deployment-config.ts';
import { ConfigError } from '../../../src/config.ts';

const CARD = {
  action: 'create',
  severity: 'P1',
  effect: {
    impact: 'none',
    worstComponent: 'operational',
    notify: true,
    declaredBy: null,
    relatedSeverity: 'P1',
  },
} as const;

it('answers what the policy answers, under its digest', () => {
  const files = loadPolicyFiles('config');
  const [asked, policy] = [new PolicyOnDemand(files, {}), new CedarPolicy(files)];
  expect(asked.digest).toBe(policy.digest);
  expect(asked.ruleInWords(CARD)).toBe(policy.ruleInWords(CARD));
  expect(asked.breakGlassInWords(CARD)).toBe(policy.breakGlassInWords(CARD));
});

it('throws CONFIG_INVALID for a policy that cannot be read, at each question and no sooner', () => {
  const asked = new PolicyOnDemand({ files: { 'p.cedar': 'permit (nobody' }, digest: 'd' }, {});
  expect(asked.digest).toBe('d');
  for (let time = 0; time < 2; time += 1) {
    expect(() => asked.ruleInWords(CARD)).toThrowWithCode(ConfigError, 'CONFIG_INVALID');
  }
});
