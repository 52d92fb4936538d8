import { type DynamoDBClient, ListTablesCommand } from '@aws-sdk/client-dynamodb';
import { ConfigError } from '../../config.ts';

/** Pages of 100 table names. */
const PAGES_MAX = 50;

/**
 * The tables of the one deployment behind an endpoint, by what their names contain.
 * @throws {ConfigError} `CONFIG_INVALID` when none, or more than one, could be meant
 */
export async function findTables(
  client: DynamoDBClient,
): Promise<{ audit: string; incidents: string }> {
  const names: string[] = [];
  let startName: string | undefined;
  for (let page = 0; page < PAGES_MAX; page += 1) {
    const answer = await client.send(
      new ListTablesCommand(startName ? { ExclusiveStartTableName: startName } : {}),
    );
    names.push(...(answer.TableNames ?? []));
    startName = answer.LastEvaluatedTableName;
    if (!startName) break;
  }
  return {
    audit: theOne(names, 'audit', 'AUDIT_TABLE'),
    incidents: theOne(names, 'incidents', 'INCIDENTS_TABLE'),
  };
}

function theOne(names: readonly string[], word: string, variable: string): string {
  const found = names.filter((name) => name.toLowerCase().includes(word));
  const [only] = found;
  if (only !== undefined && found.length === 1) return only;
  throw new ConfigError(
    `cannot find the ${word} table: expected one table named so, got ${found.length}; ` +
      `set ${variable}`,
  );
}
