import { DynamoBudgetRows } from '../adapters/dynamodb/budget-rows.ts';
import type { DocumentClient } from '../adapters/dynamodb/document-client.ts';
import { loadPinnedGroups } from '../adapters/files/deployment-config.ts';
import { SlackWorkspace } from '../adapters/slack/slack-workspace.ts';
import { AsyncCallerContext } from '../adapters/system/caller-context.ts';
import type { System } from '../adapters/system/system.ts';
import type { FunctionConfig } from '../config.ts';
import { KeepRate } from '../services/keep-rate.ts';
import { SecretCache } from '../services/secret-cache.ts';
import type { SecretSource } from '../services/secret-source.ts';

/** For one call of Slack's Web API. Slack answers in well under a second. Unit: ms. */
const SLACK_TIMEOUT_MS = 6_000;

/** The Slack workspace inside the rate limits that all invocations share. */
export function composeSlack(of: {
  config: FunctionConfig<'incident-worker'>;
  documents: DocumentClient;
  source: SecretSource;
  system: Pick<System, 'clock' | 'log' | 'pause'>;
}) {
  const { config, documents, source } = of;
  const { clock, log, pause } = of.system;
  const botToken = new SecretCache(
    { source, clock, log },
    { secretId: config.SLACK_BOT_TOKEN_SECRET_ID, previousRule: { kind: 'for', overlapMs: 0 } },
  );
  const callers = new AsyncCallerContext();
  const rows = new DynamoBudgetRows({ client: documents, table: config.INCIDENTS_TABLE });
  const rate = new KeepRate({ rows, callers, clock, pause, log });
  const chat = new SlackWorkspace({
    apiUrl: config.SLACK_API_URL,
    token: async (refused) => {
      if (refused !== undefined) await botToken.refreshAfterFailedCheck();
      return botToken.current();
    },
    timeoutMs: SLACK_TIMEOUT_MS,
    responseOrigin: config.SLACK_RESPONSE_ORIGIN,
    teamId: config.SLACK_TEAM_ID,
    pinnedGroups: loadPinnedGroups(config.USER_GROUPS_FILE),
    onGroupMoved: (handle) => {
      log.error('a pinned user group is another one by now', { handle, code: 'GROUP_MOVED' });
      log.count('GroupMoved');
    },
    clock,
    rate: config.SLACK_RATE_LIMITS === 'keep' ? rate : undefined,
  });
  return { chat, callers };
}
