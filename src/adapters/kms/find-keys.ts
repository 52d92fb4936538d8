import { type KMSClient, ListAliasesCommand } from '@aws-sdk/client-kms';
import { ConfigError } from '../../config.ts';

/** Pages of 100 aliases. */
const PAGES_MAX = 50;

/**
 * The signing keys of the one deployment behind an endpoint, by their aliases. Only for an endpoint
 * that was named on purpose: on AWS the key ids come from whoever pinned them.
 * @throws {ConfigError} `CONFIG_INVALID` when none, or more than one, could be meant
 */
export async function findKeys(
  client: KMSClient,
): Promise<{ approval: string; publication: string }> {
  const found: { name: string; keyId: string }[] = [];
  let marker: string | undefined;
  for (let page = 0; page < PAGES_MAX; page += 1) {
    const answer = await client.send(new ListAliasesCommand(marker ? { Marker: marker } : {}));
    for (const { AliasName = '', TargetKeyId } of answer.Aliases ?? []) {
      if (TargetKeyId !== undefined) found.push({ name: AliasName, keyId: TargetKeyId });
    }
    marker = answer.NextMarker;
    if (!marker) break;
  }
  return {
    approval: theOne(found, /(^alias\/|-)approvals?$/, 'APPROVAL_KEY_ID'),
    publication: theOne(found, /(^alias\/|-)publications?$/, 'PUBLICATION_KEY_ID'),
  };
}

function theOne(
  aliases: readonly { name: string; keyId: string }[],
  pattern: RegExp,
  variable: string,
): string {
  const matching = aliases.filter(({ name }) => pattern.test(name));
  const [only] = matching;
  if (only && matching.length === 1) return only.keyId;
  throw new ConfigError(
    `cannot find a signing key: expected one alias ${pattern.source}, got ${matching.length}; ` +
      `set ${variable}`,
  );
}
