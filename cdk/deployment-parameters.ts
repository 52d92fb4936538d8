import { readFileSync } from 'node:fs';
import * as z from 'zod';
import { CONTEXT_PARAMETERS } from './context-sources.ts';
import { ONCALL_PARAMETERS } from './oncall-source.ts';
import { WORKOS_PARAMETERS } from './workos-source.ts';

/** Where a deployment is described unless the command line names another file. */
export const DEPLOYMENT_FILE = 'config/deployment.json';

const matching = (pattern: RegExp, expected: string) =>
  z.string({ error: `expected ${expected}` }).regex(pattern, { error: `expected ${expected}` });
const httpsUrl = (expected: string) =>
  z.url({ protocol: /^https$/, error: `expected ${expected}` });
const wholeSeconds = (min: number, max: number) =>
  z
    .int({ error: `expected whole seconds from ${min} to ${max}` })
    .min(min, { error: `expected whole seconds from ${min} to ${max}` })
    .max(max, { error: `expected whole seconds from ${min} to ${max}` });

/** A slash command's name on one line of documentation; Slack allows 32 characters. */
const ROOT_COMMAND = /^\/[a-z0-9_-]{1,31}$/;
/** A regional model, an inference profile such as `eu.amazon.nova-lite-v1:0`, or the ARN of one. */
const MODEL_ID =
  /^(?:[a-z0-9.-]{2,80}(?::[0-9]+)?|arn:aws[a-z-]*:bedrock:[a-z0-9-]+:(?:\d{12})?:(?:foundation-model|(?:application-)?inference-profile|provisioned-model)\/[A-Za-z0-9.:-]{2,120})$/;
/** Longest id that keeps every derived name within 64 characters, the limit of functions. */
const DEPLOYMENT_ID = /^[a-z0-9][a-z0-9-]{1,29}$/;

const deploymentParameters = z.strictObject({
  /** For editors; not read. */
  $schema: z.string().optional(),
  /** Names the deployment in resources and in every signed approval, e.g. `acme-prod`. */
  deploymentId: matching(DEPLOYMENT_ID, '2 to 30 lower-case letters, digits and dashes'),
  slackTeamId: matching(/^T[A-Z0-9]{2,20}$/, 'a Slack workspace id such as T0123ABC'),
  announcementChannelId: matching(/^C[A-Z0-9]{2,20}$/, 'a Slack channel id such as C0123ABC'),
  rootCommand: matching(ROOT_COMMAND, 'a slash command such as /incident-response').default(
    '/incident-response',
  ),
  statuspagePageId: matching(/^[a-z0-9]{4,40}$/, 'a Statuspage page id'),
  statuspagePublicUrl: httpsUrl('the https URL of the public status page'),
  /** After an unknown outcome: how long the page may take to show what it did. */
  statuspageSettleS: wholeSeconds(10, 3_600).default(60),
  /** How often the page is asked within that time. */
  statuspageLooks: z
    .int({ error: 'expected 2 to 10 looks' })
    .min(2, { error: 'expected 2 to 10 looks' })
    .max(10, { error: 'expected 2 to 10 looks' })
    .default(3),
  /** Whether a publication that is not found after all looks is sent again by itself. */
  autoRetryAfterAbsence: z
    .enum(['never', 'when_silent', 'always'], { error: 'expected never, when_silent or always' })
    .default('when_silent'),
  /** Who compares the page with the trail: without a key, with it, or nobody. */
  pageDrift: z
    .enum(['sweeper', 'publisher', 'off'], { error: 'expected sweeper, publisher or off' })
    .default('sweeper'),
  ai: z.enum(['on', 'off'], { error: 'expected one of on off' }).default('on'),
  bedrockModelId: matching(MODEL_ID, 'a Bedrock model or inference profile id').default(
    'amazon.nova-lite-v1:0',
  ),
  /** Sent with each request to the model; left out: not sent, as some models refuse it. */
  bedrockTemperature: z
    .number({ error: 'expected a number from 0 to 1' })
    .min(0, { error: 'expected a number from 0 to 1' })
    .max(1, { error: 'expected a number from 0 to 1' })
    .multipleOf(0.01, { error: 'expected at most two decimals' })
    .optional(),
  /** How long after the last update the IC is reminded. */
  updateDueS: wholeSeconds(60, 86_400).default(1_800),
  /** How long a webhook secret's previous value is accepted after a rotation; 0 = not at all. */
  webhookSecretOverlapS: wholeSeconds(0, 604_800).default(86_400),
  grafanaAlertingSignatureHeader: matching(/^[a-z0-9-]+$/, 'a lower-case header name').default(
    'x-grafana-alerting-signature',
  ),
  grafanaAlertingTimestampHeader: matching(/^[a-z0-9-]+$/, 'a lower-case header name').default(
    'x-grafana-alerting-timestamp',
  ),
  /** Whether Grafana may leave out the signed time; then a captured request verifies for ever. */
  grafanaAlertingUntimed: z
    .enum(['refuse', 'accept'], { error: 'expected refuse or accept' })
    .default('refuse'),
  oncall: ONCALL_PARAMETERS,
  workos: WORKOS_PARAMETERS,
  context: CONTEXT_PARAMETERS,
  /** Gets every alarm. Without it the alarms have a topic and no reader. */
  alarmEmail: z.email({ error: 'expected an e-mail address' }).optional(),
});

/** What differs between two deployments. Times are seconds. */
export type DeploymentParameters = z.output<typeof deploymentParameters>;

/** Thrown when a deployment file must not be used. Names file, path and reason. */
export class DeploymentParametersError extends Error {
  readonly code = 'DEPLOYMENT_PARAMETERS_INVALID';
  constructor(message: string) {
    super(message);
    this.name = 'DeploymentParametersError';
  }
}

/**
 * Reads and checks one deployment file. Unknown keys are refused: most are typing errors.
 *
 * @throws {DeploymentParametersError} naming the file and, for each mistake, its path and what was
 *   expected
 */
export function readDeploymentParameters(file: string): DeploymentParameters {
  const refuse = (reason: string): never => {
    throw new DeploymentParametersError(`cannot read ${file}: ${reason}`);
  };
  let json: unknown;
  try {
    json = JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    return refuse(`expected a JSON file, got ${error instanceof Error ? error.message : error}`);
  }
  const parsed = deploymentParameters.safeParse(json);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map(
    ({ path, message }) => `${path.map(String).join('.') || '(whole file)'}: ${message}`,
  );
  return refuse(problems.join('; '));
}
