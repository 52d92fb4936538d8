import { CedarPolicy } from '../../src/adapters/cedar/cedar-policy.ts';
import { loadDeploymentConfig } from '../../src/adapters/files/deployment-config.ts';

/** Bundled like incident-worker, to show that its policy engine works from wherever it is put. */
export function handler(configFolder: string): { digest: string; rule: string } {
  const { policies } = loadDeploymentConfig(configFolder);
  const policy = new CedarPolicy(policies);
  const effect = {
    impact: 'none',
    worstComponent: 'operational',
    notify: true,
    declaredBy: null,
    relatedSeverity: 'P1',
  } as const;
  const rule = policy.ruleInWords({ action: 'create', severity: 'P1', effect });
  return { digest: policy.digest, rule };
}
