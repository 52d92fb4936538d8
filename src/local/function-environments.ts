import { FUNCTION_VARIABLES, type FunctionName, type VariableName } from '../config.ts';
import { REGION } from './aws/aws-call.ts';
import { grafanaVariables } from './grafana/grafana-server.ts';
import { ANNOUNCEMENT_CHANNEL_ID, TEAM_ID } from './slack/slack-server.ts';
import { TABLE_NAMES } from './tables.ts';
import {
  botTokenSecretName,
  FUNCTION_TIMEOUT_S,
  type Identities,
  oncallTokenSecretName,
  SECRET_NAMES,
  type WorldResources,
} from './world-resources.ts';

/** The id of the one page of the embedded world. */
export const PAGE_ID = 'localpage0001';
/** The root slash command of the embedded world. */
export const ROOT_COMMAND = '/incident-response';

/** Where things are. */
export type EnvironmentInputs = {
  urls: {
    slack: string;
    statuspage: string;
    oncall: string;
    aws: string;
    grafana: string;
    github: string;
    workos: string;
  };
  identities: Identities;
  resources: WorldResources;
  configFolder: string;
  /** Only incident-worker wants one. */
  userGroupsFile?: string;
  ai: 'on' | 'off';
  /** Instead of the world's own. */
  variables?: Partial<Record<VariableName, string>>;
};

/** One function's whole environment: the variables it reads, and the SDK's own. */
export function functionEnvironment(
  name: FunctionName,
  inputs: EnvironmentInputs,
): Record<string, string> {
  const all = { ...allVariables(name, inputs), ...inputs.variables };
  const { accessKeyId, secretAccessKey } = inputs.identities.accessKeys[name];
  const own = FUNCTION_VARIABLES[name].flatMap((variable: VariableName) => {
    const value = all[variable];
    return value === undefined ? [] : [[variable, value]];
  });
  return {
    ...(Object.fromEntries(own) as Record<string, string>),
    AWS_REGION: REGION,
    AWS_ENDPOINT_URL: inputs.urls.aws,
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
  };
}

/** Variables left out have a default that is right here too. */
function allVariables(
  name: FunctionName,
  { urls, resources, configFolder, userGroupsFile, ai }: EnvironmentInputs,
): Partial<Record<VariableName, string>> {
  return {
    DEPLOYMENT_ID: 'local',
    AUDIT_TABLE: TABLE_NAMES.audit,
    INCIDENTS_TABLE: TABLE_NAMES.incidents,
    OUTBOX_TABLE: TABLE_NAMES.outbox,
    ALERTS_QUEUE_URL: resources.queues.alerts,
    INCIDENTS_QUEUE_URL: resources.queues.incidents,
    INCIDENTS_DLQ_URL: resources.queues.incidentsDlq,
    PUBLICATIONS_DLQ_URL: resources.queues.publicationsDlq,
    INCIDENTS_QUEUE_ARN: resources.incidentsQueueArn,
    PUBLICATIONS_QUEUE_URL: resources.queues.publications,
    ONCALL_HMAC_SECRET_ID: SECRET_NAMES.oncallHmac,
    ONCALL_BEARER_SECRET_ID: SECRET_NAMES.oncallBearer,
    GRAFANA_ALERTING_SECRET_ID: SECRET_NAMES.grafanaAlerting,
    STANDARD_WEBHOOKS_SECRET_ID: SECRET_NAMES.standardWebhooks,
    ALERTMANAGER_BEARER_SECRET_ID: SECRET_NAMES.alertmanagerBearer,
    PAGERDUTY_SECRET_ID: SECRET_NAMES.pagerduty,
    GRAFANA_IRM_SECRET_ID: SECRET_NAMES.grafanaIrm,
    ONCALL_API_URL: urls.oncall,
    ONCALL_API_TOKEN_SECRET_ID: oncallTokenSecretName(name),
    SLACK_SIGNING_SECRET_ID: SECRET_NAMES.slackSigning,
    SLACK_BOT_TOKEN_SECRET_ID: botTokenSecretName(name),
    STATUSPAGE_API_KEY_SECRET_ID: SECRET_NAMES.statuspageApiKey,
    APPROVAL_KEY_ID: resources.keys.approval,
    PUBLICATION_KEY_ID: resources.keys.publication,
    ...grafanaVariables(urls.grafana),
    GRAFANA_READ_TOKEN_SECRET_ID: SECRET_NAMES.grafanaRead,
    GITHUB_API_URL: urls.github,
    GITHUB_TOKEN_SECRET_ID: SECRET_NAMES.githubToken,
    WORKOS_API_URL: urls.workos,
    WORKOS_API_KEY_SECRET_ID: SECRET_NAMES.workosKey,
    SLACK_API_URL: `${urls.slack}/api`,
    SLACK_RESPONSE_ORIGIN: urls.slack,
    SLACK_TEAM_ID: TEAM_ID,
    ANNOUNCEMENT_CHANNEL_ID,
    ROOT_COMMAND,
    STATUSPAGE_API_URL: `${urls.statuspage}/v1`,
    STATUSPAGE_PAGE_ID: PAGE_ID,
    STATUSPAGE_PUBLIC_URL: urls.statuspage,
    SCHEDULE_GROUP: resources.scheduleGroup,
    SCHEDULE_DLQ_ARN: resources.schedulesUndeliveredArn,
    SCHEDULE_ROLE_ARN: 'arn:aws:iam::000000000000:role/local-scheduler',
    AI: ai,
    CONFIG_DIR: configFolder,
    ...(userGroupsFile === undefined ? {} : { USER_GROUPS_FILE: userGroupsFile }),
    FUNCTION_TIMEOUT_S: String(FUNCTION_TIMEOUT_S),
  };
}
