import { CedarPolicy } from '../src/adapters/cedar/cedar-policy.ts';
import {
  loadDeploymentConfig,
  policySurroundings,
} from '../src/adapters/files/deployment-config.ts';

/**
 * Checks the files that are copied beside the bundles with the functions' own readers, so that a
 * mistake stops the deployment and not the first alert after it.
 *
 * @throws {ConfigError} with file, path and reason
 */
export function checkDeploymentConfig(folder: string): void {
  const { policies, routing } = loadDeploymentConfig(folder);
  new CedarPolicy(policies, policySurroundings(routing));
}
