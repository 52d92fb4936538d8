import type { DocumentClient } from '../adapters/dynamodb/document-client.ts';
import { DynamoOnCallBudget, type OnCallUrgency } from '../adapters/dynamodb/oncall-budget.ts';
import { OnCallClient } from '../adapters/oncall/oncall-client.ts';
import type { System } from '../adapters/system/system.ts';
import { SecretCache } from '../services/secret-cache.ts';
import type { SecretSource } from '../services/secret-source.ts';

export type OnCallParts = {
  config: {
    readonly ONCALL_API_URL: string;
    readonly ONCALL_API_TOKEN_SECRET_ID: string;
    readonly ONCALL_STACK_URL: string;
    readonly INCIDENTS_TABLE: string;
  };
  client: DocumentClient;
  source: SecretSource;
  system: Pick<System, 'clock' | 'log'>;
  urgency: OnCallUrgency;
};

/** OnCall's API inside the rate limit that all functions share; undefined when not configured. */
export function composeOnCall(of: OnCallParts): OnCallClient | undefined {
  const { config, client, source, urgency } = of;
  const { clock, log } = of.system;
  if (config.ONCALL_API_URL === '' || config.ONCALL_API_TOKEN_SECRET_ID === '') return undefined;
  const token = new SecretCache(
    { source, clock, log },
    {
      secretId: config.ONCALL_API_TOKEN_SECRET_ID,
      previousRule: { kind: 'for', overlapMs: 0 },
    },
  );
  const budget = new DynamoOnCallBudget({
    client,
    table: config.INCIDENTS_TABLE,
    clock,
    log,
    urgency,
  });
  return new OnCallClient({
    apiUrl: config.ONCALL_API_URL,
    stackUrl: config.ONCALL_STACK_URL,
    token: async (refused) => {
      if (refused !== undefined) await token.refreshAfterFailedCheck();
      return token.current();
    },
    takePlace: () => budget.take(),
  });
}
