import { CedarPolicy } from '../src/adapters/cedar/cedar-policy.ts';
import {
  loadDeploymentConfig,
  policySurroundings,
} from '../src/adapters/files/deployment-config.ts';
import { checkPolicyTables } from '../src/adapters/files/policy-tables.ts';

/**
 * Checks the files that are copied beside the bundles with the functions' own readers, and what the
 * policy answers with the tables in `policy-tests/`, so that a mistake stops the deployment and not
 * the first alert after it.
 *
 * @throws {ConfigError} with file, path and reason
 */
export function checkDeploymentConfig(folder: string): void {
  const { policies, routing } = loadDeploymentConfig(folder);
  const policy = new CedarPolicy(policies, policySurroundings(routing));
  checkPolicyTables(folder, policy);
}
