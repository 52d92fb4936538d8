import * as z from 'zod';
import type { VariableName } from '../src/config.ts';
import type { DeploymentSecrets } from './constructs/deployment-secrets.ts';
import { WORKOS_API_URL } from './vendor-urls.ts';

/** The company directory, where groups of responders are read. Absent: it is not asked. */
export const WORKOS_PARAMETERS = z
  .strictObject({
    apiUrl: z
      .url({ protocol: /^https$/, error: 'expected the https URL of WorkOS’ API' })
      .default(WORKOS_API_URL),
  })
  .optional();
export type WorkOsParameters = z.output<typeof WORKOS_PARAMETERS>;

/** The variables of incident-worker that name the directory; empty ones are off. */
export function workOsVariables(
  parameters: WorkOsParameters,
  secrets: Pick<DeploymentSecrets, 'idOf'>,
): Record<Extract<VariableName, `WORKOS_${string}`>, string> {
  return {
    WORKOS_API_URL: parameters?.apiUrl ?? WORKOS_API_URL,
    WORKOS_API_KEY_SECRET_ID: parameters ? secrets.idOf('workos-api-key') : '',
  };
}
