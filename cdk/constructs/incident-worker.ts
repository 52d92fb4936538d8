import { ArnFormat, type Duration, Stack, Validations } from 'aws-cdk-lib';
import { Grant } from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import { PINNED_GROUPS_FILE } from '../../src/adapters/files/deployment-config.ts';
import { contextSecrets, contextVariables } from '../context-sources.ts';
import type { DeploymentParts } from '../deployment-parts.ts';
import { CONFIG_FOLDER } from '../function-bundle.ts';
import { onCallVariables } from '../oncall-source.ts';
import { SLACK_API_URL, SLACK_RESPONSE_ORIGIN, STATUSPAGE_TIMEOUT_MS } from '../vendor-urls.ts';
import { workOsVariables } from '../workos-source.ts';
import { ProductFunction, type Variables } from './product-function.ts';

/**
 * Of the 1,000 invocations that an account has at a time. Each alert group is a message group of its
 * own, so that a flood would take them all, and nobody would be left to accept the next alert.
 * docs/capacity.md has the arithmetic.
 */
const ALERT_WORKERS_MAX = 150;
/** The same for what people ask for and what follows from it: alerts take none of these. */
const WORKERS_MAX = 100;

/** Records, projects and acts; phase one of the gate. The only role that may sign approvals. */
export class IncidentWorker extends ProductFunction<'incident-worker'> {
  /** @param timeout - also what visibility of incidents.fifo is derived from */
  constructor(scope: Construct, id: string, parts: DeploymentParts, timeout: Duration) {
    super(scope, id, {
      name: 'incident-worker',
      functionName: parts.names.function('incident-worker'),
      description: 'Records, projects and acts; decides and signs approvals',
      // One whole processor, the most that its single thread can use: people wait for 40 ms of CPU
      // warm and ten times that cold. It needs 150 MB. Most of its time it waits for Slack, so this
      // costs some 2 cents more per 1,000 incidents than 1 GB.
      memoryMb: 1769,
      timeout,
      beside: { config: true, policyEngine: true },
      continuesByMessage: true,
      bundle: parts.bundle,
      variables: variables(parts, timeout),
    });
    parts.incidents.grantSend(this);
    parts.publications.grantSend(this);
    parts.audit.grantAppend(this);
    parts.incidentRows.grantProject(this);
    parts.secrets.grantRead(this, 'slack-signing', 'slack-bot-token');
    if (parts.parameters.oncall) parts.secrets.grantRead(this, 'oncall-api-token');
    if (parts.parameters.workos) parts.secrets.grantRead(this, 'workos-api-key');
    const sources = contextSecrets(parts.parameters.context);
    if (sources.length > 0) parts.secrets.grantRead(this, ...sources);
    parts.approvalKey.grantSign(this.role);
    parts.publicationKey.grantVerify(this);
    parts.schedules.grantSchedule(this.role);
    if (parts.parameters.ai === 'on') this.#grantPropose(parts.parameters.bedrockModelId);
    this.consume(parts.alerts, ALERT_WORKERS_MAX);
    this.consume(parts.incidents, WORKERS_MAX);
  }

  /** Asks one model. Without AI the role cannot ask any. */
  #grantPropose(modelId: string): void {
    const actions = ['bedrock:InvokeModel'];
    for (const { resourceArns, conditions } of modelGrants(Stack.of(this), modelId)) {
      const by = conditions ? { conditions } : {};
      Grant.addToPrincipal({ grantee: this, actions, resourceArns, ...by }).assertSuccess();
    }
    const anywhere = modelAnywhere(modelId);
    if (anywhere === undefined) return;
    Validations.of(this.role).acknowledge({
      id: `AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:bedrock:*::foundation-model/${anywhere}]`,
      reason:
        'The inference profile chooses region and model; what it leads to is asked through it alone.',
    });
  }
}

function variables(
  { parameters, names, ...parts }: DeploymentParts,
  timeout: Duration,
): Variables<'incident-worker'> {
  return {
    DEPLOYMENT_ID: parameters.deploymentId,
    AUDIT_TABLE: parts.audit.table.tableName,
    INCIDENTS_TABLE: parts.incidentRows.table.tableName,
    ALERTS_QUEUE_URL: parts.alerts.queue.queueUrl,
    INCIDENTS_QUEUE_URL: parts.incidents.queue.queueUrl,
    INCIDENTS_QUEUE_ARN: parts.incidents.queue.queueArn,
    PUBLICATIONS_QUEUE_URL: parts.publications.queue.queueUrl,
    SLACK_SIGNING_SECRET_ID: parts.secrets.idOf('slack-signing'),
    SLACK_BOT_TOKEN_SECRET_ID: parts.secrets.idOf('slack-bot-token'),
    SLACK_API_URL,
    SLACK_RATE_LIMITS: 'keep',
    SLACK_RESPONSE_ORIGIN,
    SLACK_TEAM_ID: parameters.slackTeamId,
    ANNOUNCEMENT_CHANNEL_ID: parameters.announcementChannelId,
    ROOT_COMMAND: parameters.rootCommand,
    APPROVAL_KEY_ID: parts.approvalKey.key.keyId,
    STATUSPAGE_PAGE_ID: parameters.statuspagePageId,
    STATUSPAGE_PUBLIC_URL: parameters.statuspagePublicUrl,
    STATUSPAGE_TIMEOUT_MS: String(STATUSPAGE_TIMEOUT_MS),
    SCHEDULE_GROUP: names.scheduleGroup,
    SCHEDULE_ROLE_ARN: parts.schedules.deliveryRole.roleArn,
    SCHEDULE_DLQ_ARN: parts.schedules.undelivered.queueArn,
    PAGE_DRIFT: parameters.pageDrift,
    AI: parameters.ai,
    BEDROCK_MODEL_ID: parameters.bedrockModelId,
    BEDROCK_TEMPERATURE: parameters.bedrockTemperature?.toString() ?? '',
    UPDATE_DUE_S: String(parameters.updateDueS),
    CONFIG_DIR: CONFIG_FOLDER,
    USER_GROUPS_FILE: `${CONFIG_FOLDER}/${PINNED_GROUPS_FILE}`,
    FUNCTION_TIMEOUT_S: String(timeout.toSeconds()),
    ...onCallVariables(parameters.oncall, parts.secrets),
    ...workOsVariables(parameters.workos, parts.secrets),
    ...contextVariables(parameters.context, parts.secrets),
  };
}

/** An inference profile, which forwards to the same model in several regions. */
const INFERENCE_PROFILE = /^(?:us|us-gov|eu|apac|jp|au|ca|global)\./;
const SYSTEM_PROFILE_ARN = /^arn:.+:inference-profile\/(.+)$/;
const OWN_PROFILE_ARN = /^arn:.+:application-inference-profile\//;

type ModelGrant = {
  resourceArns: string[];
  conditions?: Record<string, Record<string, string>>;
};

/** What `bedrock:InvokeModel` is checked against for a model, an inference profile, or its ARN. */
function modelGrants(stack: Stack, modelId: string): ModelGrant[] {
  const arn = (resource: string, resourceName: string, at: { region?: string; account?: string }) =>
    stack.formatArn({
      service: 'bedrock',
      resource,
      resourceName,
      arnFormat: ArnFormat.SLASH_RESOURCE_NAME,
      ...at,
    });
  if (OWN_PROFILE_ARN.test(modelId)) {
    // Which models stand behind it is not in its name: any, but through it alone.
    const conditions = { StringEquals: { 'bedrock:InferenceProfileArn': modelId } };
    const behind = arn('foundation-model', '*', { account: '', region: '*' });
    return [{ resourceArns: [modelId] }, { resourceArns: [behind], conditions }];
  }
  const profile = profileOf(modelId);
  const isArn = modelId.startsWith('arn:');
  const named = (resource: string, at: { account?: string }) =>
    isArn ? modelId : arn(resource, modelId, at);
  if (!profile) return [{ resourceArns: [named('foundation-model', { account: '' })] }];
  const model = profile.replace(INFERENCE_PROFILE, '');
  return [
    {
      resourceArns: [
        named('inference-profile', {}),
        // The profile chooses the region, so the model is named in all of them.
        arn('foundation-model', model, { account: '', region: '*' }),
      ],
    },
  ];
}

/** The id of a cross-region profile; undefined for a model of one region. */
function profileOf(modelId: string): string | undefined {
  const id = SYSTEM_PROFILE_ARN.exec(modelId)?.[1] ?? modelId;
  return INFERENCE_PROFILE.test(id) ? id : undefined;
}

/** The models that are granted in every region; undefined: none is. */
function modelAnywhere(modelId: string): string | undefined {
  if (OWN_PROFILE_ARN.test(modelId)) return '*';
  return profileOf(modelId)?.replace(INFERENCE_PROFILE, '');
}
