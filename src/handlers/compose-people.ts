import { awsClientOptions } from '../adapters/aws/client-options.ts';
import { sdkCredentials } from '../adapters/aws/sdk-credentials.ts';
import { SecretsManagerSource } from '../adapters/secrets-manager/secrets-manager-source.ts';
import { SlackWorkspace } from '../adapters/slack/slack-workspace.ts';
import type { AwsAccess, SlackReaderConfig } from '../config.ts';
import type { Routing } from '../domain/routing.ts';
import { People } from '../services/people.ts';

/** For one call of Slack's Web API. Unit: ms. */
const SLACK_TIMEOUT_MS = 6_000;

/** The Slack workspace, as a tool reads it: with the deployment's own bot token. */
export function composeChat(of: {
  access: AwsAccess;
  slack: SlackReaderConfig;
  pinnedGroups?: Readonly<Record<string, string>>;
}): SlackWorkspace {
  const { SLACK_API_URL, SLACK_TEAM_ID: teamId, SLACK_BOT_TOKEN_SECRET_ID } = of.slack;
  const options = awsClientOptions(of.access);
  const secrets = new SecretsManagerSource({ credentials: sdkCredentials(options), ...options });
  return new SlackWorkspace({
    apiUrl: SLACK_API_URL,
    token: async () => (await secrets.current(SLACK_BOT_TOKEN_SECRET_ID)).value,
    timeoutMs: SLACK_TIMEOUT_MS,
    // A tool answers no click.
    responseOrigin: new URL(SLACK_API_URL).origin,
    teamId,
    ...(of.pinnedGroups ? { pinnedGroups: of.pinnedGroups } : {}),
  });
}

/** Who people are and what they may do, as a tool reads it. */
export function composePeople(
  of: Parameters<typeof composeChat>[0] & { routing: Routing },
): People {
  return new People({ chat: composeChat(of), routing: of.routing });
}
