import * as z from 'zod';
import type { VariableName } from '../src/config.ts';
import type { DeploymentSecrets } from './constructs/deployment-secrets.ts';
import type { SecretName } from './resource-names.ts';
import { GITHUB_API_URL } from './vendor-urls.ts';

const httpsUrl = (expected: string) =>
  z.url({ protocol: /^https$/, error: `expected ${expected}` });
/** A database of a Grafana stack: its own host, and the stack's own number there. */
const database = (expected: string) =>
  z.strictObject({
    url: httpsUrl(expected),
    user: z.string().regex(/^[0-9]{1,20}$/, { error: 'expected the user of Basic auth, a number' }),
  });

/** Where the first facts about a service are read when its incident opens; absent: not asked. */
export const CONTEXT_PARAMETERS = z
  .strictObject({
    prometheus: database('an https URL that ends before /api/v1, e.g. …/api/prom').optional(),
    loki: database('an https URL that ends before /loki/api/v1').optional(),
    tempo: database('an https URL that ends before /api/search, e.g. …/tempo').optional(),
    github: z
      .strictObject({ apiUrl: httpsUrl('the https URL of GitHub’s API').default(GITHUB_API_URL) })
      .optional(),
  })
  .prefault({});
export type ContextParameters = z.output<typeof CONTEXT_PARAMETERS>;

/** The secrets that the sources need. A deployment without a source has no secret for it. */
export function contextSecrets({
  prometheus,
  loki,
  tempo,
  github,
}: ContextParameters): SecretName[] {
  return [
    ...(prometheus || loki || tempo ? (['grafana-read-token'] as const) : []),
    ...(github ? (['github-token'] as const) : []),
  ];
}

type ContextVariable = Extract<
  VariableName,
  `${'PROMETHEUS' | 'LOKI' | 'TEMPO' | 'GITHUB' | 'GRAFANA_READ'}_${string}`
>;

/** The variables of incident-worker that name the sources; empty ones are off. */
export function contextVariables(
  parameters: ContextParameters,
  secrets: Pick<DeploymentSecrets, 'idOf'>,
): Record<ContextVariable, string> {
  const { prometheus, loki, tempo, github } = parameters;
  const wanted = contextSecrets(parameters);
  const secretId = (name: SecretName) => (wanted.includes(name) ? secrets.idOf(name) : '');
  return {
    PROMETHEUS_URL: prometheus?.url ?? '',
    PROMETHEUS_USER: prometheus?.user ?? '',
    LOKI_URL: loki?.url ?? '',
    LOKI_USER: loki?.user ?? '',
    TEMPO_URL: tempo?.url ?? '',
    TEMPO_USER: tempo?.user ?? '',
    GRAFANA_READ_TOKEN_SECRET_ID: secretId('grafana-read-token'),
    GITHUB_API_URL: github?.apiUrl ?? '',
    GITHUB_TOKEN_SECRET_ID: secretId('github-token'),
  };
}
