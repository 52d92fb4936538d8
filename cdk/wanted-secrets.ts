import { contextSecrets } from './context-sources.ts';
import type { DeploymentParameters } from './deployment-parameters.ts';
import { SECRET_NAMES, type SecretName } from './resource-names.ts';

/** Secrets that only some deployments have: each with whether this one does. */
function isWanted(name: SecretName, { oncall, workos, context }: DeploymentParameters): boolean {
  switch (name) {
    case 'oncall-api-token':
      return oncall !== undefined;
    case 'workos-api-key':
      return workos !== undefined;
    case 'grafana-read-token':
    case 'github-token':
      return contextSecrets(context).includes(name);
    default:
      return true;
  }
}

/** The secrets of one deployment: a source that is not set up has none that nobody would fill. */
export function wantedSecrets(parameters: DeploymentParameters): SecretName[] {
  return SECRET_NAMES.filter((name) => isWanted(name, parameters));
}
