import * as z from 'zod';
import type { VariableName } from '../src/config.ts';
import type { DeploymentSecrets } from './constructs/deployment-secrets.ts';

const httpsUrl = (expected: string) =>
  z.url({ protocol: /^https$/, error: `expected ${expected}` });

/**
 * OnCall's own API: alerts are confirmed with it, and lost ones found. Absent: it is not asked, and
 * alerts on the bearer path are marked as unconfirmed.
 */
export const ONCALL_PARAMETERS = z
  .strictObject({
    apiUrl: httpsUrl('the https URL of OnCall’s API, up to and without /api/v1'),
    /** For a service account's token; an OnCall API key needs none. */
    stackUrl: httpsUrl('the https URL of the Grafana stack').optional(),
  })
  .optional();
export type OnCallParameters = z.output<typeof ONCALL_PARAMETERS>;

/** The variables of the functions that ask OnCall; empty ones are off. */
export function onCallVariables(
  parameters: OnCallParameters,
  secrets: Pick<DeploymentSecrets, 'idOf'>,
): Record<Extract<VariableName, `ONCALL_${'API' | 'STACK'}_${string}`>, string> {
  return {
    ONCALL_API_URL: parameters?.apiUrl ?? '',
    ONCALL_API_TOKEN_SECRET_ID: parameters ? secrets.idOf('oncall-api-token') : '',
    ONCALL_STACK_URL: parameters?.stackUrl ?? '',
  };
}
