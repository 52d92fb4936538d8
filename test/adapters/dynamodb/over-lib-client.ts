import * as lib from '@aws-sdk/lib-dynamodb';
import type { DocumentClient } from '../../../src/adapters/dynamodb/document-client.ts';

/** Our document client whose calls go to the SDK's, which tests can mock with plain values. */
export function overLibClient(documents: lib.DynamoDBDocumentClient): DocumentClient {
  const commands = lib as unknown as Record<string, new (input: unknown) => never>;
  const client: Pick<DocumentClient, 'send' | 'destroy'> = {
    async send(command, options) {
      const Command = commands[command.constructor.name];
      if (!Command) throw new RangeError(`cannot mock ${command.constructor.name}`);
      return (await documents.send(new Command(command.input), options)) as never;
    },
    destroy: () => documents.destroy(),
  };
  return client as DocumentClient;
}
